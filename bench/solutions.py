"""Right answers to a lab, run without a kernel: the reference solution and its alternatives."""

import ast
import importlib
import linecache
import sys
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from types import ModuleType
from typing import Any

from nbformat import NotebookNode

from bench.sources import COLLECTING, DECIDING, bound, digest, meaning, names, parsed, reached
from tandem.checks import Check, Lab, find_lab
from tests.workshop import Variant, reference, variants

REFERENCE = "reference"
MODULES = {"pytorch": "tandem.torch", "tensorflow": "tandem.tensorflow"}


@dataclass(frozen=True)
class Solution:
    """One right hand-in of a lab, in one framework."""

    lab: Lab
    framework: str
    name: str

    @property
    def title(self) -> str:
        return f"{self.lab.name}-{self.framework}-{self.name}"

    @cached_property
    def cells(self) -> list[NotebookNode]:
        """Return the code cells of the released lab, answered."""
        found = _variants(self.lab.name, self.framework)
        return found[self.name].cells()

    @cached_property
    def namespace(self) -> dict[str, Any]:
        """Run the set-up, the answers and the cells that were added; return what they define."""
        module = ModuleType("answers")
        sys.modules["answers"] = module  # Keras looks a class's module up
        for cell in self.cells:
            if _is_answer(cell):
                name = f"<{self.name}, cell {cell.id}>"
                lines = cell.source.splitlines(keepends=True)
                # TensorFlow reads the source of what it traces.
                linecache.cache[name] = (len(cell.source), None, lines, name)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # those of importing a framework
                    exec(compile(cell.source, name, "exec"), module.__dict__)
        return module.__dict__

    def answer(self, check: Check) -> Any:
        """Return what this solution hands to a check."""
        return eval(compile(self._expression(check), "<check>", "eval"), self.namespace)

    def _expression(self, check: Check) -> ast.Expression:
        source = next(cell.source for cell in self.cells if cell.id == f"check-{check.name}")
        calls = [node for node in ast.walk(parsed(source)) if isinstance(node, ast.Call)]
        return ast.Expression(calls[0].args[1])

    @cached_property
    def digests(self) -> dict[str, str]:
        """Return, for every check, a digest of what its verdict depends on."""
        return {check.name: self._digest(check, DECIDING) for check in self.lab.checks.values()}

    @cached_property
    def evidence_digests(self) -> dict[str, str]:
        """Return, for every check, a digest of what its evidence depends on, besides the probe."""
        return {check.name: self._digest(check, COLLECTING) for check in self.lab.checks.values()}

    def _digest(self, check: Check, methods: tuple[str, ...]) -> str:
        cells = [meaning(cell.source) for cell in self._needed(check)]
        return digest([*reached(check, methods, MODULES[self.framework]), *cells])

    def _needed(self, check: Check) -> list[NotebookNode]:
        """Return the cells whose definitions the check's answer reaches, by names."""
        answers = [(cell, parsed(cell.source)) for cell in self.cells if _is_answer(cell)]
        wanted, reached = names(self._expression(check)), set()
        found = True
        while found:
            found = False
            for cell, tree in answers:
                if cell.id not in reached and wanted & bound(tree):
                    reached.add(cell.id)
                    wanted |= names(tree)
                    found = True
        return [cell for cell, _ in answers if cell.id in reached]


def solution(lab: str, framework: str, name: str = REFERENCE) -> Solution:
    """Return a lab's reference solution, or the alternative of that name.

    Raises ValueError for a lab or an alternative that does not exist.
    """
    found = find_lab(lab)
    if found is None:
        raise ValueError(f"there is no lab {lab!r}")
    known = _variants(lab, framework)
    if name not in known:
        raise ValueError(f"{lab}-{framework} has no solution {name!r}; choose {', '.join(known)}")
    return Solution(found, framework, name)


def all_solutions(lab: str, framework: str) -> dict[str, Solution]:
    """Return the reference solution and the alternatives of a lab, by name."""
    return {name: solution(lab, framework, name) for name in _variants(lab, framework)}


@cache
def _variants(lab: str, framework: str) -> dict[str, Variant]:
    found = {v.name: v for v in variants("alternatives", framework, lab)}
    return {REFERENCE: reference(lab, framework)} | found


def own_checks(chosen: Solution) -> list[Check]:
    """Return the checks that see other code than the reference's: all of them for the reference."""
    checks = list(chosen.lab.checks.values())
    if chosen.name == REFERENCE:
        return checks
    usual = _reference_digests(chosen.lab.name, chosen.framework)
    return [c for c in checks if chosen.digests[c.name] != usual[c.name]]


@cache
def _reference_digests(lab: str, framework: str) -> dict[str, str]:
    return solution(lab, framework).digests


def framework_module(framework: str) -> ModuleType:
    """Import `tandem.torch` or `tandem.tensorflow`."""
    return importlib.import_module(MODULES[framework])


def _is_answer(cell: NotebookNode) -> bool:
    """Say whether a cell is set-up, an answer, or one that a student added."""
    role = cell.metadata.get("nbgrader", {})
    if role.get("grade") and not role.get("solution"):
        return False
    return bool(cell.id == "setup" or role.get("solution") or cell.metadata["changed"])
