"""Read what a student handed in, trusting nothing: neither the files nor what they hold."""

import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from tandem.messages import later, say

LARGEST_NOTEBOOK = 20_000_000  # bytes
MOST_CELLS = 2_000  # to validate more takes minutes, in which nobody else is graded
MOST_FINDINGS = 30  # that are told of one hand-in
_LARGEST_NOTE = 1_000
TIMESTAMP = "timestamp.txt"
EXCHANGE_SECRET = "submission_secret.txt"  # nbgrader's: a hash of it names the page of feedback
_HARMLESS = frozenset({TIMESTAMP, EXCHANGE_SECRET, ".ipynb_checkpoints"})
_SECRET = re.compile(r"[a-zA-Z0-9]{32,256}")
_CELL_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}")


class Refusal(Exception):
    """A file that is not graded; the text, one sentence, is for the student."""


@dataclass(frozen=True)
class Finding:
    """Something in the submitted folder that the grader leaves alone."""

    name: str
    reason: str

    def __str__(self) -> str:
        return say(
            "{name} was not used: {reason}", name=legible(self.name), reason=say(self.reason)
        )


def legible(name: str) -> str:
    """Return a name that may be printed: short, on one line, without what turns or hides text.

    The name of a file need not be text: bytes that are none come as halves of surrogate pairs.
    """
    short = name if len(name) <= 100 else name[:97] + "…"
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)
    return "".join(escaped)


def most(findings: Sequence[object]) -> list[str]:
    """Return findings as sentences, the last of which says how many more there are."""
    told = [str(finding) for finding in findings[:MOST_FINDINGS]]
    more = len(findings) - len(told)
    return [*told, say("And {n} more of this kind.", n=more)] if more else told


def read_notebook(path: Path) -> NotebookNode:
    """Read a submitted notebook as nbformat 4.

    Raises Refusal when it is no regular file, too large, or no valid notebook.
    """
    return parse_notebook(read_regular(path, LARGEST_NOTEBOOK))


def parse_notebook(content: bytes) -> NotebookNode:
    """Parse a notebook's bytes as nbformat 4, older formats converted.

    Raises Refusal when they are no valid notebook.
    """
    try:
        tree = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refusal("The file is not UTF-8 text, so it is no notebook.") from error
    except RecursionError as error:
        raise Refusal("The file is nested too deeply to be a notebook.") from error
    except ValueError as error:
        raise Refusal(f"The file is not JSON, so it is no notebook: {error}.") from error
    if not isinstance(tree, dict) or type(tree.get("nbformat")) is not int:
        raise Refusal("The file is JSON but no notebook: it names no notebook format.")
    try:
        return _upgraded(tree)
    except Exception as error:  # nbformat raises whatever a wrong tree makes it raise
        text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise Refusal(f"The file is no valid notebook: {text[:200]}.") from error


def _upgraded(tree: dict[str, Any]) -> NotebookNode:
    sheets = [tree, *tree.get("worksheets", ())]  # where format 3 keeps its cells
    if sum(len(sheet.get("cells", ())) for sheet in sheets) > MOST_CELLS:
        raise ValueError(f"it has more than {MOST_CELLS:,} cells")
    notebook = nbformat.from_dict(tree)
    if notebook.nbformat != 4:
        notebook = nbformat.convert(notebook, 4)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.setdefault("metadata", NotebookNode())
    renew_ids(notebook)
    for cell in notebook.cells:
        if isinstance(cell.get("source"), list):  # as on disk: a list of lines
            cell.source = "".join(cell.source)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None  # the student's outputs count for nothing
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")  # lone surrogates pass JSON, but cannot be written
    return notebook


def renew_ids(notebook: NotebookNode) -> None:
    """Give every cell a valid id of its own; `cell-<position>` where it had none."""
    taken: set[str] = set()
    for position, cell in enumerate(notebook.cells):
        found = cell.get("id")
        if not isinstance(found, str) or not _CELL_ID.fullmatch(found) or found in taken:
            found = f"cell-{position}"
            while found in taken:
                found += "-x"
        taken.add(found)
        cell["id"] = found


def read_timestamp(folder: Path) -> datetime | None:
    """Read when the folder was handed in; None when there is no `timestamp.txt`.

    Raises Refusal when it cannot be read as a time.
    """
    if not os.path.lexists(folder / TIMESTAMP):
        return None
    try:
        text = read_regular(folder / TIMESTAMP, _LARGEST_NOTE).decode().strip()
        found = parse_utc(text) if text else None
    except (ValueError, OverflowError) as error:
        raise Refusal(later("it holds no time, so the submission counts as in time.")) from error
    assert found is None or isinstance(found, datetime)
    return found


