"""The right words: each term of the course, and what it is called in another language.

    authoring/locale/<language>/glossary.csv
    english,match,translation,forms,opposite,note

`match` is a regular expression of the term's English forms, whole words in any case; where it is
empty the term is documented and not checked. `forms` are stems, separated by `|`: one of them must
stand in every translation of a passage that has the term. `opposite` names a term of the same list
that must not be there instead. A passage that rightly departs says so in a comment of its entry,
`glossary: TERM, TERM`, which a translator writes in any editor of catalogues.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from authoring.paragraphs import without_code
from authoring.wording import FIELD

COLUMNS = ("english", "match", "translation", "forms", "opposite", "note")
EXEMPT = re.compile(r"^glossary:(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Term:
    """One line of a glossary; `pattern` finds the English forms, `said` those of the language."""

    english: str
    translation: str
    opposite: str
    pattern: re.Pattern[str] | None
    said: re.Pattern[str]


def read_glossary(path: Path) -> dict[str, Term]:
    """Return the terms of a glossary by their English name; none where there is no such file.

    Raises ValueError, with the line, where a line is not as the columns want it.
    """
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path.name}: the first line must be {','.join(COLUMNS)}")
        terms: dict[str, Term] = {}
        for row in rows:
            where = f"{path.name}:{rows.line_num}"
            if None in row or None in row.values():
                raise ValueError(f"{where}: {len(COLUMNS)} columns wanted; quote a comma")
            if row["english"] in terms:
                raise ValueError(f"{where}: “{row['english']}” is there twice")
            terms[row["english"]] = _term(row, where)
    for term in terms.values():
        if term.opposite and term.opposite not in terms:
            raise ValueError(f"{path.name}: “{term.opposite}”, an opposite, is no term of the list")
    return terms


def _term(row: Mapping[str, str], where: str) -> Term:
    forms = [form for form in row["forms"].split("|") if form.strip()]
    if not row["english"] or not row["translation"] or not forms:
        raise ValueError(f"{where}: a term needs its English, its translation and its forms")
    said = re.compile("|".join(map(re.escape, forms)), re.IGNORECASE)
    try:
        pattern = row["match"] and re.compile(rf"\b(?:{row['match']})\b", re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{where}: {row['match']!r} is no regular expression: {error}") from error
    return Term(row["english"], row["translation"], row["opposite"], pattern or None, said)


def departures(
    terms: Mapping[str, Term], english: str, translation: str, comment: str = ""
) -> Iterator[str]:
    """Yield, for each term of the English that the translation does not keep, a half-sentence."""
    exempt = {name.strip() for found in EXEMPT.findall(comment) for name in found.split(",")}
    english, translation = (FIELD.sub("", without_code(text)) for text in (english, translation))
    for term in terms.values():
        if term.english in exempt or not term.pattern or not term.pattern.search(english):
            continue
        if not term.said.search(translation):
            yield f"“{term.english}” is “{term.translation}” in the glossary, which is not there"
        elif term.opposite and (why := _swapped(term, terms[term.opposite], english, translation)):
            yield why


def _swapped(term: Term, opposite: Term, english: str, translation: str) -> str:
    """Say how a pair of terms is swapped; nothing where it is not."""
    mine = term.said.search(translation)
    blanked = term.said.sub(lambda found: "\0" * len(found[0]), translation)
    other = opposite.said.search(blanked)
    if not (mine and other and term.pattern):
        return ""
    here, there = (t.pattern and t.pattern.search(english) for t in (term, opposite))
    if not (here and there):
        return f"“{opposite.translation}” is said, the opposite of “{term.english}”"
    if (here.start() < there.start()) != (mine.start() < other.start()):
        return f"“{term.english}” and “{opposite.english}” stand in the other order"
    return ""
