"""`nbgrader autograde` with our configuration; nbgrader's own example course by our pipeline."""

import copy
import shutil
import stat
from pathlib import Path

import nbformat
import nbgrader
import pytest

from autograder.course import Course
from autograder.grade import grade
from tests.autograder.courses import ASSIGNMENT, Graded, run_module, scores, write


def test_nbgrader_gives_the_same_scores(graded: Graded, graded_by_nbgrader: Path) -> None:
    theirs = scores(graded_by_nbgrader)
    ours = scores(graded.folder)
    assert len(theirs) > 25
    for key, row in theirs.items():
        assert row == ours[key], key


def test_nbgrader_leaves_a_notebook_for_every_submission(
    graded: Graded, graded_by_nbgrader: Path
) -> None:
    folder = graded_by_nbgrader
    for name, _ in scores(folder):
        result = graded.results[name]
        path = folder / "classroom" / "autograded" / name / ASSIGNMENT / "toy.ipynb"
        notebook = nbformat.read(path, as_version=4)
        ours = nbformat.read(
            graded.course.folder("autograded", name, ASSIGNMENT) / "toy.ipynb", as_version=4
        )
        assert notebook.metadata.tandem.status == ours.metadata.tandem.status == result.status


def test_nbgrader_follows_no_link(graded_by_nbgrader: Path) -> None:
    classroom = graded_by_nbgrader / "classroom"
    aside = classroom / "set-aside" / "odd-files" / ASSIGNMENT
    assert (aside / "passwords.txt").is_symlink()
    assert "it is a link" in (aside / "REASONS.txt").read_text()
    assert (aside / "toy_numpy.py").exists()
    graded = classroom / "autograded" / "odd-files" / ASSIGNMENT
    assert not (graded / "passwords.txt").exists()
    assert (graded / "data.csv").read_text() == "1,2\n"


def test_is_the_classroom_closed_to_other_users(graded_by_nbgrader: Path) -> None:
    assert stat.S_IMODE((graded_by_nbgrader / "classroom").stat().st_mode) == 0o700


CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "example"
c.IncludeHeaderFooter.header = "source/header.ipynb"
"""


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """nbgrader's example course, as `nbgrader quickstart` writes it, with three submissions."""
    course = tmp_path_factory.mktemp("quickstart") / "example"
    example = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide" / "source"
    shutil.copytree(example, course / "source", ignore=shutil.ignore_patterns("*.html", "ps1_*"))
    (course / "nbgrader_config.py").write_text(CONFIG)
    assert run_module(course, "nbgrader", "generate_assignment", "ps1").returncode == 0
    source, release = course / "source" / "ps1", course / "release" / "ps1"
    for student, origin in {"bitdiddle": source, "hacker": release, "reasoner": source}.items():
        shutil.copytree(origin, course / "submitted" / student / "ps1")
    _forget_a_case(course / "submitted" / "reasoner" / "ps1" / "problem1.ipynb")
    return course


def _forget_a_case(path: Path) -> None:
    """Answer right but for the error that `squares(0)` should raise."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("raise ValueError", "return  # raise ValueError")
    write(path, notebook)


def test_example_course_scores_as_stock_nbgrader_gives(quickstart: Path, tmp_path: Path) -> None:
    stock, ours = tmp_path / "stock", tmp_path / "ours"
    for folder in (stock, ours):
        shutil.copytree(quickstart, folder)
    done = run_module(stock, "nbgrader", "autograde", "ps1")
    assert done.returncode == 0, done.stderr[-3000:]
    results = grade(Course.load(ours), "ps1", workers=2)

    expected = scores(stock, "ps1")
    assert len(expected) == len(results) == 6
    assert scores(ours, "ps1") == expected
    totals = [sum(s or 0 for s in row.values()) for row in expected.values()]
    assert len(set(totals)) > 2, "the submissions should differ"
    assert {check.message for r in results for check in r.checks} >= {"judged in the kernel"}


def test_stderr_costs_no_points_in_a_plain_cell(quickstart: Path, tmp_path: Path) -> None:
    noisy = tmp_path / "course"
    shutil.copytree(quickstart, noisy)
    path = noisy / "submitted" / "bitdiddle" / "ps1" / "problem1.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "def squares" in cell.source:
            cell.source = cell.source.replace(
                "return [", "import sys; print('hm', file=sys.stderr)\n    return ["
            )
    before = copy.deepcopy(notebook)
    write(path, notebook)
    assert any("stderr" in cell.source for cell in before.cells)
    stock = tmp_path / "stock"
    shutil.copytree(noisy, stock)
    run_module(stock, "nbgrader", "autograde", "ps1", "--student", "bitdiddle")
    ours = grade(Course.load(noisy), "ps1", students=["bitdiddle"], workers=2)

    stock_row = scores(stock, "ps1")["bitdiddle", "problem1"]
    first = next(r for r in ours if r.notebook == "problem1")
    assert sum(s or 0 for s in stock_row.values()) < first.score
