"""Say every text a student reads, in the student's language.

All of them pass through `say`, so that one gettext catalogue (domain `tandem`) translates them.
"""

import gettext
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from string import Formatter

LANGUAGES = ("en", "ro", "he")
RIGHT_TO_LEFT = frozenset({"he"})
_CATALOGUES = Path(__file__).parent / "locale"

_chosen = ""
_speaking: ContextVar[str] = ContextVar("tandem_language", default="")


def language(code: str) -> None:
    """Choose the language of every message from here on: `en`, `ro` or `he`.

    Raises ValueError for any other code.
    """
    global _chosen
    _chosen = _known(code)


def current_language() -> str:
    """Return the language in force: `speaking`, `language`, `TANDEM_LANG`, or English."""
    if _speaking.get() or _chosen:
        return _speaking.get() or _chosen
    from_environment = os.environ.get("TANDEM_LANG", "")
    return from_environment if from_environment in LANGUAGES else "en"


def direction() -> str:
    """Return the direction in which the language in force is read, as HTML's `dir` names it."""
    return "rtl" if current_language() in RIGHT_TO_LEFT else "ltr"


def running(text: str) -> str:
    """Return the direction of a text for HTML's `dir`: that of the language it is written in.

    `auto` takes the first letter's, also within an isolate, and messages often begin with a call.
    """
    return direction() if re.search(r"[\u0590-\u05ff]", text) else "auto"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use one language inside the block only; safe for threads that grade side by side."""
    token = _speaking.set(_known(code))
    try:
        yield
    finally:
        _speaking.reset(token)


def language_of(source: str) -> str:
    """Read the language from a notebook's set-up line, `language("ro")`; else English."""
    match = re.search(r"^language\(\s*[\"'](\w+)[\"']\s*\)", source, re.MULTILINE)
    return match[1] if match and match[1] in LANGUAGES else "en"


def say(template: str, **values: object) -> str:
    """Translate `template`, then fill its `{fields}` with `values`.

    In a language that reads from right to left each value, and each piece of code in the text, is
    isolated (Unicode UAX #9): else (32, 1) is drawn as (1 ,32).
    """
    code = current_language()
    translated = _catalogue(code).gettext(template) if template else ""
    if code not in RIGHT_TO_LEFT:
        return translated.format(**values) if values else translated
    is_english = translated == template
    isolated = translated if is_english else _CODE.sub("\u2066\\g<0>\u2069", translated)
    return _Isolating().format(isolated, **values) if values else isolated


class _Isolating(Formatter):
    """Formats as str.format does, and gives each value its own direction."""

    def format_field(self, value: object, format_spec: str) -> str:
        return f"\u2068{format(value, format_spec)}\u2069"


# Code: what stands in backticks; a call, a subscript; what stands in round or square brackets
# without Hebrew; an expression of these and of Latin words around operators. A field alone is none.
_PLAIN = r"[^()\[\]{}\u0590-\u05ff]|\{[^{}]*\}"
_INSIDE = rf"(?:{_PLAIN}|[(\[](?:{_PLAIN})*[)\]])*"
_GROUP = rf"[(\[]{_INSIDE}[A-Za-z0-9]{_INSIDE}[)\]]"
_NAME = r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*"
_CALL = rf"{_NAME}(?:[(\[]{_INSIDE}[)\]])+"
_TERM = rf"(?:{_CALL}|{_GROUP}|{_NAME})"
_OPERATOR = r" ?(?:\*\*|[-+*/=<>×→@|]=?) ?"
_CODE = re.compile(rf"(?<!\{{)(?:`[^`]+`|{_TERM}(?:{_OPERATOR}{_TERM})+|{_CALL}|{_GROUP})")


def later(template: str) -> str:
    """Mark a text for the catalogue where it is defined; `say` translates it where it is shown."""
    return template


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("tandem", _CATALOGUES, languages=[code], fallback=True)


def _known(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"unknown language {code!r}: choose one of {', '.join(LANGUAGES)}")
    return code
