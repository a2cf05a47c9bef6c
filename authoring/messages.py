"""What `tandem` says, and what notebooks draw: texts in code, found by who is called with them.

say("…")  later("…")                       in tandem and in the texts' code cells
plot.lines({"label": …}, x, "…", "…")      labels of series and axes
plot.label(ax, "…", "…", "…")              names of axes, title
graph.draw(nodes, edges, "…")              title
found = {"label": …}; plot.lines(found)    a dictionary made in the same cell
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from authoring.catalogues import Entry
from authoring.paragraphs import has_words

SAYING = frozenset({"say", "later"})
DRAWING = frozenset({"lines", "label", "draw"})


def library_messages(root: Path) -> Iterator[Entry]:
    """Yield every message to students of `tandem` and `autograder`, in order."""
    for path in sorted([*(root / "tandem").rglob("*.py"), *(root / "autograder").rglob("*.py")]):
        where = path.relative_to(root).as_posix()
        yield from code_messages(path.read_text(encoding="utf-8"), where, 1)


def code_messages(source: str, path: str, first_line: int) -> Iterator[Entry]:
    """Yield the messages of some code that begins on a line of a file, in their order."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = {  # name -> the dictionary that is assigned to it
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        for text in _spoken(call, made):
            if has_words(text):
                formatted = bool(call.keywords) and getattr(call.func, "id", "") in SAYING
                yield Entry(text, path, first_line + call.lineno - 1, formatted)


def _spoken(call: ast.Call, made: Mapping[str, ast.Dict]) -> Iterator[str]:
    """Yield the texts that a call says or draws."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name in SAYING and call.args:
        yield from _literals(call.args[0])
    elif name in DRAWING and isinstance(call.func, ast.Attribute):
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            argument = made.get(getattr(argument, "id", ""), argument)
            if isinstance(argument, ast.Dict):
                for key in argument.keys:
                    yield from _literals(key)
            else:
                yield from _literals(argument)


def _literals(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
