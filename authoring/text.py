"""Read a text: a MyST notebook whose cells say which framework they are for and what is graded.

A code cell carries its options as `:tags: [pytorch]`, `:name: softmax`; prose carries them in the
block break before it, `+++ {"tags": ["pytorch"], "name": "why"}`, and reaches to the next block
break or code cell. The options:

tags      `pytorch` or `tensorflow`: the cell is for that framework's notebook only, not for both
name      the cell's slug, its cell id, and in labs its grade id
solution  code with `### BEGIN SOLUTION ... ### END SOLUTION`; students get a stub for each region
check     code that calls `check("x", ...)`, named `check-x`, worth what the check's definition says
manual    prose, a written answer worth `points`. The question stands in the prose cell before it;
          this one holds the model answer and the rubric, and nothing else: nbgrader replaces all of
          it by "YOUR ANSWER HERE". `### BEGIN SOLUTION` and `### END SOLUTION` around it are
          allowed and change nothing. Its mark scheme delimiters are for task cells, not for these.
locked    code that students can run but not change
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Literal, get_args

import nbformat
import yaml
from jupytext.myst import (
    CODE_DIRECTIVE,
    MystMetadataParsingError,
    get_parser,
    myst_to_notebook,
    read_cell_metadata,
    read_fenced_cell,
)

Role = Literal["solution", "check", "manual", "locked"]

FRAMEWORKS = ("pytorch", "tensorflow")
ROLES: tuple[Role, ...] = get_args(Role)
NESTED = re.compile(r"^[ \t>*+\-\d.]*(```|~~~).*{code-cell}", re.MULTILINE)
OPTIONS = ("tags", "name", *ROLES, "points")


@dataclass(frozen=True, order=True)
class Fault:
    """One mistake in a text: where it is, what is wrong, and what to do."""

    path: str
    line: int  # 1-based
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}; {self.cure}."


@dataclass(frozen=True)
class Cell:
    """One cell of a text; `framework` None means shared, `role` None means ungraded."""

    line: int  # 1-based, where the cell opens
    body: int  # 1-based, where its source begins
    kind: Literal["code", "markdown"]
    source: str
    framework: str | None = None
    name: str | None = None
    role: Role | None = None
    points: float | None = None

    def __str__(self) -> str:
        kind = self.role or ("code" if self.kind == "code" else "prose")
        words = [self.framework, kind, "cell", self.name and f"`{self.name}`"]
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Text:
    """One unit as its author wrote it."""

    path: str  # relative to the repository root, with forward slashes
    kind: Literal["lab", "lesson"]
    name: str
    cells: tuple[Cell, ...]

    @property
    def frameworks(self) -> tuple[str | None, ...]:
        """The frameworks that get a notebook of their own; `(None,)` for a lesson without one."""
        if self.kind == "lab" or any(cell.framework for cell in self.cells):
            return FRAMEWORKS
        return (None,)

    def cells_for(self, framework: str | None) -> list[Cell]:
        """Return the cells of one framework's notebook, in order."""
        return [cell for cell in self.cells if cell.framework in (None, framework)]


def read_text(
    content: str, path: str, kind: Literal["lab", "lesson"], name: str
) -> tuple[Text, list[Fault]]:
    """Read a text's cells, and every fault in how their options are written.

    A text whose options cannot be parsed at all comes back without cells.
    """
    faults = _unreadable(content, path)
    if faults:
        return Text(path, kind, name, ()), faults
    notebook = myst_to_notebook(content, add_source_map=True)
    lines = content.splitlines()
    cells = []
    for node, start in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
        # The map counts from 0, after the line that opens the cell: counted from 1, that line.
        body = _body_line(lines, node.source, start)
        line = body if node.cell_type == "markdown" and not node.metadata else start
        nested = node.cell_type == "markdown" and NESTED.search(node.source)
        if node.cell_type == "raw" or nested:
            line += node.source.count("\n", 0, nested.start()) if nested else 0
            what = "a code cell inside a list or quotation" if nested else "a raw cell"
            faults.append(Fault(path, line, what, "write an unindented {code-cell}, or prose"))
            continue
        cell, breaches = _cell(node.cell_type, node.source, node.metadata, line)
        cells.append(replace(cell, body=body))
        faults += [Fault(path, line, *breach) for breach in breaches]
    return Text(path, kind, name, tuple(cells)), faults


