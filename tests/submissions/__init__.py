"""A class to grade: one YAML file per behaviour, applied as small edits to the released lab.

behaviour: one sentence
lab:       iris
language:  en | ro | he                 (of the notebook; optional, en)
base:      solved | released            (solved: the reference answers are filled in)
status:    graded | refused | …         (what the grader must say)
points:    {check: points}              (what each check must give; a mapping per framework
                                         under `pytorch:` and `tensorflow:` where they differ)
messages:  {check: part of its message} (optional)
edits:     a list of
  {cell, old, new}      replace one passage of a cell, which must hold it exactly once
  {cell, source}        replace a whole cell
  {cell, delete: true}  delete a cell
  {cell, tags}          tag a cell
  {before, source}      insert a code cell
  {raw}                 replace the whole file by this text
An edit with `framework` is for that framework's notebook only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORKS = ("pytorch", "tensorflow")
LABS = ("iris", "mnist")


@dataclass(frozen=True)
class Submission:
    """One student's hand-in and the verdict that it must get."""

    name: str
    framework: str
    spec: Mapping[str, Any]

    @property
    def assignment(self) -> str:
        return f"{self.spec['lab']}-{self.framework}"

    @property
    def language(self) -> str:
        return str(self.spec.get("language", "en"))

    @property
    def status(self) -> str:
        return str(self.spec["status"])

    @property
    def points(self) -> dict[str, float]:
        """The points of every check."""
        return dict(self.spec["points"].get(self.framework, self.spec["points"]))

    @property
    def messages(self) -> dict[str, str]:
        messages = self.spec.get("messages", {})
        return dict(messages.get(self.framework, messages))

    def write(self, submitted: Path) -> Path:
        """Write the notebook to submitted/<name>/<assignment>/<lab>.ipynb."""
        path = submitted / self.name / self.assignment / f"{self.spec['lab']}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(), encoding="utf-8")
        return path

    def text(self) -> str:
        """Apply the edits to the released lab."""
        lab, edits = self.spec["lab"], [e for e in self.spec["edits"] if self._mine(e)]
        released = ROOT / "labs" / self.language / self.assignment / f"{lab}.ipynb"
        notebook = nbformat.read(released, 4)
        if self.spec["base"] == "solved":
            fill_in(notebook, ROOT / "solutions" / self.assignment / f"{lab}.ipynb")
        for edit in edits:
            if "raw" in edit:
                return str(edit["raw"])
            apply(notebook, edit)
        return str(nbformat.writes(notebook))

    def _mine(self, edit: Mapping[str, Any]) -> bool:
        return edit.get("framework", self.framework) == self.framework


def submissions(framework: str, lab: str) -> list[Submission]:
    """List the class of one lab in one framework."""
    files = sorted(Path(__file__).parent.glob("*.yaml"))
    specs = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    return [Submission(n, framework, spec) for n, spec in specs.items() if spec["lab"] == lab]


def fill_in(notebook: NotebookNode, solutions: Path) -> None:
    """Put the reference answers into the released notebook, without the markers around them."""
    answers = {cell.id: cell for cell in nbformat.read(solutions, 4).cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            lines = answers[cell.id].source.split("\n")
            cell.source = "\n".join(line for line in lines if not line.strip().startswith("### "))


def apply(notebook: NotebookNode, edit: Mapping[str, Any]) -> None:
    """Make one edit; an edit that fits nowhere raises, so that none is lost silently."""
    ids = [cell.id for cell in notebook.cells]
    index = ids.index(edit.get("before") or edit["cell"])
    cell = notebook.cells[index]
    if "before" in edit:
        new = nbformat.v4.new_code_cell(edit["source"].rstrip("\n"), id=f"own-{len(ids)}")
        notebook.cells.insert(index, new)
    elif edit.get("delete"):
        del notebook.cells[index]
    elif "tags" in edit:
        cell.metadata["tags"] = edit["tags"]
    elif "source" in edit:
        cell.source = edit["source"].rstrip("\n")
    else:
        if cell.source.count(edit["old"]) != 1:
            raise ValueError(f"{edit['cell']}: {edit['old']!r} is not in the cell exactly once")
        cell.source = cell.source.replace(edit["old"], edit["new"])
