"""Take a Markdown text apart into what is translated, and put translations in its place.

A paragraph, a heading, an item of a list, a cell of a table and the line that opens a `<details>`
are one entry each. Code, displayed formulas and whatever has no words stay as they are.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

SUMMARY = re.compile(r"<summary>(.*?)</summary>")
# What is the same in every language: code, formulas, addresses.
UNTRANSLATED = re.compile(r"(`+).*?\1|\$\$.*?\$\$|\$[^$]+\$|\]\([^)]*\)|<[^>]+>|https?://\S+")


@dataclass(frozen=True)
class Paragraph:
    """One entry: where it stands (0-based lines and columns, the end excluded), and its words.

    kind: `paragraph`, or `item`, `heading`, `cell`, `summary`, which are no paragraph in HTML
    """

    kind: str
    line: int
    column: int
    last_line: int
    last_column: int
    text: str


def paragraphs(markdown: str) -> list[Paragraph]:
    """Return the entries of a text in their order, those without words left out.

    Raises ValueError for a passage that cannot be found again in its line (an escaped `|`).
    """
    return [entry for entry in passages(markdown) if has_words(entry.text)]


def passages(markdown: str) -> list[Paragraph]:
    """Return the entries of a text, also those without words."""
    lines = markdown.split("\n")
    found: list[Paragraph] = []
    reached: dict[int, int] = {}  # line -> the column up to which it has been read
    opening = Token("", "", 0)
    for token in _parser().parse(markdown):
        if token.type == "inline" and token.map:
            found.append(_located(token, _kind(opening), lines, reached))
        elif token.type == "html_block" and token.map:
            found += _summaries(token, lines)
        opening = token
    return found


def translated(markdown: str, translate: Callable[[str], str]) -> str:
    """Return the text with every entry translated; an entry that spans lines becomes one line."""
    return replaced(markdown, [(entry, translate(entry.text)) for entry in paragraphs(markdown)])


def replaced(markdown: str, texts: Sequence[tuple[Paragraph, str]]) -> str:
    """Return the text with other texts, in their order, in the place of passages."""
    lines = markdown.split("\n")
    for entry, text in reversed(texts):
        head = lines[entry.line][: entry.column]
        tail = lines[entry.last_line][entry.last_column :]
        lines[entry.line : entry.last_line + 1] = [head + text + tail]
    return "\n".join(lines)


def has_words(text: str) -> bool:
    """Tell whether anything in a text can be translated."""
    return any(char.isalpha() for char in without_code(text))


def without_code(text: str) -> str:
    """Return a text without what is the same in every language."""
    return UNTRANSLATED.sub("", text)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


def _kind(opening: Token) -> str:
    """Say what a passage is by the token before it; a tight list's items hide their paragraphs."""
    if opening.type in ("td_open", "th_open"):
        return "cell"
    if opening.type == "heading_open":
        return "heading"
    return "item" if opening.hidden else "paragraph"


def _located(token: Token, kind: str, lines: list[str], reached: dict[int, int]) -> Paragraph:
    """Find a passage in its lines, after what was found there before it."""
    assert token.map is not None
    first, parts = token.map[0], [part.strip() for part in token.content.split("\n")]
    column = lines[first].find(parts[0], reached.get(first, 0))
    last = first + len(parts) - 1
    start_of_last = lines[last].find(parts[-1]) if last > first else column
    if column < 0 or start_of_last < 0:
        raise ValueError(f"line {first + 1}: {parts[0]!r} is not in the line as it is read")
    end = start_of_last + len(parts[-1])
    reached[last] = end
    return Paragraph(kind, first, column, last, end, " ".join(parts))


def _summaries(token: Token, lines: list[str]) -> Iterator[Paragraph]:
    assert token.map is not None
    for line in range(*token.map):
        for match in SUMMARY.finditer(lines[line]):
            yield Paragraph("summary", line, match.start(1), line, match.end(1), match[1])
