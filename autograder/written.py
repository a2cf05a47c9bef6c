"""Show the Markdown of others: no script, no network, no size beyond reason.

Raw HTML in it may be misnested, and a reader of HTML opens what is still open once more in every
paragraph: 20,000 characters become 30 million. What could grow so is shown as plain text.
"""

import html
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

from bleach.html5lib_shim import Filter  # type: ignore[import-untyped]  # ships no types
from bleach.sanitizer import ALLOWED_TAGS, Cleaner  # type: ignore[import-untyped]
from markupsafe import Markup
from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

Attachments = Mapping[str, Mapping[str, str]]  # by name, then by type: a picture as base64

LONGEST = 20_000  # characters; beyond this a text may take minutes to convert
_LONGEST_HTML = 500_000  # what becomes of it; a link that is defined once may be used a lot
_LONGEST_PAGE = 2_000_000  # with all that was escaped, without attached pictures
_MOST_REOPENED = 10_000  # elements
_LONGEST_ATTRIBUTE = 1_000
_RAW_TAG = re.compile(r"<[a-zA-Z/!?]")
_TAG = re.compile(r"<[a-zA-Z/]")
_KEPT_OPEN = 10  # em, strong and code thrice each, and a: what Markdown itself may leave open

_TAGS = frozenset(ALLOWED_TAGS) | {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "div", "span", "pre"),
    *("del", "sub", "sup", "s", "u", "kbd", "details", "summary", "dl", "dt", "dd"),
    *("img", "figure", "figcaption"),
    *("table", "thead", "tbody", "tr", "th", "td", "caption"),
}
_REOPENED = {"b", "code", "em", "i", "s", "strong", "u"}  # and a, but never two of them
_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_OF_ALL = {"id", "class", "dir", "lang", "title", "align"}
_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_ATTACHED = "attachment:"
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_EMBEDDED = re.compile(rf"data:({'|'.join(_PICTURES)});base64,[A-Za-z0-9+/=\s]+")
_PROTOCOLS = {"http", "https", "mailto", "data", _ATTACHED.rstrip(":")}  # `_allowed` says where


def rendered(source: str, attachments: Attachments | None = None) -> Markup:
    """Convert Markdown to HTML that runs nothing and loads nothing.

    Of an image that lies elsewhere the alternative text is shown, or else the address.
    """
    page = None if len(source) > LONGEST else _converted(source)
    found = None if page is None else _cleaned(page, attachments or {})
    return Markup("<pre>{}</pre>").format(source) if found is None else Markup(found)


def _cleaned(page: str, attachments: Attachments) -> str | None:
    """Return HTML that is clean; None where it grew."""
    cleaner = Cleaner(
        tags=_TAGS,
        attributes=_allowed,
        protocols=_PROTOCOLS,
        filters=[partial(_Pictures, attachments=attachments)],
    )
    found: str = cleaner.clean(page)
    pictures = sum(len(data) for bundle in attachments.values() for data in bundle.values())
    return found if len(found) <= _LONGEST_PAGE + pictures else None


def _converted(source: str) -> str | None:
    """Return HTML, not yet clean; None where it could grow when it is cleaned."""
    try:
        renderer = _Renderer(escape=False, exclude_anchor_links=True)
        page = MarkdownWithMath(renderer=renderer).render(source)
    except RecursionError:
        return None
    raw, tags = len(_RAW_TAG.findall(source)), len(_TAG.findall(page))
    misnested = raw > 0 and (raw + _KEPT_OPEN) * tags > _MOST_REOPENED
    return None if misnested or len(page) > _LONGEST_HTML else page


class _Renderer(IPythonRenderer):
    """Leaves a picture's address as it is: nbconvert's fails where an attachment is missing."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return HTMLRenderer.image(self, text, url, title)

    def block_mermaidjs(self, code: str) -> str:
        return HTMLRenderer.block_code(self, code)  # nbconvert's passes it on as raw HTML


def _allowed(tag: str, name: str, value: str) -> bool:
    """Say whether an attribute stays; what a link or picture names must begin as it should."""
    if (tag, name) == ("img", "src"):
        return True  # see `_Pictures`
    if name == "href" and not _LINK.match(value):
        return False
    common = set() if tag in _REOPENED | {"a"} else _OF_ALL
    known = name in common | _ATTRIBUTES.get(tag, set())
    return known and len(value) <= _LONGEST_ATTRIBUTE


class _Pictures(Filter):
    """Puts in the pictures that were attached, each once, and text for those that lie elsewhere."""

    def __init__(self, source: Any, attachments: Attachments) -> None:
        super().__init__(source)
        self._attachments = dict(attachments)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token.get("name") != "img" or token["type"] == "EndTag":
                yield token
                continue
            address = token["data"].get((None, "src"), "")
            picture = self._attached(address) if address.startswith(_ATTACHED) else address
            if _EMBEDDED.fullmatch(picture):
                token["data"][None, "src"] = picture
                yield token
            elif text := token["data"].get((None, "alt"), "").strip() or address:
                yield {"type": "Characters", "data": html.unescape(text)}

    def _attached(self, address: str) -> str:
        """Return a picture; a second time there is none, or a page could outgrow the hand-in."""
        name = unquote(html.unescape(address.removeprefix(_ATTACHED)))
        bundle = self._attachments.pop(name, {})
        found = (f"data:{kind};base64,{bundle[kind]}" for kind in _PICTURES if kind in bundle)
        return next(found, "")
