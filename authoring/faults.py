"""The rules a text must keep; every breach is a Fault with its line and its cure."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, zip_longest

from authoring.text import FRAMEWORKS, Cell, Fault, Text

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"  # nbgrader looks for these words anywhere in a line

_STATED = re.compile(r"\((\d+(?:\.\d+)?) points?\b")
_STARTED = re.compile(r"""^tandem\.start\(["']([\w-]+)["']""", re.MULTILINE)

Breach = tuple[int, str, str]  # line, what is wrong, what to do


def text_faults(
    text: Text, misread: list[Fault], points: Mapping[str, float] | None
) -> list[Fault]:
    """Return every fault of a text, each once, in the order of lines.

    misread: what `read_text` found; the rules between cells wait until that is mended, since a
        misspelt tag breaks them too
    points: check name -> points, as the lab or the lesson's tasks define them, in their order;
        None where tandem has no such lab, or no such tasks
    """
    breaches = [*_file_breaches(text, points)]
    for cell in text.cells:
        if text.kind == "lab":
            breaches += [*_role_breaches(cell), *_marker_breaches(cell)]
        else:
            breaches += _lesson_breaches(cell)
    if not misread:
        breaches += _between_cells(text, points)
    return sorted({*misread, *(Fault(text.path, *breach) for breach in breaches)})


def _between_cells(text: Text, points: Mapping[str, float] | None) -> Iterator[Breach]:
    """Yield the breaches that only show when cells are compared."""
    if not text.cells:
        yield 1, "the text has no cells", "write prose or a {code-cell}, or remove the file"
    yield from _twin_breaches(text)
    for framework in FRAMEWORKS:
        cells = text.cells_for(framework)
        yield from _name_breaches(cells)
        if text.kind == "lab":
            yield from _solution_breaches(cells)
            yield from _check_breaches(cells, framework, points)
            yield from _question_breaches(cells)
            yield from _heading_breaches(cells, points) if points is not None else ()
        else:
            yield from _task_breaches(cells, points)


def _file_breaches(text: Text, points: Mapping[str, float] | None) -> Iterator[Breach]:
    """Check that the file's name can be a folder's name, and that tandem knows the lab."""
    if not re.fullmatch(r"[a-z0-9-]+", text.name):
        yield 1, f"the file's name `{text.name}` is not a slug", "rename it, using a-z, 0-9 and -"
    if text.kind == "lab" and points is None:
        cure = f"define it in tandem/labs, as the module `{text.name}`"
        yield 1, f"tandem has no lab called `{text.name}`", cure


def _lesson_breaches(cell: Cell) -> Iterator[Breach]:
    """Check that nothing in a lesson is graded."""
    if cell.role or cell.points is not None:
        cure = "remove it: only labs have graded and locked cells"
        yield cell.line, f"`{cell.role or 'points'}` in a lesson", cure


def _role_breaches(cell: Cell) -> Iterator[Breach]:
    """Check that a cell with a role has a name and the right kind, and only manual ones points."""
    if cell.role and not cell.name:
        yield cell.line, f"the {cell} has no name", "add the option `name`"
    if cell.role in ("solution", "check", "locked") and cell.kind != "code":
        yield cell.line, f"the {cell} is not code", "make it a {code-cell}"
    if cell.role == "manual" and cell.kind != "markdown":
        cure = 'write it as prose after `+++ {"manual": true, ...}`'
        yield cell.line, f"the {cell} is a written answer, but in a code cell", cure
    if cell.role == "manual" and (cell.points is None or cell.points <= 0):
        yield cell.line, f"the {cell} has no points above 0", "add such an option as `points: 2`"
    if cell.role != "manual" and cell.points is not None:
        cure = "remove it: a check's points stand in its definition in tandem/labs"
        yield cell.line, f"`points` on the {cell}", cure


def _marker_breaches(cell: Cell) -> Iterator[Breach]:
    """Check the solution markers: balanced, where they are needed and only there."""
    opened: int | None = None
    marked, outside = False, []
    for number, line in enumerate(cell.source.split("\n"), start=cell.body):
        if BEGIN in line:
            marked = True
            if opened is not None:
                what = f"{BEGIN} inside the region opened on line {opened}"
                yield number, what, f"close that one first with `### {END}`"
            opened = number
        elif END in line:
            if opened is None:
                yield number, f"{END} without {BEGIN}", f"open it with `### {BEGIN}`"
            opened = None
        elif opened is None and line.strip():
            outside.append(number)
    if opened is not None:
        yield opened, f"{BEGIN} without {END}", f"close it with `### {END}`"
    if marked and cell.role not in ("solution", "manual"):
        cure = "add the options `solution: true` and `name`"
        yield cell.line, f"a solution region in a {cell} that is not marked as a solution", cure
    if cell.role == "solution" and not marked:
        cure = f"put the solution between `### {BEGIN}` and `### {END}`"
        yield cell.line, f"the {cell} has no solution region", cure
    if cell.role == "manual" and marked and outside:
        what = f"text outside the solution region of the {cell} would be shown to students"
        yield outside[0], what, "move it into the region, or into a prose cell before this one"


def _twin_breaches(text: Text) -> Iterator[Breach]:
    """Yield the first difference between twins in each run of cells between shared ones."""
    for tagged, cells in groupby(text.cells, key=lambda cell: cell.framework is not None):
        run = list(cells) if tagged else []
        for framework in FRAMEWORKS[1:]:
            first = [cell for cell in run if cell.framework == FRAMEWORKS[0]]
            other = [cell for cell in run if cell.framework == framework]
            pairs = zip_longest(first, other)
            breach = next((found for a, b in pairs if (found := _unlike(a, b, framework))), None)
            if breach:
                yield breach


def _unlike(a: Cell | None, b: Cell | None, framework: str) -> Breach | None:
    """Compare twins: `a` of the first framework, `b` of `framework`; None where one lacks."""
    if a and b:
        if (a.kind, a.name, a.role, a.points) == (b.kind, b.name, b.role, b.points):
            return None
        what = f"the {b} stands where the {a} of line {a.line} needs its twin"
        return b.line, what, "give both the same place, kind, name and options"
    lone, lacks = (a, framework) if a else (b, FRAMEWORKS[0])
    assert lone is not None  # zip_longest always pairs a filler with a cell
    cure = f"add its twin, tagged {lacks}, before the next shared cell"
    return lone.line, f"the {lone} has no {lacks} twin", cure


def _name_breaches(cells: list[Cell]) -> Iterator[Breach]:
    """Yield the second and later cells of one name in one framework's notebook."""
    first: dict[str, int] = {}
    for cell in cells:
        if cell.name and cell.name in first:
            what = f"the name `{cell.name}` is already used on line {first[cell.name]}"
            yield cell.line, what, "give each cell of a framework its own name"
        elif cell.name:
            first[cell.name] = cell.line


def _solution_breaches(cells: list[Cell]) -> Iterator[Breach]:
    """Yield the solutions that no check follows."""
    checks = {cell.name: cell.line for cell in cells if cell.role == "check"}
    for cell in cells:
        if (
            cell.role == "solution"
            and cell.name
            and checks.get(f"check-{cell.name}", 0) < cell.line
        ):
            what = f"no check cell `check-{cell.name}` follows the {cell}"
            cure = f'add a {{code-cell}} with `:check: true` that calls `check("{cell.name}", ...)`'
            yield cell.line, what, cure


def _check_breaches(
    cells: list[Cell], framework: str, points: Mapping[str, float] | None
) -> Iterator[Breach]:
    """Yield check cells that do not fit the lab's definition, and checks without a cell."""
    checks = {cell.name: cell for cell in cells if cell.role == "check" and cell.name}
    for name, cell in checks.items():
        check = name.removeprefix("check-")
        if check == name:
            yield cell.line, f"the {cell} is not named after its check", f"name it `check-{check}`"
        elif points is not None and check not in points:
            cure = f"use one of {', '.join(points)}, or define it in tandem/labs"
            yield cell.line, f"the lab defines no check `{check}`", cure
        if check not in _checks_called(cell.source):
            cure = f'write `check("{check}", ...)` in it'
            yield cell.line, f"the {cell} does not call its check", cure
    for check in points or ():
        if f"check-{check}" not in checks:
            what = f"the lab's check `{check}` has no cell for {framework}"
            yield 1, what, f"add the cell `check-{check}`, or remove the check from its definition"


def _heading_breaches(cells: list[Cell], points: Mapping[str, float]) -> Iterator[Breach]:
    """Yield headings that state other points than the graded cells below them are worth."""
    line, stated, worth, within = 1, None, 0.0, 0
    for cell in [*cells, None]:
        headings = _headings(cell) if cell and cell.kind == "markdown" else []
        if (headings or cell is None) and within and stated not in (None, worth):
            what = f"the heading states {stated:g} points, its checks are worth {worth:g}"
            yield line, what, "correct the heading, or the points of the check"
        for place, said in headings:
            line, stated, worth, within = place, said, 0.0, 0
        if cell and cell.role in ("check", "manual"):
            within += 1
            check = (cell.name or "").removeprefix("check-")
            worth += (cell.points if cell.role == "manual" else points.get(check)) or 0.0


def _headings(cell: Cell) -> list[tuple[int, float | None]]:
    """Return the line of each heading in a cell's prose, and the points that it states."""
    found = []
    for number, line in enumerate(cell.source.split("\n"), start=cell.body):
        if line.startswith("#"):
            points = _STATED.search(line)
            found.append((number, float(points[1]) if points else None))
    return found


def _task_breaches(cells: list[Cell], tasks: Mapping[str, float] | None) -> Iterator[Breach]:
    """Compare the checks that a lesson calls with the unit's tasks, both ways and in order."""
    if not (unit := started(cells)):
        return
    if tasks is None:
        cure = f"write tandem/lessons/{unit}.py with its TASKS, or correct the name"
        yield 1, f"tandem has no tasks of a unit called `{unit}`", cure
        return
    called = [(name, cell.line) for cell in cells for name in sorted(_checks_called(cell.source))]
    for name, line in called:
        if name not in tasks:
            cure = f"use one of {', '.join(tasks)}, or define it in tandem/lessons/{unit}.py"
            yield line, f"the unit defines no task `{name}`", cure
    names = [name for name, _ in called]
    for task in tasks:
        if task not in names:
            what = f'no cell calls `check("{task}", ...)`, a task of the unit'
            yield 1, what, f"add its three cells, or remove it from tandem/lessons/{unit}.py"
    known = [name for name in names if name in tasks]
    if sorted(known) == sorted(tasks) and known != list(tasks):
        what = f"the tasks stand in the order {', '.join(known)}, in TASKS as {', '.join(tasks)}"
        yield 1, what, "give both the same order: progress() names the next one by it"


def started(cells: Iterable[Cell]) -> str:
    """Return the name by which a text calls `tandem.start`; "" where it does not."""
    for cell in cells:
        if cell.kind == "code" and (found := _STARTED.search(cell.source)):
            return found[1]
    return ""


def _checks_called(source: str) -> set[str]:
    """Return the first arguments of calls of `check`; none if the cell is not plain Python."""
    try:
        nodes = ast.walk(ast.parse(source))
    except SyntaxError:
        return set()
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "check"]
    first = [call.args[0] for call in named]
    return {str(argument.value) for argument in first if isinstance(argument, ast.Constant)}


def _question_breaches(cells: list[Cell]) -> Iterator[Breach]:
    """Yield written answers without a question before them: nbgrader empties the answer cell."""
    for previous, cell in zip([None, *cells], cells, strict=False):
        asked = previous and previous.kind == "markdown" and not previous.role
        if cell.role == "manual" and not asked:
            cure = "put the question into a prose cell of its own, before the answer's `+++`"
            yield cell.line, f"no question stands before the {cell}", cure
