"""Which hand-ins are graded already: one small file per result, so that a batch can go on.

A result's file is written after everything else, whole or not at all, and holds a hash of what the
result depends on: the hand-in, the checks and the code that judges, the installed packages, the
secret, the settings. So a batch that was killed at any moment is finished by the same command.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from nbgrader.api import MissingEntry

import tandem.labs
from autograder.intake import LARGEST_NOTEBOOK, TIMESTAMP, Refusal, read_regular
from autograder.judge import CheckResult
from autograder.private import SETTING, SHIPPED
from autograder.probes import read_secret, secret_path
from autograder.results import Result, to_json, write_atomically
from autograder.run import ERROR
from autograder.submission import Job, scores

_OURS = Path(__file__).resolve().parent


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
        content = {"hash": fingerprint(job), "result": json.loads(to_json([result]))[0]}
        write_atomically(_path(job), json.dumps(content, ensure_ascii=False))


def forget(job: Job) -> None:
    """Remove what was stored, before the hand-in is graded again."""
    _path(job).unlink(missing_ok=True)


def fingerprint(job: Job) -> str:
    """Hash everything that the result depends on."""
    digest = hashlib.sha256()
    for part in _parts(job):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _parts(job: Job) -> Iterator[bytes]:
    notebook = f"{job.notebook}.ipynb"
    for folder in (job.course.folder("source", ".", job.assignment), job.submitted):
        for name in (notebook, TIMESTAMP):
            yield _content(folder / name)
        yield json.dumps(sorted(os.listdir(folder)) if folder.is_dir() else []).encode()
    yield read_secret(secret_path(job.course.db_url, job.assignment))
    yield repr(sorted(job.course.config.get("Execute", {}).items())).encode()
    yield _environment()


def _content(path: Path) -> bytes:
    try:
        return read_regular(path, LARGEST_NOTEBOOK)
    except Refusal as refusal:
        return str(refusal).encode()


@cache
def _environment() -> bytes:
    """Hash our code, the labs, the private digits, and the versions of everything installed."""
    digest = hashlib.sha256(platform.python_version().encode())
    folders = [_OURS, Path(tandem.__file__).parent, *map(Path, tandem.labs.__path__)]
    for path in sorted({file for folder in folders for file in folder.rglob("*.py")}):
        digest.update(path.read_bytes())
    digits = Path(os.environ.get(SETTING) or SHIPPED)
    digest.update(digits.read_bytes() if digits.is_file() else b"")
    digest.update("\n".join(sorted({f"{d.name}=={d.version}" for d in distributions()})).encode())
    return digest.digest()


def _path(job: Job) -> Path:
    beside = secret_path(job.course.db_url, job.assignment).parents[1]
    return beside / "results" / job.assignment / job.student / f"{job.notebook}.json"


def _graded(job: Job) -> Path:
    return job.graded / f"{job.notebook}.ipynb"
