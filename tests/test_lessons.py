"""Does every lesson run from top to bottom, quietly, and does every shown solution pass its check?

A task's answer cell prints "right" or "not yet"; the solution stands in a `<details>` block after
it and replaces the function or method of the same name.
"""

import ast
import re
import textwrap
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.submissions import ROOT

LESSONS = sorted((ROOT / "course/en").rglob("*.ipynb"))
MOST_SECONDS = 40
SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)


def executed(notebook: NotebookNode) -> NotebookNode:
    """Run a notebook in a kernel of its own; a cell that raises fails the test."""
    NotebookClient(notebook, timeout=2 * MOST_SECONDS, kernel_name="python3").execute()
    return notebook


def answered(answer: str, solution: str) -> str:
    """Return the answer cell with the solution's function in place of its own."""
    (wanted,) = ast.parse(textwrap.dedent(solution)).body
    assert isinstance(wanted, ast.FunctionDef)
    found = [
        node
        for node in ast.walk(ast.parse(answer))
        if isinstance(node, ast.FunctionDef) and node.name == wanted.name
    ]
    lines = answer.split("\n")
    lines[found[0].lineno - 1 : found[0].end_lineno] = solution.rstrip().split("\n")
    return "\n".join(lines)


def printed(cell: NotebookNode) -> str:
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def tasks(notebook: NotebookNode) -> dict[int, str]:
    """Map the position of each task's answer cell to its solution."""
    found, latest = {}, -1
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            latest = position
        for solution in SOLUTION.findall(cell.source if cell.cell_type == "markdown" else ""):
            found[latest] = solution
    return found


def test_the_tasks_of_a_lesson_are_found() -> None:
    """Lesson 0 shows two solutions: a method's, and a function's."""
    notebook = nbformat.read(ROOT / "course/en/0-own-framework.ipynb", as_version=4)
    found = [
        ast.parse(textwrap.dedent(solution)).body[0].name for solution in tasks(notebook).values()
    ]
    assert found == ["backward", "squared_error_slope"]


@pytest.fixture(scope="module", params=LESSONS, ids=lambda p: p.relative_to(ROOT).as_posix())
def lesson(request: pytest.FixtureRequest) -> tuple[Path, NotebookNode, float]:
    start = time.perf_counter()
    notebook = executed(nbformat.read(request.param, as_version=4))
    return request.param, notebook, time.perf_counter() - start


@pytest.mark.slow
def test_a_lesson_runs_quietly_and_in_time(lesson: tuple[Path, NotebookNode, float]) -> None:
    _, notebook, seconds = lesson
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"] == []
    assert seconds < MOST_SECONDS


@pytest.mark.slow
def test_an_untouched_task_fails_and_its_solution_passes(
    lesson: tuple[Path, NotebookNode, float],
) -> None:
    path, untouched, _ = lesson
    solutions = tasks(untouched)
    if not solutions:
        return  # a lesson without tasks has nothing to solve
    for position in solutions:
        assert printed(untouched.cells[position]).startswith("not yet")
    notebook = nbformat.read(path, as_version=4)
    for position, solution in solutions.items():
        notebook.cells[position].source = answered(notebook.cells[position].source, solution)
    executed(notebook)
    for position in solutions:
        assert printed(notebook.cells[position]).startswith("right")
