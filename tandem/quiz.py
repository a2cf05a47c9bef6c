"""A quiz in a notebook: questions with feedback for every option, and a score.

`show("before")` draws the questions of `assets/quizzes/before.json`, which the builder makes of
`authoring/quizzes/before.yaml`. Everything is kept in the notebook's kernel; nothing is graded.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from tandem.messages import current_language, say

FOLDER = Path(__file__).parent / "assets" / "quizzes"
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_STYLE = """<style>
.tandem-quiz { max-width: 60em; direction: %s; }
.tandem-quiz .widget-radio-box label, .tandem-quiz .widget-checkbox label {
  height: auto; white-space: normal; line-height: 1.5; margin-bottom: 0.3em; }
.tandem-quiz .widget-radio-box input, .tandem-quiz .widget-checkbox input {
  margin-inline-end: 0.6em; }
.tandem-quiz .widget-label-basic { width: auto; }
.tandem-quiz h3 { margin: 1em 0 0.3em; }
</style>"""


@dataclass(frozen=True)
class Option:
    """One answer to choose, and what is said to whoever chooses it."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """One question: choose `one` option, choose `many`, or type a `number`."""

    id: str
    text: str
    kind: str
    options: tuple[Option, ...] = ()
    answer: float = 0.0
    feedback: str = ""
    wrong: tuple[tuple[float, str], ...] = ()  # typical wrong numbers, each with its feedback
    otherwise: str = ""


@dataclass(frozen=True)
class Response:
    """What a student is told: for each remark a mark and a text, and whether all was right."""

    right: bool
    remarks: tuple[tuple[bool, str], ...]


def load(name: str) -> tuple[Question, ...]:
    """Load a quiz.

    Raises ValueError when there is none of this name.
    """
    there = sorted(path.stem for path in FOLDER.glob("*.json"))
    if name not in there:
        raise ValueError(
            say("There is no quiz {name}; choose one of {names}.", name=repr(name), names=there)
        )
    entries = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return tuple(_question(entry) for entry in entries)


def respond(question: Question, given: Sequence[int] | str) -> Response:
    """Judge an answer: the numbers of the chosen options, or the number as it was typed."""
    if isinstance(given, str):
        return _typed(question, given)
    if not given:
        return Response(False, ((False, say("Choose an answer first.")),))
    chosen = [question.options[i] for i in given]
    remarks = [(option.right, say(option.feedback)) for option in chosen]
    missed = [o for i, o in enumerate(question.options) if o.right and i not in given]
    if question.kind == "many" and missed and all(option.right for option in chosen):
        remarks.append((False, say("That is right so far. There is more to choose.")))
    return Response(not missed and all(right for right, _ in remarks), tuple(remarks))


def show(name: str) -> "Quiz":
    """Return a quiz as a widget, to be shown at the end of a cell."""
    return Quiz(load(name))


class Quiz(widgets.VBox):
    """The questions below each other, each with its button and feedback, and the score."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.cards = [_Card(number, q, self._score) for number, q in enumerate(questions, 1)]
        self.score = widgets.HTML()
        direction = "rtl" if current_language() == "he" else "ltr"
        children = [
            widgets.HTML(_STYLE % direction),
            *(card.box for card in self.cards),
            self.score,
        ]
        super().__init__(children)
        self.add_class("tandem-quiz")
        self._score()

    def _score(self) -> None:
        """Write how many questions are answered, and how many rightly."""
        answered = sum(card.response is not None for card in self.cards)
        right = sum(card.response is not None and card.response.right for card in self.cards)
        text = say("{right} of {n} right.", right=right, n=len(self.cards))
        if answered < len(self.cards):
            text += " " + say("{n} not answered yet.", n=len(self.cards) - answered)
        self.score.value = f'<p role="status" dir="auto"><strong>{escape(text)}</strong></p>'


@dataclass
class _Card:
    """One question on the page."""

    number: int
    question: Question
    changed: Any
    response: Response | None = None
    box: widgets.VBox = field(init=False)

    def __post_init__(self) -> None:
        heading = say("Question {number}", number=self.number)
        text = f'<h3>{escape(heading)}</h3><p dir="auto">{marked(say(self.question.text))}</p>'
        self.field = self._field()
        button = widgets.Button(description=say("Check"), tooltip=f"{heading}: {say('Check')}")
        button.on_click(lambda _: self.answer())
        self.feedback = widgets.HTML()
        self.box = widgets.VBox([widgets.HTML(text), self.field, button, self.feedback])

    def _field(self) -> widgets.Widget:
        names = [plain(say(option.text)) for option in self.question.options]
        if self.question.kind == "one":
            options = [(name, i) for i, name in enumerate(names)]
            return widgets.RadioButtons(options=options, value=None, layout={"width": "auto"})
        if self.question.kind == "many":
            layout = {"width": "auto"}
            boxes = [
                widgets.Checkbox(False, description=n, indent=False, layout=layout) for n in names
            ]
            return widgets.VBox(boxes)
        return widgets.Text(placeholder=say("a number"), layout={"width": "10em"})

    def given(self) -> Sequence[int] | str:
        """Read the answer off the page."""
        if self.question.kind == "one":
            return () if self.field.value is None else (int(self.field.value),)
        if self.question.kind == "many":
            return tuple(i for i, box in enumerate(self.field.children) if box.value)
        return str(self.field.value)

    def answer(self) -> None:
        """Judge what is chosen and show the feedback."""
        self.response = respond(self.question, self.given())
        remarks = "".join(
            f'<p dir="auto"><span aria-hidden="true">{"✓" if right else "✗"}</span> '
            f"{marked(text)}</p>"
            for right, text in self.response.remarks
        )
        self.feedback.value = f'<div role="status">{remarks}</div>'
        self.changed()


def marked(text: str) -> str:
    """Return a text as HTML: code in backticks, emphasis in asterisks."""
    html = re.sub(r"`([^`]+)`", r'<code dir="ltr">\1</code>', escape(text, quote=False))
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", html)


def plain(text: str) -> str:
    """Return a text without its marks, for a label that shows no HTML."""
    return re.sub(r"`([^`]+)`", r"\1", re.sub(r"\*([^*]+)\*", r"\1", text))


def _typed(question: Question, text: str) -> Response:
    if not _NUMBER.fullmatch(text.strip()):
        return Response(False, ((False, say("Type a number.")),))
    number = float(text.strip().replace(",", "."))
    if number == question.answer:
        return Response(True, ((True, say(question.feedback)),))
    remark = next((say(why) for value, why in question.wrong if value == number), "")
    return Response(False, ((False, remark or say(question.otherwise)),))


def _question(entry: dict[str, Any]) -> Question:
    options = tuple(Option(**option) for option in entry.pop("options", ()))
    wrong = tuple((float(case["value"]), case["feedback"]) for case in entry.pop("wrong", ()))
    return Question(options=options, wrong=wrong, **entry)
