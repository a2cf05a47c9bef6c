"""Points given by hand: a regrade must not ask a person to look again at what did not change.

nbgrader asks for it wherever there are such points, and would count each as waiting for a person.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.utils import is_solution

from autograder.results import write_atomically

Row = tuple[str, str, str]  # notebook, assignment, student


@contextmanager
def kept_settled(
    gradebook: tuple[str, str], row: Row, graded: Path, now: NotebookNode, note: Path
) -> Iterator[None]:
    """Save grades within; what a person had settled stays so, if nothing of it changed.

    Args:
        gradebook: its address, and the course's id.
        graded: the notebook as it was graded last, if it ever was.
        now: the notebook as it is graded now.
        note: a file for what was settled, in case that this process is killed within.

    Nothing changed where all the student's answers and the item's automatic points are the same.
    """
    answers = _answers(now)
    same = graded.is_file() and _answers(nbformat.read(graded, as_version=4)) == answers
    before = _noted(note, answers) | _settled(gradebook, row) if same else {}
    if before:
        write_atomically(note, json.dumps({"answers": _digest(answers), "settled": before}))
    yield
    if before:
        with Gradebook(*gradebook) as book:
            for grade in book.find_submission_notebook(*row).grades:
                if _still_settled(grade, before):
                    grade.needs_manual_grade = False
            book.db.commit()
    note.unlink(missing_ok=True)


def _still_settled(grade: Grade, before: dict[str, Any]) -> bool:
    unchanged = grade.name in before and grade.auto_score == before[grade.name]
    return unchanged and grade.manual_score is not None


def _noted(note: Path, answers: list[str]) -> dict[str, Any]:
    """Return what a killed run noted of the same answers, in the form of `_settled`."""
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return dict(found["settled"]) if found["answers"] == _digest(answers) else {}


def _digest(answers: list[str]) -> str:
    return hashlib.sha256(json.dumps(answers).encode()).hexdigest()


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
