"""Are the glossary's words kept, and the terms of a pair not swapped?"""

import re
from pathlib import Path

import pytest

from authoring.glossary import COLUMNS, Term, departures, read_glossary

ROWS = [
    "overfitting,overfit(?:s|ted|ting)?,supraînvățare,supraînv,underfitting,",
    "underfitting,underfit(?:s|ted|ting)?,subînvățare,subînv,overfitting,",
    "variance,variances?,varianță,varianț,,not variație",
    "bias,bias(?:es)?,deplasare,deplasa|termen,,two senses",
    "step,,pas,pas,,too common to be tested",
]


def write(folder: Path, rows: list[str]) -> Path:
    path = folder / "glossary.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def terms(tmp_path: Path) -> dict[str, Term]:
    return read_glossary(write(tmp_path, ROWS))


@pytest.mark.parametrize(
    ("english", "romanian"),
    [
        ("Overfitting is common.", "Supraînvățarea este frecventă."),
        ("It overfits, then underfits.", "Supraînvață, apoi subînvață."),
        ("The biases of a layer.", "Termenii liberi ai unui strat."),
        ("A step.", "Un salt."),
        ("{bias} is a field.", "{bias} este un câmp."),
        ("`overfitting` is a name.", "`overfitting` este un nume."),
        ("This is [here](overfitting.md).", "Este [aici](overfitting.md)."),
    ],
)
def test_is_what_follows_the_glossary_left_alone(
    english: str, romanian: str, terms: dict[str, Term]
) -> None:
    assert list(departures(terms, english, romanian)) == []


@pytest.mark.parametrize(
    ("english", "romanian", "why"),
    [
        ("The variance grows.", "Variația crește.", "“variance” is “varianță”"),
        ("It overfits.", "Subînvață.", "“overfitting” is “supraînvățare”"),
        ("Overfitting.", "Supraînvățare, nu subînvățare.", "the opposite of “overfitting”"),
        ("First overfit, then underfit.", "Subînvață, apoi supraînvață.", "in the other order"),
    ],
)
def test_is_each_departure_named(
    english: str, romanian: str, why: str, terms: dict[str, Term]
) -> None:
    found = list(departures(terms, english, romanian))
    assert found
    assert any(why in fault for fault in found)


def test_does_a_comment_of_the_translator_exempt_the_terms_it_names(terms: dict[str, Term]) -> None:
    english, romanian = "Variance and bias.", "Altceva."
    assert len(list(departures(terms, english, romanian))) == 2
    comment = "A proverb.\nglossary: variance, step"
    (left,) = departures(terms, english, romanian, comment)
    assert "“bias”" in left
    assert list(departures(terms, english, romanian, "glossary: variance, bias")) == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a,a,b", "glossary.csv:2: 6 columns wanted"),
        ("a,a,b,b,,a note, with a comma", "6 columns wanted"),
        ("a,a,,,,", "needs its English, its translation and its forms"),
        ("a,(,b,b,,", "no regular expression"),
        ("a,a,b,b,missing,", "“missing”, an opposite, is no term"),
        ("a,a,b,b,,\na,a,b,b,,", "“a” is there twice"),
    ],
)
def test_is_a_line_that_cannot_be_used_named(row: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        read_glossary(write(tmp_path, [row]))


def test_does_a_language_without_a_glossary_have_no_terms(tmp_path: Path) -> None:
    assert read_glossary(tmp_path / "glossary.csv") == {}
