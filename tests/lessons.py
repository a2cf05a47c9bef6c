"""Run a lesson's notebook once, with everything that its tests ask: figures, memory, tasks.

What it looked like is kept in `build/lessons/`: every figure, and a table of seconds and memory.
"""

import ast
import base64
import json
import re
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from authoring.curves import ASK
from tests.submissions import ROOT

KEPT = ROOT / "build" / "lessons"
# In Hebrew a fence stands in an element of its own, which keeps its direction.
SOLUTION = re.compile(
    r"<summary>(?:Solution|Soluți[ea]|פתרון)</summary>\s*(?:<div[^>]*>\s*)?```python\n(.*?)```",
    re.DOTALL,
)
CHECK = re.compile(r'^check\("([a-z0-9-]+)"', re.MULTILINE)

# Not the notebook's fault: Matplotlib says so where a machine is busy.
EXEMPT = ('Creating legend with loc="best" can be slow',)

# Runs before the notebook: a figure with axes that show nothing becomes an error.
BEFORE = """
import functools as _functools
from matplotlib.backends.backend_agg import FigureCanvasAgg as _Canvas
_print_png = _Canvas.print_png
@_functools.wraps(_print_png)
def _looked_at(self, *arguments, **options):
    for ax in self.figure.axes:
        if ax.axison and not (ax.has_data() or ax.texts or ax.images or ax.tables):
            raise AssertionError(f"empty axes in a figure: {ax}")
    return _print_png(self, *arguments, **options)
_Canvas.print_png = _looked_at
"""
# The kernel's largest memory, and the processor time of it and of the programs that it started.
# (`ru_maxrss` would begin with the memory of the process that started the kernel.)
USED = """
import resource
_status = dict(line.split(":", 1) for line in open("/proc/self/status"))
_usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(_status["VmHWM"].split()[0], sum(u.ru_utime + u.ru_stime for u in _usage))
"""


@dataclass
class Lesson:
    """What one run of a notebook showed."""

    path: Path
    seconds: float = 0.0  # of processor time, which other programs do not lengthen
    waited: float = 0.0  # of a clock
    megabytes: float = 0.0
    complaints: list[str] = field(default_factory=list)  # warnings, and errors while drawing
    untouched: dict[str, str] = field(default_factory=dict)  # task -> its card
    solved: dict[str, str] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    figures: int = 0


def run(path: Path) -> Lesson:
    """Run a notebook from top to bottom, then each task again with its shown solution."""
    notebook = nbformat.read(path, as_version=4)
    lesson = Lesson(path)
    own = len(notebook.cells)
    answers = tasks(notebook)
    notebook.cells.insert(0, new_code_cell(BEFORE))
    again = []
    for name, (answer, solution) in answers.items():
        again += [
            new_code_cell(answered(answer, solution)),
            new_code_cell(check_cell(notebook, name)),
        ]
    notebook.cells += [new_code_cell(ASK), new_code_cell(USED), *again]
    start = time.perf_counter()
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            if index == own:
                lesson.waited = time.perf_counter() - start
    lesson.curves = json.loads(text_of(notebook.cells[own + 1]))
    kilobytes, seconds = text_of(notebook.cells[own + 2]).split()
    lesson.megabytes, lesson.seconds = int(kilobytes) / 1024, float(seconds)
    for cell in notebook.cells[1 : own + 1]:
        if cell.cell_type == "code":
            said = [o.text for o in cell.outputs if o.get("name") == "stderr"]
            lesson.complaints += [t for t in said if not any(words in t for words in EXEMPT)]
            lesson.complaints += [o.evalue for o in cell.outputs if o.output_type == "error"]
            for name in CHECK.findall(cell.source):
                lesson.untouched[name] = card(cell)
    for name, cell in zip(answers, notebook.cells[own + 4 :: 2], strict=True):
        lesson.solved[name] = card(cell)
    keep(lesson, notebook.cells[1 : own + 1])
    return lesson


def tasks(notebook: NotebookNode) -> dict[str, tuple[str, str]]:
    """Map each task to its answer cell, the one before its check, and its shown solution."""
    code: list[str] = []
    found: dict[str, tuple[str, str]] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            code.append(cell.source)
        elif (solution := SOLUTION.search(cell.source)) and code:
            (name,) = CHECK.findall(code[-1])
            found[name] = (code[-2], solution[1])
    return found


def check_cell(notebook: NotebookNode, name: str) -> str:
    return next(c.source for c in notebook.cells if name in CHECK.findall(c.source))


def answered(answer: str, solution: str) -> str:
    """Return the answer cell with each function or class of the solution in place of its own."""
    lines = answer.split("\n")
    for wanted in ast.parse(textwrap.dedent(solution)).body:
        assert isinstance(wanted, ast.FunctionDef | ast.ClassDef), ast.unparse(wanted)
        text = ast.get_source_segment(textwrap.dedent(solution), wanted) or ""
        (old,) = [
            node
            for node in ast.walk(ast.parse("\n".join(lines)))
            if isinstance(node, type(wanted)) and node.name == wanted.name
        ]
        lines[old.lineno - 1 : old.end_lineno] = textwrap.indent(text, " " * old.col_offset).split(
            "\n"
        )
    return "\n".join(lines)


def text_of(cell: NotebookNode) -> str:
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def card(cell: NotebookNode) -> str:
    """Return the points and the HTML of the verdict that a check's cell shows."""
    (data,) = [o.data for o in cell.outputs if o.output_type == "execute_result"]
    return f"{data['text/plain']} {data['text/html']}"


def keep(lesson: Lesson, cells: list[NotebookNode]) -> None:
    """Keep the figures, numbered, and one line of figures in the table."""
    name = "-".join(lesson.path.relative_to(ROOT / "course").with_suffix("").parts)
    name = name.removeprefix("en-")
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for cell in cells:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                lesson.figures += 1
                (folder / f"{lesson.figures:02d}-{cell.id}.png").write_bytes(base64.b64decode(png))
    used = f"{lesson.seconds:.1f} | {lesson.waited:.1f} | {lesson.megabytes:.0f}"
    row = f"| {name} | {used} | {lesson.figures} |\n"
    (folder / "row.md").write_text(row, encoding="utf-8")
