"""A student with a real browser: a wrong answer, its message, a hint, the right one, full points.

The pictures of each step are kept in `build/screens/`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tandem.labs.iris import LAB
from tests.browser.accessibility import severe_violations
from tests.browser.lab import browser, open_notebook, run_all, server, wait_until_run
from tests.submissions import FRAMEWORKS, ROOT, fill_in

SCREENS = ROOT / "build" / "screens"
WRONG = {
    "pytorch": "def softmax(logits):\n    return torch.exp(logits) / torch.exp(logits).sum(0)",
    "tensorflow": "def softmax(logits):\n    return tf.exp(logits) / tf.reduce_sum(tf.exp(logits), 0)",  # noqa: E501
}
RIGHT = {
    "pytorch": "def softmax(logits):\n    return torch.softmax(logits, dim=1)",
    "tensorflow": "def softmax(logits):\n    return tf.nn.softmax(logits, axis=1)",
}

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the labs as students get them, and each again with the answers filled in."""
    folder = tmp_path_factory.mktemp("student")
    shutil.copytree(ROOT / "course", folder / "course")
    shutil.copytree(ROOT / "labs", folder / "labs")
    for framework in FRAMEWORKS:
        place = Path("labs/en") / f"iris-{framework}" / "iris.ipynb"
        notebook = nbformat.read(ROOT / place, 4)
        fill_in(notebook, ROOT / "solutions" / f"iris-{framework}" / "iris.ipynb")
        nbformat.write(notebook, folder / place.with_name("solved.ipynb"))
    with server(folder, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the course in JupyterLab's dark theme."""
    folder = tmp_path_factory.mktemp("dark")
    shutil.copytree(ROOT / "course", folder / "course")
    shutil.copytree(ROOT / "labs", folder / "labs")
    with server(folder, tmp_path_factory.mktemp("jupyter"), dark=True) as address:
        yield address


def cell(page: Page, text: str) -> Locator:
    """Return the code cell that holds this text."""
    return page.locator(".jp-CodeCell").filter(has_text=text).first


def write(page: Page, place: Locator, source: str) -> None:
    """Replace what a cell holds, as somebody who types it."""
    place.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def run(page: Page, place: Locator) -> None:
    place.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_until_run(page)


def add_below(page: Page, place: Locator, source: str) -> Locator:
    """Insert a cell below another by its keys, and run it."""
    place.locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")
    wait_until_run(page)
    return page.locator(".jp-CodeCell.jp-mod-active")


def picture(page: Page, place: Locator, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    place.scroll_into_view_if_needed()
    page.screenshot(path=SCREENS / f"{name}.png")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_wrong_answer_its_message_a_hint_and_the_right_one(
    page: Page, address: str, framework: str
) -> None:
    open_notebook(page, address, f"labs/en/iris-{framework}/iris.ipynb")
    run(page, cell(page, "from tandem import language"))
    run(page, cell(page, 'tandem.start("iris", td)'))
    answer, check = cell(page, "def softmax(logits):"), cell(page, 'check("softmax", softmax)')

    run(page, answer)
    run(page, check)
    expect(check.locator(".tandem-verdict")).to_contain_text("Nothing here yet")

    write(page, answer, WRONG[framework])
    run(page, answer)
    run(page, check)
    card = check.locator(".tandem-verdict")
    expect(card).to_contain_text("sums to one along the columns; each row must")
    expect(card).to_contain_text('hint("softmax")')
    assert severe_violations(page, ".tandem-verdict") == []
    picture(page, check, f"student-{framework}-wrong")

    below = add_below(page, check, 'hint("softmax")')  # the check's own cell is locked
    expect(below).to_contain_text("Hint 1 of 3: Each row is one flower")

    write(page, answer, RIGHT[framework])
    run(page, answer)
    run(page, check)
    expect(card).to_contain_text("2 of 2")
    expect(card).to_contain_text("Right.")
    picture(page, check, f"student-{framework}-right")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_who_runs_all_of_a_solved_lab_sees_full_points(
    page: Page, address: str, framework: str
) -> None:
    open_notebook(page, address, f"labs/en/iris-{framework}/solved.ipynb")
    run_all(page)
    table = page.locator(".tandem-progress")
    most = sum(check.points for check in LAB.checks.values())
    expect(table).to_contain_text(f"{most} of {most} points so far")
    expect(page.locator(".tandem-verdict").filter(has_text="✓")).to_have_count(len(LAB.checks))
    assert severe_violations(page, ".tandem-progress") == []
    picture(page, table, f"student-{framework}-all")


def test_a_cell_out_of_order_says_what_to_run(page: Page, address: str) -> None:
    open_notebook(page, address, "labs/en/mnist-pytorch/mnist.ipynb")  # nobody else's kernel
    run(page, cell(page, "from tandem import language"))
    check = cell(page, 'check("build"')
    run(page, check)
    expect(check).to_contain_text("name 'check' is not defined")
    expect(check).to_contain_text("choose Run → Run All Above Selected Cell")
    picture(page, check, "student-out-of-order")


def test_who_loses_the_kernel_is_told_and_goes_on(page: Page, address: str) -> None:
    """The dialog is JupyterLab's; what it says stands in docs/students.md."""
    open_notebook(page, address, "labs/en/mnist-tensorflow/mnist.ipynb")
    first = cell(page, "from tandem import language")
    add_below(page, first, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    dialog = page.get_by_role("dialog").filter(has_text="appears to have died")
    expect(dialog).to_contain_text("Kernel Restarting", timeout=30_000)
    page.screenshot(path=SCREENS / "student-kernel-died.png")
    dialog.get_by_role("button", name="Ok").click()
    expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute(
        "data-status", "idle", timeout=60_000
    )
    run(page, first)
    expect(first.locator(".jp-InputPrompt")).to_contain_text("[1]")


def test_a_moved_slider_draws_its_picture_anew(page: Page, address: str) -> None:
    open_notebook(page, address, "course/en/pytorch/5-overfitting.ipynb")
    run_all(page)
    place = cell(page, "ipywidgets.SelectionSlider")
    readout, drawn = place.locator(".widget-readout"), place.locator("img")
    expect(readout).to_have_text("3")
    expect(drawn).to_be_visible(timeout=30_000)
    for hidden in ("4", "6"):
        before = drawn.get_attribute("src") or ""
        assert before.startswith("data:image/png")
        place.locator(".noUi-handle").focus()
        page.keyboard.press("ArrowRight")
        expect(readout).to_have_text(hidden)
        expect(drawn).not_to_have_attribute("src", before, timeout=30_000)
    picture(page, place, "student-slider")


def test_the_way_from_the_lesson_page_to_a_check_in_the_dark_at_twice_the_size(
    chromium: Browser, dark: str
) -> None:
    """A page as `python -m tandem` opens it, then links alone; a window of 1400 × 1000 at 200 %."""
    context = chromium.new_context(viewport={"width": 700, "height": 500}, device_scale_factor=2)
    page = context.new_page()
    page.goto(f"{dark}/lab/tree/course/en/README.md")
    shown = page.locator(".jp-MarkdownViewer:visible")
    shown.get_by_role("link", name="the labs").first.click(timeout=60_000)
    shown.get_by_role("link", name="mnist-pytorch").click(timeout=60_000)
    expect(page.locator(".jp-KernelName")).to_have_text("Python 3 (ipykernel)", timeout=60_000)
    assert page.locator("body").get_attribute("data-jp-theme-light") == "false"
    for text in ("from tandem import language", 'tandem.start("mnist", td)', "def prepare("):
        run(page, cell(page, text))
    check = cell(page, 'check("prepare"')
    run(page, check)
    card = check.locator(".tandem-verdict")
    expect(card).to_contain_text("Nothing here yet")
    assert severe_violations(page, ".tandem-verdict") == []
    over = card.evaluate("card => card.scrollWidth - card.clientWidth")
    assert over <= 1, "the card does not fit into its cell"
    picture(page, check, "student-dark-large")
    context.close()
