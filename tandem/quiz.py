"""A quiz in a notebook: questions with feedback for every option, and a score.

`show("before")` draws the questions of `assets/quizzes/before.json`, which the builder makes of
`authoring/quizzes/before.yaml`. The page is plain HTML, and `assets/quiz.js` judges in the browser,
so it needs neither the network nor, once drawn, a kernel. Nothing is graded.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from tandem.markup import marked
from tandem.messages import current_language, direction, later, say

ASSETS = Path(__file__).parent / "assets"
FOLDER = ASSETS / "quizzes"

# What quiz.js says; it fills the braces.
SPOKEN = {
    "score": later("You have {right} of {n}. Right at the first try: {first}."),
    "open": later("Not answered yet: {open}."),
    "choose": later("Choose an answer first."),
    "more": later("That is right so far. There is more to choose."),
    "type": later("Type a number, such as 3 or 0.5."),
}


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


@dataclass(frozen=True, repr=False)
class Quiz:
    """The questions, to be shown at the end of a cell."""

    questions: tuple[Question, ...]

    def __repr__(self) -> str:
        """Write the questions where there is no page to draw them on."""
        return "\n\n".join(
            "\n".join(
                [f"{number}. {say(q.text)}", *(f"   - {say(option.text)}" for option in q.options)]
            )
            for number, q in enumerate(self.questions, 1)
        )

    def _repr_html_(self) -> str:
        """Draw each question as a form of its own, so that their radio buttons keep apart."""
        questions = "\n".join(_form(number, q) for number, q in enumerate(self.questions, 1))
        spoken = " ".join(f'data-{key}="{escape(say(text))}"' for key, text in SPOKEN.items())
        return _PAGE.format(
            style=_asset("quiz.css"),
            script=_asset("quiz.js"),
            language=current_language(),
            direction=direction(),
            spoken=spoken,
            questions=questions,
            run=escape(say("Run this cell to answer the questions.")),
        )


def show(name: str) -> Quiz:
    """Return a quiz, to be shown at the end of a cell.

    Raises ValueError when there is none of this name.
    """
    return Quiz(load(name))


def load(name: str) -> tuple[Question, ...]:
    """Load the questions of a quiz.

    Raises ValueError when there is none of this name.
    """
    there = sorted(path.stem for path in FOLDER.glob("*.json"))
    if name not in there:
        raise ValueError(
            say("There is no quiz {name}; choose one of {names}.", name=repr(name), names=there)
        )
    entries = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return tuple(_question(entry) for entry in entries)


def _form(number: int, question: Question) -> str:
    """Draw one question."""
    heading = escape(say("Question {number}", number=number))
    return _QUESTION.format(
        kind=question.kind,
        heading=heading,
        text=_spoken(question.text),
        answers=_number(question) if question.kind == "number" else _options(question),
        check=escape(say("Check")),
        label=f"{heading}: {escape(say('Check'))}",
        keys=_KEYS,
    )


def _options(question: Question) -> str:
    kind = "radio" if question.kind == "one" else "checkbox"
    return "\n".join(
        _OPTION.format(
            kind=kind,
            right=str(option.right).lower(),
            feedback=escape(_spoken(option.feedback)),
            text=_spoken(option.text),
            keys=_KEYS,
        )
        for option in question.options
    )


def _number(question: Question) -> str:
    """Draw the field for a number; it carries each known number with what is said to it."""
    known = [(question.answer, True, question.feedback)]
    known += [(value, False, why) for value, why in question.wrong]
    cases = [[value, right, _spoken(text)] for value, right, text in known]
    return _NUMBER.format(
        label=escape(say("a number")),
        cases=escape(json.dumps(cases, ensure_ascii=False)),
        otherwise=escape(_spoken(question.otherwise)),
        keys=_KEYS,
    )


def _spoken(text: str) -> str:
    """Translate a text to HTML. One that reads the same as in English runs as English does."""
    said = say(text)
    turned = ' dir="ltr"' if direction() == "rtl" and said == text else ""
    return f"<span{turned}>{marked(said)}</span>"


def _question(entry: dict[str, Any]) -> Question:
    options: Sequence[dict[str, Any]] = entry.pop("options", ())
    wrong = tuple((float(case["value"]), case["feedback"]) for case in entry.pop("wrong", ()))
    return Question(options=tuple(Option(**option) for option in options), wrong=wrong, **entry)


@cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8").strip()


_PAGE = """\
<style>
{style}
</style>
<tandem-quiz class="tandem-quiz" lang="{language}" dir="{direction}" {spoken}>
{questions}
<p class="score" role="status"><strong>{run}</strong></p>
</tandem-quiz>
<script>
{script}
</script>"""
# JupyterLab takes keys for itself, the arrows that choose an option too, where the focused element
# does not have this attribute.
_KEYS = 'data-lm-suppress-shortcuts="true"'
_QUESTION = """\
<form method="dialog" data-kind="{kind}" autocomplete="off"><fieldset>
<legend><strong>{heading}</strong><br>{text}</legend>
{answers}
<button type="button" aria-label="{label}" {keys}>{check}</button>
<div class="remark" role="status"></div>
</fieldset></form>"""
_OPTION = """\
<label><input type="{kind}" name="option" data-right="{right}" data-feedback="{feedback}" {keys}> \
{text}</label>
<div class="remark" role="status"></div>"""
_NUMBER = """\
<label>{label} <input type="text" inputmode="decimal" dir="ltr" data-cases="{cases}" \
data-otherwise="{otherwise}" {keys}></label>"""
