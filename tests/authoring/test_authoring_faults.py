"""Does every mistake of an author get one sentence with its line and its cure?"""

from collections.abc import Mapping

import pytest

from authoring.faults import text_faults
from authoring.text import read_text

PATH = "authoring/labs/flowers.md"
POINTS = {"softmax": 2.0}

SOLUTION = """\
```{code-cell} python
:name: softmax
:solution: true

### BEGIN SOLUTION
answer = 1
### END SOLUTION
```
"""
CHECK = """
```{code-cell} python
:name: check-softmax
:check: true

check("softmax", answer)
```
"""
GOOD = SOLUTION + CHECK


def faults(
    content: str, points: Mapping[str, float] | None = POINTS, kind: str = "lab"
) -> list[str]:
    text, misread = read_text(content, PATH, kind, "flowers")
    return [str(fault) for fault in text_faults(text, misread, points)]


def at(line: int, sentence: str) -> list[str]:
    return [f"{PATH}:{line}: {sentence}."]


def test_a_good_text_has_no_fault(lab: str) -> None:
    assert faults(lab) == []
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("extra", "line", "sentence"),
    [
        pytest.param(
            "\n```{code-cell}\n:tags: [jax]\n\n1\n```\n",
            17,
            "unknown tag `jax`; use one of pytorch, tensorflow, or none for a shared cell",
            id="unknown tag",
        ),
        pytest.param(
            '\n+++ {"tags": ["pytorch", "tensorflow"]}\n\nBoth.\n',
            17,
            "the cell has more than one framework's tag; "
            "use one of pytorch, tensorflow, or none for a shared cell",
            id="both tags",
        ),
        pytest.param(
            "\n```{code-cell}\n:hide: true\n\n1\n```\n",
            17,
            "unknown option `hide`; use one of tags, name, solution, check, manual, locked, points",
            id="unknown option",
        ),
        pytest.param(
            "\n```{code-cell}\n:locked: yes please\n:name: a\n\n1\n```\n",
            17,
            "`locked` must be true or false; write `locked: true`",
            id="role that is not a boolean",
        ),
        pytest.param(
            "\n```{code-cell}\n:name: My Cell\n\n1\n```\n",
            17,
            "the name `My Cell` is not a slug; use up to 64 of a-z, 0-9 and -",
            id="bad name",
        ),
        pytest.param(
            "\n- a list\n\n  ```{code-cell}\n  1\n  ```\n",
            19,
            "a code cell inside a list or quotation; write an unindented {code-cell}, or prose",
            id="nested code cell",
        ),
        pytest.param(
            '\n+++ {"name": "softmax"}\n\nAgain.\n',
            17,
            "the name `softmax` is already used on line 1; "
            "give each cell of a framework its own name",
            id="duplicate name",
        ),
        pytest.param(
            "\n```{code-cell}\n:locked: true\n\n1\n```\n",
            17,
            "the locked cell has no name; add the option `name`",
            id="missing name",
        ),
        pytest.param(
            '\n+++ {"name": "a", "locked": true}\n\nProse.\n',
            17,
            "the locked cell `a` is not code; make it a {code-cell}",
            id="locked prose",
        ),
        pytest.param(
            '\nQuestion?\n\n+++ {"name": "a", "manual": true}\n\nAnswer.\n',
            19,
            "the manual cell `a` has no points above 0; add such an option as `points: 2`",
            id="manual without points",
        ),
        pytest.param(
            '\n+++ {"name": "a", "manual": true, "points": 1}\n\nQuestion and answer.\n',
            17,
            "no question stands before the manual cell `a`; "
            "put the question into a prose cell of its own, before the answer's `+++`",
            id="manual without a question",
        ),
        pytest.param(
            '\nQuestion?\n\n+++ {"name": "a", "manual": true, "points": 1}\n\nRubric\n\n'
            "### BEGIN SOLUTION\nAnswer\n### END SOLUTION\n",
            21,
            "text outside the solution region of the manual cell `a` would be shown to students; "
            "move it into the region, or into a prose cell before this one",
            id="manual text outside the region",
        ),
        pytest.param(
            '\n+++ {"points": 2}\n\nProse.\n',
            17,
            "`points` on the prose cell; "
            "remove it: a check's points stand in its definition in tandem/labs",
            id="points on prose",
        ),
        pytest.param(
            "\n```{code-cell}\nx = 1\n### BEGIN SOLUTION\ny = 1\n### END SOLUTION\n```\n",
            17,
            "a solution region in a code cell that is not marked as a solution; "
            "add the options `solution: true` and `name`",
            id="solution region in an unmarked cell",
        ),
        pytest.param(
            "\n```{code-cell}\n:tags: [pytorch]\n\n1\n```\n\nShared.\n\n"
            "```{code-cell}\n:tags: [tensorflow]\n:name: b\n\n1\n```\n",
            17,
            "the pytorch code cell has no tensorflow twin; "
            "add its twin, tagged tensorflow, before the next shared cell",
            id="no tensorflow twin",
        ),
        pytest.param(
            "\n```{code-cell}\n:tags: [tensorflow]\n:name: b\n\n1\n```\n",
            17,
            "the tensorflow code cell `b` has no pytorch twin; "
            "add its twin, tagged pytorch, before the next shared cell",
            id="no pytorch twin",
        ),
        pytest.param(
            "\n```{code-cell}\n:tags: [pytorch]\n:name: a\n\n1\n```\n\n"
            "```{code-cell}\n:tags: [tensorflow]\n:name: b\n\n1\n```\n",
            24,
            "the tensorflow code cell `b` stands where the pytorch code cell `a` of line 17 "
            "needs its twin; give both the same place, kind, name and options",
            id="twins that differ",
        ),
    ],
)
def test_a_fault_in_a_further_cell(extra: str, line: int, sentence: str) -> None:
    assert faults(GOOD + extra)[0] == at(line, sentence)[0]


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("### BEGIN SOLUTION\n1\n", 5, "BEGIN SOLUTION without END SOLUTION"),
        ("1\n### END SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n", 6, "END SOLUTION without"),
        ("### BEGIN SOLUTION\n1\n### BEGIN SOLUTION\n### END SOLUTION\n", 7, "opened on line 5"),
        ("1\n", 1, "the solution cell `softmax` has no solution region"),
    ],
)
def test_solution_markers_are_balanced(source: str, line: int, what: str) -> None:
    (fault,) = faults(f"```{{code-cell}}\n:name: softmax\n:solution: true\n\n{source}```\n" + CHECK)
    assert fault.startswith(f"{PATH}:{line}: ")
    assert what in fault


