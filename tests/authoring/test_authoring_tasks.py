"""Do heading and checks of a lab, checks and tasks of a unit, say the same?"""

import pytest

from tests.authoring.test_authoring_faults import GOOD, at, faults


def test_a_heading_states_the_points_of_its_checks() -> None:
    written = '\nWhy?\n\n+++ {"name": "why", "manual": true, "points": 1.5}\n\nBecause.\n'
    assert faults("## 1. Softmax (2 points)\n\n" + GOOD) == []
    assert faults("## 1. Softmax, no points said\n\n" + GOOD) == []
    assert faults("## 1. Softmax (3.5 points)\n\n" + GOOD + written) == []
    sentence = (
        "the heading states 3 points, its checks are worth 2; "
        "correct the heading, or the points of the check"
    )
    assert faults("# A lab (9 points)\n\n## 1. Softmax (3 points)\n\n" + GOOD) == at(3, sentence)
    assert faults("## 1. Softmax (3 points)\n\n" + GOOD + "\n## 2. End\n") == at(1, sentence)


LESSON = """\
```{code-cell} python
tandem.start("flowers", td)
```

```{code-cell} python
check("slope", slope)
```

```{code-cell} python
check("fit", fit)
```
"""


@pytest.mark.parametrize(
    ("tasks", "line", "sentence"),
    [
        (
            None,
            1,
            "tandem has no tasks of a unit called `flowers`; "
            "write tandem/lessons/flowers.py with its TASKS, or correct the name",
        ),
        (
            ["slope", "fit", "end"],
            1,
            'no cell calls `check("end", ...)`, a task of the unit; '
            "add its three cells, or remove it from tandem/lessons/flowers.py",
        ),
        (
            ["slope"],
            9,
            "the unit defines no task `fit`; "
            "use one of slope, or define it in tandem/lessons/flowers.py",
        ),
        (
            ["fit", "slope"],
            1,
            "the tasks stand in the order slope, fit, in TASKS as fit, slope; "
            "give both the same order: progress() names the next one by it",
        ),
    ],
)
def test_a_lesson_calls_the_tasks_of_its_unit(
    tasks: list[str] | None, line: int, sentence: str
) -> None:
    def found(names: list[str] | None) -> list[str]:
        return faults(LESSON, None if names is None else dict.fromkeys(names, 1.0), "lesson")

    assert found(["slope", "fit"]) == []
    assert found(tasks) == at(line, sentence)
