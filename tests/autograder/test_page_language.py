"""Is all of a feedback page in the language of the notebook, whatever befell the hand-in?"""

import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from autograder.feedback import write_feedback
from autograder.grade import grade
from tandem.messages import say, speaking
from tests.autograder.courses import ASSIGNMENT, course_of
from tests.autograder.edits import Edit, answering, cell

SLEEPS = "def double(x):\n    import time\n    time.sleep(60)"
LANGUAGE = "from tandem import language\nlanguage({!r})"
WRITTEN = "It adds a number to itself."


def in_language(code: str) -> Edit:
    """Write in a language; sleep in one question, delete the check of another."""

    def edit(notebook: NotebookNode) -> None:
        answering(SLEEPS, before=LANGUAGE.format(code), written=WRITTEN)(notebook)
        notebook.cells.remove(cell(notebook, "check-triple"))

    return edit


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    folder = tmp_path_factory.mktemp("languages") / "course"
    course = course_of(folder, {code: in_language(code) for code in ("en", "ro", "he")})
    grade(course, ASSIGNMENT, workers=2)
    return {
        path.parent.parent.name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in write_feedback(course, ASSIGNMENT)
    }


@pytest.mark.parametrize("code", ["en", "ro", "he"])
def test_is_every_sentence_in_the_language(pages: dict[str, BeautifulSoup], code: str) -> None:
    page, text = pages[code], pages[code].get_text()
    assert page.html is not None
    assert page.html["lang"] == code
    with speaking(code):
        expected = told()
    assert code == "en" or not set(expected) & set(told())
    assert [sentence for sentence in expected if sentence not in text] == []


def told() -> list[str]:
    """Return what the page must say, in the language in force."""
    return [
        say("Your points"),
        say("what was found"),
        say("What the grader put right"),
        say("graded by hand"),
        say("The cell {name} was missing and was put back.", name="'check-triple'"),
        say("This cell took longer than {n} seconds.", n=8),
        say("waits for a person, {most:g} points", most=2),
    ]


@pytest.mark.parametrize("code", ["en", "ro", "he"])
def test_does_code_run_from_left_to_right(pages: dict[str, BeautifulSoup], code: str) -> None:
    shown = pages[code].select(".highlight pre, .output pre")
    assert any("def double" in element.get_text() for element in shown)
    for element in shown:
        nearest = element.find_parent(dir=True)
        assert nearest is not None
        assert nearest["dir"] == "ltr"


def test_does_an_answer_that_nobody_has_read_count_as_none_yet(
    pages: dict[str, BeautifulSoup],
) -> None:
    (row,) = [r for r in pages["en"].select("tbody tr") if r.get_text().startswith("explain")]
    assert "…" in row.get_text()
    assert "✗" not in row.get_text()
