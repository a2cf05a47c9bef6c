"""Wrong and right variants of the reference notebooks, run and judged in this process.

`tests/mutants/<lab>*.yaml` and `tests/alternatives/<lab>*.yaml` map the name of a variant to

behaviour: one sentence
framework: pytorch | tensorflow  (both where it is left out)
edits:     as in `tests.submissions`, on the notebook with the reference answers filled in
points:    {check: points}       (mutants: what each check that loses points must give, the check
                                  that is meant to notice first; all others must give all; a
                                  mapping per framework under `pytorch:` and `tensorflow:`)
messages:  {check: part of its message}
follows:   [check]               (checks not run: they call the same wrong function, and what
                                  training makes of it is long in coming or left to chance)

No kernel: the set-up and answer cells run in a namespace, in their order, and of the check cells
those whose answer depends on an edited or inserted cell, by the names that it uses. These go the
way of a graded cell, with fresh probes: request, evidence, judge. The other checks give what they
give for the reference answers.
"""

import ast
import contextlib
import linecache
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest.mock import patch

import nbformat
import numpy as np
import yaml
from nbformat import NotebookNode

from autograder.probes import Drawn, draw, second_probe
from tandem import session
from tandem.checks import Check, Lab, find_lab
from tandem.evidence import METADATA, MIME, SECOND, encode
from tandem.verdict import Verdict
from tests.submissions import ROOT, apply, fill_in
from tests.tandem.iris_answers import Kernel

SECRET = bytes(range(32))  # fixed, so that each run of the tests draws the same probes


@dataclass(frozen=True)
class Variant:
    """The reference notebook of one lab and framework with some edits."""

    name: str
    lab: str
    framework: str
    spec: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.lab}-{self.name}"

    @property
    def points(self) -> dict[str, float]:
        """The points of the checks that lose some, the one that is meant to notice first."""
        return self._of_framework("points")

    @property
    def messages(self) -> dict[str, str]:
        return self._of_framework("messages")

    @property
    def follows(self) -> list[str]:
        return list(self.spec.get("follows", []))

    def cells(self) -> list[NotebookNode]:
        """Return the code cells, each with `changed` in its metadata where an edit made it."""
        notebook = _solved(self.lab, self.framework)
        before = {cell.id: cell.source for cell in notebook.cells}
        for edit in self.spec["edits"]:
            if edit.get("framework", self.framework) == self.framework:
                apply(notebook, edit)
        for cell in notebook.cells:
            cell.metadata["changed"] = before.get(cell.id) != cell.source
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    def _of_framework(self, key: str) -> dict[str, Any]:
        table = self.spec.get(key, {})
        return dict(table.get(self.framework, table))


def variants(kind: str, framework: str, lab: str = "") -> list[Variant]:
    """List the `mutants` or `alternatives` of a framework: of one lab, or of all."""
    found = []
    for file in sorted((ROOT / "tests" / kind).glob(f"{lab}*.yaml")):
        for name, spec in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if spec.get("framework", framework) == framework:
                found.append(Variant(name, file.stem.split("-")[0], framework, spec))
    return found


def reference(lab: str, framework: str) -> Variant:
    """Return the reference answers as a variant that edits nothing."""
    return Variant("reference", lab, framework, {"edits": []})


def differences(variant: Variant) -> list[str]:
    """Say where the verdicts are not as stated: points, and parts of messages."""
    lab, found, verdicts = lab_named(variant.lab), [], judged(variant)
    if not verdicts:
        found.append("no check depends on what is edited")
    for name in (*variant.points, *variant.messages):
        if name not in verdicts:
            found.append(f"{name} does not depend on what is edited")
    for name, verdict in verdicts.items():
        expected = variant.points.get(name, lab.checks[name].points)
        if verdict.points != expected:
            found.append(f"{name}: expected {expected} points, got {verdict!r}: {verdict.message}")
        elif variant.messages.get(name, "") not in verdict.message:
            found.append(f"{name}: expected {variant.messages[name]!r} in {verdict.message!r}")
    return found


