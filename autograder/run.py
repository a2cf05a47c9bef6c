"""What is known of one submission on its way through the preprocessors: `resources["tandem"]`."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder.sandbox.limits import Limits
from autograder.status import GRADED
from tandem.checks import Check, find_lab

KEY = "tandem"  # in nbconvert's resources, and in the metadata of the notebook that we write
PREFIX = "check-"  # a check's cell has the grade id check-<name>

Resources = MutableMapping[str, Any]


@dataclass
class Run:
    """One submission's state.

    Attributes:
        secret: the bytes from which probes and seeds derive.
        files: the instructor's own files, put where the kernel works: contents by relative path.
        evidence: per grade id, every evidence text that its cell displayed.
        unrun: per grade id, why its cell did not run, in the student's words; with SECOND behind
            it, why the check could not ask again.
        limits: what the student's code might use.
        findings: what was restored, dropped or set aside, in the student's language.
        language: of the notebook that was handed in.
    """

    secret: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)
    status: str = GRADED
    reason: str = ""
    evidence: dict[str, list[str]] = field(default_factory=dict)
    unrun: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)
    language: str = "en"


def run_of(resources: Resources) -> Run:
    """Return the state kept in nbconvert's resources, which whoever read the notebook began."""
    run = resources[KEY]
    assert isinstance(run, Run)
    return run


def grade_id(cell: NotebookNode) -> str | None:
    """Return the grade id of a cell whose metadata has been sanitised."""
    found = cell.metadata.get("nbgrader", {}).get("grade_id")
    return found if isinstance(found, str) else None


def check_of(cell: NotebookNode, notebook: str) -> Check | None:
    """Return the check which a graded cell of this notebook runs; None for every other cell."""
    flags = cell.metadata.get("nbgrader", {})
    name = grade_id(cell) or ""
    if cell.cell_type != "code" or not flags.get("grade") or flags.get("solution"):
        return None
    lab = find_lab(notebook) if name.startswith(PREFIX) else None
    return lab.checks.get(name.removeprefix(PREFIX)) if lab else None
