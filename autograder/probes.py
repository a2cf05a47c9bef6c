"""Probes and seeds from one secret per assignment, so that a regrade repeats.

The secret is a file, `secrets/<assignment>.key` in `kept_folder`, that only its owner can read.
"""

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url

from autograder.private import SETTING, private_digits
from tandem.checks import ERROR, Check, failed
from tandem.evidence import Arrays, EvidenceError, decode, encode
from tandem.messages import say

SECRET_BYTES = 32
WIDEST = 10_000  # rows or columns of one array of evidence
_SEEDS = 2**32  # what Python's hash seed, NumPy and the frameworks all accept


@dataclass(frozen=True)
class Drawn:
    """One check's probe and seed, which enter the student's kernel, and truth, which never does."""

    probe: Arrays
    truth: Arrays
    seed: int

    @cached_property
    def text(self) -> str:
        """The probe as it is sent."""
        return encode(self.probe)


def kept_folder(course: CourseDirectory) -> Path:
    """Return the folder of what a course keeps for itself: secrets, results of a batch.

    It is the gradebook's own; where that is a server's, the folder that holds `submitted`.
    """
    url = make_url(course.db_url)
    if url.drivername.startswith("sqlite") and url.database:
        return Path(url.database).resolve().parent
    return Path(course.root, course.submitted_directory).resolve().parent


def secret_path(course: CourseDirectory, assignment: str) -> Path:
    """Return where an assignment's secret lies: `secrets/<assignment>.key` in the kept folder."""
    return kept_folder(course) / "secrets" / f"{assignment}.key"


def read_secret(path: Path) -> bytes:
    """Return the secret; the first call creates it, readable by its owner alone.

    Raises ValueError for a file that holds anything else.
    """
    if not path.exists():
        _create(path)
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise ValueError(
            f"{path} is damaged: it should hold {SECRET_BYTES} bytes. Restore it from a backup, or "
            "grade with --fresh-probes to draw a new one (scores may then change)."
        )
    return secret


def renew_secret(path: Path) -> None:
    """Replace the secret by a new one; the old one stays beside it as `.key.1`, `.key.2`, …"""
    if path.exists():
        number = 1
        while path.with_name(f"{path.name}.{number}").exists():
            number += 1
        path.rename(path.with_name(f"{path.name}.{number}"))
    _create(path)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
    try:
        os.link(temporary, path)  # fails, rather than replaces, when another process was first
    except FileExistsError:
        return
    finally:
        os.unlink(temporary)


def seed_for(secret: bytes, *labels: str) -> int:
    """Derive an integer in [0, 2**32) by HMAC-SHA256."""
    digest = hmac.digest(secret, json.dumps(labels).encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") % _SEEDS


def draw(check: Check, secret: bytes) -> Drawn:
    """Draw one check's probe, the same for every student and every regrade; all is read-only."""
    return _draw(check, secret, os.environ.get(SETTING))


@lru_cache(maxsize=32)  # a batch asks for each check's three times a hand-in; some have 10 MB
def _draw(check: Check, secret: bytes, _digits: str | None) -> Drawn:
    digest = hmac.digest(secret, json.dumps(["probe", check.name]).encode(), hashlib.sha256)
    rng = np.random.default_rng(int.from_bytes(digest, "big"))
    probe, truth = check.draw_graded(rng, private_digits)
    for array in (*probe.values(), *truth.values()):
        array.setflags(write=False)
    return Drawn(probe, truth, seed_for(secret, "collect", check.name))


def bounded(arrays: Arrays) -> Arrays:
    """Return evidence whose tables are no wider than a judge can replay, else why not.

    A layer of 400,000 neurons fits into 60 MB of evidence; for 1,000 rows its outputs take 3 GB.
    """
    if any(array.ndim > 1 and max(array.shape) > WIDEST for array in arrays.values()):
        return failed(
            say("An array has more than {n} rows or columns: use narrower layers.", n=WIDEST)
        )
    return arrays


def second_probe(check: Check, text: str, secret: bytes) -> Arrays:
    """Return what a check asks further after its first evidence; `{}` for nothing.

    Whatever is wrong with the evidence is for the judge to say.
    """
    drawn = draw(check, secret)
    try:
        arrays = bounded(decode(text, check.evidence_limit))
    except EvidenceError:
        return {}
    if ERROR in arrays:
        return {}
    with np.errstate(all="ignore"):
        return check.follow_up(arrays, drawn.probe, drawn.truth)
