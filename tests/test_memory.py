"""Does every lab, solved, fit into Binder's 2 GB, with JupyterLab beside it?

Lessons are measured where they are run, in `tests/test_lessons.py`.
"""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from tests.lessons import KEPT, USED, text_of
from tests.submissions import FRAMEWORKS, LABS, ROOT
from tests.test_lessons import MOST_MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("lab", LABS)
def test_a_solved_lab_fits_into_binder(lab: str, framework: str, tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "solutions" / f"{lab}-{framework}" / f"{lab}.ipynb", 4)
    notebook.cells.append(new_code_cell(USED))
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    kilobytes, seconds = text_of(notebook.cells[-1]).split()
    megabytes = int(kilobytes) / 1024
    KEPT.mkdir(parents=True, exist_ok=True)
    row = f"| {lab}-{framework} | {float(seconds):.1f} | | {megabytes:.0f} | |\n"
    (KEPT / f"{lab}-{framework}.md").write_text(row, encoding="utf-8")
    assert megabytes < MOST_MEGABYTES
