"""One notebook of one submission, at both ends of its way to a worker: sanitised, then written."""

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder import versions
from autograder.byhand import kept_settled
from autograder.course import Course
from autograder.engine import one_transaction
from autograder.exporter import read_submission, refuse
from autograder.intake import (
    EXCHANGE_SECRET,
    TIMESTAMP,
    Refusal,
    instructors_files,
    most,
    objections_to_notes,
    read_exchange_secret,
    read_timestamp,
    unexpected,
)
from autograder.judge import CheckResult
from autograder.pipeline import SANITISE, SAVE
from autograder.probes import read_secret, secret_path
from autograder.released import released_cells
from autograder.results import Result, write_atomically
from autograder.run import KEY, PREFIX, Run
from autograder.status import ERROR, MISSING, REFUSED
from autograder.task import Judged, Task, settings_of
from tandem.messages import speaking

_READ_ONLY = 0o444  # nbgrader's permissions of autograded files
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass
class Job:
    """One notebook of one student, on its way to a result."""

    course: Course
    assignment: str
    student: str
    notebook: str
    read_as: str = ""  # a hash of what the result will depend on, taken before anything is read
    seconds: float = 0.0  # spent on this submission, without waiting for its turn
    node: NotebookNode = field(default_factory=NotebookNode)
    resources: dict[str, Any] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        run = self.resources[KEY]
        assert isinstance(run, Run)
        return run

    @property
    def submitted(self) -> Path:
        return self.course.folder("submitted", self.student, self.assignment)

    @property
    def graded(self) -> Path:
        return self.course.folder("autograded", self.student, self.assignment)

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Add what the block takes to the submission's seconds."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds += time.monotonic() - began

    def pass_through(self, preprocessors: list[Any]) -> None:
        for preprocessor in preprocessors:
            enabled = preprocessor(config=self.course.config)
            self.node, self.resources = enabled(self.node, self.resources)


def prepare(job: Job) -> Task:
    """Read, register and sanitise, and pack what a worker needs; writes to the gradebook."""
    course = job.course
    about = {
        "student": job.student,
        "assignment": job.assignment,
        "notebook": job.notebook,
        "db_url": course.db_url,
    }
    master = course.folder("source", ".", job.assignment)
    secret = read_secret(secret_path(course.directory, job.assignment))
    run = Run(secret, instructors_files(master))
    job.resources = {"nbgrader": about, "unique_key": job.notebook, KEY: run}
    with job.clock():
        job.node = _read(job, run, about)
        _register(job)
        job.pass_through(SANITISE)
        text, settings = json.dumps(job.node), settings_of(course.config)
    job.node = NotebookNode()  # thousands may be on their way
    found = versions.digest()
    return Task(job.assignment, job.notebook, text, run.files, secret, settings, found)


def finish(job: Job, judged: Judged) -> Result:
    """Save the grades, write the graded notebook, and say what it came to."""
    job.seconds += judged.seconds
    with job.clock():
        job.node = nbformat.from_dict(json.loads(judged.notebook))
        job.run.status = job.node.metadata[KEY]["status"]
        job.run.findings = list(job.node.metadata[KEY]["findings"])
        book = (job.course.db_url, job.course.directory.course_id)
        row = (job.notebook, job.assignment, job.student)
        graded = job.graded / f"{job.notebook}.ipynb"
        with one_transaction(job.course.db_url), kept_settled(book, row, graded, job.node):
            job.pass_through(SAVE)
        job.node.metadata[KEY]["seconds"] = round(job.seconds, 2)
        text = nbformat.writes(job.node)
        write_atomically(graded, text, _READ_ONLY)
        _copy_files(job)
    checks = [CheckResult(**check) for check in job.node.metadata[KEY]["checks"]]
    score, full = scores(job)
    return Result(
        job.student,
        job.assignment,
        job.notebook,
        score,
        full,
        job.run.status,
        round(job.seconds, 2),
        checks,
        list(job.run.findings),
    )


