import os
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import nbgrader.api
import pytest

import tandem.labs
from autograder.course import Course
from autograder.grade import grade
from tests.autograder.classes import CLASS, OF_EACH_KIND, RIGHT, answering
from tests.autograder.courses import (
    ASSIGNMENT,
    TOY,
    Graded,
    course_of,
    hand_in,
    run_module,
    submission,
)

DEEP = "[" * 100_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let nbgrader's Gradebook warn of its own use of SQLAlchemy."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"))


@pytest.fixture(scope="session", autouse=True)
def _toy_lab() -> Iterator[None]:
    tandem.labs.__path__.append(str(TOY / "labs"))
    yield
    tandem.labs.__path__.remove(str(TOY / "labs"))


@pytest.fixture(scope="session", autouse=True)
def _alembic_called_once() -> Iterator[None]:
    """For every new gradebook nbgrader starts a process that says the same: seconds each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbgrader.api, "get_alembic_version", cache(nbgrader.api.get_alembic_version))
        yield


def make_class(folder: Path, names: Iterable[str] = CLASS) -> Course:
    """Make a course with its toy lab released and a class's submissions, nothing graded yet."""
    course = course_of(folder, {name: CLASS[name].edit for name in names})
    _hand_in_files(folder)
    return course


def _hand_in_files(course: Path) -> None:
    """Submissions that are wrong as files: each is named by what it is."""
    (submission(course, "not-json") / "toy.ipynb").write_text("I forgot to <script>save</script>.")
    (submission(course, "nested") / "toy.ipynb").write_text(DEEP)
    (submission(course, "no-notebook") / "toy.ipynb").write_text('{"nbformat": 4, "cells": 3}')
    (submission(course, "empty") / "toy.ipynb").write_text("")
    elsewhere = course / "elsewhere.ipynb"
    elsewhere.write_bytes((submission(course, "right") / "toy.ipynb").read_bytes())
    os.symlink(elsewhere, submission(course, "link") / "toy.ipynb")
    os.link(elsewhere, submission(course, "hard-link") / "toy.ipynb")
    (submission(course, "misnamed") / "my lab.ipynb").write_bytes(elsewhere.read_bytes())
    os.mkfifo(submission(course, "pipe") / "toy.ipynb")
    hand_in(course, {"odd-files": answering(RIGHT)})
    odd = submission(course, "odd-files")
    os.symlink("/etc/passwd", odd / "passwords.txt")
    (odd / "toy_numpy.py").write_text("raise SystemExit('shadowed')")
    (odd / "data.csv").write_text("changed")
    (odd / "timestamp.txt").write_text("yesterday, I think")
    hand_in(course, {"late": answering(RIGHT)})
    (submission(course, "late") / "timestamp.txt").write_text("2026-02-03 10:00:00 UTC")


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("toy") / "course"
    course = make_class(folder)
    results = grade(course, ASSIGNMENT, workers=2)
    return Graded(folder, course, {result.student: result for result in results})


@pytest.fixture(scope="session")
def graded_by_nbgrader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One submission of each kind in a course of its own, graded by `nbgrader autograde`."""
    folder = tmp_path_factory.mktemp("nbgrader") / "course"
    make_class(folder, OF_EACH_KIND)
    # nbgrader ends with an error where a folder has none of the assignment's notebooks.
    shutil.rmtree(submission(folder, "misnamed").parent)
    done = run_module(folder, "nbgrader", "autograde", ASSIGNMENT)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder
