"""A student answers a quiz in a real browser: wrongly, rightly, by mouse and by keyboard."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tandem.messages import speaking
from tandem.quiz import Quiz
from tests.browser.accessibility import severe_violations
from tests.browser.lab import browser, open_notebook, run_all, server
from tests.submissions import ROOT
from tests.tandem.test_quiz import SAMPLE

pytestmark = [pytest.mark.slow]

LAST = "The training data, which are sorted and cleaned."


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def bare(chromium: Browser) -> Iterator[Page]:
    """The quiz as a page of its own, without JupyterLab: as in an exported notebook."""
    page = chromium.new_page()
    page.set_content(f"<main>{SAMPLE._repr_html_()}</main>")
    yield page
    page.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("quiz")
    shutil.copytree(ROOT / "course", folder / "course")
    with server(folder, tmp_path_factory.mktemp("jupyter")) as address:
        page = chromium.new_page(viewport={"width": 1200, "height": 1600})
        open_notebook(page, address, "course/en/quiz-before.ipynb")
        run_all(page)
        yield page


def check(page: Page, question: int) -> None:
    page.get_by_role("button", name=f"Question {question}: Check").click()


def remarks(page: Page, question: int) -> list[str]:
    found = page.locator("form").nth(question - 1).locator(".remark").all_inner_texts()
    return [text for text in found if text]


@pytest.mark.parametrize(
    ("chosen", "said", "score"),
    [
        ([], ["Choose an answer first."], "0 of 3. Right at the first try: 0. Not answered yet: 3"),
        (["y"], ["✓ y", "✗ That is right so far. There is more to choose."], "0 of 3"),
        (["x", "y", "z"], ["✗ no", "✓ y", "✓ z"], "0 of 3"),
        (["y", "z"], ["✓ y", "✓ z"], "1 of 3. Right at the first try: 1. Not answered yet: 2"),
    ],
)
def test_does_each_chosen_option_get_its_own_feedback(
    bare: Page, chosen: list[str], said: list[str], score: str
) -> None:
    for name in chosen:
        bare.get_by_role("group", name="Question 2").get_by_label(name, exact=True).check()
    check(bare, 2)
    assert remarks(bare, 2) == said
    expect(bare.locator(".score")).to_contain_text(f"You have {score}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("3", "✓ yes"),
        (" 3,0 ", "✓ yes"),
        ("+3.0", "✓ yes"),
        ("2", "✗ one more"),
        ("−2", "✗ count"),
        ("7", "✗ count"),
        ("three", "Type a number, such as 3 or 0.5."),
        ("1e1", "Type a number, such as 3 or 0.5."),
        ("", "Type a number, such as 3 or 0.5."),
    ],
)
def test_does_each_number_get_its_own_feedback(bare: Page, typed: str, said: str) -> None:
    bare.get_by_label("a number").fill(typed)
    bare.get_by_label("a number").press("Enter")
    assert remarks(bare, 3) == [said]


def test_does_the_score_count_the_last_answer_and_remember_the_first(bare: Page) -> None:
    for option, right in (("x", 0), ("y", 1), ("x", 0), ("y", 1)):
        bare.get_by_role("radio", name=option).check()
        check(bare, 1)
        expect(bare.locator(".score")).to_have_text(
            f"You have {right} of 3. Right at the first try: 0. Not answered yet: 2."
        )
    bare.get_by_label("a number").fill("3")
    check(bare, 3)
    bare.get_by_label("z").check()
    bare.get_by_role("checkbox", name="y").check()
    check(bare, 2)
    expect(bare.locator(".score")).to_have_text("You have 3 of 3. Right at the first try: 2.")


def test_do_two_quizzes_on_one_page_keep_apart(bare: Page) -> None:
    bare.set_content(SAMPLE._repr_html_() + SAMPLE._repr_html_())
    bare.locator("tandem-quiz").nth(1).get_by_role("radio", name="y").check()
    bare.locator("tandem-quiz").nth(1).get_by_role("button").first.click()
    scores = [score.split(". ")[0] for score in bare.locator(".score").all_inner_texts()]
    assert scores == ["You have 0 of 3", "You have 1 of 3"]


def test_does_a_hebrew_page_put_each_button_at_the_start_of_its_line(chromium: Browser) -> None:
    page = chromium.new_page()
    with speaking("he"):
        page.set_content(Quiz(SAMPLE.questions)._repr_html_())
    button = page.get_by_role("radio").first.bounding_box()
    text = page.locator("label span").first.bounding_box()
    code = page.locator("label code").first
    assert button is not None
    assert text is not None
    assert 0 < button["x"] - (text["x"] + text["width"]) < 20
    assert code.evaluate("node => getComputedStyle(node).direction") == "ltr"
    page.close()


def test_does_the_notebook_show_its_quiz_and_take_answers(page: Page) -> None:
    quiz = page.locator(".tandem-quiz")
    expect(quiz).to_contain_text("You have 0 of")
    page.get_by_label("The program, which learns to write better rules.").check()
    check(page, 1)
    expect(quiz).to_contain_text("no rule is written anywhere")
    page.screenshot(path=ROOT / "build/screens/quiz.png")


def test_do_the_keys_move_in_the_quiz_and_not_in_the_notebook(page: Page) -> None:
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    chosen = page.locator("form").first.locator("input:checked")
    expect(chosen).to_be_focused()
    assert chosen.evaluate("node => node.closest('form').querySelectorAll('input')[3] === node")
    page.keyboard.press("Enter")
    assert len(remarks(page, 1)) == 1


def test_is_it_usable_by_everybody(page: Page) -> None:
    assert severe_violations(page, ".tandem-quiz") == []
