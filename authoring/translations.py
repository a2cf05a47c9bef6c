"""The texts in other languages: what is to be translated, and the notebooks that come of it.

Code is the same in every language, but for the set-up line that names it. In labs only prose that
is neither locked nor graded is translated: nbgrader restores the rest from the English source.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from authoring import catalogues
from authoring.catalogues import Entry, Proofreader
from authoring.direction import right_to_left
from authoring.glossary import Term, departures, read_glossary
from authoring.messages import code_messages, library_messages
from authoring.notebook import to_bytes
from authoring.opening import CELL as LANGUAGE_CELL
from authoring.paragraphs import paragraphs, translated
from authoring.quizzes import Quiz, prose, read_quiz, spoken
from authoring.text import Text
from authoring.wording import breaches
from tandem.messages import RIGHT_TO_LEFT

MESSAGES = "tandem"  # the catalogue of what the library says and the notebooks draw
GLOSSARY = "glossary.csv"
# What is copied as it is -> its catalogue.
PAGES = {"labs/en/README.md": "labs-page", "course/en/README.md": "lesson-page"}
SOURCES = {
    "labs-page": "authoring/labs/README.md",
    "lesson-page": "authoring/lessons/README.md",
    "student-page": "docs/students.md",  # what `make student-release` makes the README of
}


def entries(root: Path, texts: Sequence[Text]) -> dict[str, list[Entry]]:
    """Return what each catalogue has to hold, in the order of the texts."""
    found = {text.name: list(_prose(text)) for text in texts}
    for name, source in SOURCES.items():
        path = root / source
        if path.is_file():
            content = path.read_text(encoding="utf-8")
            found[name] = [Entry(p.text, source, p.line + 1) for p in paragraphs(content)]
    quizzes = list(_quizzes(root))
    found |= {f"quiz-{quiz.name}": list(prose(quiz)) for quiz in quizzes}
    found[MESSAGES] = [
        *library_messages(root),
        *(entry for text in texts for entry in _drawn(text)),
        *(entry for quiz in quizzes for entry in spoken(quiz)),
    ]
    return found


def _quizzes(root: Path) -> Iterator[Quiz]:
    for path in sorted((root / "authoring/quizzes").glob("*.yaml")):
        where = path.relative_to(root).as_posix()
        quiz, _ = read_quiz(path.read_text(encoding="utf-8"), where, path.stem)
        if quiz:
            yield quiz


def _prose(text: Text) -> Iterator[Entry]:
    for cell in text.cells:
        if cell.kind == "markdown" and cell.role is None:
            for passage in paragraphs(cell.source):
                yield Entry(passage.text, text.path, cell.body + passage.line)


def _drawn(text: Text) -> Iterator[Entry]:
    for cell in text.cells:
        if cell.kind == "code":
            yield from code_messages(cell.source, text.path, cell.body)


def update(root: Path, texts: Sequence[Text], languages: Sequence[str]) -> list[str]:
    """Bring the catalogues of some languages up to date; return those that changed."""
    return [
        f"{catalogues.FOLDER.as_posix()}/{language}/{name}.po"
        for language in languages
        for name, wanted in entries(root, texts).items()
        if catalogues.update(root, language, name, wanted)
    ]


def complaints(root: Path, texts: Sequence[Text], languages: Sequence[str]) -> list[str]:
    """Return a sentence for each passage that is to be translated or revised in some languages."""
    wanted = entries(root, texts)
    found = []
    for language in languages:
        path = root / catalogues.FOLDER / language / GLOSSARY
        try:
            terms = read_glossary(path)
        except ValueError as error:
            found.append(f"{catalogues.FOLDER.as_posix()}/{language}/{error}")
            continue
        for name, passages in wanted.items():
            proofread = _proofreader(language, terms, message=name == MESSAGES)
            found += catalogues.complaints(root, language, name, passages, proofread)
    return found


def _proofreader(language: str, terms: Mapping[str, Term], message: bool) -> Proofreader:
    """Return a function that finds what is wrong with one translation."""

    def proofread(english: str, translation: str, comment: str) -> Iterator[str]:
        yield from breaches(language, english, translation, message)
        yield from departures(terms, english, translation, comment)

    return proofread


def files_in(root: Path, language: str, english: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of one language, made of the English ones."""
    messages = f"tandem/locale/{language}/LC_MESSAGES/tandem.mo"
    found = {messages: catalogues.compiled(root, language, MESSAGES)}
    for path, content in english.items():
        top, _, rest = path.partition("/en/")
        if not rest or top not in ("course", "labs"):
            continue
        place = f"{top}/{language}/{rest}"
        if path in PAGES:
            found[place] = page(content.decode(), root, PAGES[path], language).encode()
        elif path.endswith(".ipynb"):
            translate = catalogues.translator(root, language, Path(path).stem)
            notebook = nbformat.reads(content.decode(), as_version=4)
            found[place] = to_bytes(localised(notebook, language, translate))
    return found


def localised(
    notebook: NotebookNode, language: str, translate: Callable[[str], str]
) -> NotebookNode:
    """Return a notebook with its prose translated and its set-up line naming the language."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata:
            cell.source = _same_language(translated(cell.source, translate), language)
            if language in RIGHT_TO_LEFT:
                cell.source = right_to_left(cell.source)
        elif cell.id == LANGUAGE_CELL:
            cell.source = cell.source.replace('language("en")', f'language("{language}")')
    notebook.metadata["tandem"]["language"] = language
    return notebook


def page(content: str, root: Path, name: str, language: str) -> str:
    """Return a page in a language; English as it is."""
    if language == "en":
        return content
    translate = catalogues.translator(root, language, name)
    written = _same_language(translated(content, translate), language).rstrip("\n")
    return (right_to_left(written) if language in RIGHT_TO_LEFT else written) + "\n"


def _same_language(markdown: str, language: str) -> str:
    """Let links to `course/en/` and `labs/en/` lead to the same language."""
    return re.sub(r"(\]\((?:\.\./)*(?:course|labs))/en/", rf"\1/{language}/", markdown)
