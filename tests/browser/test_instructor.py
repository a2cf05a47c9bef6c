"""An instructor with nbgrader's own web pages: grade by button and by hand, write the feedback.

The pictures of each step are kept in `build/screens/`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import severe_violations
from tests.browser.lab import browser, server
from tests.submissions import ROOT, submissions

SCREENS = ROOT / "build" / "screens"
ASSIGNMENT = "iris-pytorch"
STUDENTS = {"right-by-hand": 23.0, "unstable-softmax": 22.0}
HOSTILE = """It learns by itself.
<script>document.title = "taken over"</script>
<img src="x" onerror="document.title = 'taken over'">
"""
SECONDS = 120  # that one hand-in may take, with another job beside it

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a course into which two students have handed in."""
    folder = tmp_path_factory.mktemp("desk") / "course"
    shutil.copytree(ROOT / "solutions" / ASSIGNMENT, folder / "solutions" / ASSIGNMENT)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for submission in submissions("pytorch", "iris"):
        if submission.name in STUDENTS:
            submission.write(folder / "classroom/submitted")
    path = folder / "classroom/submitted/right-by-hand" / ASSIGNMENT / "iris.ipynb"
    notebook = nbformat.read(path, 4)
    (answer,) = (cell for cell in notebook.cells if cell.id == "in-your-own-words")
    answer.source = HOSTILE
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "autograder", "release", ASSIGNMENT]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def page(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Open a page in a browser, beside a server that runs in the course's folder."""
    here = Path.cwd()
    os.chdir(course)  # nbgrader looks for its configuration where the server was started
    try:
        state = tmp_path_factory.mktemp("jupyter")
        with (
            server(course, state, shown_as_read=False) as address,
            browser() as chromium,
        ):
            context = chromium.new_context(
                base_url=address, viewport={"width": 1300, "height": 1000}
            )
            yield context.new_page()
    finally:
        os.chdir(here)


def row(page: Page, student: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=student)


def score(course: Path, student: str) -> float:
    with Gradebook(f"sqlite:///{course}/classroom/gradebook.db") as gradebook:
        return float(gradebook.find_submission(ASSIGNMENT, student).score)


def test_does_the_menu_open_the_formgrader(page: Page) -> None:
    """As the guide says: *Nbgrader → Formgrader*, in a JupyterLab that `jupyter lab` opened."""
    page.goto("/lab")
    page.get_by_role("menuitem", name="Nbgrader").click(timeout=60_000)
    page.get_by_role("menuitem", name="Formgrader").click()
    inside = page.frame_locator("iframe").first
    expect(inside.locator("tbody tr").filter(has_text=ASSIGNMENT)).to_be_visible(timeout=60_000)
    page.screenshot(path=SCREENS / "instructor-menu.png")


def test_are_our_assignments_listed(page: Page) -> None:
    page.goto("/formgrader")
    expect(row(page, ASSIGNMENT)).to_be_visible()


@pytest.mark.parametrize("student", STUDENTS)
def test_does_the_button_grade_as_we_do(page: Page, course: Path, student: str) -> None:
    page.goto(f"/formgrader/manage_submissions/{ASSIGNMENT}")
    expect(row(page, student)).to_contain_text("needs autograding")
    row(page, student).locator(".autograde a").click()
    dialog = page.locator(".modal-dialog")
    expect(dialog).to_contain_text(
        f"Successfully autograded '{ASSIGNMENT}'", timeout=SECONDS * 1000
    )
    page.screenshot(path=SCREENS / f"instructor-button-{student}.png")
    dialog.get_by_role("button", name="OK").click()
    assert score(course, student) == STUDENTS[student]


def test_is_a_written_answer_graded_by_hand(page: Page, course: Path) -> None:
    with Gradebook(f"sqlite:///{course}/classroom/gradebook.db") as gradebook:
        notebook = gradebook.find_submission_notebook("iris", ASSIGNMENT, "right-by-hand").id
    page.goto(f"/formgrader/submissions/{notebook}")
    expect(page.get_by_text("It learns by itself.")).to_be_visible()
    expect(page.locator("img[src^='data:image/png']")).to_have_count(4)  # the student's curves, too
    assert page.title() != "taken over", "a student's script ran as the instructor"
    field = page.locator("input#in-your-own-words")
    field.scroll_into_view_if_needed()
    with page.expect_response(lambda response: "/api/grade/" in response.url):
        field.fill("1.5")
        page.keyboard.press("Tab")
    page.screenshot(path=SCREENS / "instructor-by-hand.png")
    assert score(course, "right-by-hand") == STUDENTS["right-by-hand"] + 1.5


def test_does_the_feedback_button_write_our_page(page: Page, course: Path) -> None:
    page.goto(f"/formgrader/manage_submissions/{ASSIGNMENT}")
    row(page, "unstable-softmax").locator(".generate-feedback a").click()
    expect(page.locator(".modal-dialog")).to_contain_text("Success", timeout=60_000)
    file = course / "classroom/feedback/unstable-softmax" / ASSIGNMENT / "iris.html"
    page.goto(file.as_uri())
    expect(page.locator("body")).to_contain_text("softmax(logits) for logits near ±1000")
    expect(page.locator("script")).to_have_count(0)
    assert severe_violations(page) == []
    page.screenshot(path=SCREENS / "student-feedback.png")


def test_does_the_report_show_what_the_button_and_the_hand_gave(page: Page, course: Path) -> None:
    command = [sys.executable, "-m", "autograder", "report", ASSIGNMENT]
    subprocess.run(command, cwd=course, check=True, capture_output=True)
    page.goto((course / f"classroom/{ASSIGNMENT}-report.html").as_uri())
    students = page.locator("table").last.locator("tbody tr")
    expect(students).to_have_count(len(STUDENTS))
    expect(students.filter(has_text="right-by-hand").locator("td").first).to_have_text("24.5")
    expect(page.locator("tbody tr").filter(has_text="softmax").first).to_contain_text("near ±1000")
    assert severe_violations(page) == []
    page.screenshot(path=SCREENS / "instructor-report.png")
