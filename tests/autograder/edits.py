"""Small visible edits of the released toy lab: right and wrong answers, cheats, own evidence."""

from collections.abc import Callable
from textwrap import dedent

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return 0 * x"
TRIPLE = "def triple(x):\n    return 3 * x"

Edit = Callable[[NotebookNode], None]


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def answering(code: str, triple: str = TRIPLE, **what: str) -> Edit:
    """Return an edit that answers both, and by `written=` the question for a person, too.

    `before=` and `after=` add cells around the check.
    """

    def edit(notebook: NotebookNode) -> None:
        cell(notebook, "double").source = dedent(code).strip()
        cell(notebook, "triple").source = triple
        if "written" in what:
            cell(notebook, "explain").source = what["written"]
        place = notebook.cells.index(cell(notebook, "check-double"))
        if "after" in what:
            notebook.cells.insert(place + 1, new_code_cell(dedent(what["after"]).strip()))
        if "before" in what:
            notebook.cells.insert(place, new_code_cell(dedent(what["before"]).strip()))

    return edit


def with_wrong(change: Edit, code: str = WRONG) -> Edit:
    """Return an edit that answers wrongly and then cheats by `change`."""

    def edit(notebook: NotebookNode) -> None:
        answering(code)(notebook)
        change(notebook)

    return edit


def tagged(notebook: NotebookNode) -> None:
    check = cell(notebook, "check-double")
    check.metadata["tags"] = ["skip-execution", "raises-exception"]
    check.outputs = []


def forged_output(notebook: NotebookNode) -> None:
    cell(notebook, "check-double").source = "2.0"


def deleted(notebook: NotebookNode) -> None:
    notebook.cells.remove(cell(notebook, "check-double"))


def all_deleted(notebook: NotebookNode) -> None:
    for name in ("double", "check-double", "triple", "check-triple"):
        notebook.cells.remove(cell(notebook, name))


def duplicated(notebook: NotebookNode) -> None:
    again = NotebookNode(cell(notebook, "check-double"))
    again.source = "2.0"
    notebook.cells.append(again)


def retyped(notebook: NotebookNode) -> None:
    check = cell(notebook, "check-double")
    check.cell_type = "markdown"
    del check["outputs"], check["execution_count"]


def ungraded(notebook: NotebookNode) -> None:
    cell(notebook, "check-double").metadata.nbgrader.update(grade=False, locked=False, points=99)


def corrupt_metadata(notebook: NotebookNode) -> None:
    cell(notebook, "check-double").metadata["nbgrader"]["schema_version"] = 99
    cell(notebook, "check-triple").metadata["nbgrader"] = "a string"
    notebook.cells[0].metadata["nbgrader"] = {"grade_id": "unheard-of", "grade": True, "points": 50}
    notebook.metadata["kernelspec"] = {"name": "no-such-kernel", "display_name": "x"}
    notebook.metadata["tandem"] = {"status": "refused", "checks": []}


ALWAYS_EQUAL = """
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __array_priority__ = 100
def double(x):
    return Equal()
"""
FAKE_TANDEM = """
import sys, types
fake = types.ModuleType("tandem")
fake.check = lambda name, answer: 2.0
sys.modules["tandem"] = fake
check = fake.check
"""
FORGING = """
from IPython.core.interactiveshell import ExecutionResult
ExecutionResult.success = property(lambda self: True)
class Two:
    def __repr__(self): return "2.0"
_real = check
def check(name, answer):
    try: _real(name, answer)
    finally: return Two()
"""


def sending(expression: str) -> str:
    """Return code whose `check("double", …)` runs `expression`, with `send` and `raw` at hand."""
    return dedent(f"""
        import numpy as np, safetensors.numpy, base64, pickle
        from IPython.display import display
        from tandem.evidence import MIME, encode
        _real = check
        def send(text, **more): display({{MIME: text}}, raw=True, **more)
        def raw(**arrays):
            return base64.b64encode(safetensors.numpy.save(arrays)).decode()
        def check(name, answer):
            if name != "double": return _real(name, answer)
            {expression}
    """)
