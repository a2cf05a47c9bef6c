"""Quizzes: a YAML file of questions becomes a notebook and the data that `tandem.quiz` shows.

authoring/quizzes/before.yaml  →  course/en/quiz-before.ipynb, tandem/assets/quizzes/before.json

title: …
intro: …
questions:
  - id: a-slug
    text: …                       code in `backticks`, emphasis in *asterisks*
    options:                      kind: one (the default) or many
      - text: …
        right: true               exactly one of `one`, at least one of `many`
        feedback: …               for every option, right or wrong
  - id: another
    text: …
    kind: number
    answer: 15
    feedback: …                   of the right number
    wrong:                        typical wrong numbers
      - value: 12
        feedback: …
    otherwise: …                  for every other number
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from authoring.catalogues import Entry
from authoring.notebook import KERNEL, to_bytes
from authoring.opening import opening
from authoring.text import Fault

QUOTE = "mend its layout; quote a text with `: ` or ` #` in it, or one that begins with ` or *"
SLUG = re.compile(r"[a-z0-9-]+")
KINDS = ("one", "many", "number")
KEYS = {
    "quiz": ({"title", "intro", "questions"}, set()),
    "one": ({"id", "text", "options"}, {"kind"}),
    "many": ({"id", "text", "options", "kind"}, set()),
    "number": ({"id", "text", "kind", "answer", "feedback", "wrong", "otherwise"}, set()),
    "option": ({"text", "feedback"}, {"right"}),
    "wrong": ({"value", "feedback"}, set()),
}  # what must be there, what may
LINE = "(line)"  # of a mapping, put in by the loader


@dataclass(frozen=True)
class Quiz:
    """One quiz as its author wrote it."""

    name: str
    path: str
    title: str
    intro: str
    questions: list[dict[str, Any]]


def read_quiz(content: str, path: str, name: str) -> tuple[Quiz | None, list[Fault]]:
    """Read a quiz; None where there are faults."""
    try:
        tree = yaml.load(content, _Loader)  # a SafeLoader that also notes lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = f"the file is not YAML ({getattr(error, 'problem', error)})"
        return None, [Fault(path, mark.line + 1 if mark else 1, what, QUOTE)]
    faults = [Fault(path, *breach) for breach in (*_breaches(tree), *_cut(content))]
    if not SLUG.fullmatch(name):
        what = f"the file's name `{name}` is not a slug"
        faults.append(Fault(path, 1, what, "rename it, using a-z, 0-9 and -"))
    if faults:
        return None, sorted(faults)
    questions = [_bare(question) for question in tree["questions"]]
    return Quiz(name, path, tree["title"], tree["intro"], questions), []


def files(quiz: Quiz, address: str = "") -> dict[str, bytes]:
    """Return the notebook and the data of a quiz, path -> bytes.

    address: of the students' repository, for Google Colab; "" for none
    """
    language = opening('from tandem import language\n\nlanguage("en")', None, address)
    cells = [
        new_markdown_cell(f"# {quiz.title}\n\n{quiz.intro}", id="intro"),
        new_code_cell(language, id="language"),
        new_code_cell(f'from tandem import quiz\n\nquiz.show("{quiz.name}")', id="quiz"),
    ]
    about = {"quiz": quiz.name, "framework": None, "language": "en"}
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}, "tandem": about}
    notebook = new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5
    questions = [_shuffled(question) for question in quiz.questions]
    data = json.dumps(questions, ensure_ascii=False, indent=1) + "\n"
    return {
        f"course/en/quiz-{quiz.name}.ipynb": to_bytes(notebook),
        f"tandem/assets/quizzes/{quiz.name}.json": data.encode(),
    }


def _shuffled(question: dict[str, Any]) -> dict[str, Any]:
    """Put the options in an order that the question's id decides: authors write the right first."""
    options = list(question.get("options", []))
    random.Random(question["id"]).shuffle(options)
    return question | {"options": options} if options else question


def prose(quiz: Quiz) -> Iterator[Entry]:
    """Yield what is translated in the notebook."""
    yield Entry(quiz.title, quiz.path, 1)
    yield Entry(quiz.intro, quiz.path, 1)


def spoken(quiz: Quiz) -> Iterator[Entry]:
    """Yield what `tandem.quiz` says, in the order of the questions."""
    for question in quiz.questions:
        for text in _texts(question):
            yield Entry(text, f"{quiz.path}#{question['id']}", 1)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str) and key not in ("id", "kind"):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for entry in node:
            yield from _texts(entry)


Breach = tuple[int, str, str]