def judged(variant: Variant, every: bool = False) -> dict[str, Verdict]:
    """Run a variant and judge its checks: those that depend on an edit, or every one."""
    lab, bench, verdicts = lab_named(variant.lab), Bench(), {}
    with in_scratch():
        for cell in variant.cells():
            check = lab.checks.get(cell.id.removeprefix("check-"))
            if check is not None and "grade" in _marks(cell):
                if (every or bench.depends_on_edits(cell)) and check.name not in variant.follows:
                    verdicts[check.name] = bench.judge(cell, check)
            elif {"solution", "locked"} & _marks(cell) or cell.metadata["changed"]:
                bench.run(cell)
    return verdicts


def lab_named(name: str) -> Lab:
    lab = find_lab(name)
    assert lab is not None, f"there is no lab {name}: rename the file"
    return lab


@dataclass
class Bench:
    """A namespace in which cells run, and which cell last defined each of its names."""

    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    definers: dict[str, NotebookNode] = field(default_factory=dict)

    def run(self, cell: NotebookNode) -> None:
        """Run a cell and note which names it defines."""
        before = dict(self.namespace)
        self._execute(cell)
        for name, value in self.namespace.items():
            if name not in before or before[name] is not value:
                self.definers[name] = cell

    def depends_on_edits(self, cell: NotebookNode) -> bool:
        """Say whether a cell uses, directly or through others, what an edited cell defines."""
        seen: dict[str, NotebookNode] = {}
        waiting = [cell]
        while waiting:
            cell = waiting.pop()
            if cell.id not in seen:
                seen[cell.id] = cell
                names = {n.id for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Name)}
                waiting += [self.definers[name] for name in names & set(self.definers)]
        return any(cell.metadata["changed"] for cell in seen.values())

    def judge(self, cell: NotebookNode, check: Check) -> Verdict:
        """Run a check's cell as the grader's request does, and judge what it sends."""
        drawn, probe = drawn_for(check)
        request = {"check": check.name, "probe": probe, "seed": drawn.seed}
        first, more = self._sent(cell, request), None
        if second := second_probe(check, first, SECRET):
            more = self._sent(cell, request | {"probe": encode(second), SECOND: True})
        return check.decide(check.receive(first, more), drawn.probe, drawn.truth)

    def _sent(self, cell: NotebookNode, request: dict[str, Any]) -> str:
        displayed: list[dict[str, str]] = []

        def display(data: dict[str, str], raw: bool) -> None:
            assert raw
            displayed.append(data)

        with (
            patch.object(session, "get_ipython", lambda: Kernel({METADATA: request})),
            patch.object(session, "display", display),
        ):
            self._execute(cell)
        (message,) = displayed
        return message[MIME]

    def _execute(self, cell: NotebookNode) -> None:
        name = f"<cell {cell.id}>"
        # TensorFlow reads the source of what it traces.
        linecache.cache[name] = (len(cell.source), None, cell.source.splitlines(True), name)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # what a student's code warns of is not graded
            exec(compile(cell.source, name, "exec"), self.namespace)


@contextlib.contextmanager
def in_scratch() -> Iterator[None]:
    """Work in a folder of one's own: callbacks write checkpoints where they are run."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield


@cache
def drawn_for(check: Check) -> tuple[Drawn, str]:
    drawn = draw(check, SECRET)
    return drawn, encode(drawn.probe)


@cache
def _read(lab: str, framework: str) -> NotebookNode:
    assignment = f"{lab}-{framework}"
    notebook = nbformat.read(ROOT / "labs" / "en" / assignment / f"{lab}.ipynb", 4)
    fill_in(notebook, ROOT / "solutions" / assignment / f"{lab}.ipynb")
    return notebook


def _solved(lab: str, framework: str) -> NotebookNode:
    return deepcopy(_read(lab, framework))


def _marks(cell: NotebookNode) -> set[str]:
    """Return what nbgrader's metadata say that the cell is: `grade`, `solution`, `locked`."""
    return {mark for mark, is_so in cell.metadata.get("nbgrader", {}).items() if is_so is True}
