"""Are cell ids valid, unique and equal for twins, and is the metadata what nbgrader expects?"""

import re

import nbformat
from hypothesis import given
from hypothesis import strategies as st

from authoring.notebook import cell_ids, notebook, slug, to_bytes
from authoring.text import FRAMEWORKS, Cell, read_text

headings = st.text(max_size=90).map(lambda text: f"# {text}")
sources = st.one_of(headings, st.sampled_from(["# A", "# A 1", "## a-1", "prose", "# " + "x" * 80]))


@given(st.text(max_size=200))
def test_a_slug_is_a_valid_cell_id(heading: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]{1,56}", slug(heading))


@given(st.lists(st.tuples(sources, st.booleans()), max_size=30), st.sets(st.integers(0, 29)))
def test_ids_are_unique_and_equal_for_twins(drawn: list[tuple[str, bool]], named: set[int]) -> None:
    notebooks: dict[str, list[Cell]] = {framework: [] for framework in FRAMEWORKS}
    names = {index: f"a-{index}" for index in named}
    for index, (source, shared) in enumerate(drawn):
        for framework, cells in notebooks.items():
            own = source if shared else f"# {framework}\n{source}"
            tag = None if shared else framework
            cells.append(Cell(1, 1, "markdown", own, tag, names.get(index)))
    first, second = (cell_ids(cells, names.values()) for cells in notebooks.values())
    assert first == second
    assert len(set(first)) == len(first)
    assert all(re.fullmatch(r"[a-z0-9-]{1,64}", cell_id) for cell_id in first)


def test_ids_follow_the_nearest_heading() -> None:
    content = (
        "Before.\n\n+++\n\n# Why: *softmax*?\n\n```python\n# not a heading\n```\n\n"
        '```{code-cell}\n1\n```\n\n+++ {"name": "end"}\n\nEnd.\n'
    )
    text, _ = read_text(content, "a.md", "lesson", "a")
    assert cell_ids(text.cells, ["end"]) == ["cell-1", "why-softmax-1", "why-softmax-2", "end"]


def test_nbgrader_metadata(lab: str) -> None:
    text, _ = read_text(lab, "flowers.md", "lab", "flowers")
    node = notebook(text, "tensorflow", "en", {"softmax": 2})
    graded = {
        cell.id: tuple(
            cell.metadata.nbgrader.get(key) for key in ("grade", "solution", "locked", "points")
        )
        for cell in node.cells
        if "nbgrader" in cell.metadata
    }
    assert graded == {
        "setup": (False, False, True, None),
        "softmax": (False, True, False, None),
        "check-softmax": (True, False, True, 2.0),
        "why": (True, True, False, 3.0),
    }
    assert all(
        cell.metadata.nbgrader.grade_id == cell.id for cell in node.cells if cell.id in graded
    )


def test_a_notebook_is_nbformat_4_5_and_says_what_it_is(lab: str) -> None:
    text, _ = read_text(lab, "flowers.md", "lab", "flowers")
    content = to_bytes(notebook(text, "pytorch", "en", {"softmax": 2}))
    node = nbformat.reads(content.decode(), as_version=4)
    assert (node.nbformat, node.nbformat_minor) == (4, 5)
    assert node.metadata == {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
        "tandem": {"lab": "flowers", "framework": "pytorch", "language": "en"},
    }
    assert [cell.source for cell in node.cells if cell.id == "setup"] == ["import torch"]
