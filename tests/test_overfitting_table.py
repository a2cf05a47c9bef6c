"""Do both notebooks of unit 5 print the lesson's table, each from its own fits?"""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tests.lessons import text_of
from tests.submissions import FRAMEWORKS, ROOT

TABLE = re.compile(
    r"^line: training (\d+\.\d), validation (\d+\.\d); "
    r"network: training (\d+\.\d), validation (\d+\.\d)$",
    re.MULTILINE,
)
RULE = re.compile(r"^error: MSE; seed (\d+), the first of ([\d,]+) searched", re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_four_numbers_and_the_seeds_searched(framework: str) -> None:
    printed = printed_until_the_table(framework)
    (table,) = TABLE.findall(printed)
    line_training, line_validation, training, validation = map(float, table)
    assert (line_training, line_validation, training) == (5.3, 5.1, 0.0)
    assert 20 <= validation < 21
    assert RULE.findall(printed) == [("2710", "2,711")]


def printed_until_the_table(framework: str) -> str:
    """Run a notebook up to its table, which is all that this test needs, and return its output."""
    notebook = nbformat.read(ROOT / f"course/en/{framework}/5-overfitting.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3")
    printed = ""
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            if cell.cell_type == "code":
                printed += text_of(cell)
            if TABLE.search(printed):
                return printed
    raise AssertionError("the notebook prints no table")
