"""A verdict: what a check found, for a person and for nbgrader."""

from dataclasses import dataclass
from html import escape

from tandem.markup import code_marked
from tandem.messages import current_language, direction, say


@dataclass(frozen=True)
class Verdict:
    """The points of one check, and the sentence that explains them.

    `repr` is the number of points alone: nbgrader reads it as partial credit.
    """

    check: str
    points: float
    max_points: float
    message: str
    hint: str = ""
    details: str = ""

    @property
    def passed(self) -> bool:
        return self.points >= self.max_points

    def __repr__(self) -> str:
        return f"{self.points:g}"

    def _repr_html_(self) -> str:
        """Draw the card: a mark, the check's name, its points, the message, the next step."""
        mark, colour = _MARKS[(self.points > 0) + self.passed]
        return _CARD.format(
            language=current_language(),
            direction=direction(),
            colour=colour,
            mark=mark,
            check=escape(self.check),
            points=escape(say("{points:g} of {most:g}", points=self.points, most=self.max_points)),
            style=_TEXT,
            message=code_marked(self.message),
            hint=_HINT.format(style=_TEXT, hint=code_marked(self.hint)) if self.hint else "",
            details=_DETAILS.format(escape(say("Show the error")), escape(self.details))
            if self.details
            else "",
        )


# From zero points to all of them. The marks differ in shape, not in colour alone.
_MARKS = (("✗", "#c85200"), ("◐", "#8f6f00"), ("✓", "#1170aa"))

# JupyterLab aligns every paragraph to the left, also where it reads from right to left.
_TEXT = "text-align: start; margin: 0.3em 0 0; white-space: pre-line"
_CARD = """\
<div class="tandem-verdict" lang="{language}" dir="{direction}" role="status" style="\
border: 1px solid var(--jp-border-color2, #bbb); border-inline-start: 6px solid {colour}; \
border-radius: 4px; padding: 0.5em 0.8em; margin: 0.3em 0; max-width: 60em; \
font-family: var(--jp-ui-font-family, sans-serif)">
<strong><span aria-hidden="true">{mark}</span> <code dir="ltr">{check}</code> — {points}</strong>
<p dir="auto" style="{style}">{message}</p>{hint}{details}
</div>"""
_HINT = '\n<p dir="auto" style="{style}"><em>{hint}</em></p>'
_DETAILS = (
    '\n<details style="margin-top: 0.3em"><summary>{}</summary>'
    '<pre dir="ltr" style="overflow-x: auto">{}</pre></details>'
)
