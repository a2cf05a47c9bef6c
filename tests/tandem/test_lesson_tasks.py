"""Are a lesson's tasks found, judged like checks, and helpful when they fail?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tandem import check, hint, plain, progress, session, start
from tandem.checks import Lab
from tandem.evidence import Arrays
from tandem.lessons import find_lesson, lesson_names
from tandem.lessons.task import FunctionTask
from tandem.messages import later
from tandem.verdict import Verdict


class Scale(FunctionTask):
    name = "scale"
    call = "scale(x, factor)"
    hints = (later("Multiply."),)

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [{"x": rng.normal(size=n), "factor": np.array(float(n))} for n in (2, 3)]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        x, factor = arguments
        return x * factor

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        return [("this adds.", arguments[0] + arguments[1])]


def judged(answer: Callable[..., Any]) -> Verdict:
    task = Scale()
    probe, truth = task.public()
    return task.decide(task.collect(answer, probe, plain), probe, truth)


@pytest.mark.parametrize(
    ("answer", "points", "message"),
    [
        (lambda x, factor: x * factor, 1, "Right."),
        (lambda x, factor: x + factor, 0, "scale(x, factor): this adds."),
        (lambda x, factor: x - factor, 0, "in row 0; expected"),
        (lambda x, factor: x[:1] * factor, 0, "returned shape (1,); expected shape (2,)"),
        (lambda x, factor: x * factor * np.nan, 0, "nan"),
        (lambda x, factor: x * min(factor, 2), 0, "in row 0; expected"),  # right in one case
    ],
)
def test_is_every_case_compared(answer: Callable[..., Any], points: int, message: str) -> None:
    verdict = judged(answer)
    assert verdict.points == points
    assert message in verdict.message


def test_is_an_array_without_shape_given_as_a_number() -> None:
    given: list[type] = []

    def answer(x: np.ndarray, factor: float) -> np.ndarray:
        given.append(type(factor))
        return x * factor

    judged(answer)
    assert given == [float, float]


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_session", None)


def test_does_a_lesson_start_like_a_lab(
    no_session: None, capsys: pytest.CaptureFixture[str]
) -> None:
    start("own_framework")
    first = check("squared-error-slope", lambda predicted, wanted: predicted - wanted)
    assert first is not None
    assert "hint(" in first.hint
    hint("squared-error-slope")
    assert "Hint 1 of 2" in capsys.readouterr().out
    right = check("squared-error-slope", lambda p, w: 2 * (p - w) / p.size)
    assert right is not None
    assert right.passed
    assert progress().next_step == 'Next: the check "tanh-backward".'


def test_does_progress_speak_of_no_written_answer_in_a_lesson() -> None:
    lesson = find_lesson("own_framework")
    assert isinstance(lesson, Lab)
    every = {n: Verdict(n, 1, 1, "") for n in lesson.checks}
    assert session.Progress.of(lesson, every).next_step == "Every task is solved."


@pytest.mark.parametrize("name", lesson_names())
def test_is_no_lesson_also_a_lab_and_has_each_task_hints(name: str) -> None:
    lesson = find_lesson(name)
    assert lesson is not None
    assert lesson.name == name
    assert not lesson.written
    assert all(len(task.hints) >= 2 for task in lesson.checks.values())


def test_is_an_unknown_lesson_refused_with_those_there_are(no_session: None) -> None:
    with pytest.raises(ValueError, match=r"no lab 'nonsense'; choose one of .*own_framework"):
        start("nonsense")
