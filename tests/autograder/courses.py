"""Make a course folder with the toy lab, and put submissions into it."""

import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.results import Result

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
TOY = HERE / "toy"
ASSIGNMENT = "toy-numpy"

SET_UP = f"""
import sys
sys.path.append({str(TOY)!r})
import tandem.labs
tandem.labs.__path__.append({str(TOY / "labs")!r})
import tandem, toy_numpy
from tandem import check
tandem.start("toy", toy_numpy)
"""
SHORT_LIMITS = f"""
c.Execute.timeout = 8
c.Execute.iopub_timeout = 4
c.Execute.output_limit = 100_000
c.Execute.flood_limit = 20_000_000
c.Execute.memory = 1_000_000_000
c.Execute.readable = [{str(TOY)!r}]
import tandem.labs
tandem.labs.__path__.append({str(TOY / "labs")!r})
"""


@dataclass(frozen=True)
class Graded:
    """A course whose class has been graded by `autograder grade`."""

    folder: Path
    course: Course
    results: dict[str, Result]


def flagged(cell: NotebookNode, name: str, **flags: Any) -> NotebookNode:
    all_flags = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, **all_flags}
    return cell


def solution_notebook() -> NotebookNode:
    def answer(name: str, factor: int) -> NotebookNode:
        source = f"""
            def {name}(x):
                ### BEGIN SOLUTION
                return {factor} * x
                ### END SOLUTION
        """
        return flagged(new_code_cell(dedent(source).strip()), name, solution=True)

    def check(name: str, points: float) -> NotebookNode:
        cell = new_code_cell(f'check("{name}", {name})')
        return flagged(cell, f"check-{name}", grade=True, locked=True, points=points)

    written = new_markdown_cell("YOUR ANSWER HERE")
    notebook = new_notebook(
        cells=[
            new_code_cell(SET_UP.strip()),
            answer("double", 2),
            check("double", 2),
            answer("triple", 3),
            check("triple", 1),
            flagged(written, "explain", grade=True, solution=True, points=2),
        ]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return notebook


def write(path: Path, notebook: NotebookNode) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))  # as it is: nbformat would mend what a test means wrong


def make_course(folder: Path) -> Path:
    folder.mkdir()
    config = (REPOSITORY / "nbgrader_config.py").read_text()
    (folder / "nbgrader_config.py").write_text(config + SHORT_LIMITS)
    write(folder / "solutions" / ASSIGNMENT / "toy.ipynb", solution_notebook())
    (folder / "solutions" / ASSIGNMENT / "data.csv").write_text("1,2\n")
    return folder


def released(course: Path) -> NotebookNode:
    path = course / "labs" / "en" / ASSIGNMENT / "toy.ipynb"
    return nbformat.read(path, as_version=4)


def submission(course: Path, student: str) -> Path:
    folder = course / "classroom" / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def hand_in(course: Path, edits: Mapping[str, Any]) -> None:
    release = released(course)
    for student, edit in edits.items():
        notebook = copy.deepcopy(release)
        edit(notebook)
        write(submission(course, student) / "toy.ipynb", notebook)


def course_of(folder: Path, edits: Mapping[str, Any], settings: str = "") -> Course:
    """Make a course, release its lab, and let students hand in; `settings` follow the course's."""
    config = make_course(folder) / "nbgrader_config.py"
    config.write_text(config.read_text() + settings)
    course = Course.load(folder)
    course.release(ASSIGNMENT)
    hand_in(folder, edits)
    return course


def run_module(course: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m module arguments` in a course folder, with this repository importable."""
    programs = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PATH": os.pathsep.join([programs, os.environ["PATH"]]),
    }
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)


def scores(course: Path, assignment: str = ASSIGNMENT) -> dict[tuple[str, str], dict[str, Any]]:
    """Read every (student, notebook)'s automatic score per cell from the gradebook."""
    database = course / "classroom" / "gradebook.db"
    if not database.exists():
        database = course / "gradebook.db"
    with Gradebook(f"sqlite:///{database}") as gradebook:
        return {
            (row.student.id, notebook.name): {g.name: g.auto_score for g in notebook.grades}
            for row in gradebook.find_assignment(assignment).submissions
            for notebook in row.notebooks
        }


def begun(folder: Path, *options: str, **variables: str) -> "subprocess.Popen[str]":
    """Begin to grade the toy course by the command, with two workers or as the options say."""
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT]
    command += options or ("--workers", "2")
    return subprocess.Popen(
        [*command, "--json", "results.json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_results(folder: Path, count: int) -> None:
    """Wait until so many results are stored; raises TimeoutError after a minute."""
    for _ in range(1200):
        if len(list(folder.glob("classroom/results/**/*.json"))) >= count:
            return
        time.sleep(0.05)
    raise TimeoutError
