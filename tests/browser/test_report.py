"""A report of a class of 500 in a real browser: opened in time, sorted by a click."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from playwright.sync_api import Page, expect

from autograder.course import Course
from autograder.report import report
from tests.autograder.courses import make_course
from tests.browser.accessibility import severe_violations
from tests.browser.lab import browser
from tests.pace import slowness
from tests.submissions import ROOT

STUDENTS = 500
CHECKS = {"double": 2.0, "halve": 3.0}
TRAINED = ("double", "halve")  # both with an accuracy and a mark of weights
OLD = range(490, STUDENTS)  # graded before either was noted
COPIED, COPIER = 11, 12  # the same weights, other code
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
MOST_SECONDS, MOST_BYTES = 2, 5_000_000

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


def notebook(rng: np.random.Generator, number: int) -> tuple[str, dict[str, float]]:
    """Make a graded notebook as the grader leaves it, and the points in it."""
    points = {name: float(rng.integers(0, most + 1)) for name, most in CHECKS.items()}
    checks = [
        {"name": n, "points": p, "max_points": CHECKS[n], "message": f"{n}: {p:g} {HOSTILE}"}
        for n, p in points.items()
    ]
    if number not in OLD:
        marks = np.random.default_rng(COPIED if number == COPIER else number)
        for check in checks:
            mark = marks.normal(size=16)
            check["accuracy"] = round(0.5 + number / 1000, 4)
            check["weights"] = (mark / np.linalg.norm(mark)).tolist()
    about = {"status": "graded", "reason": "", "checks": checks, "seconds": number / 10}
    about["findings"] = [f"The cell was put back. {HOSTILE}"] if number % 7 == 0 else []
    flags = {"grade_id": "a", "grade": False, "solution": True, "locked": False}
    flags |= {"task": False, "schema_version": 3}
    lines = rng.choice(["x = y + 1", "for a in b:\n    c(a)", "d = [1, 2]", "assert not e"], 30)
    cell = new_code_cell("\n".join(lines), metadata={"nbgrader": flags})
    return nbformat.writes(new_notebook(cells=[cell], metadata={"tandem": about})), points


def graded_class(folder: Path, numbers: Iterable[int]) -> Course:
    """Make a course whose class, students of these numbers, has been graded."""
    course = Course.load(make_course(folder))
    rng = np.random.default_rng(0)
    with Gradebook(course.db_url, course.directory.course_id) as gradebook:
        gradebook.add_assignment("toy-numpy")
        gradebook.add_notebook("toy", "toy-numpy")
        for name, most in CHECKS.items():
            gradebook.add_grade_cell(name, "toy", "toy-numpy", max_score=most, cell_type="code")
        for number in numbers:
            student = f"student-{number:03d}"
            text, points = notebook(rng, number)
            place = course.folder("autograded", student, "toy-numpy") / "toy.ipynb"
            place.parent.mkdir(parents=True)
            place.write_text(text)
            gradebook.add_student(student)
            submission = gradebook.add_submission("toy-numpy", student)
            for grade in submission.notebooks[0].grades:
                grade.auto_score = points[grade.name]
        gradebook.db.commit()
    return course


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return graded_class(tmp_path_factory.mktemp("report") / "course", range(STUDENTS))


@pytest.fixture(scope="module")
def page(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = tmp_path_factory.mktemp("page") / "report.html"
    start = time.process_time()
    file.write_text(report(course, "toy-numpy"), encoding="utf-8")
    print(f"{time.process_time() - start:.1f} s of CPU, {file.stat().st_size} bytes")
    assert file.stat().st_size < MOST_BYTES
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 1400})
        start = time.perf_counter()
        page.goto(file.as_uri(), wait_until="load")
        assert (time.perf_counter() - start) / slowness() < MOST_SECONDS
        yield page


def test_is_every_student_in_it_and_nothing_of_theirs_runs(page: Page) -> None:
    expect(page.locator("table").last.locator("tbody tr")).to_have_count(STUDENTS)
    expect(page).to_have_title("Report: toy-numpy")
    expect(page.locator("img")).to_have_count(0)
    expect(page.get_by_text("put back. <script>").first).to_be_visible()


def test_does_a_click_sort_by_number_and_another_turn_it_round(page: Page) -> None:
    seconds = page.get_by_role("button", name="seconds")
    first = page.locator("table").last.locator("tbody tr").first
    seconds.click()
    expect(first).to_contain_text("student-000")
    seconds.click()
    expect(first).to_contain_text(f"student-{STUDENTS - 1}")
    expect(page.locator('th[aria-sort="descending"]')).to_have_text("seconds")


def test_are_points_with_decimals_sorted_by_their_value(page: Page) -> None:
    values = page.evaluate(
        """() => {
            const table = [...document.querySelectorAll('table.sortable')].at(-1);
            const rows = () => [...table.tBodies[0].rows];
            rows().forEach((row, i) => row.cells[1].dataset.value = i * 7919 % 1000 / 64);
            table.tHead.querySelectorAll('button')[1].click();
            return rows().map(row => Number(row.cells[1].dataset.value));
        }"""
    )
    assert len({value for value in values if value % 1}) > 100
    assert values == sorted(values)


def test_is_accuracy_ranked_under_numbers_that_stay(page: Page, course: Course) -> None:
    tables = page.locator("table.ranking")
    expect(tables).to_have_count(len(TRAINED))
    expect(tables.first.locator("caption")).to_have_text("Held-out accuracy: double")
    rows = tables.first.locator("tbody tr")
    expect(rows).to_have_count(OLD.start)
    best, text = rows.first.all_inner_texts()[0].split("\t"), tables.first.inner_text()
    assert (best[0], best[2]) == ("1", f"{0.5 + (OLD.start - 1) / 1000:.4f}")
    assert "student-" not in text
    named = BeautifulSoup(report(course, "toy-numpy", names=True), "html.parser")
    first = named.select_one("table.ranking tbody tr")
    assert first is not None
    cells = [cell.get_text() for cell in first.find_all(["td", "th"])]
    assert cells == [best[0], best[1], f"student-{OLD.start - 1}", best[2]]


def test_are_networks_alike_shown_beside_code(page: Page) -> None:
    pair = page.locator("tbody tr").filter(has_text=f"student-{COPIED:03d}student-{COPIER:03d}")
    expect(pair.locator("td")).to_have_text(
        [f"student-{COPIED:03d}", f"student-{COPIER:03d}", "–", "100 %"]
    )


def test_is_nothing_ranked_where_an_older_version_graded(tmp_path: Path) -> None:
    older = report(graded_class(tmp_path / "course", OLD), "toy-numpy")
    found = BeautifulSoup(older, "html.parser")
    assert found.select("table.ranking") == []
    assert "No held-out accuracy is noted" in found.get_text()
    assert len(found.select("table")[-1].select("tbody tr")) == len(OLD)


def test_is_it_usable_by_everybody(page: Page) -> None:
    assert severe_violations(page) == []
    page.screenshot(path=ROOT / "build/screens/report.png")