def test_a_solution_needs_a_check_after_it() -> None:
    expected = at(
        8,
        "no check cell `check-softmax` follows the solution cell `softmax`; "
        'add a {code-cell} with `:check: true` that calls `check("softmax", ...)`',
    )
    assert faults(CHECK.lstrip() + "\n" + SOLUTION) == expected
    assert faults(SOLUTION, {}) == [expected[0].replace(":8:", ":1:")]


def test_a_check_must_be_the_labs_and_the_labs_checks_must_be_there() -> None:
    assert faults(GOOD, {"cross-entropy": 1.0}) == [
        *at(
            1,
            "the lab's check `cross-entropy` has no cell for pytorch; "
            "add the cell `check-cross-entropy`, or remove the check from its definition",
        ),
        *at(
            1,
            "the lab's check `cross-entropy` has no cell for tensorflow; "
            "add the cell `check-cross-entropy`, or remove the check from its definition",
        ),
        *at(
            10,
            "the lab defines no check `softmax`; "
            "use one of cross-entropy, or define it in tandem/labs",
        ),
    ]


def test_a_check_cell_calls_its_check() -> None:
    quoted = GOOD.replace('check("softmax", answer)', '# check("softmax", answer)')
    expected = at(
        10,
        "the check cell `check-softmax` does not call its check; "
        'write `check("softmax", ...)` in it',
    )
    assert faults(quoted) == expected


def test_a_check_cell_is_named_after_its_check() -> None:
    content = GOOD + CHECK.replace(":name: check-softmax", ":name: softmax-again")
    assert faults(content)[1] == (
        f"{PATH}:17: the check cell `softmax-again` is not named after its check; "
        "name it `check-softmax-again`."
    )


def test_a_lab_that_tandem_does_not_know() -> None:
    sentence = (
        "tandem has no lab called `flowers`; define it in tandem/labs, as the module `flowers`"
    )
    assert faults(GOOD, None) == at(1, sentence)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("Prose.\n\n```{code-cell}\n:name: [a\n\n1\n```\n", 3),
        ("Prose.\n\n```{code-cell}\n:solution\n\n1\n```\n", 3),
        ("Prose.\n\n+++ {tags: pytorch}\n\nMore.\n", 3),
        ('Prose.\n\n+++ {"tags": "pytorch"}\n\nMore.\n', 3),
        ("Prose.\n\n```{code-cell}\n:name: 1\n\n1\n```\n", 3),
        ("Prose.\n\n```{code-cell}\n:1: 2\n\n1\n```\n", 3),
        ("---\ntitle: [a\n---\n\nProse.\n", 1),
    ],
)
def test_options_that_cannot_be_read(content: str, line: int) -> None:
    unreadable = [fault for fault in faults(content) if "the options" in fault]
    assert len(unreadable) == 1
    assert unreadable[0].startswith(f"{PATH}:{line}: the options ")
    assert unreadable[0].endswith(
        "; write `:key: value` lines in a code cell, JSON after `+++` before prose."
    )


def test_all_faults_of_a_text_are_collected() -> None:
    content = '+++ {"a": 1}\n\nA.\n\n+++ {"b": 1}\n\nB.\n\n+++ {"points": "two"}\n\nC.\n'
    assert [fault.split(":")[1] for fault in faults(content)] == ["1", "5", "9"]


def test_nothing_in_a_lesson_is_graded() -> None:
    cure = "remove it: only labs have graded and locked cells"
    assert faults(GOOD, {}, "lesson") == [
        *at(1, f"`solution` in a lesson; {cure}"),
        *at(10, f"`check` in a lesson; {cure}"),
    ]


def test_an_empty_text() -> None:
    assert faults("\n", {}) == at(
        1, "the text has no cells; write prose or a {code-cell}, or remove the file"
    )
