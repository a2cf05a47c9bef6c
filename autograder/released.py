"""The released cells of a notebook, as the gradebook keeps them."""

from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import SCHEMA_VERSION

from autograder.intake import renew_ids


@dataclass(frozen=True)
class ReleasedCell:
    """One cell with a grade id: what it held when it was released, and what it counts for."""

    name: str
    cell_type: str
    source: str
    checksum: str | None
    locked: bool
    graded: bool
    solution: bool
    task: bool
    points: float

    @property
    def indispensable(self) -> bool:
        """Whether the cell is put back when a student deleted it."""
        return self.locked or self.graded or self.task

    def metadata(self) -> NotebookNode:
        """Return nbgrader's cell metadata as it was released."""
        flags = {
            "grade_id": self.name,
            "grade": self.graded,
            "solution": self.solution,
            "locked": self.locked,
            "task": self.task,
            "cell_type": self.cell_type,
            "checksum": self.checksum,
            "schema_version": SCHEMA_VERSION,
        }
        if self.graded or self.task:
            flags["points"] = self.points
        if self.checksum is None:
            del flags["checksum"]
        return NotebookNode(nbgrader=NotebookNode(flags))

    def cell(self, source: str | None = None) -> NotebookNode:
        """Build the cell, with the released source unless another is given."""
        text = self.source if source is None else source
        new_cell = new_code_cell if self.cell_type == "code" else new_markdown_cell
        cell = new_cell(source=text, metadata=self.metadata())
        cell["id"] = self.name  # `renew_ids` replaces it where it is no valid id
        assert isinstance(cell, NotebookNode)
        return cell


def released_cells(db_url: str, assignment: str, notebook: str) -> list[ReleasedCell]:
    """Read the cells in released order.

    Raises nbgrader's MissingEntry when the gradebook does not know the notebook.
    """
    with Gradebook(db_url) as gradebook:
        found = gradebook.find_notebook(notebook, assignment)
        points = {cell.name: float(cell.max_score) for cell in found.grade_cells}
        task_points = {cell.name: float(cell.max_score) for cell in found.task_cells}
        solutions = {cell.name for cell in found.solution_cells}
        return [
            ReleasedCell(
                name=cell.name,
                cell_type=cell.cell_type,
                source=cell.source or "",
                checksum=cell.checksum,
                locked=bool(cell.locked),
                graded=cell.name in points,
                solution=cell.name in solutions,
                task=cell.name in task_points,
                points=points.get(cell.name, task_points.get(cell.name, 0.0)),
            )
            for cell in found.source_cells  # in the order in which they were registered
        ]


def released_notebook(cells: list[ReleasedCell]) -> NotebookNode:
    """Build a notebook of the released cells alone: what stands in for a refused submission."""
    notebook = new_notebook(cells=[cell.cell() for cell in cells])
    renew_ids(notebook)
    assert isinstance(notebook, NotebookNode)
    return notebook
