"""Does a quiz answer every choice with its own feedback, and count rightly?"""

import pytest

from tandem.quiz import Option, Question, Quiz, load, marked, plain, respond

ONE = Question("a", "Which?", "one", (Option("x", "no, `x`"), Option("y", "yes", True)))
MANY = Question(
    "b", "Which ones?", "many", (Option("x", "no"), Option("y", "y", True), Option("z", "z", True))
)
NUMBER = Question("c", "How many?", "number", (), 3, "yes", ((2.0, "one more"),), "count")


@pytest.mark.parametrize(
    ("question", "given", "right", "remarks"),
    [
        (ONE, (0,), False, ["no, `x`"]),
        (ONE, (1,), True, ["yes"]),
        (ONE, (), False, ["Choose an answer first."]),
        (MANY, (1, 2), True, ["y", "z"]),
        (MANY, (1,), False, ["y", "That is right so far. There is more to choose."]),
        (MANY, (0, 1, 2), False, ["no", "y", "z"]),
        (NUMBER, "3", True, ["yes"]),
        (NUMBER, " 3.0 ", True, ["yes"]),
        (NUMBER, "3,0", True, ["yes"]),
        (NUMBER, "2", False, ["one more"]),
        (NUMBER, "7", False, ["count"]),
        (NUMBER, "three", False, ["Type a number."]),
        (NUMBER, "", False, ["Type a number."]),
    ],
)
def test_has_every_answer_its_feedback(
    question: Question, given: tuple[int, ...] | str, right: bool, remarks: list[str]
) -> None:
    response = respond(question, given)
    assert response.right == right
    assert [text for _, text in response.remarks] == remarks


def test_does_the_score_count_the_last_answer_of_each_question() -> None:
    quiz = Quiz([ONE, MANY, NUMBER])
    assert "0 of 3 right. 3 not answered yet." in quiz.score.value
    one, many, number = quiz.cards
    one.field.value = 0
    one.answer()
    assert "0 of 3 right. 2 not answered yet." in quiz.score.value
    assert '<code dir="ltr">x</code>' in one.feedback.value
    one.field.value = 1
    one.answer()
    for box in many.field.children[1:]:
        box.value = True
    many.answer()
    number.field.value = "2"
    number.answer()
    assert "2 of 3 right.<" in quiz.score.value


def test_are_marks_turned_to_html_and_everything_else_kept_out() -> None:
    assert marked("`a < b` is *not* <b>") == (
        '<code dir="ltr">a &lt; b</code> is <em>not</em> &lt;b&gt;'
    )
    assert plain("`a < b` is *not*") == "a < b is not"


@pytest.mark.parametrize("name", ["before", "after"])
def test_are_the_shipped_quizzes_complete(name: str) -> None:
    for question in load(name):
        if question.kind == "number":
            assert respond(question, f"{question.answer:g}").right
            continue
        rightly = tuple(i for i, option in enumerate(question.options) if option.right)
        assert respond(question, rightly).right
        assert all(option.feedback for option in question.options)


def test_is_an_unknown_quiz_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no quiz 'x'; choose one of \['after', 'before'\]"):
        load("x")
