"""An instructor's report of one assignment: a single page, on which nothing of a student's runs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import mean, median
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from nbgrader.api import Gradebook
from nbgrader.utils import is_solution

from autograder.course import Course, CourseError
from autograder.likeness import Pair, alike
from autograder.probes import kept_folder, read_secret
from autograder.ranking import Place, pseudonyms, ranked
from autograder.run import KEY
from autograder.status import GRADED
from autograder.weights import alike_weights

ASSETS = Path(__file__).parent / "assets"
BARS = 10  # of the distribution
MOST_PAIRS = 50  # of either kind
LONGEST = 300  # characters of a message


@dataclass(frozen=True)
class Row:
    """One student's submission."""

    student: str
    score: float
    max_score: float
    status: str
    seconds: float | None  # unknown where nbgrader's own command graded
    by_hand: bool
    findings: list[str]


@dataclass
class CheckRow:
    """What a class made of one check."""

    name: str
    max_points: float
    points: list[float] = field(default_factory=list)
    messages: Counter[str] = field(default_factory=Counter)  # of those who lost points
    accuracies: dict[str, float] = field(default_factory=dict)  # by student, where measured
    marks: dict[str, list[float]] = field(default_factory=dict)  # of trained weights, likewise

    @property
    def passed(self) -> float:
        """The share of those graded who got all points."""
        return sum(p >= self.max_points for p in self.points) / max(1, len(self.points))

    @property
    def mean(self) -> float:
        return mean(self.points) if self.points else 0.0

    @property
    def commonest(self) -> tuple[str, int]:
        return self.messages.most_common(1)[0] if self.messages else ("", 0)


@dataclass(frozen=True)
class Likeness:
    """Two students and what they share; None where they are not alike in it."""

    one: str
    other: str
    code: float | None
    weights: float | None


@dataclass
class Gathered:
    """Everything that the report shows."""

    assignment: str
    rows: list[Row] = field(default_factory=list)
    checks: dict[str, CheckRow] = field(default_factory=dict)
    alike_code: list[Pair] = field(default_factory=list)
    alike_weights: list[Pair] = field(default_factory=list)


def report(course: Course, assignment: str, names: bool = False) -> str:
    """Return the page; `names` says beside each pseudonym of the ranking whose it is.

    Raises CourseError where nothing has been graded.
    """
    gathered = gather(course, assignment)
    scores = [row.score for row in gathered.rows]
    most = max(row.max_score for row in gathered.rows)
    called = pseudonyms((row.student for row in gathered.rows), _key(course))
    return _template().render(
        assignment=assignment,
        rows=gathered.rows,
        checks=gathered.checks.values(),
        pairs=side_by_side(gathered.alike_code[:MOST_PAIRS], gathered.alike_weights[:MOST_PAIRS]),
        hidden=sum(
            max(0, len(pairs) - MOST_PAIRS)
            for pairs in (gathered.alike_code, gathered.alike_weights)
        ),
        rankings=rankings(gathered, called),
        who={pseudonym: student for student, pseudonym in called.items()} if names else {},
        bars=distribution(scores, most),
        most=most,
        mean=mean(scores),
        median=median(scores),
        graded=GRADED,
        longest=LONGEST,
        by_hand=sum(row.by_hand for row in gathered.rows),
        statuses=Counter(row.status for row in gathered.rows).most_common(),
    )


