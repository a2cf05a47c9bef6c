"""Is every mistake in a quiz found with its line, and does each option keep its feedback?"""

import json
from pathlib import Path

import pytest

from authoring.quizzes import files, prose, read_quiz, spoken
from tests.submissions import ROOT

GOOD = """\
title: A quiz
intro: Two questions.
questions:
  - id: colour
    text: Which colour?
    options:
      - text: Red.
        right: true
        feedback: Yes, red.
      - text: Blue.
        feedback: Not blue.
  - id: count
    text: How many?
    kind: number
    answer: 3
    feedback: Yes, three.
    wrong:
      - value: 2
        feedback: One is missing.
    otherwise: Count again.
"""
OURS = sorted((ROOT / "authoring/quizzes").glob("*.yaml"))


def faults(content: str) -> list[str]:
    quiz, found = read_quiz(content, "authoring/quizzes/a.yaml", "a")
    assert (quiz is None) == bool(found)
    return [str(fault) for fault in found]


def test_is_a_quiz_without_a_fault_built_the_same_way_every_time() -> None:
    quiz, found = read_quiz(GOOD, "authoring/quizzes/a.yaml", "a")
    assert found == []
    assert quiz is not None
    built = files(quiz)
    assert list(built) == ["course/en/quiz-a.ipynb", "tandem/assets/quizzes/a.json"]
    assert built == files(quiz)
    first, second = json.loads(built["tandem/assets/quizzes/a.json"])
    assert {o["text"]: o["feedback"] for o in first["options"]} == {
        "Red.": "Yes, red.",
        "Blue.": "Not blue.",
    }
    assert second["answer"] == 3


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("        feedback: Not blue.\n", "", 10, "`feedback` is missing"),
        ("        feedback: Not blue.\n", "        feedback: ''\n", 10, "`feedback` is not a text"),
        ("        right: true\n", "", 4, "0 options are right"),
        ("      - text: Blue.\n", "      - text: Blue.\n        right: true\n", 4, "2 options are"),
        ("    kind: number\n", "    kind: essay\n", 12, "the kind `essay` does not exist"),
        ("id: count", "id: colour", 12, "stands twice"),
        ("id: count", "id: How Many", 12, "is no slug"),
        ("    otherwise: Count again.\n", "", 12, "`otherwise` is missing"),
        ("title: A quiz\n", "titel: A quiz\n", 1, "unknown key `titel`"),
        ("answer: 3", "answer: three", 12, "is no number"),
        ("answer: 3", "answer: true", 12, "is no number"),
        ("answer: 3", "answer: .nan", 12, "is no number"),
        ("value: 2", "value: two", 18, "the value `two` is no number"),
        ("value: 2", "value: 3", 18, "or stands twice"),
        ("    wrong:\n      - value: 2\n        feedback:", "    wrong:", 12, "is not a list"),
        ("right: true", "right: 'no'", 7, "`right` is neither true nor false"),
        ("text: Blue.", "text: Red.", 10, "the option stands twice"),
        ("        right: true\n", "        right: true\n        right: false\n", 9, "stands twice"),
        ("intro: Two questions.", "intro: [", 4, "not YAML"),
        ("Two questions.", "See question #2 first.", 2, "YAML takes `#2 first.` for a comment"),
        ("Not blue.", "Not\n          blue #1", 12, "YAML takes `#1` for a comment"),
    ],
)
def test_is_a_mistake_named_with_its_line(old: str, new: str, line: int, what: str) -> None:
    assert old in GOOD
    found = faults(GOOD.replace(old, new))
    assert any(f"a.yaml:{line}: " in fault and what in fault for fault in found), found


@pytest.mark.parametrize(
    "content", ["", "[]", "3", "questions: 3", "questions:\n  - 3", "? [1]\n: 2"]
)
def test_is_what_is_no_quiz_refused(content: str) -> None:
    assert faults(content)


@pytest.mark.parametrize("questions", ["3", "[]"])
def test_is_a_quiz_without_questions_refused(questions: str) -> None:
    (fault,) = faults(f"title: A\nintro: B\nquestions: {questions}\n")
    assert "`questions` is not a list of questions" in fault


def test_is_a_name_that_is_no_slug_refused() -> None:
    _, (fault,) = read_quiz(GOOD, "authoring/quizzes/My Quiz.yaml", "My Quiz")
    assert "is not a slug" in str(fault)


@pytest.mark.parametrize("path", OURS, ids=lambda p: p.stem)
def test_have_our_quizzes_enough_questions_and_their_right_answers_no_place(path: Path) -> None:
    """A right answer that always stood first could be guessed."""
    quiz, found = read_quiz(path.read_text(), path.as_posix(), path.stem)
    assert found == []
    assert quiz is not None
    assert len(quiz.questions) >= 8
    data = json.loads(files(quiz)[f"tandem/assets/quizzes/{path.stem}.json"])
    places = [
        [option.get("right", False) for option in question["options"]].index(True)
        for question in data
        if question["kind"] == "one"
    ]
    assert len(set(places)) > 2


def test_is_every_text_translated() -> None:
    quiz, _ = read_quiz(GOOD, "a.yaml", "a")
    assert quiz is not None
    assert [entry.text for entry in prose(quiz)] == ["A quiz", "Two questions."]
    assert [entry.text for entry in spoken(quiz)] == [
        *("Which colour?", "Red.", "Yes, red.", "Blue.", "Not blue."),
        *("How many?", "Yes, three.", "One is missing.", "Count again."),
    ]
