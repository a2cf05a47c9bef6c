"""The README of what students get: `docs/students.md`, in every language, with its badges."""

import re
from pathlib import Path

import nbformat

from authoring.catalogues import languages
from authoring.translations import SOURCES, page

NAME = "student-page"
BADGES = "<!-- badges -->"
OWN_NAMES = {"en": "English", "ro": "Română", "he": "עברית"}
BINDER = "https://mybinder.org/v2/gh/{repository}/HEAD?urlpath=lab/tree/{path}"
COLAB = "https://colab.research.google.com/github/{repository}/blob/HEAD/{path}"


def readme(root: Path, language: str, address: str) -> str:
    """Return the page in a language, for the root of the students' repository.

    address: of that repository on GitHub; "" leaves out what would lead nowhere
    """
    written = page((root / SOURCES[NAME]).read_text(encoding="utf-8"), root, NAME, language)
    written = re.sub(r'(\]\(|href=")\.\./', r"\1", written)
    if language != "en":
        written = re.sub(r"^python -m tandem$", rf"\g<0> {language}", written, flags=re.MULTILINE)
    repository = address.removeprefix("https://github.com/")
    parts = [_other_languages(root, language)]
    parts += [_badge(repository, language), _table(root, repository, language)] if address else []
    return written.replace(BADGES, "\n\n".join(filter(None, parts)))


def binder(repository: str, path: str) -> str:
    """Return the address that opens a file in JupyterLab on Binder."""
    return BINDER.format(repository=repository, path=path)


def _badge(repository: str, language: str) -> str:
    """Return Binder's badge, which opens the lesson page: it is where the course begins."""
    address = binder(repository, f"course/{language}/README.md")
    return f"[![Binder](https://mybinder.org/badge_logo.svg)]({address})"


def _other_languages(root: Path, language: str) -> str:
    names = ["en", *languages(root)]
    pages = {name: "README.md" if name == "en" else f"README.{name}.md" for name in names}
    links = [f"[{OWN_NAMES[name]}]({pages[name]})" for name in names if name != language]
    return " · ".join(links)


def _table(root: Path, repository: str, language: str) -> str:
    """Return a table of all notebooks, each with its two links, under their own titles."""
    rows = ["| | PyTorch | TensorFlow |", "|---|---|---|"]
    for paths in _notebooks(root, language):
        links = [
            f"[Binder]({binder(repository, path)}) · "
            f"[Colab]({COLAB.format(repository=repository, path=path)})"
            for path in paths
        ]
        rows.append(f"| {_title(root / paths[0])} | {links[0]} | {links[-1]} |")
    return "\n".join(rows)


def _notebooks(root: Path, language: str) -> list[list[str]]:
    """List the notebooks, first the units: what both frameworks share alone, else both's."""
    units = sorted((root / "authoring/lessons").glob("[0-9]*.md"))
    labs = sorted(path for path in (root / "authoring/labs").glob("*.md") if path.stem.islower())
    patterns = [f"course/{language}/**/{unit.stem}.ipynb" for unit in units]
    patterns += [f"labs/{language}/*/{lab.stem}.ipynb" for lab in labs]
    found = [sorted(root.glob(pattern)) for pattern in patterns]
    return [[path.relative_to(root).as_posix() for path in places] for places in found]


def _title(path: Path) -> str:
    """Return a notebook's first heading."""
    cells = nbformat.read(path, as_version=4).cells
    found = re.search(r"^# (.+)$", cells[0].source, re.MULTILINE)
    assert found is not None, path
    return found[1]
