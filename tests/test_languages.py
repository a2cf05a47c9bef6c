"""Do notebooks in other languages run, say what they say in their language, and hold the same code?

The labs in other languages are graded together with the English ones in test_class.py.
"""

import nbformat
import pytest

from authoring.paragraphs import paragraphs, without_code
from tandem.messages import LANGUAGES, say, speaking
from tests.lessons import run
from tests.submissions import ROOT

OTHERS = tuple(language for language in LANGUAGES if language != "en")
NOTEBOOKS = sorted(
    path.relative_to(ROOT).as_posix()
    for top in ("course/en", "labs/en")
    for path in (ROOT / top).rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
RUN = {"ro": "course/ro/pytorch/3-high-level.ipynb", "he": "course/he/tensorflow/1-tensors.ipynb"}
LETTERS = {"ro": "ăâîșț", "he": "אבגדהוזחטיכלמנסעפצקרשת"}


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_a_unit_runs_and_says_in_its_language_what_is_wrong_and_right(language: str) -> None:
    lesson = run(ROOT / RUN[language])
    assert lesson.complaints == []
    assert lesson.figures > 0
    with speaking(language):
        right = say("Right.")
    assert right != "Right."
    assert lesson.untouched
    for card in lesson.untouched.values():
        assert card.startswith("0 ")
        assert f'lang="{language}"' in card
        assert any(letter in card for letter in LETTERS[language])
    assert all(card.startswith("1 ") and right in card for card in lesson.solved.values())


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("path", NOTEBOOKS)
def test_code_is_the_same_to_the_byte_but_for_the_line_that_names_the_language(
    path: str, language: str
) -> None:
    english = nbformat.read(ROOT / path, as_version=4)
    other = nbformat.read(ROOT / path.replace("/en/", f"/{language}/"), as_version=4)
    assert [cell.id for cell in other.cells] == [cell.id for cell in english.cells]
    for ours, theirs in zip(english.cells, other.cells, strict=True):
        assert theirs.metadata == ours.metadata
        if ours.cell_type == "code":
            line = f'language("{language}")'
            assert theirs.source == ours.source.replace('language("en")', line), ours.id


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("path", NOTEBOOKS)
def test_prose_is_in_its_language(path: str, language: str) -> None:
    """Is no passage of unlocked prose, of six words and more, left in English?"""
    english = nbformat.read(ROOT / path, as_version=4)
    other = nbformat.read(ROOT / path.replace("/en/", f"/{language}/"), as_version=4)
    read = 0
    for ours, theirs in zip(english.cells, other.cells, strict=True):
        if ours.cell_type == "markdown" and "nbgrader" not in ours.metadata:
            for passage in paragraphs(ours.source):
                if len(without_code(passage.text).split()) >= 6:
                    assert passage.text not in theirs.source
                    read += 1
    assert read > 0
