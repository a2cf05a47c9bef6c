"""What travels to a worker, and what returns: a sanitised notebook, and the notebook judged.

A worker judges what it ran. Evidence is large (a network's weights) and a verdict is small; and a
check that asks a second time needs the truth beside the kernel in any case. So a worker is trusted
as the grader is: it gets the secret, from which it draws the probes. It gets no gradebook, no
solution, and of the student neither name nor points.
"""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import nbformat
from traitlets.config import Config

from autograder import versions
from autograder.pipeline import EXECUTE, JUDGE
from autograder.run import KEY, Run, run_of
from autograder.sandbox import doctor


class WorkerError(RuntimeError):
    """Why a worker cannot grade what its neighbours can: nothing is wrong with the hand-in."""


@dataclass(frozen=True)
class Task:
    """One notebook to run and judge; whatever is confidential in it is not shown in logs."""

    assignment: str
    name: str  # the notebook's
    notebook: str = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)  # the instructor's own
    secret: bytes = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    versions: bytes = field(repr=False)


@dataclass(frozen=True)
class Judged:
    """What came of it: the notebook with its verdicts, and the seconds that it took."""

    notebook: str = field(repr=False)
    seconds: float


def settings_of(config: Config) -> dict[str, Any]:
    """Return the sections of a course's configuration that a worker needs, as plain values."""
    classes = {section for each in EXECUTE + JUDGE for section in each.section_names()}
    return {name: dict(config[name]) for name in sorted(classes) if name in config}


def run(task: Task) -> Judged:
    """Run the student's code and judge it; touches no gradebook and no file of a course."""
    began = time.monotonic()
    node = nbformat.from_dict(json.loads(task.notebook))
    resources = {
        "nbgrader": {"assignment": task.assignment, "notebook": task.name},
        "unique_key": task.name,
        KEY: Run(task.secret, task.files),
    }
    config = Config(task.settings)
    for preprocessor in EXECUTE + JUDGE:
        node, resources = preprocessor(config=config)(node, resources)
    judged = Judged(json.dumps(node), time.monotonic() - began)
    # Circles of objects hold both, which Python lets lie for a hundred hand-ins.
    run_of(resources).evidence.clear()
    node.cells.clear()
    return judged


def run_elsewhere(task: Task) -> Judged:
    """Do the same in another process, which may be of another version or without a sandbox.

    Raises WorkerError where it is.
    """
    if task.versions != versions.digest():
        raise WorkerError(
            f"The worker on {socket.gethostname()} has another version of Tandem, of a package or "
            "of the private digits than this machine: install the same commit and the same "
            "requirements.lock there, and set TANDEM_PRIVATE_DIGITS alike."
        )
    if task.settings.get("Execute", {}).get("sandbox", True) and (reason := _no_sandbox()):
        raise WorkerError(
            f"The worker on {socket.gethostname()} has no sandbox: {reason} "
            f"The cure: {doctor.cure(reason)}"
        )
    return run(task)


@cache
def _no_sandbox() -> str:
    return doctor.why_none()
