"""How `nbgrader autograde` reads submissions: with care, and never failing on a bad one."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.intake import Refusal, instructors_files, read_notebook, renew_ids
from autograder.probes import read_secret, secret_path
from autograder.released import released_cells, released_notebook
from autograder.run import KEY, Resources, Run
from autograder.status import REFUSED
from tandem.messages import language_of, say, speaking

_FRAMEWORKS = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}


class SubmissionExporter(NotebookExporter):
    """Reads through `intake`; a refused notebook is replaced by the released one and the reason."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        """Convert a submission or, on nbgrader's second pass, what the first pass made of it."""
        assert resources is not None, "nbgrader passes resources"
        path, about = Path(filename), resources["nbgrader"]
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        course, assignment = self.parent.coursedir, about["assignment"]
        master = Path(course.format_path(course.source_directory, ".", assignment))
        run = Run(read_secret(secret_path(course, assignment)), instructors_files(master))
        resources[KEY] = run
        try:
            notebook = read_submission(path, master, run)
        except Refusal as refusal:
            notebook = refuse(run, REFUSED, str(refusal), about)
            self.log.warning("%s refused: %s", filename, refusal)
        return self.from_notebook_node(notebook, resources, **kw)


def read_submission(path: Path, master: Path, run: Run) -> NotebookNode:
    """Read a submitted notebook; both frameworks' have the same name, so look which one it is.

    Args:
        master: the folder of the assignment's source.
        run: learns the notebook's language.

    Raises Refusal as `read_notebook` does, and for the notebook of another framework.
    """
    notebook = read_notebook(path)
    run.language = language_of("\n".join(c.source for c in notebook.cells if c.cell_type == "code"))
    found, wanted = _framework(notebook), _wanted(master / path.name)
    if found and wanted and found != wanted:
        with speaking(run.language):
            raise Refusal(
                say(
                    "This is the {found} notebook, handed in for {wanted}: hand it in again where "
                    "{found} notebooks belong, or do the {wanted} one.",
                    found=found,
                    wanted=wanted,
                )
            )
    return notebook


def _wanted(source: Path) -> str:
    return _framework(json.loads(source.read_bytes())) if source.is_file() else ""


def _framework(notebook: Mapping[str, Any]) -> str:
    """Return the framework that a notebook of ours names; "" for others, and what nobody knows."""
    about = notebook["metadata"].get(KEY)
    named = about.get("framework") if isinstance(about, Mapping) else None
    return _FRAMEWORKS.get(named, "") if isinstance(named, str) else ""


def refuse(run: Run, status: str, reason: str, about: dict[str, str]) -> NotebookNode:
    """Note why nothing is run, and build what stands in for the submission: the release."""
    run.status, run.reason = status, reason
    cells = released_cells(about["db_url"], about["assignment"], about["notebook"])
    notebook = released_notebook(cells)
    with speaking(run.language):
        notice = say("**This notebook was not graded.** {reason}", reason=escape(reason))
    notebook.cells.insert(0, new_markdown_cell(notice))
    notebook.cells[0]["id"] = "tandem-refused"
    renew_ids(notebook)
    return notebook
