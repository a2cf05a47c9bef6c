"""Does what a student writes in Markdown stay harmless, small and readable in the feedback?"""

import time

import pytest
from bs4 import BeautifulSoup

from autograder.written import LONGEST, rendered
from tests.attack.scoreboard import active
from tests.pace import slowness

PIXEL = "iVBORw0KGgo="


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("![a curve](http://example.org/p.png)", "a curve"),
        ("![](//example.org/p.png)", "//example.org/p.png"),
        ('<img src="http://example.org/p.png" alt="a &lt; b">', "a < b"),
        ("<img src=x onerror=bad()>", "x"),
        ("![no](data:text/html;base64,AAAA)", "no"),
        ("![no](data:image/svg+xml;base64,AAAA)", "no"),
        ("![gone](attachment:gone.png)", "gone"),
        ('<a href="data:text/html,<script>bad()</script>">x</a>', "x"),
        ("[x](  DATA:text/html,bad)", "x"),
        ("[x](java&#115;cript:bad())", "x"),
        ("[x](other.html)", "x"),
        ('<p style="background: url(http://example.org/p.png)">x</p>', "x"),
        ('<td background="http://example.org/p.png">x</td>', "x"),
        (
            "```mermaid\n<img src=http://example.org/p.png>\n```",
            "<img src=http://example.org/p.png>",
        ),
    ],
)
def test_does_an_answer_load_and_run_nothing(source: str, shown: str) -> None:
    page = rendered(source)
    soup = BeautifulSoup(page, "html.parser")
    assert list(active(page)) == []
    assert soup.select("img, [href], [style], [background]") == []
    assert soup.get_text().strip() == shown


def test_do_links_and_honest_html_stay() -> None:
    page = rendered(
        "[a](https://example.org/?a=1&b=2) <https://example.org> [m](mailto:a@example.org) "
        "[p](#p)\n\n"
        '<div dir="rtl" class="c">x<sub>2</sub></div>'
    )
    soup = BeautifulSoup(page, "html.parser")
    assert [str(link["href"]) for link in soup.select("a")] == [
        "https://example.org/?a=1&b=2",
        "https://example.org",
        "mailto:a@example.org",
        "#p",
    ]
    assert soup.select('div[dir="rtl"].c sub')
    assert BeautifulSoup(rendered("# Mine"), "html.parser").get_text().strip() == "Mine"


def test_is_a_picture_shown_that_is_part_of_the_answer() -> None:
    """An attachment is shown once: a large one, named often, would make a page of gigabytes."""
    named = "![mine](<attachment:my plot.png>) ![again](<attachment:my plot.png>)"
    page = rendered(
        f"{named} ![inline](data:image/gif;base64,{PIXEL})", {"my plot.png": {"image/png": PIXEL}}
    )
    soup = BeautifulSoup(page, "html.parser")
    assert [(str(image["alt"]), str(image["src"])) for image in soup.select("img")] == [
        ("mine", f"data:image/png;base64,{PIXEL}"),
        ("inline", f"data:image/gif;base64,{PIXEL}"),
    ]
    assert "again" in soup.get_text()


def distinct(tags: int) -> str:
    return "".join(f"<b a{n}>" for n in range(tags))


def filled(start: str, repeated: str) -> str:
    return start + repeated * ((LONGEST - len(start)) // len(repeated))


BOMBS = {
    "raw paragraphs": filled("<p>" + distinct(1_000), "<p>x"),
    "paragraphs of Markdown": filled(distinct(1_000), "\n\nx"),
    "few tags, many paragraphs": filled(distinct(2), "\n\nx"),
    "one long attribute": filled(f'<b title="{"x" * 10_000}">', "\n\nx"),
    "one long address": filled(f'<a href="https://{"x" * 10_000}">', "\n\nx"),
    "many attributes": filled(
        "".join(f'<b {name}="{"x" * 990}">' for name in ("id", "class", "lang", "title")), "\n\nx"
    ),
    "a link that is used a lot": filled(f"[a]: <https://{'x' * 10_000}>\n\n", "[a]\n"),
    "a table before all": filled("*a **b `c` <table>* ** </table>", "\n\nx"),
    "deep emphasis": filled("", "*a **b "),
    "deep brackets": filled("", "["),
    "deep quotes": filled("", "> "),
    "deep divisions": filled("", "<div>"),
    "entities": filled("", "&amp;"),
    "ampersands": filled("", "&"),
    "comments": filled("", "<!--"),
    "unknown tags": filled("", "<x>"),
    "mermaid": "```mermaid\n" + filled("<p>" + distinct(900), "<p>x")[: LONGEST - 50] + "\n```",
}


@pytest.mark.parametrize("name", BOMBS)
def test_does_no_answer_of_this_length_make_a_large_page(name: str) -> None:
    assert len(BOMBS[name]) <= LONGEST
    began = time.process_time()
    page = rendered(BOMBS[name])
    assert len(page) < 2_000_000
    assert (time.process_time() - began) / slowness() < 5  # a second or less on a machine of 2020
