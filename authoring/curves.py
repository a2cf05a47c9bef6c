"""Run lessons for their losses, and ship them: each notebook draws its twin's beside its own.

Floating-point sums differ in their last digits from machine to machine, so these files are not part
of the build: a test runs the notebooks again and compares to a tolerance.
"""

import json
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ASK = "import json as _json\nimport tandem.curves\nprint(_json.dumps(tandem.curves.recorded))"


def write_curves(root: Path, units: list[str]) -> list[str]:
    """Run the notebooks of these units, or of all; write their curves; return the files' paths."""
    written = []
    for path in sorted((root / "course/en").glob("*/*.ipynb")):
        if units and path.stem not in units:
            continue
        found = curves_of(nbformat.read(path, as_version=4))
        for unit in {name.split("/")[0] for name in found}:
            curves = {n.split("/")[1]: c for n, c in found.items() if n.split("/")[0] == unit}
            place = root / "tandem/assets/curves" / f"{unit}-{path.parent.name}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(dumps(curves), encoding="utf-8")
            written.append(place.relative_to(root).as_posix())
    return written


def curves_of(notebook: NotebookNode) -> dict[str, list[float]]:
    """Run a notebook from top to bottom and return the curves that it has shown."""
    notebook.cells.append(new_code_cell(ASK))
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    (output,) = notebook.cells[-1].outputs
    found: dict[str, list[float]] = json.loads(output.text)
    return found


def dumps(curves: dict[str, list[float]]) -> str:
    """Write curves as JSON, one line each, to seven digits: what float32 holds."""
    lines = [
        f"{json.dumps(name)}: [{', '.join(f'{loss:.7g}' for loss in losses)}]"
        for name, losses in sorted(curves.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"
