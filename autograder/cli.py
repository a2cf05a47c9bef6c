"""The instructor's command line: `autograder release`, `grade`, `feedback`, `report`, `export`."""

import argparse
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.exc import SAWarning

from autograder.course import Course, CourseError
from autograder.export import FORMATS, grades
from autograder.feedback import write_feedback
from autograder.grade import choose, grade
from autograder.private import PrivateDigitsError
from autograder.report import report
from autograder.results import Result, to_json, write_atomically
from autograder.run import GRADED

_NOT_SANDBOXED = (
    "Student code is NOT sandboxed yet: it runs as you, on this machine. "
    "Grade only code that you trust, or use a throw-away machine."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it was done, 2 when it cannot be, with what to type instead."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.ERROR)
    warnings.filterwarnings(
        "ignore", category=SAWarning
    )  # of nbgrader's Gradebook, on every new row
    console = Console()
    try:
        course = Course.load(options.course)
        _COMMANDS[options.command](course, options, console)
    except (CourseError, PrivateDigitsError) as error:
        Console(stderr=True).print(
            f"autograder: {error}", markup=False, highlight=False, soft_wrap=True
        )
        return 2
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
    commands.choices["report"].add_argument(
        "--output", type=Path, metavar="FILE", help="default: <assignment>-report.html"
    )
    return parser


def _add_grade_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--student", nargs="+", default=[], help="grade these students only")
    command.add_argument(
        "--workers",
        type=_count,
        help="kernels side by side (default: one per processor; 0: none, for a debugger)",
    )
    command.add_argument(
        "--fresh-probes", action="store_true", help="draw new probes; otherwise a regrade repeats"
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE too")


def _add_export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", choices=sorted(FORMATS), default="csv", help="default: csv")
    command.add_argument(
        "--output", type=Path, metavar="FILE", help="default: <assignment>-<format>.csv"
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
    console.print(f"[bold yellow]{_NOT_SANDBOXED}[/]")
    notebooks = course.require(options.assignment)
    total = len(choose(course, options.assignment, options.student)) * len(notebooks)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(f"Grading {options.assignment}", total=total)
        results = grade(
            course,
            options.assignment,
            options.student,
            options.workers,
            options.fresh_probes,
            lambda _: progress.advance(bar),
        )
    console.print(_table(results))
    if options.json is not None:
        write_atomically(options.json, to_json(results))
        console.print(f"Results: {options.json}")
    graded = course.folder("autograded", "<student>", options.assignment)
    console.print(f"Graded notebooks: {graded}", markup=False, soft_wrap=True)
    console.print(f"Next: `autograder feedback {options.assignment}` writes a page per student.")


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


def _report(course: Course, options: argparse.Namespace, console: Console) -> None:
    output = options.output or Path(f"{options.assignment}-report.html")
    write_atomically(output, report(course, options.assignment))
    console.print(f"Report: {output}", markup=False, soft_wrap=True)


def _export(course: Course, options: argparse.Namespace, console: Console) -> None:
    found = grades(course, options.assignment)
    output = options.output or Path(f"{options.assignment}-{options.to}.csv")
    write_atomically(output, FORMATS[options.to](found, options.assignment))
    console.print(f"{len(found)} grades: {output}", markup=False, soft_wrap=True)
    if waiting := sum(grade.by_hand for grade in found):
        console.print(f"{waiting} of them wait for a person: grade their written answers first.")


_COMMANDS = {
    "release": _release,
    "grade": _grade,
    "feedback": _feedback,
    "report": _report,
    "export": _export,
}