def read_exchange_secret(folder: Path) -> str | None:
    """Read the secret of a hand-in by nbgrader's exchange; None when it came by another way.

    Raises Refusal when it is none that nbgrader writes.
    """
    if not os.path.lexists(folder / EXCHANGE_SECRET):
        return None
    text = read_regular(folder / EXCHANGE_SECRET, _LARGEST_NOTE).decode(errors="replace").strip()
    if not _SECRET.fullmatch(text):
        raise Refusal(
            later("it holds no secret of nbgrader's, so the exchange cannot give feedback.")
        )
    return text


def objections_to_notes(folder: Path) -> list[Finding]:
    """Say which of the notes that nbgrader's exchange puts beside a hand-in cannot be read."""
    found = []
    for name, read in {TIMESTAMP: read_timestamp, EXCHANGE_SECRET: read_exchange_secret}.items():
        try:
            read(folder)
        except Refusal as refusal:
            found.append(Finding(name, str(refusal)))
    return found


def read_regular(path: Path, most: int) -> bytes:
    """Read a file of at most `most` bytes, following no link and opening no device."""
    try:  # O_NONBLOCK: opening a named pipe must not wait for a writer
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        link = " It is a link." if path.is_symlink() else ""
        raise Refusal(f"The file cannot be opened.{link}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refusal("It is no ordinary file.")
    with os.fdopen(handle, "rb") as file:
        if os.fstat(handle).st_nlink > 1:
            raise Refusal("It is a hard link to another file.")
        content = file.read(most + 1)
    if len(content) > most:
        raise Refusal(
            f"The file is larger than {most // 1000:,} kB: clear its outputs and submit again."
        )
    return content


def unexpected(folder: Path, expected: Collection[str]) -> Iterator[Finding]:
    """Find what the grader leaves alone: links, devices, and files that the release does not have.

    `expected` names the release's own files and notebooks, relative to the folder.
    """
    for entry in _entries(folder):
        try:
            reason = _objection(entry, expected)
        except FileNotFoundError:  # it vanished meanwhile
            continue
        if reason:
            yield Finding(entry.name, reason)


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    """List a folder by name; one that vanished has nothing to object to."""
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []


def _objection(entry: "os.DirEntry[str]", expected: Collection[str]) -> str:
    if entry.is_symlink():
        return later("it is a link.")
    if entry.is_dir(follow_symlinks=False):
        return "" if entry.name in _HARMLESS else later("it is a folder.")
    if not entry.is_file(follow_symlinks=False):
        return later("it is no ordinary file.")
    if entry.stat(follow_symlinks=False).st_nlink > 1:
        return later("it is a hard link to another file.")
    if entry.name in _HARMLESS or entry.name in expected:
        return ""
    return later("the release has no such file.")


def master_files(folder: Path) -> list[Path]:
    """List the instructor's own files, notebooks aside, relative to their folder."""
    if not folder.is_dir():
        return []
    files = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    hidden = {"__pycache__", ".ipynb_checkpoints"}
    return [path for path in files if path.suffix != ".ipynb" and not hidden & set(path.parts)]


def instructors_files(folder: Path) -> dict[str, bytes]:
    """Read the instructor's own files; by their path relative to the folder."""
    return {path.as_posix(): (folder / path).read_bytes() for path in master_files(folder)}


def set_aside(notebooks: list[str], source: Path, **_: str) -> None:
    """Move out of the submission what nbgrader would follow or copy: its pre-convert hook.

    From `submitted/<student>/<assignment>/` it goes to `set-aside/<student>/<assignment>/`.
    Notebooks stay: the exporter refuses those that are links.

    Args:
        notebooks: paths of the submission's notebooks, in nbgrader's directory structure.
        source: folder of all assignments' sources.

    nbgrader's other arguments, assignment and student, may be patterns, so the paths count.
    """
    for folder in {Path(path).parent for path in notebooks}:
        own = {path.parts[0] for path in master_files(source / folder.name)}
        names = {Path(path).name for path in notebooks}
        refuge = folder.parents[2] / "set-aside" / folder.parent.name / folder.name
        findings = [f for f in unexpected(folder, own | names) if f.name not in names]
        known = {finding.name for finding in findings}
        findings += [f for f in objections_to_notes(folder) if f.name not in known]
        for finding in findings:
            _move(folder / finding.name, refuge, finding.reason)


def _move(path: Path, refuge: Path, reason: str) -> None:
    refuge.mkdir(parents=True, exist_ok=True)
    target, number = refuge / path.name, 1
    while os.path.lexists(target):
        target, number = refuge / f"{path.name}.{number}", number + 1
    path.rename(target)
    with open(refuge / "REASONS.txt", "a", encoding="utf-8") as file:
        file.write(f"{legible(target.name)}: {reason}\n")
