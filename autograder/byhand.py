"""Points given by hand: a regrade must not ask a person to look again at what did not change.

nbgrader asks for it wherever there are such points, and would count each as waiting for a person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.utils import is_solution

Row = tuple[str, str, str]  # notebook, assignment, student


@contextmanager
def kept_settled(
    gradebook: tuple[str, str], row: Row, graded: Path, now: NotebookNode
) -> Iterator[None]:
    """Save grades within; what a person had settled stays so, if nothing of it changed.

    Args:
        gradebook: its address, and the course's id.
        graded: the notebook as it was graded last, if it ever was.
        now: the notebook as it is graded now.

    Nothing changed where all the student's answers and the item's automatic points are the same.
    """
    same = graded.is_file() and _answers(nbformat.read(graded, as_version=4)) == _answers(now)
    before = _settled(gradebook, row) if same else {}
    yield
    if before:
        with Gradebook(*gradebook) as book:
            for grade in book.find_submission_notebook(*row).grades:
                if _still_settled(grade, before):
                    grade.needs_manual_grade = False
            book.db.commit()


def _still_settled(grade: Grade, before: dict[str, Any]) -> bool:
    unchanged = grade.name in before and grade.auto_score == before[grade.name]
    return unchanged and grade.manual_score is not None


def _settled(gradebook: tuple[str, str], row: Row) -> dict[str, Any]:
    """Return the automatic points of each item that a person has graded and need not look at."""
    with Gradebook(*gradebook) as book:
        try:
            grades = book.find_submission_notebook(*row).grades
        except MissingEntry:
            return {}
        return {
            grade.name: grade.auto_score
            for grade in grades
            if grade.manual_score is not None and not grade.needs_manual_grade
        }


def _answers(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if is_solution(cell)]
