"""Prose that reads from right to left, in JupyterLab and in exported HTML.

Inside `<div dir="rtl">` headings, lists and tables turn round by themselves. Two things do not:
JupyterLab's style sheet aligns every `<p>` to the left, which only a style of the paragraph's own
overrides; and `model.fit()` inside a sentence is drawn as `()model.fit`, unless it is isolated. So
paragraphs become HTML, and code in prose gets a direction of its own.
"""

import re
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from authoring.paragraphs import passages, replaced

FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)


def right_to_left(markdown: str) -> str:
    """Return a cell's prose so that it reads from right to left, its code from left to right."""
    turned = replaced(markdown, [(p, _html(p.kind, p.text)) for p in passages(markdown)])
    turned = FENCE.sub(r'<div dir="ltr">\n\n\g<0>\n\n</div>', turned)
    return f'<div dir="rtl">\n\n{turned}\n\n</div>'


def _html(kind: str, text: str) -> str:
    html = str(_parser().renderInline(text))
    return f'<p style="text-align: right">{html}</p>' if kind == "paragraph" else html


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").use(dollarmath_plugin)
    parser.add_render_rule("code_inline", _code)
    parser.add_render_rule("math_inline", _formula)
    return parser


def _code(_: Any, tokens: Any, index: int, *__: Any) -> str:
    return f'<code dir="ltr">{escape(tokens[index].content, quote=False)}</code>'


def _formula(_: Any, tokens: Any, index: int, *__: Any) -> str:
    """Leave a formula to MathJax."""
    return f"${escape(tokens[index].content, quote=False)}$"
