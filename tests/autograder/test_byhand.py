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
from tests.autograder.classes import RIGHT, answering
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


def test_does_a_batch_killed_while_it_saves_grades_not_ask_a_person_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nbgrader marks an item as waiting, and we take the mark away: what if we die in between?"""
    course = Course.load(folder)
    notes = folder / "classroom" / "settled"

    def waiting() -> bool:
        (found,) = grades(course, ASSIGNMENT)
        return found.by_hand

    def save_and_die(written: str) -> None:
        hand_in(folder, {"s1": answering(RIGHT, written=written)})
        job = Job(course, ASSIGNMENT, "s1", "toy")
        forget(job)
        judged = run(prepare(job))
        with monkeypatch.context() as patch:
            patch.setattr("autograder.submission.SAVE", [*SAVE, killed])
            with pytest.raises(Killed):
                finish(job, judged)
        assert waiting()

    hand_in(folder, {"s1": answering(RIGHT, written="Because.")})
    grade(course, ASSIGNMENT, ["s1"], workers=0)
    settle(course, "s1")
    save_and_die("Because.")
    (note,) = notes.rglob("*.json")
    noted = note.read_text()
    grade(course, ASSIGNMENT, ["s1"], workers=0)
    assert not waiting()
    assert list(notes.rglob("*.json")) == []
    save_and_die("Because.")
    hand_in(folder, {"s1": answering(RIGHT, written="Because of something else.")})
    for _ in range(2):
        note.write_text(noted)  # as after a kill, and nbgrader's own autograde in between
        grade(course, ASSIGNMENT, ["s1"], workers=0, force=True)
        assert waiting(), "what was noted is of another answer"
