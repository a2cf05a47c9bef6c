"""The instructor's command line: release, grade, feedback, report, export, doctor."""

import argparse
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from sqlalchemy.exc import SAWarning

import autograder.quick  # noqa: F401  (before whatever imports nbgrader)
from autograder.course import Course, CourseError
from autograder.export import FORMATS, grades
from autograder.feedback import pack_for_moodle, write_feedback
from autograder.grade import choose, grade
from autograder.private import PrivateDigitsError
from autograder.probes import kept_folder
from autograder.report import report
from autograder.results import Result, to_json, write_atomically
from autograder.sandbox import doctor
from autograder.sandbox.templates import SandboxError
from autograder.status import GRADED

_NOT_SANDBOXED = (
    "Students' code runs as you, on this machine, without a sandbox. "
    "Grade only code that you trust, or use a throw-away machine."
)

_UNSURE = (
    "Of {n} the gradebook knows neither e-mail address nor ID number, so their id, {first} say, "
    "stands as the ID number. A row that Moodle does not find stops its whole import."
)
_STOPPED = (
    "Stopped. What is graded stays graded; type the same command again to go on with the others."
)
_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TextColumn("{task.fields[rate]}"),
    TimeElapsedColumn(),
    TextColumn("left"),
    TimeRemainingColumn(),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 2 when it cannot be, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.ERROR)
    warnings.filterwarnings(
        "ignore", category=SAWarning
    )  # of nbgrader's Gradebook, on every new row
    console = Console()
    try:
        if options.command == "doctor":
            return _doctor(console)
        course = Course.load(options.course)
        _COMMANDS[options.command](course, options, console)
    except (CourseError, PrivateDigitsError, SandboxError) as error:
        Console(stderr=True).print(
            f"autograder: {error}", markup=False, highlight=False, soft_wrap=True
        )
        return 2
    except KeyboardInterrupt:
        Console(stderr=True).print(_STOPPED)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder", description="Release, grade and give feedback on nbgrader assignments."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("release", "register an assignment and write the student's version"),
        ("grade", "grade every submission"),
        ("feedback", "write a page of feedback per student"),
        ("report", "write a page on the whole class"),
        ("export", "write the grades for a learning management system"),
    ):
        command = commands.add_parser(name, help=text, description=text.capitalize() + ".")
        command.add_argument("assignment", help="its name, iris-pytorch say")
        command.add_argument(
            "--course", type=Path, default=Path(), help="the course's folder (default: this one)"
        )
        command.add_argument("--verbose", action="store_true", help="show the whole log")
    _add_grade_options(commands.choices["grade"])
    _add_export_options(commands.choices["export"])
    commands.choices["feedback"].add_argument(
        "--zip", choices=["moodle"], help="pack the pages for upload to the system they came from"
    )
    commands.choices["report"].add_argument(
        "--output", type=Path, metavar="FILE", help="default: classroom/<assignment>-report.html"
    )
    commands.choices["report"].add_argument(
        "--names", action="store_true", help="show who is who in the ranking by accuracy"
    )
    text = "show which layers of the sandbox are on"
    command = commands.add_parser("doctor", help=text, description=text.capitalize() + ".")
    command.set_defaults(verbose=False)
    return parser


