"""A student's feedback page: points, messages, answers. No script, no network, no hidden test.

Of the notebook it shows what the student wrote and what the grader says to it; the sources of
graded cells stay out, since those of somebody else's assignment may hold hidden tests.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from nbconvert.filters import ansi2html
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.outputs import truncated
from autograder.run import KEY, PREFIX, Resources, grade_id
from autograder.status import NOT_RUN
from autograder.written import LONGEST, rendered
from tandem.markup import code_marked
from tandem.messages import current_language, direction, language_of, running, say, speaking

ASSETS = Path(__file__).parent / "assets"
_HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
_LONGEST_OUTPUT = 100_000


@dataclass
class Item:
    """One graded cell with the answers that belong to it; HTML is marked as such."""

    anchor: str
    title: str
    mark: str
    points: str
    message: str
    comment: Markup = field(default_factory=Markup)
    answers: list[Markup] = field(default_factory=list)
    outputs: list[Markup] = field(default_factory=list)


def feedback_page(nb: NotebookNode, resources: Resources, waiting: Container[str] = ()) -> str:
    """Return the page of a graded notebook into which nbgrader has put scores and comments.

    Args:
        waiting: the grade ids of what a person has still to grade, for which nbgrader says 0.
    """
    about, found = resources["nbgrader"], nb.metadata.get(KEY, {})
    code = "\n".join(c.source for c in nb.cells if c.cell_type == "code")
    with speaking(found.get("language") or language_of(code)):  # older results name none
        penalty, score, most = about.get("late_penalty") or 0, about["score"], about["max_score"]
        return _template().render(
            language=current_language(),
            direction=direction(),
            title=say("Feedback: {assignment}", assignment=about["assignment"]),
            total=say("{points:g} of {most:g} points.", points=score, most=most),
            penalty=say("{n:g} were taken for lateness.", n=penalty) if penalty else "",
            refused=say("Your notebook was not graded.")
            if found.get("status") in NOT_RUN
            else say("Not everything in your notebook went as it should."),
            reason=found.get("reason", ""),
            items=list(_items(nb, found, waiting)),
            table=(say("Your points"), say("item"), say("points"), say("what was found")),
            mended=say("What the grader put right"),
            comment=say("A comment by a person"),
            findings=found.get("findings", []) if found.get("status") not in NOT_RUN else [],
            code_style=Markup(_formatter().get_style_defs(".highlight")),
            running=running,
        )


def _items(nb: NotebookNode, found: dict[str, Any], waiting: Container[str]) -> Iterator[Item]:
    """Yield the graded cells in order, each with the answers since the one before it."""
    messages = {check["name"]: check["message"] for check in found.get("checks", [])}
    heading, answers, comments = "", [], []
    for cell in nb.cells:
        if cell.cell_type == "markdown" and (titles := _HEADING.findall(cell.source)):
            heading = titles[-1]
        if is_solution(cell):
            answers.append(_answer(cell))
            comments.append(_comment(cell))
        if not (is_grade(cell) or is_task(cell)):
            continue
        name = (grade_id(cell) or "").removeprefix(PREFIX)
        score = None if grade_id(cell) in waiting else cell.metadata.nbgrader.get("score")
        item = _item(cell, name, heading, messages.get(name, ""), score)
        if is_task(cell):
            comments.append(_comment(cell))
        item.comment = rendered("\n\n".join(filter(None, comments)))
        item.answers = answers
        yield item
        answers, comments = [], []


def _item(cell: NotebookNode, name: str, heading: str, message: str, score: float | None) -> Item:
    most = float(cell.metadata.nbgrader.points)
    mark = "…" if score is None else "✓" if score >= most else "◐" if score > 0 else "✗"
    points = (
        say("waits for a person, {most:g} points", most=most)
        if score is None
        else say("{points:g} of {most:g}", points=score, most=most)
    )
    outputs = [_output(output) for output in cell.get("outputs", [])]
    return Item(f"item-{name}", heading or name, mark, points, message, outputs=outputs)


def _comment(cell: NotebookNode) -> str:
    """Return what a person wrote; nbgrader itself notes where there is no answer."""
    comment = str(cell.metadata.nbgrader.get("comment") or "")
    return "" if comment == "No response." else comment


def _answer(cell: NotebookNode) -> Markup:
    if cell.cell_type != "code":
        html = rendered(cell.source, cell.get("attachments"))
    elif len(cell.source) > LONGEST:
        html = Markup("<pre>{}</pre>").format(cell.source)
    else:  # Pygments looks behind every blank for all that follow it.
        lines = (line.rstrip() for line in cell.source.splitlines())
        code = highlight("\n".join(lines), PythonLexer(), _formatter())
        return Markup('<div dir="ltr">{}</div>').format(Markup(code))
    return Markup('<div class="answer" dir="auto">{}</div>').format(html)


def _output(output: NotebookNode) -> Markup:
    """Show our own card as it is, everything else as text; `outputs.harmless` let no HTML pass."""
    data = output.get("data", {})
    if "text/html" in data:
        return Markup(data["text/html"])
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            source = f"data:{mime};base64,{''.join(str(data[mime]).split())}"
            return Markup('<img src="{}" alt="{}">').format(source, say("a figure"))
    text = output.get("text") or data.get("text/plain") or "\n".join(output.get("traceback", []))
    if len(text) > _LONGEST_OUTPUT:
        text = text[:_LONGEST_OUTPUT] + truncated(_LONGEST_OUTPUT)
    return Markup('<div class="output" dir="ltr"><pre tabindex="0">{}</pre></div>').format(
        Markup(ansi2html(text))
    )


@cache
def _formatter() -> HtmlFormatter[str]:
    return HtmlFormatter(style="default", nobackground=True)


@cache
def _template() -> Template:
    loader = FileSystemLoader(ASSETS)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters["code_marked"] = lambda text: Markup(code_marked(text))
    return environment.get_template("feedback.html.j2")