def _body_line(lines: list[str], source: str, start: int) -> int:
    """Return the 1-based line on which a cell's source begins, after the first `start` lines."""
    wanted = [line.rstrip() for line in source.split("\n")]
    for index in range(start, len(lines)):
        if [line.rstrip() for line in lines[index : index + len(wanted)]] == wanted:
            return index + 1
    return start


def _unreadable(content: str, path: str) -> list[Fault]:
    """Find all options that jupytext cannot read: it stops at the first, or gives no line."""
    faults = []
    cure = "write `:key: value` lines in a code cell, JSON after `+++` before prose"
    for index, token in enumerate(get_parser().parse(content + "\n")):
        line = token.map[0] + 1 if token.map else 1
        reason = None
        try:
            if token.type == "front_matter":
                yaml.safe_load(token.content)
            elif token.level == 0 and token.type == "myst_block_break":
                reason = _unusable("markdown", read_cell_metadata(token, index))
            elif token.level == 0 and token.info.startswith(CODE_DIRECTIVE):
                reason = _unusable("code", read_fenced_cell(token, index, "Code")[0])
        except (MystMetadataParsingError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split("could not be read: ")[-1].split())
        if reason:
            faults.append(Fault(path, line, f"the options cannot be read ({reason})", cure))
    return faults


def _unusable(kind: Literal["code", "markdown"], options: Any) -> str | None:
    """Say why options cannot be a cell's metadata: jupytext stops at what nbformat refuses."""
    if not isinstance(options, dict) or not all(isinstance(key, str) for key in options):
        return f"{options!r} has no keys and values"
    cell: dict[str, Any] = {"cell_type": kind, "id": "a", "metadata": options, "source": ""}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    try:
        nbformat.validate(cell, ref=f"{kind}_cell", version=4, version_minor=5)
    except nbformat.ValidationError as error:
        return str(error).splitlines()[0]
    return None


def _cell(
    kind: Literal["code", "markdown"], source: str, options: Mapping[str, Any], line: int
) -> tuple[Cell, list[tuple[str, str]]]:
    """Turn jupytext's metadata into a cell; return with it what cannot be used, and the cures."""
    wrong = []
    for key in options:
        if key not in OPTIONS:
            wrong.append((f"unknown option `{key}`", f"use one of {', '.join(OPTIONS)}"))
    name, points = options.get("name"), options.get("points")
    if name is not None and not re.fullmatch(r"[a-z0-9-]{1,64}", str(name)):
        wrong.append((f"the name `{name}` is not a slug", "use up to 64 of a-z, 0-9 and -"))
    if points is not None and not _is_number(points):
        wrong.append((f"the points `{points}` are not a number", "write such as `points: 2`"))
        points = None
    roles = [role for role in ROLES if options.get(role, False) is True]
    for role in ROLES:
        if not isinstance(options.get(role, False), bool):
            wrong.append((f"`{role}` must be true or false", f"write `{role}: true`"))
    if len(roles) > 1:
        wrong.append((f"the cell is {' and '.join(roles)} at once", "make it one cell for each"))
    framework, breaches = _framework(options.get("tags", []))
    cell = Cell(
        line=line,
        body=line,
        kind=kind,
        source=source,
        framework=framework,
        name=None if name is None else str(name),
        role=roles[0] if roles else None,
        points=None if points is None else float(points),
    )
    return cell, wrong + breaches


def _framework(tags: list[str]) -> tuple[str | None, list[tuple[str, str]]]:
    """Return the one framework among a cell's tags, and the breaches."""
    cure = f"use one of {', '.join(FRAMEWORKS)}, or none for a shared cell"
    wrong = [(f"unknown tag `{tag}`", cure) for tag in tags if tag not in FRAMEWORKS]
    known = [tag for tag in tags if tag in FRAMEWORKS]
    if len(known) > 1:
        wrong.append(("the cell has more than one framework's tag", cure))
    return (known[0] if known else None), wrong


def _is_number(value: object) -> bool:
    """Tell whether an option is a finite number: YAML knows `.inf`, and `true` is an `int`."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
