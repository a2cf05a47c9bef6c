"""Bring a submitted notebook back to the released form: nbgrader's sanitising preprocessors."""

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.intake import legible, most, renew_ids
from autograder.released import ReleasedCell, released_cells
from autograder.run import KEY, Resources, grade_id, run_of
from tandem.messages import say, speaking

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif"})
LONGEST_CODE = 100_000  # characters in the cells that a student may write; solutions have 10,000
_TOO_LONG = "raise RuntimeError({!r})\n"
_NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}

Processed = tuple[NotebookNode, Resources]


class DropMetadata(NbGraderPreprocessor):
    """Keep each cell's type, source and grade id; drop tags, outputs and all other metadata."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Processed:
        """Rebuild every cell from what is kept of it."""
        nb.metadata = NotebookNode()  # the kernel's name comes from the gradebook
        nb.cells = [_bare(cell) for cell in nb.cells]
        renew_ids(nb)
        return nb, resources


def _bare(cell: NotebookNode) -> NotebookNode:
    bare = _NEW[cell.cell_type](source=cell.source)
    bare["id"] = cell.get("id")
    flags = cell.metadata.get("nbgrader")
    name = flags.get("grade_id") if isinstance(flags, dict) else None
    if isinstance(name, str):
        bare.metadata["nbgrader"] = NotebookNode(grade_id=name)
    if cell.cell_type == "markdown" and (pictures := _pictures(cell.get("attachments"))):
        bare["attachments"] = pictures
    assert isinstance(bare, NotebookNode)
    return bare


def _pictures(attachments: object) -> dict[str, dict[str, str]]:
    """Keep the pictures of a written answer."""
    if not isinstance(attachments, dict):
        return {}
    kept = {
        str(name): {m: d for m, d in bundle.items() if m in _PICTURES and isinstance(d, str)}
        for name, bundle in attachments.items()
        if isinstance(bundle, dict)
    }
    return {name: bundle for name, bundle in kept.items() if bundle}


class RestoreCells(NbGraderPreprocessor):
    """Give every released cell its released type, flags and points, and its source if locked.

    nbgrader's OverwriteCells believes the student's `grade: false`, and cannot put back a missing
    cell when the one before it is missing too.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Processed:
        """Restore cells, put back missing ones, and note in the metadata what was done."""
        about = resources["nbgrader"]
        released = released_cells(about["db_url"], about["assignment"], about["notebook"])
        run = run_of(resources)
        with speaking(run.language):
            nb.cells, findings = restored(nb.cells, released)
            findings = most([*findings, *shortened(nb.cells)])
        renew_ids(nb)
        run.findings += findings
        for finding in findings:
            self.log.warning("%s/%s: %s", about["student"], about["notebook"], finding)
        nb.metadata[KEY] = {
            "status": run.status,
            "reason": run.reason,
            "findings": run.findings,
            "language": run.language,
        }
        return nb, resources


def restored(
    cells: list[NotebookNode], released: list[ReleasedCell]
) -> tuple[list[NotebookNode], list[str]]:
    """Return the cells as released where that binds, and a sentence for each thing mended."""
    findings: list[str] = []
    by_name = {cell.name: cell for cell in released}
    kept: dict[str, NotebookNode] = {}
    result: list[NotebookNode] = []
    for cell in reversed(cells):  # of duplicates the last counts, as in nbgrader
        name = grade_id(cell)
        if name is None or (name in by_name and name not in kept):
            cell = cell if name is None else _as_released(cell, by_name[name], findings)
            kept |= {} if name is None else {name: cell}
        else:
            called = f"'{legible(name)}'"
            findings.append(
                say("The cell {name} appears twice; the last one counts.", name=called)
                if name in kept
                else say("The cell {name} is not in the release.", name=called)
            )
            del cell.metadata["nbgrader"]
        result.insert(0, cell)
    for position, missing in enumerate(released):
        if missing.indispensable and missing.name not in kept:
            findings.append(
                say("The cell {name} was missing and was put back.", name=repr(missing.name))
            )
            kept[missing.name] = missing.cell()
            result.insert(_place(result, released, position), kept[missing.name])
    return result, findings


def shortened(cells: list[NotebookNode]) -> list[str]:
    """Let code cells that exceed LONGEST_CODE together say so in place of running; name each.

    Weights trained elsewhere fill a source; an answer that somebody wrote does not.
    """
    findings, room = [], LONGEST_CODE
    for position, cell in enumerate(cells):
        locked = cell.metadata.get("nbgrader", {}).get("locked", False)
        if cell.cell_type != "code" or locked:
            continue
        if len(cell.source) <= room:
            room -= len(cell.source)
            continue
        findings.append(
            say(
                "The cell {name} has {length:,} characters and was not run: a notebook's code may "
                "have {most:,}.",
                name=grade_id(cell) or position,
                length=len(cell.source),
                most=LONGEST_CODE,
            )
        )
        cell.source = _TOO_LONG.format(findings[-1])
    return findings


def _as_released(cell: NotebookNode, released: ReleasedCell, findings: list[str]) -> NotebookNode:
    if cell.cell_type != released.cell_type:
        findings.append(
            say(
                "The cell {name} is a {kind} cell again.",
                name=repr(released.name),
                kind=released.cell_type,
            )
        )
    mended = released.cell(released.source if released.locked else cell.source)
    mended["id"] = cell["id"]
    if "attachments" in cell and released.cell_type == "markdown":
        mended["attachments"] = cell.attachments
    return mended


def _place(cells: list[NotebookNode], released: list[ReleasedCell], position: int) -> int:
    """Find the index after the nearest released cell before it, else before the nearest after."""
    where = {grade_id(cell): index for index, cell in enumerate(cells)}
    for before in reversed(released[:position]):
        if before.name in where:
            return where[before.name] + 1
    following = (where[after.name] for after in released[position:] if after.name in where)
    return min(following, default=len(cells))
