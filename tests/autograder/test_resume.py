"""Is a batch that was stopped at any moment finished by the same command?"""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.export import grades
from autograder.grade import grade
from autograder.ledger import fingerprint, forget, recall, remember
from autograder.results import Result, write_atomically
from autograder.submission import Job, finish, prepare
from autograder.task import run
from tests.autograder.classes import RIGHT, WRONG, answering
from tests.autograder.courses import (
    ASSIGNMENT,
    begun,
    course_of,
    hand_in,
    scores,
    submission,
    wait_for_results,
)

STUDENTS = {f"s{n}": answering(RIGHT if n % 2 else WRONG) for n in range(6)}
POINTS = {name: 3.0 if int(name[1:]) % 2 else 1.0 for name in STUDENTS}
SLOW = answering(RIGHT, before="import time; time.sleep(60)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    course_of(tmp_path / "course", STUDENTS)
    return tmp_path / "course"


def in_gradebook(folder: Path) -> dict[str, float]:
    return {
        name: sum(score or 0 for score in row.values()) for (name, _), row in scores(folder).items()
    }


def test_does_a_batch_go_on_that_stood_still(tmp_path: Path) -> None:
    """By Ctrl-Z, or with a computer that slept: for longer than a cell or a notebook may take."""
    slow = answering(RIGHT, before="import time; time.sleep(2)")
    settings = "c.Execute.timeout = 4\nc.Execute.notebook_timeout = 8"
    course_of(tmp_path / "course", dict.fromkeys(STUDENTS, slow), settings)
    # Dask gives a worker up when it was silent for five minutes, or as long as this says.
    batch = begun(tmp_path / "course", DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="1s")
    wait_for_results(tmp_path / "course", 1)
    time.sleep(1)  # so that the next ones run
    batch.send_signal(signal.SIGSTOP)
    time.sleep(12)
    batch.send_signal(signal.SIGCONT)
    try:
        said, _ = batch.communicate(timeout=60)
    finally:
        batch.kill()
    assert batch.returncode == 0, said
    results = json.loads((tmp_path / "course" / "results.json").read_text())
    found = {result["student"]: (result["status"], result["score"]) for result in results}
    assert found == dict.fromkeys(STUDENTS, ("graded", 3.0))


@pytest.mark.parametrize("count", [1, 4])
def test_is_a_killed_batch_finished_with_everyone_graded_once(folder: Path, count: int) -> None:
    killed = begun(folder)
    wait_for_results(folder, count)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    again = begun(folder)
    said, _ = again.communicate(timeout=120)
    assert again.returncode == 0, said
    results = json.loads((folder / "results.json").read_text())
    assert {result["student"]: result["score"] for result in results} == POINTS
    assert in_gradebook(folder) == POINTS
    assert "unchanged since they were graded" in said
    assert "distributed" not in said, "Dask's own log"
    for path in folder.glob("classroom/autograded/*/*/toy.ipynb"):
        json.loads(path.read_text())


@pytest.fixture
def heeding() -> Iterator[None]:
    """Programs started within heed Ctrl-C, also where these tests run in a shell's background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding")
def test_does_ctrl_c_stop_within_seconds_and_say_how_to_go_on(folder: Path) -> None:
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Execute.timeout = 60\n")  # what waiting for the cells would take
    hand_in(folder, {"t0": SLOW, "t1": SLOW})
    process = begun(folder)
    wait_for_results(folder, 6)
    time.sleep(1)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert time.monotonic() - began < 15  # half a second on a quiet machine
    assert process.returncode == 130
    assert "type the same command again" in said
    assert in_gradebook(folder).items() >= POINTS.items()


def test_is_only_what_changed_graded_again(folder: Path) -> None:
    course = Course.load(folder)
    kept: list[list[str]] = []

    def run(**options: bool) -> dict[str, float]:
        kept.append([])
        results = grade(
            course,
            ASSIGNMENT,
            workers=2,
            report=lambda result, unchanged: kept[-1].extend([result.student] * unchanged),
            **options,
        )
        return {result.student: result.score for result in results}

    assert run() == POINTS
    assert run() == POINTS
    hand_in(folder, {"s0": answering(RIGHT)})
    assert run() == {**POINTS, "s0": 3.0}
    run(force=True)
    assert [len(names) for names in kept] == [0, 6, 5, 0]
    (folder / "classroom/autograded/s1" / ASSIGNMENT / "toy.ipynb").unlink()
    run(fresh_probes=True)
    assert kept[-1] == []


def test_do_the_labs_files_and_its_release_count(folder: Path) -> None:
    course = Course.load(folder)
    job, found = Job(course, ASSIGNMENT, "s0", "toy"), []
    own = folder / "solutions" / ASSIGNMENT / "data.csv"
    for content in ("1", "2"):
        own.write_text(content)
        found.append(fingerprint(job))
    with Gradebook(course.db_url) as gradebook:
        gradebook.find_notebook("toy", ASSIGNMENT).source_cells[0].source += "# released again"
        gradebook.db.commit()
    found.append(fingerprint(job))
    assert len(set(found)) == 3
    assert fingerprint(job) == found[-1]


LATE_PENALTY = """
from nbgrader.plugins import LateSubmissionPlugin


class PointsForLateness(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {points}


c.AssignLatePenalties.plugin_class = PointsForLateness
"""


def test_do_a_due_date_and_a_rule_count_that_come_after_grading(folder: Path) -> None:
    """The due date, then the rule, then another rule: each time the next plain grading applies."""
    config = folder / "nbgrader_config.py"
    before = config.read_text()
    (submission(folder, "s1") / "timestamp.txt").write_text("2026-02-03 10:00:00 UTC")

    def penalty() -> tuple[float, int]:
        course, kept = Course.load(folder), list[bool]()
        grade(course, ASSIGNMENT, workers=2, report=lambda _, unchanged: kept.append(unchanged))
        (late,) = (g for g in grades(course, ASSIGNMENT) if g.student == "s1")
        return late.late_penalty, sum(kept)

    everybody = len(STUDENTS)
    assert penalty() == (0, 0)
    config.write_text(before + LATE_PENALTY.format(points=1))
    assert penalty() == (0, 0), "it was due at no time"
    with Gradebook(Course.load(folder).db_url) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-02-01 12:00 UTC")
    assert penalty() == (1, 0)
    assert penalty() == (1, everybody)
    config.write_text(before + LATE_PENALTY.format(points=2))
    assert penalty() == (2, 0)


def test_does_a_write_replace_what_a_killed_one_left(tmp_path: Path) -> None:
    left = tmp_path / ".grades.json.new"
    left.write_text("[{")
    left.chmod(0o444)
    write_atomically(tmp_path / "grades.json", "[]", 0o444)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("grades.json", "[]")]


def test_does_content_reach_the_disk_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut may leave a graded notebook that is there, and empty."""
    path, synced = tmp_path / "grades.json", list[tuple[str, str]]()
    path.write_text("old")

    def noted(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, path.read_text()))

    monkeypatch.setattr(os, "fsync", noted)
    write_atomically(path, "new")
    assert synced == [(".grades.json.new", "old"), (tmp_path.name, "new")]


def test_does_one_unreadable_folder_stop_nobody_else(folder: Path) -> None:
    """A result is stored under what is no folder; a hand-in vanishes when the batch has begun."""
    course = Course.load(folder)
    stored = folder / "classroom" / "results" / ASSIGNMENT / "s1"
    stored.parent.mkdir(parents=True)
    stored.touch()

    def report(result: Result, _: bool) -> None:
        shutil.rmtree(submission(folder, "s5"), ignore_errors=True)

    found = {
        result.student: result for result in grade(course, ASSIGNMENT, workers=0, report=report)
    }
    assert {name: result.status for name, result in found.items()} == {
        **dict.fromkeys(STUDENTS, "graded"),
        "s1": "error",
        "s5": "missing",
    }
    assert "NotADirectoryError" in found["s1"].findings[0]
    stored.unlink()
    (result,) = grade(course, ASSIGNMENT, ["s1"], workers=0)
    assert (result.status, result.score) == ("graded", 3)


def test_is_a_hand_in_that_changes_while_it_is_graded_graded_again(folder: Path) -> None:
    """Is what is stored the hash of what was read, and not of what lies there afterwards?"""
    course = Course.load(folder)
    job = Job(course, ASSIGNMENT, "s0", "toy")
    forget(job)
    judged = run(prepare(job))
    hand_in(folder, {"s0": answering(RIGHT)})
    remember(job, finish(job, judged))
    assert recall(job) is None
    (result,) = grade(course, ASSIGNMENT, students=["s0"], workers=0)
    assert result.score == 3
    assert recall(job) == result
