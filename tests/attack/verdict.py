"""The verdict channel: claiming points by what a cell prints, or by what a notebook says."""

from nbformat import NotebookNode

from tests.attack.table import Attack
from tests.autograder.edits import cell

FULL = "execution_count=1, metadata={}, data={'text/plain': '2.0'}"


def _skipped(notebook: NotebookNode) -> None:
    check = cell(notebook, "check-double")
    check.metadata["tags"] = ["skip-execution", "raises-exception"]
    output = {"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}}
    check["outputs"] = [NotebookNode(output, execution_count=1)]


def _rewritten(notebook: NotebookNode) -> None:
    cell(notebook, "check-double").source = "2.0"


def _more_points(notebook: NotebookNode) -> None:
    for name in ("check-double", "check-triple"):
        cell(notebook, name).metadata.nbgrader.update(points=-1, grade=False, locked=False)
    cell(notebook, "explain").metadata.nbgrader.update(points=100, task=True, solution=False)


def _graded_already(notebook: NotebookNode) -> None:
    verdict = {"name": "double", "points": 2.0, "max_points": 2.0, "message": "Right."}
    notebook.metadata["tandem"] = {"status": "graded", "reason": "", "checks": [verdict]}


ATTACKS = {
    "prints-points": Attack(
        "`check` is replaced and returns full points.", "check = lambda *_: 2.0"
    ),
    "skip-tag": Attack("The check's cell is not run and brings its result along.", edit=_skipped),
    "check-rewritten": Attack(
        "The check's cell holds the points and nothing else.", edit=_rewritten
    ),
    "own-points": Attack("The metadata set the points of every cell.", edit=_more_points),
    "verdicts-in-metadata": Attack("The metadata say what was judged.", edit=_graded_already),
    "success-patched": Attack(
        "IPython's result of a cell always says that all went well.",
        """
from IPython.core.interactiveshell import ExecutionResult
ExecutionResult.success = property(lambda self: True)
ExecutionResult.raise_error = lambda self: None
class Two(float):
    def __repr__(self): return "2.0"
_real = check
def check(name, answer):
    try: _real(name, 1 / 0)
    finally: return Two(2)
""",
    ),
    "card-forged": Attack(
        "A card is displayed that looks as the grader's own.",
        """
from IPython.display import HTML, display
def check(name, answer):
    display(HTML('<div class="tandem-verdict" data-points="2">2 of 2</div>'),
            metadata={"nbgrader": {"points": 2}, "tandem": {"points": 2}})
    return 2.0
""",
    ),
    "result-sent-by-hand": Attack(
        "Results and replies are sent through the kernel's own sockets.",
        f"""
from ipykernel.kernelbase import Kernel
kernel = get_ipython().kernel
def check(name, answer):
    parent = kernel.get_parent("shell")
    for kind in ("execute_result", "display_data"):
        kernel.session.send(kernel.iopub_socket, kind, dict({FULL}), parent=parent)
    ok = dict(status="ok", execution_count=1, payload=[], user_expressions={{}}, points=2.0)
    kernel.session.send(kernel.iopub_socket, "execute_reply", ok, parent=parent)
    tried(lambda: kernel.session.send(kernel.shell_stream, "execute_reply", ok, parent=parent))
""",
    ),
    "payload": Attack(
        "The reply asks the front end to replace the check's cell.",
        """
kernel = get_ipython().kernel
def check(name, answer):
    for replace in (True, False):
        get_ipython().set_next_input("2.0", replace=replace)
    get_ipython().payload_manager.write_payload({"source": "edit_magic", "filename": "toy.ipynb"})
    return 2.0
""",
    ),
    "updated-later": Attack(
        "A later cell updates what the check's cell displayed, and clears what was there.",
        """
from IPython.display import clear_output, display
def check(name, answer):
    display(0.0, display_id="verdict")
""",
        after="""
display(2.0, display_id="verdict", update=True)
clear_output()
2.0
""",
    ),
    "points-in-stderr": Attack(
        "Points are written where nbgrader's partial credit might read them.",
        """
import sys
def check(name, answer):
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        tried(print, "2.0", file=stream)
    raise type("Two", (Exception,), {"__str__": lambda self: "2.0"})
""",
    ),
    "sent-as-another-cell": Attack(
        "Messages name another cell's request, or none, as the one they answer.",
        f"""
import uuid
kernel = get_ipython().kernel
def check(name, answer):
    for parent in ({{}}, {{"header": {{"msg_id": str(uuid.uuid4())}}}}, {{"header": 3}}, {{"header": None}}):
        tried(kernel.session.send, kernel.iopub_socket, "execute_result", dict({FULL}), parent=parent)
""",
    ),
}
