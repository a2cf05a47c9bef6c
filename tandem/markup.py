"""Texts that hold code in backticks, as HTML."""

import re
from html import escape


def code_marked(text: str) -> str:
    """Return a text as HTML: what stands in backticks is code, which reads from left to right."""
    return re.sub(r"`([^`]+)`", r'<code dir="ltr">\1</code>', escape(text, quote=False))


def marked(text: str) -> str:
    """Return a text as HTML: code in backticks, and outside it emphasis in asterisks."""
    parts = re.split(r"(<code.*?</code>)", code_marked(text))
    return "".join(
        part if i % 2 else re.sub(r"\*([^*]+)\*", r"<em>\1</em>", part)
        for i, part in enumerate(parts)
    )
