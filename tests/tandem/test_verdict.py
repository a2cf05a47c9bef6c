"""Is a verdict a number to nbgrader and a safe card to the student?"""

import re
from html.parser import HTMLParser
from logging import getLogger

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_output
from nbgrader.utils import get_partial_grade

from tandem.messages import speaking
from tandem.verdict import Verdict

quarters = st.integers(0, 40).map(lambda n: n / 4)
HOSTILE = "<script>alert(\"1\")</script><img src=x onerror='y'>&amp;{message}"


class Tags(HTMLParser):
    """Collect what a browser would see: the tags, their attributes, the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes = {**dict(attrs), **self.attributes}  # of the outermost tag first

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@given(quarters, quarters)
def test_does_nbgrader_read_the_points_from_the_repr(points: float, more: float) -> None:
    verdict = Verdict("softmax", points, points + more, "text")
    output = new_output("execute_result", {"text/plain": repr(verdict)}, execution_count=1)
    assert get_partial_grade(output, points + more, getLogger(__name__)) == points


def test_is_the_repr_the_number_alone() -> None:
    assert [repr(Verdict("x", p, 2, "m")) for p in (0, 1.0, 0.5, 2)] == ["0", "1", "0.5", "2"]


@pytest.mark.parametrize(("points", "mark"), [(0, "✗"), (0.5, "◐"), (1, "◐"), (2, "✓")])
def test_does_the_mark_tell_none_some_and_all_points(points: float, mark: str) -> None:
    verdict = Verdict("softmax", points, 2, "text")
    assert verdict.passed == (points == 2)
    card = Tags(verdict._repr_html_())
    assert mark in card.text
    assert sum(other in card.text for other in "✗◐✓") == 1
    assert f"{points:g} of 2" in card.text


def test_is_hostile_text_shown_and_never_run() -> None:
    plain = Tags(Verdict("a", 0, 1, "b", "c", "d")._repr_html_())
    hostile = Tags(Verdict(HOSTILE, 0, 1, HOSTILE, HOSTILE, HOSTILE)._repr_html_())
    assert hostile.tags == plain.tags
    assert hostile.open == plain.open == []
    assert hostile.text.count(HOSTILE) == 4
    assert hostile.attributes == plain.attributes


@given(st.text(), st.text(), st.text(), st.text())
def test_does_no_text_change_the_structure_of_the_card(
    check: str, message: str, hint: str, details: str
) -> None:
    """Is code, which stands in backticks, the only tag that a text may bring?"""
    card = Tags(Verdict(check, 0, 1, message, hint, details)._repr_html_())
    assert card.open == []
    plain = Tags(Verdict("", 0, 1, "", hint and "h", details and "d")._repr_html_()).tags
    assert [t for t in card.tags if t != "code"] == [t for t in plain if t != "code"]
    code = sum(len(re.findall("`[^`]+`", text)) for text in (message, hint))
    assert card.tags.count("code") == 1 + code


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ro", "ltr"), ("he", "rtl")])
def test_does_the_card_run_in_the_direction_of_its_language(language: str, direction: str) -> None:
    with speaking(language):
        card = Tags(Verdict("softmax", 1, 2, "text")._repr_html_())
    assert (card.attributes["lang"], card.attributes["dir"]) == (language, direction)
    assert card.attributes["role"] == "status"


def test_are_hint_and_details_left_out_when_there_are_none() -> None:
    assert "details" not in Tags(Verdict("a", 0, 1, "b", "c")._repr_html_()).tags
    assert "em" not in Tags(Verdict("a", 0, 1, "b", "", "d")._repr_html_()).tags
    full = Tags(Verdict("a", 0, 1, "b", "c", "d")._repr_html_()).tags
    assert {"details", "pre", "em"} <= set(full)
