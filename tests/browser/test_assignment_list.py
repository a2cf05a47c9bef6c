"""A student with nbgrader's own tools in JupyterLab: fetch a lab, validate it, submit it.

The exchange is a folder of its own; what was submitted is collected as an instructor does it.
"""

import contextlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import browser, open_notebook, server
from tests.submissions import ROOT, fill_in

SCREENS = ROOT / "build" / "screens"
LAB = "iris-pytorch"
CONFIGURATION = """\
c = get_config()
c.Exchange.root = {exchange!r}
c.Exchange.cache = {cache!r}
c.CourseDirectory.course_id = "tandem"
"""

pytestmark = [pytest.mark.slow]


class Place:
    """An instructor's desk, an exchange and a student's folder."""

    def __init__(self, folder: Path) -> None:
        self.desk, self.exchange, self.home = (folder / n for n in ("desk", "exchange", "home"))
        self.state = folder / "state"
        shutil.copytree(ROOT / "solutions" / LAB, self.desk / "solutions" / LAB)
        shutil.copy(ROOT / "nbgrader_config.py", self.desk)
        self.home.mkdir()
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        (self.state / "config").mkdir(parents=True)
        text = CONFIGURATION.format(exchange=str(self.exchange), cache=str(self.state / "cache"))
        (self.state / "config" / "nbgrader_config.py").write_text(text)
        self.instructor("autograder", "release", LAB)
        self.instructor("nbgrader", "release_assignment", LAB, *self.root)

    @property
    def root(self) -> list[str]:
        return [f"--Exchange.root={self.exchange}"]

    def instructor(self, *command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", *command], cwd=self.desk, check=True, capture_output=True
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("exchange"))


@pytest.fixture(scope="module")
def page(place: Place) -> Iterator[Page]:
    # nbgrader reads the configuration of the folder in which the server was started.
    with (
        contextlib.chdir(place.home),
        server(place.home, place.state) as address,
        browser() as chromium,
    ):
        context = chromium.new_context(base_url=address, viewport={"width": 1200, "height": 900})
        yield context.new_page()


def press(page: Page, button: str, then: str) -> None:
    """Press a button until a list has the lab: a press is lost while nbgrader redraws its lists."""
    for _ in range(5):
        page.get_by_role("button", name=button, exact=True).click()
        with contextlib.suppress(AssertionError):
            expect(page.locator(then)).to_contain_text(LAB, timeout=6_000)
            return
    raise AssertionError(f"{button} did nothing")


def test_sees_the_student_the_assignment_list_and_no_instructors_tab(page: Page) -> None:
    page.goto("/lab")
    page.get_by_role("menuitem", name="Nbgrader").click()
    items = page.locator(".lm-Menu-item").filter(has_text=re.compile(r"\w"))
    expect(items).to_have_text(["Assignment List"])
    items.click()
    expect(page.locator("#released_assignments_list")).to_contain_text(LAB, timeout=30_000)
    expect(page.get_by_text("Create Assignment")).to_have_count(0)
    expect(page.get_by_text("Formgrader")).to_have_count(0)


def test_is_the_lab_fetched_by_its_button(page: Page, place: Place) -> None:
    press(page, "Fetch", "#fetched_assignments_list")
    assert (place.home / LAB / "iris.ipynb").is_file()


@pytest.mark.parametrize("solved", [False, True])
def test_does_validate_name_the_checks_that_fail(page: Page, place: Place, solved: bool) -> None:
    if solved:
        file = place.home / LAB / "iris.ipynb"
        notebook = nbformat.read(file, 4)
        fill_in(notebook, ROOT / "solutions" / LAB / "iris.ipynb")
        nbformat.write(notebook, file)
    open_notebook(page, "", f"{LAB}/iris.ipynb")
    page.get_by_role("button", name="Validate").click()
    result = page.get_by_role("dialog").filter(has_text="Validation Results")
    expect(result).to_be_visible(timeout=120_000)
    page.screenshot(path=SCREENS / f"student-validate-{'solved' if solved else 'empty'}.png")
    if solved:
        expect(result).not_to_contain_text("check(")
    else:
        expect(result).to_contain_text('check("softmax", softmax)')
        expect(result).to_contain_text("You did not provide a response.")
    result.get_by_role("button", name="Ok").click()


def test_is_the_lab_submitted_by_its_button_and_collected(page: Page, place: Place) -> None:
    page.goto("/lab")
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.locator(".lm-Menu-item").filter(has_text="Assignment List").click()
    press(page, "Submit", "#submitted_assignments_list")
    page.screenshot(path=SCREENS / "student-submitted.png")
    place.instructor("nbgrader", "collect", LAB, *place.root)
    (collected,) = place.desk.glob(f"classroom/submitted/*/{LAB}/iris.ipynb")
    assert (collected.parent / "timestamp.txt").is_file()