def gather(course: Course, assignment: str) -> Gathered:
    """Read the gradebook and the graded notebooks of an assignment."""
    notebooks = course.require(assignment)
    found, sources = Gathered(assignment), {}
    with Gradebook(course.db_url, course.directory.course_id) as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            folder = course.folder("autograded", submission.student.id, assignment)
            files = [folder / f"{notebook}.ipynb" for notebook in notebooks]
            read = [nbformat.read(file, as_version=4) for file in files if file.is_file()]
            if not read:
                continue
            found.rows.append(_row(submission, [nb.metadata.get(KEY, {}) for nb in read]))
            sources[submission.student.id] = "\n".join(map(_written, read))
            for notebook in read:
                verdicts = notebook.metadata.get(KEY, {}).get("checks", [])
                _count(found.checks, submission.student.id, verdicts)
    if not found.rows:
        raise CourseError(
            f"Nothing of {assignment} has been graded: run `autograder grade {assignment}` first."
        )
    released = course.folder("release", ".", assignment)
    given = (released / f"{notebook}.ipynb" for notebook in notebooks)
    texts = [_written(nbformat.read(path, as_version=4)) for path in given if path.is_file()]
    found.rows.sort(key=lambda row: row.student)
    found.alike_code = alike(sources, "\n".join(texts))
    found.alike_weights = alike_weights({c.name: c.marks for c in found.checks.values()})
    return found


def rankings(gathered: Gathered, called: Mapping[str, str]) -> list[tuple[str, list[Place]]]:
    """Rank, under pseudonyms, whoever trained a network that was measured: a list per check."""
    return [
        (check.name, ranked({called[student]: a for student, a in check.accuracies.items()}))
        for check in gathered.checks.values()
        if check.accuracies
    ]


def side_by_side(code: Sequence[Pair], weights: Sequence[Pair]) -> list[Likeness]:
    """Put both kinds of likeness into one row per pair: alike in code first, then in weights."""
    shares = [{(pair.one, pair.other): pair.share for pair in kind} for kind in (code, weights)]
    return [
        Likeness(*pair, *(kind.get(pair) for kind in shares))
        for pair in dict.fromkeys([*shares[0], *shares[1]])
    ]


def distribution(scores: Sequence[float], most: float) -> list[tuple[str, int, float]]:
    """Count scores in equal ranges; return label, count and share of the largest count."""
    counts = [0] * BARS
    for score in scores:
        counts[min(BARS - 1, int(BARS * score / most)) if most else 0] += 1
    edges = [most * i / BARS for i in range(BARS + 1)]
    largest = max(1, *counts)
    return [
        (f"{low:g} – {high:g}", count, count / largest)
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    ]


def _row(submission: Any, notes: list[dict[str, Any]]) -> Row:
    """Sum up one submission's notebooks; of several statuses the first that is not `graded`."""
    statuses = [str(note.get("status", "?")) for note in notes]
    seconds = [float(note["seconds"]) for note in notes if "seconds" in note]
    return Row(
        student=submission.student.id,
        score=float(submission.score),
        max_score=float(submission.max_score),
        status=next((status for status in statuses if status != GRADED), GRADED),
        seconds=sum(seconds) if seconds else None,
        by_hand=bool(submission.needs_manual_grade),
        findings=[str(text) for note in notes for text in _noted(note)],
    )


def _noted(note: dict[str, Any]) -> list[Any]:
    """Return which limit a notebook met or why it broke off, if so, and what was mended in it."""
    return [*filter(None, [note.get("reason")]), *note.get("findings", [])]


def _count(checks: dict[str, CheckRow], student: str, verdicts: list[dict[str, Any]]) -> None:
    for verdict in verdicts:
        name, most = verdict["name"], float(verdict["max_points"])
        row = checks.setdefault(name, CheckRow(name, most))
        if (accuracy := verdict.get("accuracy")) is not None:  # older results have none
            row.accuracies[student] = float(accuracy)
        if mark := verdict.get("weights"):
            row.marks[student] = mark
        if verdict["points"] is None:
            continue
        row.points.append(float(verdict["points"]))
        if verdict["points"] < most:
            row.messages[verdict["message"][:LONGEST]] += 1


def _written(notebook: nbformat.NotebookNode) -> str:
    """Return the code of the cells that a student may answer in."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code" and is_solution(cell))
    return "\n".join(cell.source for cell in cells)


def _key(course: Course) -> bytes:
    """Return the secret from which pseudonyms derive: one for all of a course's assignments."""
    return read_secret(kept_folder(course.directory) / "secrets" / ".pseudonyms.key")


@cache
def _template() -> Template:
    loader = FileSystemLoader(ASSETS)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html.j2")
