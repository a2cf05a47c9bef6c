"""Are the committed notebooks what they must be?"""

from pathlib import Path

import nbformat
import pytest

from tandem.checks import find_lab
from tests.submissions import FRAMEWORKS, LABS, ROOT

NOTEBOOKS = sorted(
    path.relative_to(ROOT)
    for folder in ("course", "labs", "solutions")
    for path in (ROOT / folder).rglob("*.ipynb")
)


NUMBERS = [
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
]


def cells(path: Path) -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(ROOT / path, 4).cells}


def code_lines(source: str) -> set[str]:
    return {line.strip() for line in source.split("\n")}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_no_outputs(path: Path) -> None:
    """Is every notebook committed without outputs and execution counts?"""
    for cell in cells(path).values():
        assert not cell.get("outputs"), "run `make build`"
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_release_holds_no_line_of_a_solution(framework: str, lab: str) -> None:
    """Is every line between the solution markers gone from the whole released lab?"""
    solved = cells(Path(f"solutions/{lab}-{framework}/{lab}.ipynb"))
    released = cells(Path(f"labs/en/{lab}-{framework}/{lab}.ipynb"))
    everything = set().union(*(code_lines(cell.source) for cell in released.values()))
    secret = set()
    for cell in solved.values():
        if cell.metadata.get("nbgrader", {}).get("solution"):
            inside = False
            for line in cell.source.split("\n"):
                inside = "BEGIN SOLUTION" in line or (inside and "END SOLUTION" not in line)
                if (inside or cell.cell_type == "markdown") and any(map(str.isalnum, line)):
                    secret.add(line.strip())
    assert len(secret) > 30
    assert secret & everything == set()


@pytest.mark.parametrize("lab", LABS)
def test_the_twins_differ_in_framework_cells_only(lab: str) -> None:
    """Do both frameworks' labs have the same cells in the same order, the shared ones alike?"""
    torch, tensorflow = (cells(Path(f"labs/en/{lab}-{f}/{lab}.ipynb")) for f in FRAMEWORKS)
    assert list(torch) == list(tensorflow)
    differing = {name for name in torch if torch[name].source != tensorflow[name].source}
    checks = {name for name in torch if name.startswith("check-")}
    assert checks == {f"check-{name}" for name in find_lab(lab).checks}  # type: ignore[union-attr]
    assert not differing & checks
    for name in differing:
        text = torch[name].source + tensorflow[name].source
        assert any(word in text for word in ("torch", "tf.", "Keras", "keras", "TensorFlow")), name


@pytest.mark.parametrize("lab", LABS)
def test_the_points_are_those_that_readers_are_told(lab: str) -> None:
    """Do the text and the page of labs state as many items and points as there are?"""
    points = {
        name: cell.metadata.nbgrader.points
        for name, cell in cells(Path(f"labs/en/{lab}-pytorch/{lab}.ipynb")).items()
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    text = (ROOT / f"authoring/labs/{lab}.md").read_text(encoding="utf-8")
    assert f"{NUMBERS[len(points)]} items, {sum(points.values()):g} points." in text
    page = (ROOT / "authoring/labs/README.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if f"({lab}-pytorch/{lab}.ipynb)" in line]
    assert row.endswith(f"| {sum(points.values()):g} |")
    assert points["in-your-own-words"] == 2
