"""A student answers the quiz in a real browser: wrongly, rightly, by mouse and by keyboard."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import severe_violations
from tests.browser.lab import browser, open_notebook, run_all, server
from tests.submissions import ROOT

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("quiz")
    shutil.copytree(ROOT / "course", folder / "course")
    with server(folder, tmp_path_factory.mktemp("jupyter")) as address, browser() as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 1600})
        open_notebook(page, address, "course/en/quiz-before.ipynb")
        run_all(page)
        yield page


def test_does_each_answer_get_its_feedback_and_count(page: Page) -> None:
    quiz = page.locator(".tandem-quiz")
    expect(quiz).to_contain_text("0 of 9 right. 9 not answered yet.")
    wrong = page.get_by_label("The program, which learns to write better rules.")
    wrong.check()
    check = page.get_by_role("button", name="Check")
    check.first.click()
    expect(quiz).to_contain_text("no rule is written anywhere")
    expect(quiz).to_contain_text("0 of 9 right. 8 not answered yet.")
    page.get_by_label("The numbers inside the network, its weights and biases.").check()
    check.first.press("Enter")
    expect(quiz).to_contain_text("1 of 9 right. 8 not answered yet.")
    number = page.get_by_placeholder("a number")
    number.fill("12")
    check.nth(5).click()
    expect(quiz).to_contain_text("Each output also has a bias.")
    page.screenshot(path=ROOT / "build/screens/quiz.png")


def test_is_it_usable_by_everybody(page: Page) -> None:
    assert severe_violations(page, ".tandem-quiz") == []
