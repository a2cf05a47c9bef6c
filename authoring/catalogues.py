"""gettext catalogues of the texts: one file per text and language, one entry per paragraph.

    authoring/locale/<language>/<text>.po

An entry whose English has changed is kept, marked fuzzy, with the English that it translated; until
somebody revises it the reader sees English. `tandem`'s messages are a text of their own, `tandem`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import polib

FOLDER = Path("authoring/locale")
FIELDS = "python-brace-format"  # what gettext calls a message with {fields}
SIMILAR = 0.6  # from here on a changed paragraph is held for a revision of an old one
WRITE = "write its `msgstr`"
ADD = f"run `make translations`, then {WRITE}"
REVISE = "revise its `msgstr` and delete the word `fuzzy` (in Poedit: Needs work)"
HEADER = {
    "ro": "nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100 > 0 && n%100 < 20)) ? 1 : 2);",
    "he": "nplurals=2; plural=(n != 1);",
}
# English, its translation, the translator's comment -> what is wrong, in half-sentences.
Proofreader = Callable[[str, str, str], Iterable[str]]


class CatalogueError(ValueError):
    """A catalogue that is none: the message has its file, line and the likely cause."""


@dataclass(frozen=True)
class Entry:
    """One passage of English and where it stands: file, line.

    formatted: it has `{fields}`, which editors of catalogues then compare
    """

    text: str
    path: str
    line: int
    formatted: bool = False


def languages(root: Path) -> list[str]:
    """List the languages that have catalogues."""
    return sorted(path.name for path in (root / FOLDER).glob("*") if path.is_dir())


def translator(root: Path, language: str, text: str) -> Callable[[str], str]:
    """Return a function from English to the language; what is missing or fuzzy stays English."""
    found = {
        entry.msgid: entry.msgstr
        for entry in _read(root, language, text)
        if entry.msgstr and not entry.fuzzy and not entry.obsolete
    }
    return lambda english: found.get(english, english)


def update(root: Path, language: str, text: str, entries: Sequence[Entry]) -> bool:
    """Bring one catalogue up to date with its English; tell whether the file changed."""
    path = _path(root, language, text)
    old = {entry.msgid: entry for entry in _read(root, language, text)}
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Project-Id-Version": "tandem-course",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": HEADER[language],
    }
    wanted = _merged(entries)
    fields = {entry.text for entry in entries if entry.formatted}
    orphans = {msgid: entry for msgid, entry in old.items() if msgid not in wanted and entry.msgstr}
    for english, places in wanted.items():
        entry = polib.POEntry(msgid=english, occurrences=places)
        if english in old:
            kept = old[english]
            entry.msgstr, entry.flags = kept.msgstr, list(kept.flags)
            entry.tcomment = kept.tcomment
            entry.previous_msgid = kept.previous_msgid if kept.fuzzy else None
        elif nearest := _nearest(english, orphans):
            before = orphans.pop(nearest)
            entry.msgstr, entry.tcomment, entry.flags = before.msgstr, before.tcomment, ["fuzzy"]
            entry.previous_msgid = nearest
        entry.flags = sorted({*entry.flags} - {FIELDS} | ({FIELDS} if english in fields else set()))
        catalogue.append(entry)
    for orphan in orphans.values():  # kept aside, should its English come back
        orphan.obsolete, orphan.occurrences = True, []
        catalogue.append(orphan)
    content = str(catalogue)
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return True


def complaints(
    root: Path, language: str, text: str, entries: Sequence[Entry], proofread: Proofreader
) -> list[str]:
    """Return a sentence for each passage that is not translated, has changed, or is at fault."""
    path = _path(root, language, text).relative_to(root).as_posix()
    there = {entry.msgid: entry for entry in _read(root, language, text)}
    found = []
    for english, places in _merged(entries).items():
        named = f"{path}: “{_short(english)}” ({places[0][0]}:{places[0][1]})"
        entry = there.get(english)
        if entry is None or entry.obsolete:
            found.append(f"{named} is not translated: {ADD}")
        elif not entry.msgstr:
            found.append(f"{named} is not translated: {WRITE}")
        elif entry.fuzzy:
            found.append(f"{named} is to be revised: {REVISE}")
        else:
            faults = proofread(english, entry.msgstr, entry.tcomment)
            found += [f"{named}: {fault}: revise the entry" for fault in faults]
    return found


def compiled(root: Path, language: str, text: str) -> bytes:
    """Compile a catalogue for gettext; entries that are missing or fuzzy are left out."""
    content: bytes = _read(root, language, text).to_binary()
    return content


def _read(root: Path, language: str, text: str) -> polib.POFile:
    path = _path(root, language, text)
    if not path.is_file():
        return polib.POFile()
    try:
        return polib.pofile(str(path), wrapwidth=0)
    except OSError as error:  # which is what polib raises, with file and line
        raise CatalogueError(
            f'{error}. Most often it is a quotation mark inside a text: write \\" or „ ”'
        ) from error


def _path(root: Path, language: str, text: str) -> Path:
    return root / FOLDER / language / f"{text}.po"


def _merged(entries: Iterable[Entry]) -> dict[str, list[tuple[str, str]]]:
    """Map each passage to the places where it stands, in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        found.setdefault(entry.text, []).append((entry.path, str(entry.line)))
    return found


def _nearest(english: str, orphans: Mapping[str, polib.POEntry]) -> str | None:
    """Return the orphan that a passage is most like, if it is like enough."""
    matcher = SequenceMatcher(b=english, autojunk=False)
    best, ratio = None, SIMILAR
    for orphan in orphans:
        matcher.set_seq1(orphan)
        if matcher.real_quick_ratio() > ratio and matcher.quick_ratio() > ratio:
            found = matcher.ratio()
            if found > ratio:
                best, ratio = orphan, found
    return best


def _short(english: str) -> str:
    return english if len(english) <= 60 else english[:57] + "…"