def _breaches(tree: Any) -> Iterator[Breach]:
    """Yield what is wrong with a quiz: line, what, cure."""
    yield from _keys(tree, "quiz", 1)
    questions = tree.get("questions") if isinstance(tree, dict) else None
    if not isinstance(questions, list) or not questions:
        yield 1, "`questions` is not a list of questions", "begin each one by `- id:`"
        return
    seen: set[str] = set()
    for question in questions:
        line = question.get(LINE, 1) if isinstance(question, dict) else 1
        kind = question.get("kind", "one") if isinstance(question, dict) else "one"
        if kind not in KINDS:
            yield line, f"the kind `{kind}` does not exist", f"use one of {', '.join(KINDS)}"
            continue
        found = list(_keys(question, kind, line))
        yield from found
        if found:
            continue
        name = question["id"]
        if not SLUG.fullmatch(str(name)) or str(name) in seen:
            yield line, f"the id `{name}` is no slug or stands twice", "use a-z, 0-9 and -, once"
        seen.add(str(name))
        yield from _number(question) if kind == "number" else _options(question, kind)


def _cut(content: str) -> Iterator[Breach]:
    """Yield the texts that end in a comment: the `#2` of `see question #2` is to be read."""
    lines = content.splitlines()
    waiting = [yaml.compose(content, yaml.SafeLoader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.ScalarNode) and node.style is None:
            end = node.end_mark
            lost = lines[end.line][end.column :].strip() if end.line < len(lines) else ""
            if lost.startswith("#"):
                yield end.line + 1, f"YAML takes `{lost}` for a comment", QUOTE


def _options(question: dict[str, Any], kind: str) -> Iterator[Breach]:
    options = question["options"]
    if not isinstance(options, list) or len(options) < 2:
        yield question[LINE], "the question has fewer than two options", "write at least two"
        return
    found = [breach for option in options for breach in _keys(option, "option", question[LINE])]
    yield from found
    if found:
        return
    for option in options:
        if not isinstance(option.get("right", False), bool):
            yield option[LINE], "`right` is neither true nor false", "write `right: true`"
    texts = [option["text"] for option in options]
    for option in options:
        if texts.count(option["text"]) > 1:
            yield option[LINE], "the option stands twice", "change or remove one of them"
    right = sum(option.get("right") is True for option in options)
    if right != 1 if kind == "one" else right < 1:
        cure = "mark it by `right: true`" if kind == "one" else "mark at least one"
        yield question[LINE], f"{right} options are right", f"{cure}; or choose another kind"


def _number(question: dict[str, Any]) -> Iterator[Breach]:
    if not _is_number(question["answer"]):
        yield question[LINE], f"the answer `{question['answer']}` is no number", "write a number"
    if not isinstance(question["wrong"], list):
        yield question[LINE], "`wrong` is not a list", "write `- value:` and `feedback:` for each"
        return
    known = [question["answer"]]
    for case in question["wrong"]:
        found = list(_keys(case, "wrong", question[LINE]))
        yield from found
        if found:
            continue
        if not _is_number(case["value"]) or case["value"] in known:
            what = f"the value `{case['value']}` is no number, or stands twice"
            yield case[LINE], what, "write each number once"
        known.append(case["value"])


def _is_number(value: object) -> bool:
    """Tell whether a value is a finite number: YAML knows `.inf`, and `true` is an `int`."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _keys(node: Any, kind: str, line: int) -> Iterator[Breach]:
    """Compare the keys of a mapping with those that it must and may have."""
    must, may = KEYS[kind]
    if not isinstance(node, dict):
        yield line, f"a {kind} is not written as keys and values", "see authoring/quizzes.py"
        return
    line = node.get(LINE, line)
    for key in sorted(must - set(node)):
        yield line, f"`{key}` is missing", "write it: see authoring/quizzes.py"
    for key in sorted(set(node) - must - may - {LINE}):
        yield line, f"unknown key `{key}`", f"use {', '.join(sorted(must | may))}"
    for key in ("title", "intro", "text", "feedback", "otherwise"):
        if key in node and (not isinstance(node[key], str) or not node[key].strip()):
            yield line, f"`{key}` is not a text", "write one"


def _bare(node: Any) -> Any:
    """Drop the lines, and name the kind where it was left out."""
    if isinstance(node, dict):
        bare = {key: _bare(value) for key, value in node.items() if key != LINE}
        return bare | {"kind": bare.get("kind", "one")} if "id" in bare else bare
    return [_bare(entry) for entry in node] if isinstance(node, list) else node


class _Loader(yaml.SafeLoader):
    """Notes in each mapping the line on which it begins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping and put its line into it.

        Raises ConstructorError for a key that stands twice: YAML would forget the first.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key `{key.value}` stands twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep) | {LINE: node.start_mark.line + 1}
