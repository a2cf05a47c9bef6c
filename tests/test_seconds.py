"""Does docs/seconds.md keep what was promised, and is the time of a notebook that of its cells?"""

import re

import pytest

from bench.seconds import PAGE, PROMISED, imports, table
from bench.solutions import MODULES
from tests.submissions import FRAMEWORKS, LABS
from tests.workshop import reference

GROUPS = [(lab, framework) for lab in PROMISED for framework in MODULES]


def test_every_lab_has_a_promise() -> None:
    assert set(PROMISED) == set(LABS)


@pytest.mark.parametrize(("lab", "framework"), GROUPS)
def test_the_recorded_figures_keep_the_promise(lab: str, framework: str) -> None:
    """Is every reference notebook on the page, within its limit, with no cell that is gone?"""
    section = PAGE.read_text(encoding="utf-8").split(f"## {lab}-{framework}\n")[1].split("\n## ")[0]
    assert f"at most {PROMISED[lab]} s" in section
    (total,) = re.findall(r"\*\*all cells\*\* \| \*\*([\d.]+)\*\*", section)
    assert float(total) <= PROMISED[lab], "run `python -m bench.seconds --write`, save where it is"
    cells = {cell.id for cell in reference(lab, framework).cells()}
    assert set(re.findall(r"\| `([\w-]+)` \|", section)) <= cells


def test_short_cells_count_but_are_not_listed() -> None:
    found = table({"one": 1.26, "two": 0.04, "total": 1.3})
    assert "| `one` | 1.3 |" in found
    assert "two" not in found
    assert found.endswith("| **all cells** | **1.3** |")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_frameworks_import_is_made_before_the_clock_starts(framework: str) -> None:
    """Is each import statement of a notebook found, at the top of whatever cell it is?"""
    found = {
        statement for cell in reference("iris", framework).cells() for statement in imports(cell)
    }
    assert {"import numpy as np", "from tandem import language"} <= found
    module = {"pytorch": "import pytorch_lightning as pl", "tensorflow": "import keras"}
    assert module[framework] in found
