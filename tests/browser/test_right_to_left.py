"""Does Hebrew read from right to left in a real JupyterLab, and its code from left to right?

The pictures are kept in `build/screens/`.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import severe_violations
from tests.browser.lab import browser, open_notebook, server, wait_until_run
from tests.submissions import ROOT

SCREENS = ROOT / "build" / "screens"
# A selector -> each element's own words, its direction, its alignment, its isolation.
LOOK = """(selector) => [...document.querySelectorAll(selector)].map(element => {
    const style = getComputedStyle(element);
    return {
        text: element.textContent, direction: style.direction,
        align: style.textAlign, bidi: style.unicodeBidi,
    };
})"""
# The places of the first and the last character of each piece of code in prose.
ENDS = """() => [...document.querySelectorAll('.jp-MarkdownCell .jp-RenderedHTMLCommon p code')]
    .filter(code => code.textContent.length > 1 && code.getClientRects().length == 1)
    .map(code => {
        const place = (from) => {
            const range = document.createRange();
            range.setStart(code.firstChild, from);
            range.setEnd(code.firstChild, from + 1);
            return range.getBoundingClientRect().left;
        };
        return [code.textContent, place(0), place(code.textContent.length - 1)];
    })"""

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hebrew")
    for top in ("course", "labs"):
        shutil.copytree(ROOT / top, folder / top)
    with server(folder, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def lab(chromium: Browser, address: str) -> Iterator[Page]:
    """The Hebrew lab, its first cells run, and the check of an answer that is not there yet."""
    page = chromium.new_context(viewport={"width": 1200, "height": 1000}).new_page()
    open_notebook(page, address, "labs/he/iris-pytorch/iris.ipynb")
    for text in ('language("he")', 'tandem.start("iris"', "def softmax", 'check("softmax"'):
        page.locator(".jp-CodeCell").filter(has_text=text).first.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        wait_until_run(page)
    picture(page, ".tandem-verdict", "hebrew-card")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def lesson(chromium: Browser, address: str) -> Iterator[Page]:
    page = chromium.new_context(viewport={"width": 1200, "height": 1000}).new_page()
    open_notebook(page, address, "course/he/pytorch/4-both-levels.ipynb")
    picture(page, ".jp-RenderedHTMLCommon table", "hebrew-table")
    yield page
    page.context.close()


def picture(page: Page, selector: str, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.locator(selector).first.scroll_into_view_if_needed()
    page.screenshot(path=SCREENS / f"{name}.png")


def hebrew(text: str) -> bool:
    return any("א" <= char <= "ת" for char in text)


@pytest.mark.parametrize("tag", ["p", "h1", "h2", "h3", "td", "th"])
def test_does_prose_read_from_right_to_left(lesson: Page, tag: str) -> None:
    found = lesson.evaluate(LOOK, f".jp-MarkdownCell .jp-RenderedHTMLCommon {tag}")
    spoken = [element for element in found if hebrew(element["text"])]
    assert spoken
    assert {element["direction"] for element in spoken} == {"rtl"}
    assert {element["align"] for element in spoken} <= {"right", "start", "center"}


def test_does_code_in_a_sentence_read_from_left_to_right(lesson: Page, lab: Page) -> None:
    for page in (lesson, lab):
        found = page.evaluate(LOOK, ".jp-MarkdownCell .jp-RenderedHTMLCommon code")
        assert {element["direction"] for element in found} == {"ltr"}
        inline = page.evaluate(LOOK, ".jp-MarkdownCell .jp-RenderedHTMLCommon p code")
        assert {element["bidi"] for element in inline} == {"isolate"}
        ends = page.evaluate(ENDS)
        assert len(ends) > 5
        assert [text for text, first, last in ends if first >= last] == []


@pytest.mark.parametrize("selector", [".jp-CodeCell .cm-content", ".jp-MarkdownCell pre"])
def test_does_code_of_its_own_read_from_left_to_right(lesson: Page, selector: str) -> None:
    found = lesson.evaluate(LOOK, selector)
    assert found
    assert {element["direction"] for element in found} == {"ltr"}


def test_does_the_card_read_from_right_to_left_and_is_it_accessible(lab: Page) -> None:
    (card,) = lab.evaluate(LOOK, ".tandem-verdict")
    assert hebrew(card["text"])
    assert card["direction"] == "rtl"
    texts = lab.evaluate(LOOK, ".tandem-verdict > p")
    assert {(p["direction"], p["align"]) for p in texts} == {("rtl", "start")}
    assert {c["direction"] for c in lab.evaluate(LOOK, ".tandem-verdict code")} == {"ltr"}
    assert '\u2066hint("\u2068softmax\u2069")\u2069' in card["text"]  # isolated, as one piece
    assert severe_violations(lab, ".tandem-verdict") == []


def test_is_the_output_of_a_program_left_as_it_is(lab: Page) -> None:
    found = lab.evaluate(LOOK, ".jp-OutputArea-output pre")
    assert {element["direction"] for element in found} <= {"ltr"}


def test_does_the_lesson_page_read_from_right_to_left(chromium: Browser, address: str) -> None:
    tab = chromium.new_context(viewport={"width": 1200, "height": 1000}).new_page()
    tab.goto(f"{address}/lab/tree/course/he/README.md")
    tab.wait_for_selector(".jp-MarkdownViewer .jp-RenderedHTMLCommon h1", timeout=60_000)
    picture(tab, ".jp-MarkdownViewer", "hebrew-lesson-page")
    for tag in ("p", "td", "li", "h2"):
        found = tab.evaluate(LOOK, f".jp-MarkdownViewer {tag}")
        spoken = [element for element in found if hebrew(element["text"])]
        assert len(spoken) > 3
        assert {element["direction"] for element in spoken} == {"rtl"}
    tab.context.close()
