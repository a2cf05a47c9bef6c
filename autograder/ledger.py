"""Which hand-ins are graded already: one small file per result, so that a batch can go on.

A result's file is written after everything else, whole or not at all, and holds a hash of what the
result depends on: the hand-in, the lab's source, files and release, the checks and the code that
judges, the installed packages, the secret, the settings, when it was due and what lateness takes.
So a batch that was killed at any moment is finished by the same command.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from autograder import versions
from autograder.course import CONFIG, Course, CourseError
from autograder.intake import LARGEST_NOTEBOOK, TIMESTAMP, Refusal, instructors_files, read_regular
from autograder.judge import CheckResult
from autograder.probes import kept_folder, read_secret, secret_path
from autograder.released import released_cells
from autograder.results import Result, to_json, write_atomically
from autograder.status import ERROR
from autograder.submission import Job, scores
from autograder.task import settings_of

_LATENESS = {"AssignLatePenalties", "LateSubmissionPlugin"}  # sections of the configuration


@contextmanager
def alone(course: Course, assignment: str) -> Iterator[None]:
    """Let one command at a time grade an assignment; a killed one stands in nobody's way.

    Raises CourseError while another one does.
    """
    folder = _folder(course, assignment)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CourseError(
                f"{assignment} is being graded by another command: wait for its end, or stop it."
            ) from error
        yield


def recall(job: Job) -> Result | None:
    """Return the stored result of an unchanged hand-in that the gradebook still has."""
    try:
        stored = json.loads(_path(job).read_text(encoding="utf-8"))
        fields = stored["result"]
        fields["checks"] = [CheckResult(**check) for check in fields["checks"]]
        result = Result(**fields)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    if stored.get("hash") != fingerprint(job) or not _graded(job).exists():
        return None
    try:
        return result if scores(job) == (result.score, result.max_score) else None
    except MissingEntry:
        return None


def remember(job: Job, result: Result) -> None:
    """Store a result; a failure of the grader itself is none."""
    if result.status != ERROR:
        content = {"hash": job.read_as, "result": json.loads(to_json([result]))[0]}
        write_atomically(_path(job), json.dumps(content, ensure_ascii=False))


def forget(job: Job) -> None:
    """Remove what was stored, before the hand-in is graded again, and note what is read now.

    What changes while it is graded is so graded again by the next command.
    """
    _path(job).unlink(missing_ok=True)
    job.read_as = fingerprint(job)


def fingerprint(job: Job) -> str:
    """Hash everything that the result depends on."""
    digest = hashlib.sha256()
    for part in _parts(job):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _parts(job: Job) -> Iterator[bytes]:
    notebook = f"{job.notebook}.ipynb"
    master = job.course.folder("source", ".", job.assignment)
    for folder in (master, job.submitted):
        for name in (notebook, TIMESTAMP):
            yield _content(folder / name)
        yield json.dumps(sorted(os.listdir(folder)) if folder.is_dir() else []).encode()
    for name, content in sorted(instructors_files(master).items()):
        yield name.encode()
        yield content
    yield repr(released_cells(job.course.db_url, job.assignment, job.notebook)).encode()
    yield read_secret(secret_path(job.course.directory, job.assignment))
    yield repr(settings_of(job.course.config)).encode()
    yield _lateness(job)
    yield versions.digest()


def _lateness(job: Job) -> bytes:
    """Return when the assignment was due and, where lateness takes points, the file that says so.

    The whole file, for a rule is a class in it, of which nothing else tells when it was changed.
    """
    course = job.course
    with Gradebook(course.db_url, course.directory.course_id) as gradebook:
        due = str(gradebook.find_assignment(job.assignment).duedate or "").encode()
    if not _LATENESS & set(course.config):
        return due
    return due + b"\n" + _content(Path(course.directory.root) / CONFIG)


def _content(path: Path) -> bytes:
    try:
        return read_regular(path, LARGEST_NOTEBOOK)
    except Refusal as refusal:
        return str(refusal).encode()


def _path(job: Job) -> Path:
    folder = _folder(job.course, job.assignment)
    return folder / job.student / f"{job.notebook}.json"


def _folder(course: Course, assignment: str) -> Path:
    return kept_folder(course.directory) / "results" / assignment


def _graded(job: Job) -> Path:
    return job.graded / f"{job.notebook}.ipynb"
