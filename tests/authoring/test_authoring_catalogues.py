"""Do catalogues keep translations, mark what changed, and name exactly what is to be revised?"""

from pathlib import Path

import polib
import pytest
from babel.messages import pofile

from authoring.catalogues import CatalogueError, Entry, complaints, languages, translator, update

ENGLISH = [
    Entry("A network is numbers.", "lessons/1.md", 3),
    Entry("The loss falls.", "lessons/1.md", 5),
    Entry("The loss falls.", "lessons/1.md", 9),
]
ROMANIAN = {"A network is numbers.": "O rețea este numere.", "The loss falls.": "Pierderea scade."}


def unread(english: str, translation: str, comment: str) -> list[str]:
    """Find nothing wrong with a translation."""
    return []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one Romanian catalogue, all of it translated."""
    assert update(tmp_path, "ro", "1", ENGLISH)
    fill(tmp_path)
    return tmp_path


def catalogue(root: Path) -> polib.POFile:
    return polib.pofile(str(root / "authoring/locale/ro/1.po"), wrapwidth=0)


def fill(root: Path) -> None:
    found = catalogue(root)
    for entry in found:
        entry.msgstr = ROMANIAN[entry.msgid]
    found.save()


def test_is_a_new_catalogue_empty_and_each_passage_once(tmp_path: Path) -> None:
    update(tmp_path, "ro", "1", ENGLISH)
    found = catalogue(tmp_path)
    assert [entry.msgid for entry in found] == list(ROMANIAN)
    assert found[1].occurrences == [("lessons/1.md", "5"), ("lessons/1.md", "9")]
    assert [entry.msgstr for entry in found] == ["", ""]
    assert languages(tmp_path) == ["ro"]
    assert len(complaints(tmp_path, "ro", "1", ENGLISH, unread)) == 2


def test_are_translations_used_and_what_has_none_left_english(root: Path) -> None:
    translate = translator(root, "ro", "1")
    assert translate("The loss falls.") == "Pierderea scade."
    assert translate("Something else.") == "Something else."
    assert complaints(root, "ro", "1", ENGLISH, unread) == []


def test_does_updating_twice_change_nothing(root: Path) -> None:
    update(root, "ro", "1", ENGLISH)
    assert not update(root, "ro", "1", ENGLISH)
    assert {e.msgid: e.msgstr for e in catalogue(root)} == ROMANIAN


def test_is_exactly_the_changed_sentence_named_before_and_after_the_update(root: Path) -> None:
    changed = [Entry("The training loss falls.", "lessons/1.md", 5), ENGLISH[0]]
    (complaint,) = complaints(root, "ro", "1", changed, unread)
    assert "authoring/locale/ro/1.po: “The training loss falls.” (lessons/1.md:5)" in complaint
    update(root, "ro", "1", changed)
    fuzzy = {entry.msgid: entry for entry in catalogue(root)}["The training loss falls."]
    assert fuzzy.fuzzy
    assert fuzzy.msgstr == "Pierderea scade."
    assert fuzzy.previous_msgid == "The loss falls."
    (complaint,) = complaints(root, "ro", "1", changed, unread)
    assert "is to be revised: revise its `msgstr` and delete the word `fuzzy`" in complaint
    assert translator(root, "ro", "1")("The training loss falls.") == "The training loss falls."


def test_is_a_strange_passage_not_taken_for_one_that_went(root: Path) -> None:
    update(root, "ro", "1", [Entry("Quite another thing: 42 cats.", "lessons/1.md", 1)])
    (entry,) = [entry for entry in catalogue(root) if not entry.obsolete]
    assert (entry.msgstr, entry.fuzzy) == ("", False)


def test_does_a_translators_comment_stay(root: Path) -> None:
    found = catalogue(root)
    found[0].tcomment = "reviewed"
    found.save()
    update(root, "ro", "1", ENGLISH)
    assert catalogue(root)[0].tcomment == "reviewed"


def test_is_each_fault_that_a_reader_finds_named_with_its_entry(root: Path) -> None:
    def read(english: str, translation: str, comment: str) -> list[str]:
        return ["one", "two"] if translation == "Pierderea scade." else []

    found = complaints(root, "ro", "1", ENGLISH, read)
    assert [complaint.split(": ")[2] for complaint in found] == ["one", "two"]
    assert all("“The loss falls.” (lessons/1.md:5)" in complaint for complaint in found)


def test_are_messages_with_fields_marked_for_editors_of_catalogues(tmp_path: Path) -> None:
    entries = [Entry("{n} rows", "a.py", 1, formatted=True), Entry("A set: {}", "a.py", 2)]
    for _ in range(2):
        update(tmp_path, "ro", "1", entries)
        assert [entry.flags for entry in catalogue(tmp_path)] == [["python-brace-format"], []]
    path = tmp_path / "authoring/locale/ro/1.po"
    with path.open("rb") as file:
        read = pofile.read_po(file, abort_invalid=True)  # as Weblate and others do
    assert [str(message.id) for message in read if message.id] == ["{n} rows", "A set: {}"]


def test_does_a_translation_come_back_with_its_english(root: Path) -> None:
    """Is what has no English any more kept aside, outside what readers see?"""
    other = [Entry("Quite another thought, at length.", "lessons/1.md", 3)]
    update(root, "ro", "1", other)
    assert {entry.msgid for entry in catalogue(root) if entry.obsolete} == set(ROMANIAN)
    assert translator(root, "ro", "1")("The loss falls.") == "The loss falls."
    assert len(complaints(root, "ro", "1", ENGLISH, unread)) == 2
    update(root, "ro", "1", ENGLISH)
    assert complaints(root, "ro", "1", ENGLISH, unread) == []
    assert translator(root, "ro", "1")("The loss falls.") == "Pierderea scade."


def test_is_a_catalogue_that_cannot_be_read_named_with_its_line(root: Path) -> None:
    path = root / "authoring/locale/ro/1.po"
    path.write_text(path.read_text().replace("Pierderea scade", 'Pierderea "scade"'))
    with pytest.raises(CatalogueError, match=r"1\.po.*quotation mark"):
        update(root, "ro", "1", ENGLISH)
