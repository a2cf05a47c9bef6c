"""Are the scores the same for any number of workers, and whenever the command is killed?"""

import json
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Course, CourseError
from autograder.grade import grade
from autograder.results import Result
from tests.autograder.classes import CLASS, RIGHT, Edit, answering
from tests.autograder.courses import (
    ASSIGNMENT,
    begun,
    course_of,
    scores,
    wait_for_results,
)

SLEEPS = "def double(x):\n    import time\n    time.sleep(60)"
SLEEPS_ON = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{SLEEPS}"
THREADS = """
import threading, time
def double(x):
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"""
KINDS: dict[str, tuple[int, Edit]] = {
    "honest": (24, answering(RIGHT)),
    "in-another-style": (6, answering("def double(x):\n    return x + x")),
    **{
        name: (count, CLASS[name].edit)
        for name, count in {
            "half-right": 5,
            "wrong": 7,
            "untouched": 2,
            "raises": 2,
            "syntax-error": 1,
            "forged-output": 2,
            "everything-deleted": 1,
            "kernel-dies": 2,
            "kernel-dies-in-an-answer": 2,
            "floods-without-end": 1,
            "eats-memory-in-children": 1,
        }.items()
    },
    "sleeps": (2, answering(SLEEPS)),
    "sleeps-on": (1, answering(SLEEPS_ON)),
    "threads-without-end": (1, answering(THREADS)),
}
SIXTY = [f"{kind}-{n}" for kind, (count, _) in KINDS.items() for n in range(count)]
LIMITS = "\nc.Execute.timeout = 4\nc.Execute.iopub_timeout = 2\n"

Scores = dict[str, tuple[str, dict[str, float | None]]]


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of 60 hand-ins, not graded yet, whose probes are drawn."""
    folder = tmp_path_factory.mktemp("sixty") / "course"
    order = random.Random(5).sample(SIXTY, len(SIXTY))  # students' names are graded in their order
    edits = {f"s{n:02}": KINDS[name.rpartition("-")[0]][1] for n, name in enumerate(order)}
    course_of(folder, edits, LIMITS)
    return folder


@pytest.fixture(scope="module")
def by_two(sixty: Path) -> Scores:
    results = grade(Course.load(sixty), ASSIGNMENT, workers=2)
    found = scores_of(results)
    shutil.rmtree(sixty / "classroom" / "results")
    shutil.rmtree(sixty / "classroom" / "autograded")
    return found


def scores_of(results: list[Result] | list[dict[str, Any]]) -> Scores:
    rows = [
        vars(r) | {"checks": list(map(vars, r.checks))} if isinstance(r, Result) else r
        for r in results
    ]
    return {
        row["student"]: (row["status"], {c["name"]: c["points"] for c in row["checks"]})
        for row in rows
    }


def copied(course: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(course, tmp_path / "course"))


def graded_once(folder: Path, expected: Scores) -> None:
    """Compare what a command wrote: its results, the gradebook, the notebooks, and nothing else."""
    written = json.loads((folder / "results.json").read_text())
    assert len(written) == len(expected)
    assert scores_of(written) == expected
    book = {student: row for (student, _), row in scores(folder).items()}
    assert {
        name: {k.removeprefix("check-"): v for k, v in row.items()} for name, row in book.items()
    } == {name: points for name, (_, points) in expected.items()}
    paths = list(folder.glob(f"classroom/autograded/*/{ASSIGNMENT}/toy.ipynb"))
    assert len(paths) == len(expected)
    for path in paths:
        json.loads(path.read_text())
    assert [p for p in folder.rglob(".*") if p.name != ".lock"] == [], "nothing half-written stays"


def test_is_the_class_what_it_should_be(by_two: Scores) -> None:
    found = [status for status, _ in by_two.values()]
    assert len(found) == 60
    counts = {status: found.count(status) for status in sorted(set(found))}
    assert counts["graded"] >= 50
    assert counts["timed_out"] >= 3
    assert counts["crashed"] == 4
    assert counts["too_much_output"] == 1
    assert counts["out_of_memory"] == counts["too_many_processes"] == 1


@pytest.mark.parametrize("workers", [0, 1])
def test_do_scores_hang_on_the_number_of_workers(
    sixty: Path, by_two: Scores, tmp_path: Path, workers: int
) -> None:
    results = grade(Course.load(copied(sixty, tmp_path)), ASSIGNMENT, workers=workers)
    assert scores_of(results) == by_two


def test_are_scores_the_same_after_three_kills(sixty: Path, by_two: Scores, tmp_path: Path) -> None:
    folder, draw = copied(sixty, tmp_path), random.Random(12)
    moments = sorted(draw.sample(range(2, 55), 3))
    for moment in moments:
        process = begun(folder)
        wait_for_results(folder, moment)
        time.sleep(draw.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = begun(folder)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    kept = int(said.split(" unchanged since")[0].split()[-1])
    assert moments[-1] <= kept < 60
    graded_once(folder, by_two)


def test_does_one_command_at_a_time_grade_an_assignment(sixty: Path, tmp_path: Path) -> None:
    folder = copied(sixty, tmp_path)
    process = begun(folder)
    try:
        wait_for_results(folder, 1)
        with pytest.raises(CourseError, match="being graded by another command"):
            grade(Course.load(folder), ASSIGNMENT, workers=1)
    finally:
        process.kill()
        process.communicate()