def _add_grade_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--student", nargs="+", default=[], help="grade these students only")
    command.add_argument(
        "--workers",
        type=_count,
        help="kernels side by side (default: one per processor; 0: none, for a debugger)",
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="grade by the workers of a Dask scheduler: tls://HOST:PORT, or tcp:// on this machine",
    )
    command.add_argument(
        "--fresh-probes", action="store_true", help="draw new probes; otherwise a regrade repeats"
    )
    command.add_argument(
        "--force", action="store_true", help="grade again what has not changed since it was graded"
    )
    command.add_argument(
        "--unsafe-no-sandbox", action="store_true", help="run students' code as you, unprotected"
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE too")


def _add_export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", choices=sorted(FORMATS), default="csv", help="default: csv")
    command.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="default: classroom/<assignment>-<format>.csv",
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("a number of kernels cannot be negative")
    return number


def _release(course: Course, options: argparse.Namespace, console: Console) -> None:
    course.release(options.assignment)
    folder = course.folder("release", ".", options.assignment)
    console.print(f"Released {options.assignment}: give students {folder.resolve()}")


def _grade(course: Course, options: argparse.Namespace, console: Console) -> None:
    if options.unsafe_no_sandbox:
        course.config.Execute.sandbox = False
    if course.config.Execute.get("sandbox", True):
        doctor.require()
        console.print("Students' code runs in a sandbox: `autograder doctor` shows its layers.")
    else:
        console.print(f"[bold yellow]{_NOT_SANDBOXED}[/]")
    notebooks = course.require(options.assignment)
    total = len(choose(course, options.assignment, options.student)) * len(notebooks)
    kept: list[str] = []
    with Progress(*_COLUMNS, console=console) as progress:
        bar = progress.add_task(f"Grading {options.assignment}", total=total, rate="")

        def report(result: Result, unchanged: bool) -> None:
            kept.extend([result.student] * unchanged)
            progress.advance(bar)
            progress.update(bar, rate=_rate(progress.tasks[0], len(kept)))

        results = grade(
            course,
            options.assignment,
            options.student,
            options.workers,
            options.fresh_probes,
            options.force,
            report,
            options.scheduler,
        )
    console.print(_table(results))
    if kept:
        console.print(
            f"{len(kept)} unchanged since they were graded, so they were not graded again "
            "(--force does)."
        )
    if options.json is not None:
        write_atomically(options.json, to_json(results))
        console.print(f"Results: {options.json}")
    graded = course.folder("autograded", "<student>", options.assignment)
    console.print(f"Graded notebooks: {graded}", markup=False, soft_wrap=True)
    console.print(f"Next: `autograder feedback {options.assignment}` writes a page per student.")


def _rate(task: Task, kept: int) -> str:
    """Say how many notebooks a minute are graded, those that were kept aside."""
    done, seconds = task.completed - kept, task.elapsed or 0.0
    return f"{60 * done / seconds:.0f} a minute" if done and seconds else ""


def _table(results: Sequence[Result]) -> Table:
    several = len({result.notebook for result in results}) > 1
    table = Table("student", *(["notebook"] if several else []), title=results[0].assignment)
    table.add_column("points", justify="right")
    table.add_column("status")
    table.add_column("seconds", justify="right")
    table.add_column("to grade by hand")
    for result in results:
        colour = "green" if result.status == GRADED else "red"
        table.add_row(
            result.student,
            *([result.notebook] if several else []),
            f"{result.score:g} of {result.max_score:g}",
            f"[{colour}]{result.status}[/]",
            f"{result.seconds:.1f}",
            ", ".join(result.by_hand),
        )
    return table


def _feedback(course: Course, options: argparse.Namespace, console: Console) -> None:
    pages = write_feedback(course, options.assignment)
    folder = course.folder("feedback", "<student>", options.assignment)
    console.print(f"{len(pages)} pages of feedback: {folder}", markup=False, soft_wrap=True)
    if options.zip == "moodle":
        packed = pack_for_moodle(course, options.assignment)
        console.print(f"Of {packed.students} students, for Moodle: {packed.path}", soft_wrap=True)
        if packed.without:
            without = ", ".join(packed.without)
            console.print(f"Handed in, but not graded: {without}", markup=False, soft_wrap=True)


def _doctor(console: Console) -> int:
    """Print the layers; 1 when one is off that cannot be spared."""
    layers = doctor.examine()
    table = Table("layer", "", "what it does, or how to have it")
    for layer in layers:
        state = "[green]on[/]" if layer.on else "off" if layer.spare else "[red]off[/]"
        table.add_row(layer.name, state, layer.does if layer.on else layer.cure)
    console.print(table)
    return int(not all(layer.on or layer.spare for layer in layers))


def _report(course: Course, options: argparse.Namespace, console: Console) -> None:
    output = options.output or kept_folder(course.directory) / f"{options.assignment}-report.html"
    write_atomically(output, report(course, options.assignment, options.names))
    console.print(f"Report: {output}", markup=False, soft_wrap=True)


def _export(course: Course, options: argparse.Namespace, console: Console) -> None:
    found = grades(course, options.assignment)
    name = f"{options.assignment}-{options.to}.csv"
    output = options.output or kept_folder(course.directory) / name
    write_atomically(output, FORMATS[options.to](found, options.assignment))
    console.print(f"{len(found)} grades: {output}", markup=False, soft_wrap=True)
    if waiting := sum(grade.by_hand for grade in found):
        console.print(f"{waiting} of them wait for a person: grade their written answers first.")
    unsure = [grade.student for grade in found if not (grade.email or grade.lms_id)]
    if options.to == "moodle" and unsure:
        console.print(_UNSURE.format(n=len(unsure), first=unsure[0]), markup=False, soft_wrap=True)


_COMMANDS = {
    "release": _release,
    "grade": _grade,
    "feedback": _feedback,
    "report": _report,
    "export": _export,
}
