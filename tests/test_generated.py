"""Are the committed notebooks what they must be?"""

from pathlib import Path

import nbformat
import pytest

from tests.submissions import FRAMEWORKS, ROOT

NOTEBOOKS = sorted(
    path.relative_to(ROOT)
    for folder in ("course", "labs", "solutions")
    for path in (ROOT / folder).rglob("*.ipynb")
)


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


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_release_holds_no_line_of_a_solution(framework: str) -> None:
    """Is every line between the solution markers gone from the whole released lab?"""
    solved = cells(Path(f"solutions/iris-{framework}/iris.ipynb"))
    released = cells(Path(f"labs/en/iris-{framework}/iris.ipynb"))
    everything = set().union(*(code_lines(cell.source) for cell in released.values()))
    secret = set()
    for cell in solved.values():
        if cell.metadata.get("nbgrader", {}).get("solution"):
            inside = False
            for line in cell.source.split("\n"):
                inside = "BEGIN SOLUTION" in line or (inside and "END SOLUTION" not in line)
                if (inside or cell.cell_type == "markdown") and line.strip():
                    secret.add(line.strip())
    assert len(secret) > 40
    assert secret & everything == set()


def test_the_twins_differ_in_framework_cells_only() -> None:
    """Do both frameworks' labs have the same cells in the same order, the shared ones alike?"""
    torch, tensorflow = (cells(Path(f"labs/en/iris-{f}/iris.ipynb")) for f in FRAMEWORKS)
    assert list(torch) == list(tensorflow)
    differing = {name for name in torch if torch[name].source != tensorflow[name].source}
    checks = {name for name in torch if name.startswith("check-")}
    assert len(checks) == 9
    assert not differing & checks
    for name in differing:
        text = torch[name].source + tensorflow[name].source
        assert any(word in text for word in ("torch", "tf.", "Keras", "keras", "TensorFlow")), name


def test_the_points_are_those_of_the_checks() -> None:
    """Does the lab give 25 points, of which a person gives 2?"""
    points = {
        name: cell.metadata.nbgrader.points
        for name, cell in cells(Path("labs/en/iris-pytorch/iris.ipynb")).items()
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    assert sum(points.values()) == 25
    assert points["in-your-own-words"] == 2
