"""How many CPU seconds does a reference notebook take after its imports, cell by cell?

    python -m bench.seconds --lab mnist --framework tensorflow
    python -m bench.seconds --write

Each run is a fresh process on one thread, for what a framework traces once is part of the cost.
Cells run in their order; a check's cell goes the way of a graded one, with a fresh probe, second
trainings and the judge included; every figure that a cell leaves is drawn as Jupyter draws it. CPU
seconds, so that other work on the machine counts little. `--write` measures every lab in every
framework and writes docs/seconds.md.
"""

import argparse
import ast
import contextlib
import io
import json
import logging
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from statistics import median

import matplotlib.pyplot as plt
from IPython.core.pylabtools import print_figure
from nbformat import NotebookNode

from bench.fairness import PACKAGES, SURROUNDINGS
from bench.solutions import MODULES
from tandem.checks import lab_names
from tests.submissions import ROOT
from tests.workshop import Bench, in_scratch, lab_named, reference

PAGE = ROOT / "docs" / "seconds.md"
PROMISED = {"iris": 8, "mnist": 20}  # at most, in each framework
RUNS = 5
_SETTING_UP = ("language", "setup")


def measured(lab: str, framework: str) -> dict[str, float]:
    """Run the reference notebook in this process; return each cell's CPU seconds.

    Raises RuntimeError when a check gives less than all points: then it is no reference.
    """
    cells, checks, bench = reference(lab, framework).cells(), lab_named(lab).checks, Bench()
    seconds: dict[str, float] = {}
    with quiet(), in_scratch():
        for statement in dict.fromkeys(s for cell in cells for s in imports(cell)):
            exec(statement, {})  # an import costs the same whatever the notebook does
        for cell in cells:
            began = time.process_time()
            check = checks.get(cell.id.removeprefix("check-"))
            if check is None or cell.id == check.name:
                bench.run(cell)
            elif not (verdict := bench.judge(cell, check)).passed:
                raise RuntimeError(f"{check.name}: {verdict.message}")
            draw_figures()
            if cell.id not in _SETTING_UP:
                seconds[cell.id] = time.process_time() - began
    return seconds


def imports(cell: NotebookNode) -> Iterator[str]:
    """Yield the import statements at the top level of a cell."""
    for node in ast.parse(cell.source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield ast.unparse(node)


def draw_figures() -> None:
    """Draw what a cell leaves open, as the inline backend does when it ends, and close it."""
    for number in plt.get_fignums():
        print_figure(plt.figure(number), bbox_inches="tight")
    plt.close("all")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        logging.disable(logging.WARNING)
        yield


def medians(lab: str, framework: str, runs: int) -> dict[str, float]:
    """Measure in fresh processes; return every cell's median, and that of the sums as `total`."""
    command = [sys.executable, "-m", "bench.seconds", "--lab", lab, "--framework", framework]
    found = []
    for _ in range(runs):
        done = subprocess.run(
            [*command, "--once"], env=os.environ | SURROUNDINGS, stdout=subprocess.PIPE, check=True
        )
        seconds = json.loads(done.stdout)
        found.append(seconds | {"total": sum(seconds.values())})
    return {cell: median(seconds[cell] for seconds in found) for cell in found[0]}


def table(found: dict[str, float]) -> str:
    """Return the cells that take a tenth of a second and more, and the total, as a table."""
    shown = {cell: s for cell, s in found.items() if s >= 0.1 and cell != "total"}
    lines = ["| cell | CPU s |", "| --- | --- |"]
    lines += [f"| `{cell}` | {seconds:.1f} |" for cell, seconds in shown.items()]
    return "\n".join([*lines, f"| **all cells** | **{found['total']:.1f}** |"])


def write(runs: int) -> int:
    """Measure everything and write docs/seconds.md; 1 when a promise is not kept."""
    sections, late = [_INTRODUCTION.format(runs=runs)], False
    for lab, most in PROMISED.items():
        for framework in MODULES:
            found = medians(lab, framework, runs)
            late |= found["total"] > most
            packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES[framework])
            sections += [
                f"## {lab}-{framework}",
                f"Promised: at most {most} s. Python {platform.python_version()}, {packages}.",
                table(found),
            ]
    PAGE.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    print(f"✓ wrote {PAGE.relative_to(ROOT)}")
    return int(late)


def main() -> int:
    """Measure one reference notebook and print it, or all and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench.seconds", description=__doc__)
    parser.add_argument("--lab", choices=lab_names())
    parser.add_argument("--framework", choices=list(MODULES))
    parser.add_argument("--runs", type=int, default=RUNS, help="processes of which to take medians")
    parser.add_argument("--write", action="store_true", help="measure all, write docs/seconds.md")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        return write(arguments.runs)
    if not (arguments.lab and arguments.framework):
        parser.error("say which: --lab and --framework, or --write for all")
    if arguments.once:
        print(json.dumps(measured(arguments.lab, arguments.framework)))
    else:
        print(table(medians(arguments.lab, arguments.framework, arguments.runs)))
    return 0


_INTRODUCTION = """<!-- Generated by `python -m bench.seconds --write`; do not edit. -->

# How long do the reference notebooks compute?

A class waits for its grades as long as its notebooks compute, and a student waits at every cell. So
each reference notebook has a limit, of CPU seconds on one thread after its imports. Every cell
counts, figures included; a check counts as it is graded, with all trainings that the judge asks for
and with the judging. Medians of {runs} fresh processes; cells below 0.1 s are not listed."""


if __name__ == "__main__":
    sys.exit(main())
