"""The whole class, both frameworks: does everyone get the stated verdict, by either command?

Slow: each hand-in runs in a kernel of its own. The Iris classes are graded twice, by `autograder
grade` and by `nbgrader autograde`, side by side in two courses with the same secret.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from tests.demo import differences
from tests.submissions import FRAMEWORKS, LABS, ROOT, Submission, submissions

ASSIGNMENTS = [f"{lab}-{framework}" for lab in LABS for framework in FRAMEWORKS]
CLASS = [s for lab in LABS for framework in FRAMEWORKS for s in submissions(framework, lab)]
COMPARED = [f"iris-{framework}" for framework in FRAMEWORKS]
SOLUTION = "the-solution"


@dataclass(frozen=True)
class Graded:
    """What both commands made of one framework's class."""

    course: Path  # where ours graded
    ours: dict[str, dict[str, Any]]
    ours_in_gradebook: dict[str, float]
    nbgraders: dict[str, float]


def make_course(folder: Path, assignment: str) -> Path:
    """Make a course of one lab whose whole class, and the solution itself, has handed in."""
    shutil.copytree(ROOT / "solutions" / assignment, folder / "solutions" / assignment)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    submitted = folder / "classroom" / "submitted"
    for submission in handed_in(assignment):
        submission.write(submitted)
    notebook = f"{assignment.split('-')[0]}.ipynb"
    solution = submitted / SOLUTION / assignment / notebook
    solution.parent.mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / assignment / notebook, solution)
    command(folder, "autograder", "release", assignment)
    return folder


def handed_in(assignment: str) -> list[Submission]:
    return [submission for submission in CLASS if submission.assignment == assignment]


def command(course: Path, *arguments: str) -> None:
    started(course, *arguments).check_returncode()


def started(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=course, check=False, capture_output=True, text=True
    )
    print(done.stdout[-3000:], done.stderr[-3000:])
    return done


def scores(course: Path, assignment: str) -> dict[str, float]:
    """Read the points of each student from the gradebook."""
    with Gradebook(f"sqlite:///{course}/classroom/gradebook.db") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(assignment)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """Grade every assignment's class by our command, and the first lab's by nbgrader's as well."""
    found = {}
    for assignment in ASSIGNMENTS:
        ours = make_course(tmp_path_factory.mktemp(f"ours-{assignment}"), assignment)
        if assignment not in COMPARED:
            found[assignment] = grade(ours, assignment, workers=2)
            continue
        theirs = make_course(tmp_path_factory.mktemp(f"nbgraders-{assignment}"), assignment)
        # Not a grade yet, only the secret from which both draw the same probes.
        command(ours, "autograder", "grade", assignment, "--student", handed_in(assignment)[0].name)
        shutil.copytree(ours / "classroom/secrets", theirs / "classroom/secrets")
        stock = subprocess.Popen(
            [sys.executable, "-m", "nbgrader", "autograde", assignment],
            cwd=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        found[assignment] = grade(ours, assignment, workers=1)
        assert stock.wait() == 0
        found[assignment].nbgraders.update(scores(theirs, assignment))
    return found


def grade(course: Path, assignment: str, workers: int) -> Graded:
    """Grade a course's class by our command."""
    options = ["--workers", str(workers), "--json", "results.json"]
    command(course, "autograder", "grade", assignment, *options)
    results = json.loads((course / "results.json").read_text())
    return Graded(
        course, {result["student"]: result for result in results}, scores(course, assignment), {}
    )


@pytest.mark.slow
@pytest.mark.parametrize("submission", CLASS, ids=lambda s: f"{s.assignment}-{s.name}")
def test_the_stated_verdict(graded: dict[str, Graded], submission: Submission) -> None:
    """Does each check give exactly the stated points, for the stated reason?"""
    result = graded[submission.assignment].ours[submission.name]
    assert differences(submission, result) == []


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_solution_gets_full_marks(graded: dict[str, Graded], assignment: str) -> None:
    """Does the instructor's notebook get every point but those that a person gives?"""
    checks = graded[assignment].ours[SOLUTION]["checks"]
    lost = [c for c in checks if c["points"] is not None and c["points"] < c["max_points"]]
    assert lost == []
    assert [c["name"] for c in checks if c["points"] is None] == ["in-your-own-words"]


@pytest.mark.slow
@pytest.mark.parametrize("assignment", COMPARED)
def test_nbgrader_autograde_gives_the_same_scores(
    graded: dict[str, Graded], assignment: str
) -> None:
    """Do `autograder grade` and `nbgrader autograde` agree on every student?"""
    found = graded[assignment]
    assert len(found.nbgraders) == len(handed_in(assignment)) + 1
    assert found.nbgraders == found.ours_in_gradebook
    assert {s: r["score"] for s, r in found.ours.items()} == found.ours_in_gradebook


@pytest.mark.slow
@pytest.mark.parametrize("assignment", COMPARED)
def test_feedback_is_in_the_language_of_the_notebook(
    graded: dict[str, Graded], assignment: str
) -> None:
    """Does each of three students who made the same mistake read about it in their language?"""
    course = graded[assignment].course
    command(course, "autograder", "feedback", assignment)
    for language, student in {
        "en": "unstable-softmax",
        "ro": "unstable-softmax-in-romanian",
        "he": "unstable-softmax-in-hebrew",
    }.items():
        page = course / "classroom/feedback" / student / assignment / "iris.html"
        html = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        assert html.html is not None
        assert html.html["lang"] == language
        assert html.html["dir"] == ("rtl" if language == "he" else "ltr")
        (submission,) = [s for s in handed_in(assignment) if s.name == student]
        assert submission.messages["softmax"] in html.get_text()
