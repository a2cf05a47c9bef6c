"""Does each option carry its feedback onto the page, in its language and direction?

How answers are judged is tested where it happens, in a browser: `tests/browser/test_quiz.py`.
"""

from html import unescape
from html.parser import HTMLParser

import nbformat
import pytest
from nbclient import NotebookClient

from tandem import messages, quiz
from tandem.markup import marked
from tandem.messages import speaking
from tandem.quiz import Option, Question, Quiz, load, show
from tests.submissions import ROOT

ONE = Question("a", "Which?", "one", (Option("`x`", 'no, "x" < y'), Option("y", "yes", True)))
MANY = Question(
    "b", "Which ones?", "many", (Option("x", "no"), Option("y", "y", True), Option("z", "z", True))
)
NUMBER = Question("c", "How many?", "number", (), 3, "yes", ((2.0, "one more"),), "count")
SAMPLE = Quiz((ONE, MANY, NUMBER))


class Page(HTMLParser):
    """Collects the elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_does_each_option_carry_its_own_feedback() -> None:
    inputs = Page(SAMPLE._repr_html_()).all("input")
    assert [
        (i["type"], i["data-right"], i["data-feedback"]) for i in inputs if "data-feedback" in i
    ] == [
        ("radio", "false", '<span>no, "x" &lt; y</span>'),
        ("radio", "true", "<span>yes</span>"),
        ("checkbox", "false", "<span>no</span>"),
        ("checkbox", "true", "<span>y</span>"),
        ("checkbox", "true", "<span>z</span>"),
    ]
    assert inputs[-1]["data-cases"] == (
        '[[3, true, "<span>yes</span>"], [2.0, false, "<span>one more</span>"]]'
    )
    assert inputs[-1]["data-otherwise"] == "<span>count</span>"


def test_is_each_question_a_form_with_a_legend_and_a_button_that_names_it() -> None:
    page = Page(SAMPLE._repr_html_())
    assert [form["data-kind"] for form in page.all("form")] == ["one", "many", "number"]
    assert len(page.all("fieldset")) == len(page.all("legend")) == 3
    assert [b["aria-label"] for b in page.all("button")] == [
        f"Question {i}: Check" for i in (1, 2, 3)
    ]


def test_is_the_page_the_same_every_time_and_without_the_network() -> None:
    assert SAMPLE._repr_html_() == SAMPLE._repr_html_()
    assert "http" not in SAMPLE._repr_html_()


def test_do_untranslated_texts_run_from_left_to_right_in_a_page_that_runs_the_other_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quiz, "say", lambda text, **_: {"Which?": "איזה?"}.get(text, text))
    with speaking("he"):
        html = SAMPLE._repr_html_()
    assert Page(html).all("tandem-quiz")[0]["dir"] == "rtl"
    assert "<span>איזה?</span>" in html
    assert '<span dir="ltr">Which ones?</span>' in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("`a < b` is *not* <b>", '<code dir="ltr">a &lt; b</code> is <em>not</em> &lt;b&gt;'),
        ("`a * b * c`", '<code dir="ltr">a * b * c</code>'),
    ],
)
def test_are_marks_turned_to_html_and_everything_else_kept_out(text: str, html: str) -> None:
    assert marked(text) == html


@pytest.mark.parametrize("name", ["before", "after"])
def test_are_the_shipped_quizzes_shown_whole(name: str) -> None:
    html = unescape(show(name)._repr_html_())
    for question in load(name):
        assert marked(question.text) in html
        feedback = [o.feedback for o in question.options] or [question.otherwise]
        assert all(marked(text) in html for text in feedback if "<" not in text)
        assert question.text in repr(show(name))


@pytest.mark.parametrize("name", ["before", "after"])
def test_does_the_notebook_run_quietly_and_show_its_quiz(name: str) -> None:
    notebook = nbformat.read(ROOT / f"course/en/quiz-{name}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    assert [o.data["text/html"] for o in outputs] == [show(name)._repr_html_()]


def test_is_an_unknown_quiz_refused_with_those_there_are() -> None:
    assert messages.current_language() == "en"
    with pytest.raises(ValueError, match=r"no quiz 'x'; choose one of \['after', 'before'\]"):
        load("x")
