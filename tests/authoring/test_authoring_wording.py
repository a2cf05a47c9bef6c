"""Is what a translation must leave as it is compared, and what it must not say found?"""

import pytest

from authoring.wording import breaches


@pytest.mark.parametrize(
    ("language", "english", "translation"),
    [
        ("ro", "Call `fit(x)` **once**.", "Apelează **o dată** `fit(x)`."),
        ("ro", "10,000 steps of 0.05", "10\u00a0000 de pași de 0.05"),
        ("ro", "See [this](a.md) and $x^2$.", "Vezi $x^2$ și [asta](a.md)."),
        ("he", "The shape is (32, 1).", "הצורה היא `(32, 1)`."),
        ("he", "Use `x + 1` of `f(x)`.", "השתמשו ב-`x + 1` של `f(x)`."),
        ("ro", "The left side.", "Partea stângă."),
    ],
)
def test_is_a_faithful_translation_left_alone(
    language: str, english: str, translation: str
) -> None:
    assert list(breaches(language, english, translation, message=False)) == []


@pytest.mark.parametrize(
    ("language", "english", "translation", "why"),
    [
        ("ro", "Call `fit(x)`.", "Apelează `fit(y)`.", "the code `fit(x)` is missing"),
        ("ro", "Call `fit`.", "Apelează `fit` și `run`.", "`run` is not in the English"),
        ("ro", "See $x$.", "Vezi $y$.", "the formula $x$ is missing"),
        ("ro", "See [this](a.md).", "Vezi [asta](b.md).", "the address ](a.md) is missing"),
        ("ro", "**Why.** So.", "De ce. Așa.", "the mark ** is missing"),
        ("ro", "Two of 4,000.", "Două din 400.", "not those of the English: 4000, 400"),
        ("ro", "A layer.", "Un strat, funcţie.", "cedilla"),
        ("ro", " in row 3", "în rândul 3", "ends with a space"),
        ("ro", "The curve above.", "Curba din stânga.", "a side"),
        ("he", "The curve above.", "העקומה משמאל.", "a side"),
        ("he", "The shape is (32, 1).", "הצורה היא (32, 1).", "put it in backticks"),
        ("he", "It is 784→10 wide.", "הרוחב 784→10 כאן.", "put it in backticks"),
    ],
)
def test_is_each_breach_named(language: str, english: str, translation: str, why: str) -> None:
    found = list(breaches(language, english, translation, message=False))
    assert any(why in fault for fault in found), found


def test_are_the_fields_of_a_message_kept_and_of_a_text_not_looked_for() -> None:
    english, wrong = "{n:,} of {all}", "{n:,} din {toate}"
    assert list(breaches("ro", english, "{n:,} din {all}", message=True)) == []
    found = list(breaches("ro", english, wrong, message=True))
    assert found == ["the field {all} is missing", "the field {toate} is not in the English"]
    assert list(breaches("ro", english, wrong, message=False)) == []
