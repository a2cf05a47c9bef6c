"""Does a gradebook on a PostgreSQL server hold what one in a file holds?"""

import json
import signal
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.export import grades
from autograder.feedback import write_feedback
from autograder.grade import grade
from tests.autograder.classes import CLASS
from tests.autograder.courses import ASSIGNMENT, begun, course_of, wait_for_results
from tests.autograder.postgres import postgresql

NAMES = ("right", "half-right", "wrong", "untouched", "kernel-dies", "check-deleted")


def course_with(folder: Path, more: str = "") -> Course:
    return course_of(folder, {name: CLASS[name].edit for name in NAMES}, more)


def test_is_a_batch_on_a_server_graded_resumed_and_given_back_as_with_a_file(
    tmp_path: Path,
) -> None:
    expected = {r.student: r.score for r in grade(course_with(tmp_path / "file"), ASSIGNMENT)}
    assert set(expected.values()) == {0, 1, 2, 3}
    with postgresql() as address:
        folder = tmp_path / "server"
        course = course_with(folder, f"\nc.CourseDirectory.db_url = {address!r}\n")
        assert course.db_url == address
        killed = begun(folder)
        wait_for_results(folder, 2)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        again = begun(folder)
        said, _ = again.communicate(timeout=120)
        assert again.returncode == 0, said
        assert "unchanged since they were graded" in said
        results = json.loads((folder / "results.json").read_text())
        assert {result["student"]: result["score"] for result in results} == expected
        with Gradebook(address, "tandem") as gradebook:
            book = {
                row.student.id: row.score for row in gradebook.assignment_submissions(ASSIGNMENT)
            }
        assert book == expected
        assert len(write_feedback(course, ASSIGNMENT)) == len(NAMES)
        assert {g.student: g.score for g in grades(course, ASSIGNMENT)} == expected
        assert (folder / "classroom" / "secrets" / f"{ASSIGNMENT}.key").exists()
        assert not (folder / "classroom" / "gradebook.db").exists()
