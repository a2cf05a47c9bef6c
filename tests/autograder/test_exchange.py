"""By nbgrader's exchange: does what a student submits come back as feedback?"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.autograder.classes import RIGHT, answering
from tests.autograder.courses import (
    ASSIGNMENT,
    REPOSITORY,
    hand_in,
    make_course,
    run_module,
    submission,
)

CONFIGURATION = """
c.Exchange.root = {exchange!r}
"""


class Place:
    """A course, an exchange, and a student's folder."""

    def __init__(self, folder: Path) -> None:
        self.course = make_course(folder / "course")
        self.home, exchange = folder / "home", folder / "exchange"
        self.home.mkdir()
        exchange.mkdir()
        exchange.chmod(0o777)
        own = CONFIGURATION.format(exchange=str(exchange))
        with (self.course / "nbgrader_config.py").open("a") as file:
            file.write(own)
        students = 'c = get_config()\nc.CourseDirectory.course_id = "tandem"\n'
        (self.home / "nbgrader_config.py").write_text(students + own)

    def instructor(self, *command: str) -> str:
        done = run_module(self.course, *command)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout + done.stderr

    def student(self, *command: str) -> None:
        data = {"JUPYTER_DATA_DIR": str(self.home / "data"), "PYTHONPATH": str(REPOSITORY)}
        subprocess.run(
            [sys.executable, "-m", "nbgrader", *command],
            cwd=self.home,
            env={**os.environ, **data},
            check=True,
            capture_output=True,
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Somebody submitted by the exchange; two others came by another way, one with a bad note."""
    place = Place(tmp_path_factory.mktemp("exchange"))
    place.instructor("autograder", "release", ASSIGNMENT)
    place.instructor("nbgrader", "release_assignment", ASSIGNMENT)
    place.student("fetch_assignment", ASSIGNMENT)
    place.student("submit", ASSIGNMENT)
    place.instructor("nbgrader", "collect", ASSIGNMENT)
    hand_in(place.course, {"0-by-hand": answering(RIGHT), "1-odd": answering(RIGHT)})
    (submission(place.course, "1-odd") / "submission_secret.txt").write_bytes(b"\xff" * 40)
    return place


def test_does_feedback_come_back_through_the_exchange(place: Place) -> None:
    """Although students whose hand-ins lack the exchange's notes come before this one."""
    place.instructor("autograder", "grade", ASSIGNMENT, "--workers", "1", "--json", "results.json")
    said = (place.course / "results.json").read_text()
    assert said.count("submission_secret.txt was not used") == 1, said
    place.instructor("autograder", "feedback", ASSIGNMENT)
    place.instructor("nbgrader", "release_feedback", ASSIGNMENT)
    place.student("fetch_feedback", ASSIGNMENT)
    (page,) = place.home.glob(f"{ASSIGNMENT}/feedback/*/toy.html")
    (graded,) = place.course.glob(f"classroom/feedback/[!01]*/{ASSIGNMENT}/toy.html")
    assert page.read_text() == graded.read_text()


def test_leaves_nbgraders_own_command_the_secret(place: Place) -> None:
    shutil.rmtree(place.course / "classroom" / "autograded", ignore_errors=True)
    place.instructor("nbgrader", "autograde", ASSIGNMENT)
    (kept,) = place.course.glob(f"classroom/submitted/[!01]*/{ASSIGNMENT}/submission_secret.txt")
    copied = place.course / "classroom/autograded" / kept.parents[1].name / ASSIGNMENT / kept.name
    assert copied.read_text() == kept.read_text()
    aside = place.course / "classroom/set-aside/1-odd" / ASSIGNMENT
    assert (aside / "submission_secret.txt").exists()