def failed(job: Job, error: BaseException) -> Result:
    """Describe a submission that the grader itself failed on; its grades stay as they were."""
    _log.error("%s/%s", job.student, job.notebook, exc_info=error)
    sentence = f"The grader failed: {type(error).__name__}: {error}"
    cells = released_cells(job.course.db_url, job.assignment, job.notebook)
    checks = [
        CheckResult(cell.name.removeprefix(PREFIX), 0.0, cell.points, sentence)
        for cell in cells
        if cell.graded or cell.task
    ]
    full = sum(check.max_points for check in checks)
    return Result(
        job.student,
        job.assignment,
        job.notebook,
        0.0,
        full,
        ERROR,
        round(job.seconds, 2),
        checks,
        [sentence],
    )


def _read(job: Job, run: Run, about: dict[str, str]) -> NotebookNode:
    if job.submitted.is_symlink():
        return refuse(run, REFUSED, "The submission's folder is a link.", about)
    notebook = _notebook(job, run, about)
    names = {f"{notebook}.ipynb" for notebook in job.course.notebooks(job.assignment)}
    own = {name.split("/")[0] for name in run.files}
    found = [f for f in unexpected(job.submitted, own | names) if f.name not in names]
    with speaking(run.language):
        run.findings += most([*found, *objections_to_notes(job.submitted)])
    return notebook


def _notebook(job: Job, run: Run, about: dict[str, str]) -> NotebookNode:
    path = job.submitted / f"{job.notebook}.ipynb"
    try:
        path.lstat()
    except FileNotFoundError:
        reason = f"There is no {path.name} in the submission: hand it in under that name."
        return refuse(run, MISSING, reason, about)
    try:
        return read_submission(path, job.course.folder("source", ".", job.assignment), run)
    except Refusal as refusal:
        return refuse(run, REFUSED, str(refusal), about)


def _register(job: Job) -> None:
    """Make the student's and the submission's rows, as nbgrader's Autograde does."""
    timestamp = _or_none(read_timestamp, job.submitted)
    handed_in = {"timestamp": timestamp} if timestamp else {}
    course = job.course
    with (
        one_transaction(course.db_url),
        Gradebook(course.db_url, course.directory.course_id) as gradebook,
    ):
        gradebook.update_or_create_student(job.student)
        gradebook.update_or_create_submission(job.assignment, job.student, **handed_in)


def _copy_files(job: Job) -> None:
    """Put the instructor's files beside the graded notebook, and the exchange's two notes.

    `nbgrader release_feedback` wants both notes for everyone, and at the first student without
    them it stops: so who handed in otherwise gets an empty time and a secret that nobody knows.
    """
    for name, content in job.run.files.items():
        write_atomically(job.graded / name, content)
    timestamp = _or_none(read_timestamp, job.submitted)
    secret = _or_none(read_exchange_secret, job.submitted) or secrets.token_hex(64)
    text = f"{timestamp} UTC\n" if timestamp else ""
    write_atomically(job.graded / TIMESTAMP, text, _READ_ONLY)
    write_atomically(job.graded / EXCHANGE_SECRET, secret, _READ_ONLY)


def _or_none(read: Callable[[Path], T | None], folder: Path) -> T | None:
    """Read a note; one that cannot be read is among the findings, and is none."""
    try:
        return read(folder)
    except Refusal:
        return None


def scores(job: Job) -> tuple[float, float]:
    """Return the automatic points and the most that there are, from the gradebook.

    Raises nbgrader's MissingEntry where it has no such hand-in.
    """
    with Gradebook(job.course.db_url, job.course.directory.course_id) as gradebook:
        row = gradebook.find_submission_notebook(job.notebook, job.assignment, job.student)
        return sum(grade.auto_score or 0.0 for grade in row.grades), float(row.max_score)
