"""Points given by hand: does a regrade ask a person again only where there is need?"""

from pathlib import Path
from typing import NoReturn

import pytest
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.export import grades
from autograder.grade import grade
from autograder.ledger import forget
from autograder.pipeline import SAVE
from autograder.submission import Job, finish, prepare
from autograder.task import run
from tests.autograder.classes import RIGHT, WRONG, answering
from tests.autograder.courses import ASSIGNMENT, course_of, hand_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    course_of(tmp_path / "course", {})
    return tmp_path / "course"


def settle(course: Course, *students: str) -> None:
    """Give points by hand, as a person does in the formgrader."""
    with Gradebook(course.db_url) as gradebook:
        for student in students:
            row = gradebook.find_submission_notebook("toy", ASSIGNMENT, student)
            (explain,) = (g for g in row.grades if g.name == "explain")
            explain.manual_score, explain.needs_manual_grade = 1.5, False
        gradebook.db.commit()


def test_does_a_regrade_ask_again_only_where_something_changed(folder: Path) -> None:
    """A person graded s0's and s1's written answers, and s2's has not been looked at."""
    course = Course.load(folder)

    def waiting() -> dict[str, bool]:
        return {g.student: g.by_hand for g in grades(course, ASSIGNMENT)}

    written = answering(RIGHT, written="Because.")
    hand_in(folder, dict.fromkeys(("s0", "s1", "s2"), written))
    grade(course, ASSIGNMENT, ["s0", "s1", "s2"], workers=2)
    assert waiting() == {"s0": True, "s1": True, "s2": True}
    settle(course, "s0", "s1")
    assert waiting() == {"s0": False, "s1": False, "s2": True}
    hand_in(folder, {"s1": answering(RIGHT, written="Because of something else.")})
    grade(course, ASSIGNMENT, ["s0", "s1", "s2"], workers=2, force=True)
    assert waiting() == {"s0": False, "s1": True, "s2": True}
    assert {g.score for g in grades(course, ASSIGNMENT) if g.student != "s2"} == {4.5}


class Killed(BaseException):
    """Stands for `kill -9`."""


def killed(**_: object) -> NoReturn:
    raise Killed


def test_does_a_batch_killed_while_it_saves_grades_leave_them_as_they_were(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nbgrader saves point after point, and marks as waiting what we unmark: all of it or nothing.

    Points lost or an item marked must not show, neither to a person nor to the next batch.
    """
    course = Course.load(folder)
    hand_in(folder, {"s1": answering(RIGHT, written="Because.")})
    grade(course, ASSIGNMENT, ["s1"], workers=0)
    settle(course, "s1")
    before = grades(course, ASSIGNMENT)
    assert [(g.score, g.by_hand) for g in before] == [(4.5, False)]
    hand_in(folder, {"s1": answering(WRONG, written="Because of something else.")})
    job = Job(course, ASSIGNMENT, "s1", "toy")
    forget(job)
    judged = run(prepare(job))
    with monkeypatch.context() as patch:
        patch.setattr("autograder.submission.SAVE", [*SAVE, killed])
        with pytest.raises(Killed):
            finish(job, judged)
    assert grades(course, ASSIGNMENT) == before
    grade(course, ASSIGNMENT, ["s1"], workers=0)
    assert [(g.score, g.by_hand) for g in grades(course, ASSIGNMENT)] == [(2.5, True)]
