"""The class of the benchmark: right answers in several styles, and wrong ones, to each lab."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.submissions import ROOT, Submission
from tests.workshop import SECRET, Variant, reference, variants

LABS = ("iris-pytorch", "iris-tensorflow", "mnist-pytorch", "mnist-tensorflow")
RIGHT, WRONG = 6, 4  # of ten hand-ins
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "bench"\n'


@cache
def members(assignment: str) -> tuple[Variant, ...]:
    """Return ten hand-ins: the reference, five alternatives, four mutants, evenly chosen."""
    lab, framework = assignment.split("-")
    others = [v for v in variants("alternatives", framework, lab) if v.lab == lab]
    wrong = [v for v in variants("mutants", framework, lab) if v.lab == lab]
    chosen = [reference(lab, framework), *_spread(others, RIGHT - 1), *_spread(wrong, WRONG)]
    return tuple(chosen[i] for i in (0, 6, 1, 7, 2, 3, 8, 4, 9, 5))


def _spread(found: list[Variant], count: int) -> list[Variant]:
    return [found[i * len(found) // count] for i in range(count)]


@cache
def _text(assignment: str, number: int) -> str:
    variant = members(assignment)[number]
    spec = {"edits": [], **variant.spec, "lab": variant.lab, "base": "solved"}
    return Submission(variant.name, variant.framework, spec).text()


def course(folder: Path, assignment: str, count: int, stock: bool) -> Path:
    """Make a course of `count` hand-ins, released by nbgrader: its own settings, or ours."""
    lab = assignment.split("-")[0]
    source, submitted = ("source", "submitted") if stock else ("solutions", "classroom/submitted")
    shutil.copytree(ROOT / "solutions" / assignment, folder / source / assignment)
    config = STOCK if stock else (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", assignment]
    subprocess.run(command, cwd=folder, env=surroundings(), capture_output=True, check=True)
    secret = folder / "classroom" / "secrets" / f"{assignment}.key"
    if not stock:  # every run draws the same probes, so that its points are the same
        secret.parent.mkdir(parents=True)
        secret.write_bytes(SECRET)
    for number in range(count):
        path = folder / submitted / f"s{number:04}" / assignment / f"{lab}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(_text(assignment, number % len(members(assignment))), encoding="utf-8")
    return folder


def surroundings() -> dict[str, str]:
    """Return the environment in which both graders run: Tandem importable, programs found."""
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {**os.environ, "PYTHONPATH": str(ROOT), "PATH": os.pathsep.join(path)}


def points(folder: Path) -> dict[str, float]:
    """Read what `autograder grade --json results.json` gave in a course."""
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {result["student"]: result["score"] for result in results}
