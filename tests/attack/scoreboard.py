"""What the attacks achieved: points gained, honest students harmed, host changed, secrets seen."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from autograder.report import ASSETS
from autograder.status import GRADED
from tests.attack.field import Field, HandedIn
from tests.attack.table import START, TOY
from tests.autograder.courses import scores

_STATUSES = {"graded", "timed_out", "crashed", "out_of_memory", "too_many_processes"}
_STATUSES |= {"out_of_disk", "too_much_output", "refused", "missing"}
_ACTIVE = {"script", "iframe", "object", "embed", "form", "base", "link", "meta", "svg", "math"}
_RUNNING = ("javascript:", "vbscript:")
_LOADED = {"src", "srcset", "poster", "background", "data"}
# Errors that the grader writes, or its interrupt brings about.
_GRADERS = {"NotRun", "Timeout", "KeyboardInterrupt"}
_SHOWN = ("text", "evalue", "traceback", "data")


@dataclass
class Scoreboard:
    """Each list names what happened that must not; `attacks` counts those that were tried."""

    attacks: int
    gained: list[str] = field(default_factory=list)
    harmed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    misfired: list[str] = field(default_factory=list)
    greedy: list[str] = field(default_factory=list)

    @property
    def rows(self) -> dict[str, list[str]]:
        return {
            "points gained": self.gained,
            "honest submissions harmed": self.harmed,
            "host files or processes changed": self.changed,
            "hidden things seen": self.seen,
            "hand-ins without a status and a sentence": self.unanswered,
            "attacks whose own code failed": self.misfired,
            "commands that took more memory than they may": self.greedy,
        }

    @property
    def clean(self) -> bool:
        return self.attacks > 0 and not any(self.rows.values())

    def __str__(self) -> str:
        lines = [f"{self.attacks:6} attacks"]
        for what, found in self.rows.items():
            lines.append(f"{len(found):6} {what}")
            lines += [f"       ✗ {line}" for line in found]
        return "\n".join(lines)


def count(found: Field, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> Scoreboard:
    """Compare what the grader wrote with what each student must get."""
    board = Scoreboard(sum(h.attack is not None for h in found.handed_in))
    books = {lab: scores(found.course, lab) for lab in {h.lab for h in found.handed_in}}
    by_student = {r["student"]: r for lab in results.values() for r in lab}
    for handed_in in found.handed_in:
        result = by_student.get(handed_in.student)
        if result is None:
            board.unanswered.append(f"{handed_in.student}: no result")
            continue
        row = books[handed_in.lab].get((handed_in.student, result["notebook"]), {})
        booked = sum(score or 0.0 for score in row.values())
        _compare(board, handed_in, result, booked)
        _look(board, found, handed_in)
    strangers = {student for book in books.values() for student, _ in book} - set(by_student)
    board.changed += [f"the gradebook has a student {name!r}" for name in sorted(strangers)]
    return board


def look_at_report(board: Scoreboard, page: Path) -> None:
    """Search an instructor's report for what could run and is not its template's own."""
    template = (ASSETS / "report.html.j2").read_text()
    own = list(active(template))
    strange = [tag for tag in active(page.read_text()) if tag not in own]
    board.seen += [f"the report {page.name}: {tag}" for tag in strange]


def _compare(
    board: Scoreboard, handed_in: HandedIn, result: Mapping[str, Any], booked: float
) -> None:
    name, score = handed_in.student, result["score"]
    if handed_in.attack is not None:
        if max(score, booked) > 0:
            board.gained.append(f"{name}: {score:g} points, {booked:g} in the gradebook")
        if reason := _lacking(result):
            board.unanswered.append(f"{name}: {reason}")
    elif (score, booked, result["status"]) != (handed_in.score, handed_in.score, GRADED):
        why = [c["message"] for c in result["checks"] if c["points"] != c["max_points"]]
        board.harmed.append(
            f"{name}: {result['status']}, {score:g} points, {booked:g} in the gradebook, "
            f"deserved {handed_in.score:g}: {why}"
        )


def _lacking(result: Mapping[str, Any]) -> str:
    if result["status"] not in _STATUSES:
        return f"status {result['status']}: {result['findings']}"
    silent = [c["name"] for c in result["checks"] if not c["message"].strip()]
    return f"nothing is said to {silent}" if silent else ""


def _look(board: Scoreboard, found: Field, handed_in: HandedIn) -> None:
    """Search what a student is shown for canaries, and pages for what could run."""
    lab, name = handed_in.lab, handed_in.lab.split("-")[0]
    room = found.course / "classroom"
    graded = room / "autograded" / handed_in.student / lab / f"{name}.ipynb"
    page = room / "feedback" / handed_in.student / lab / f"{name}.html"
    for path in (graded, page):
        if not path.is_file():
            board.unanswered.append(f"{handed_in.student}: no {path.name}")
            continue
        text = _outputs(path) if path is graded else path.read_text()
        if handed_in.attack is not None and path is graded:
            board.misfired += [f"{handed_in.student}: {error}" for error in _misfired(path, lab)]
        if handed_in.attack is not None:
            for canary, what in found.canaries.items():
                if canary in text:
                    board.seen.append(f"{handed_in.student}: {what} in {path.name}")
    if page.is_file():
        board.seen += [
            f"{handed_in.student}: {tag} in the page" for tag in active(page.read_text())
        ]


def _misfired(path: Path, lab: str) -> Iterator[str]:
    """Yield the errors of an attack's own cells: one that does not do what it means is none."""
    cells = json.loads(path.read_text())["cells"]
    first = next(
        (n for n, cell in enumerate(cells) if START in "".join(cell["source"])), len(cells)
    )
    # The toy lab has no cells but answers and checks; a real one has, and they miss answers.
    own = cells[first:] if lab == TOY else cells[first : first + 1]
    for cell in (cell for cell in own if not cell["metadata"].get("nbgrader")):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and output["ename"] not in _GRADERS:
                yield f"{output['ename']}: {output['evalue'][:200]}"


def _outputs(path: Path) -> str:
    notebook = json.loads(path.read_text())
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return json.dumps([[output.get(part) for part in _SHOWN] for output in outputs])


def active(page: str) -> Iterator[str]:
    """Yield what in a page could run code or call another machine."""
    tags: list[tuple[str, list[tuple[str, str | None]]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, attrs))

    Reader().feed(page)
    for tag, attributes in tags:
        if tag in _ACTIVE and not (tag == "meta" and _harmless_meta(dict(attributes))):
            yield f"<{tag}>"
        for name, value in attributes:
            address = "".join((value or "").split()).lower()
            if name.startswith("on") or address.startswith(_RUNNING) or _loads(name, address):
                yield f"<{tag} {name}={value}>"


def _loads(name: str, address: str) -> bool:
    """Say whether an attribute loads what is not in the page, or opens what somebody else wrote."""
    if name in _LOADED:
        return not address.startswith("data:image/")
    return name == "href" and address.startswith("data:")


def _harmless_meta(attributes: Mapping[str, str | None]) -> bool:
    policy = (attributes.get("http-equiv") or "").lower() == "content-security-policy"
    return policy or attributes.keys() <= {"charset", "name", "content"}
