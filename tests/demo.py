"""The main job, seen by a stranger: build, release, hand in, grade, feedback, summary.

The class of `tests/submissions` hands in; every verdict is compared with the one that it must get.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.submissions import FRAMEWORKS, LABS, ROOT, Submission, submissions

PLACE = "build/demo"  # not `classroom`, where a course runs
CLASSROOM = ROOT / PLACE
console = Console()


def main() -> int:
    """Run every step; 1 when a verdict is not the stated one."""
    hand_ins = {f"{lab}-{f}": submissions(f, lab) for lab in LABS for f in FRAMEWORKS}
    prepare_classroom()
    heading(1, "Build", "the author's one text becomes solutions and student notebooks")
    run("authoring", "build")
    for assignment in hand_ins:
        heading(2, f"Release {assignment}", "nbgrader takes the solutions out")
        run("autograder", "release", assignment)
    heading(3, "Hand in", "a class of made-up students, each named by what they do")
    for assignment, students in hand_ins.items():
        for submission in students:
            submission.write(CLASSROOM / "submitted")
        console.print(f"{len(students)} notebooks handed in for {assignment}")
    for assignment in hand_ins:
        heading(4, f"Grade {assignment}", "run each notebook in a sandbox, judge the evidence")
        run("autograder", "grade", assignment, "--json", str(report_path(assignment)))
    for assignment in hand_ins:
        heading(5, f"Feedback for {assignment}", "a page for every student")
        run("autograder", "feedback", assignment)
    heading(6, "Summary", "does everyone get what they deserve?")
    wrong = sum(summary(assignment, students) for assignment, students in hand_ins.items())
    closing(wrong, sum(map(len, hand_ins.values())))
    return bool(wrong)


def prepare_classroom() -> None:
    """Start with an empty classroom of the demo's own."""
    if CLASSROOM.exists():
        shutil.rmtree(CLASSROOM)
    CLASSROOM.mkdir(mode=0o700, parents=True)


def report_path(assignment: str) -> Path:
    return CLASSROOM / f"{assignment}.json"


def heading(number: int, title: str, what: str) -> None:
    console.rule(f"[bold]{number}. {title}[/] — {what}", align="left")


def run(*arguments: str) -> None:
    """Run one of our commands; stop the demo with its own message when it fails."""
    variables = os.environ | {"TANDEM_CLASSROOM": PLACE}
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, env=variables, check=False)
    if done.returncode:
        sys.exit(f"`python -m {' '.join(arguments)}` failed: see its message above")


def differences(submission: Submission, result: Mapping[str, Any]) -> list[str]:
    """Say where a result differs from the verdict that the submission must get."""
    found = []
    if result["status"] != submission.status:
        found.append(f"status {result['status']}, stated {submission.status}")
    checks = {check["name"]: check for check in result["checks"]}
    for name, points in submission.points.items():
        if checks[name]["points"] != points:
            message = checks[name]["message"]
            found.append(f"{name} {checks[name]['points']:g}, stated {points:g} ({message})")
    for name, part in submission.messages.items():
        if part not in checks[name]["message"]:
            found.append(f"{name}: {part!r} is not in {checks[name]['message']!r}")
    return found


def summary(assignment: str, students: Sequence[Submission]) -> int:
    """Print one assignment's table; return how many students got another verdict than stated."""
    results = {r["student"]: r for r in json.loads(report_path(assignment).read_text())}
    table = Table("student", "what they did", "points lost", "as stated", title=assignment)
    wrong = 0
    for submission in students:
        result = results[submission.name]
        found = differences(submission, result)
        wrong += bool(found)
        table.add_row(
            submission.name,
            submission.spec["behaviour"],
            lost(result),
            "[red]" + "; ".join(found) + "[/]" if found else "[green]yes[/]",
        )
    console.print(table)
    return wrong


def lost(result: Mapping[str, Any]) -> str:
    """Name the checks that lost points."""
    if result["status"] != "graded":
        return f"all: {result['status']}"
    checks = [c for c in result["checks"] if c["points"] is not None]
    if not any(check["points"] for check in checks):
        return "all"
    missing = [c for c in checks if c["points"] < c["max_points"]]
    return ", ".join(f"{c['name']} −{c['max_points'] - c['points']:g}" for c in missing) or "none"


def closing(wrong: int, total: int) -> None:
    """Say how it went and what to open."""
    console.rule()
    console.print(
        f"[bold]{total - wrong} of {total} submissions got exactly the stated verdict.[/] "
        "In each lab one item, the written answer, waits for a person."
    )
    console.print("Look at:")
    for path, what in {
        f"{PLACE}/feedback/unstable-softmax/iris-pytorch/iris.html": "a student's feedback page",
        f"{PLACE}/iris-tensorflow.json": "all verdicts, for a program",
        "labs/en/iris-pytorch/iris.ipynb": "what students get",
        "solutions/iris-pytorch/iris.ipynb": "what instructors have",
        "authoring/labs/iris.md": "the one text that both come from",
    }.items():
        console.print(f"  {path}  [dim]{what}[/]", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
