"""Do texts in other languages differ in their prose alone, and is what is missing named?"""

from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
import polib
import pytest
from nbformat import NotebookNode

Command = Callable[[Path, str], tuple[int, str, str]]

PLACE = "flowers-pytorch/flowers.ipynb"
ROMANIAN = {
    "Flowers": "Flori",
    "Why flowers.": "De ce flori.",
    "Why subtract the maximum?": "De ce scădem maximul?",
}


@pytest.fixture
def translated(built: Path, command: Command) -> Path:
    """The built tree, with catalogues of Romanian and Hebrew, the Romanian one in part filled."""
    for language in ("ro", "he"):
        (built / "authoring/locale" / language).mkdir(parents=True)
    assert command(built, "translations")[0] == 0
    fill(built, "ro", ROMANIAN)
    fill(built, "he", {"Why flowers.": "מדוע `x`."})
    assert command(built, "build")[0] == 0
    return built


def fill(root: Path, language: str, texts: Mapping[str, str]) -> None:
    path = root / "authoring/locale" / language / "flowers.po"
    catalogue = polib.pofile(str(path), wrapwidth=0)
    for entry in catalogue:
        entry.msgstr = texts.get(entry.msgid, entry.msgstr)
    catalogue.save()


def lab(root: Path, language: str) -> NotebookNode:
    return nbformat.read(root / "labs" / language / PLACE, as_version=4)


def test_is_unlocked_prose_translated_and_the_rest_english(translated: Path) -> None:
    prose = "\n".join(c.source for c in lab(translated, "ro").cells if c.cell_type == "markdown")
    assert "# Flori\n\nDe ce flori." in prose
    assert "De ce scădem maximul?" in prose
    assert "The end." in prose


@pytest.mark.parametrize("language", ["ro", "he"])
def test_are_code_ids_and_graded_cells_those_of_english(translated: Path, language: str) -> None:
    english, other = lab(translated, "en").cells, lab(translated, language).cells
    assert [cell.id for cell in english] == [cell.id for cell in other]
    for ours, theirs in zip(english, other, strict=True):
        assert ours.metadata == theirs.metadata
        if ours.cell_type == "code" or "nbgrader" in ours.metadata:
            assert ours.source == theirs.source
    assert lab(translated, language).metadata.tandem.language == language


def test_does_hebrew_prose_read_from_right_to_left(translated: Path) -> None:
    (cell,) = [c for c in lab(translated, "he").cells if "מדוע" in c.source]
    assert cell.source.startswith('<div dir="rtl">')
    assert 'מדוע <code dir="ltr">x</code>.' in cell.source


def test_does_check_name_exactly_what_is_to_be_translated(
    translated: Path, command: Command
) -> None:
    status, _, err = command(translated, "check")
    assert status == 1
    mine = [line for line in err.splitlines() if "locale/ro/flowers.po" in line]
    named = {line.split("“")[1].split("”")[0] for line in mine}
    assert named == {"Tensors of torch", "Tensors of tf", "Softmax", "The end."}


def test_does_a_changed_sentence_name_its_entry_in_each_language(
    translated: Path, command: Command
) -> None:
    text = translated / "authoring/labs/flowers.md"
    before = set(command(translated, "check")[2].splitlines())
    text.write_text(text.read_text().replace("Why flowers.", "Why the flowers."))
    assert command(translated, "build")[0] == 0
    new = set(command(translated, "check")[2].splitlines()) - before
    assert len(new) == 2
    assert all("“Why the flowers.” (authoring/labs/flowers.md:7)" in line for line in new)


def test_is_the_line_that_names_the_language_the_only_code_that_differs(
    built: Path, command: Command
) -> None:
    (built / "authoring/locale/ro").mkdir(parents=True)
    lesson = built / "authoring/lessons/1-tensors.md"
    code = 'from tandem import language\nlanguage("en")'
    cell = f"```{{code-cell}} python\n:name: language\n{code}\n```\n"
    lesson.write_text(lesson.read_text() + cell)
    assert command(built, "build")[0] == 0
    sources = {
        language: [
            c.source
            for c in nbformat.read(
                built / f"course/{language}/pytorch/1-tensors.ipynb", as_version=4
            ).cells
            if c.cell_type == "code"
        ]
        for language in ("en", "ro")
    }
    differing = [pair for pair in zip(*sources.values(), strict=True) if pair[0] != pair[1]]
    ((english, romanian),) = differing
    assert english.replace('language("en")', 'language("ro")') == romanian
    assert code in english


def test_do_links_to_the_other_tree_keep_the_language(built: Path, command: Command) -> None:
    (built / "authoring/locale/ro").mkdir(parents=True)
    lines = "[labs](../../labs/en/README.md) [unit](pytorch/1.ipynb) [site](https://a.b/en/c)"
    page = built / "authoring/lessons/README.md"
    page.write_text(f"# Course\n\n{lines}\n")
    assert command(built, "build")[0] == 0
    assert lines in (built / "course/en/README.md").read_text()
    assert lines.replace("labs/en", "labs/ro") in (built / "course/ro/README.md").read_text()
