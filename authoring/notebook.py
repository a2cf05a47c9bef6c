"""Turn a text into a notebook: cells with slug ids, nbgrader's metadata, no outputs."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from authoring.opening import CELL, opening
from authoring.text import Cell, Text

ID_LENGTH = 64  # nbformat's limit
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

# What each role means to nbgrader: (grade, solution, locked).
NBGRADER = {
    "solution": (False, True, False),
    "check": (True, False, True),
    "manual": (True, True, False),
    "locked": (False, False, True),
}


def notebook(
    text: Text,
    framework: str | None,
    language: str,
    points: Mapping[str, float],
    address: str = "",
) -> NotebookNode:
    """Build one framework's notebook, in nbformat 4.5, validated.

    framework: None for a lesson that has no framework cells
    points: check name -> points, for the check cells of a lab
    address: of the students' repository, for Google Colab; "" for none
    """
    cells = text.cells_for(framework)
    reserved = [cell.name for cell in text.cells if cell.name]
    nodes = [
        _node(cell, cell_id, points)
        for cell, cell_id in zip(cells, cell_ids(cells, reserved), strict=True)
    ]
    for node in nodes:
        if node.cell_type == "code" and node.id == CELL:
            node.source = opening(node.source, framework, address)
    metadata = {
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
        "tandem": {text.kind: text.name, "framework": framework, "language": language},
    }
    made: NotebookNode = new_notebook(cells=nodes, metadata=metadata)
    made.nbformat_minor = 5
    nbformat.validate(made)
    return made


def to_bytes(node: NotebookNode) -> bytes:
    """Serialise a notebook as nbformat writes it to a file."""
    written: str = nbformat.writes(node)
    return (written.rstrip("\n") + "\n").encode()


def slug(heading: str) -> str:
    """Return a heading in a-z, 0-9 and -, short enough for a counter; `cell` if nothing is left."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[: ID_LENGTH - 8].strip("-") or "cell"


def cell_ids(cells: Sequence[Cell], reserved: Iterable[str]) -> list[str]:
    """Give each cell of one notebook its id: its name, or the nearest heading's slug and a counter.

    Only shared, ungraded prose lends its headings, and the names of all frameworks are reserved,
    so twins get equal ids.
    """
    used = set(reserved)
    counts: dict[str, int] = {}
    heading = "cell"
    ids = []
    for cell in cells:
        headings = _headings(cell)
        nearest = slug(headings[0]) if headings else heading
        if cell.name:
            ids.append(cell.name)
        else:
            count = counts.get(nearest, 0) + 1
            while f"{nearest}-{count}" in used:
                count += 1
            counts[nearest] = count
            used.add(f"{nearest}-{count}")
            ids.append(f"{nearest}-{count}")
        heading = slug(headings[-1]) if headings else heading
    return ids


def _headings(cell: Cell) -> list[str]:
    """Return the ATX headings of shared, ungraded prose, outside code fences."""
    if cell.kind != "markdown" or cell.framework or cell.role:
        return []
    prose = re.sub(r"^(```+|~~~+).*?^\1", "", cell.source, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#{1,6}[ \t]+(.+)$", prose, flags=re.MULTILINE)


def _node(cell: Cell, cell_id: str, points: Mapping[str, float]) -> NotebookNode:
    """Build one notebook cell, with nbgrader's metadata if the cell has a role."""
    metadata: dict[str, Any] = {}
    if cell.role:
        grade, solution, locked = NBGRADER[cell.role]
        metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": cell_id,
            "grade": grade,
            "solution": solution,
            "locked": locked,
            "task": False,
        }
        if grade:
            metadata["nbgrader"]["points"] = (
                cell.points if cell.role == "manual" else float(points[cell_id[len("check-") :]])
            )
    new_cell = new_code_cell if cell.kind == "code" else new_markdown_cell
    node: NotebookNode = new_cell(cell.source, id=cell_id, metadata=metadata)
    return node
