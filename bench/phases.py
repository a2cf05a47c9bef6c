"""Where a hand-in's seconds go: one after the other, so that each has the machine for itself.

    python -m bench.phases iris-pytorch

Grades the class of `bench.classes` in this thread and prints, as JSON, the seconds of the start and
of each phase of a hand-in (mean), and those of the cells that take longest.
"""

import contextlib
import functools
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograder import cli, execute, grade
from autograder.judge import Judge
from autograder.sandbox.templates import Template
from bench.classes import LABS, course, members, surroundings
from bench.seconds import quiet

LONGEST = 6  # cells that are named
# What the one writer does, before a notebook goes to a worker and after.
WRITER = {"read and sanitise": ("forget", "prepare"), "write": ("finish", "remember")}


class Stopwatch:
    """Adds up the seconds of calls, less those of calls within them that are watched, too."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._within = [0.0]  # of each open call, the seconds of watched calls in it

    @contextlib.contextmanager
    def watching(self, phase: str) -> Iterator[None]:
        """Add the block's seconds to a phase."""
        began = time.monotonic()
        self._within.append(0.0)
        try:
            yield
        finally:
            spent = time.monotonic() - began
            self.seconds[phase] += spent - self._within.pop()
            self._within[-1] += spent

    def watch(self, owner: Any, name: str, phase: str) -> None:
        """Replace a function, or method, by one that is watched."""
        function: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            with self.watching(phase):
                return function(*args, **kwargs)

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            named = f"{phase} {args[1].id}" if phase == "cell" else phase
            with self.watching(named):
                return await function(*args, **kwargs)

        setattr(owner, name, awaited if inspect.iscoroutinefunction(function) else watched)


def measured(assignment: str) -> dict[str, Any]:
    """Grade the class, and return the seconds by phase."""
    watch = Stopwatch()
    with watch.watching("import the grader"):  # this process has imported much of it already
        program = [sys.executable, "-c", "import autograder.cli, autograder.cluster"]
        subprocess.run(program, env=surroundings(), check=True)
    watch.watch(Template, "_start", "start the template")
    for phase, names in WRITER.items():
        for name in names:
            watch.watch(grade, name, phase)
    watch.watch(execute.Execute, "_start", "fork and end the kernel")
    watch.watch(execute.Execute, "_end", "fork and end the kernel")
    watch.watch(execute.Execute, "async_execute_cell", "cell")
    watch.watch(execute, "second_probe", "judge")
    watch.watch(Judge, "preprocess", "judge")
    count = len(members(assignment))
    with tempfile.TemporaryDirectory() as folder:
        course(Path(folder), assignment, count, stock=False)
        os.environ.update(surroundings())
        with quiet(), contextlib.chdir(folder), watch.watching("all else"):
            if cli.main(["grade", assignment, "--workers", "0"]):
                raise RuntimeError(f"the class of {assignment} could not be graded")
    starts = ("import the grader", "start the template")
    cells = {n.removeprefix("cell "): s for n, s in watch.seconds.items() if n.startswith("cell ")}
    each = {n: s for n, s in watch.seconds.items() if n not in starts and not n.startswith("cell ")}
    each["check cells"] = sum(s for name, s in cells.items() if name.startswith("check-"))
    each["other cells"] = sum(cells.values()) - each["check cells"]
    longest = sorted(cells, key=lambda name: -cells[name])[:LONGEST]
    return {
        "start": {name: watch.seconds[name] for name in starts},
        "each": {name: seconds / count for name, seconds in each.items()},
        "longest": {name: cells[name] / count for name in longest},
    }


def main(arguments: list[str]) -> int:
    """Print the phases of one assignment."""
    if len(arguments) != 1 or arguments[0] not in LABS:
        print(f"type `python -m bench.phases NAME`, NAME one of {', '.join(LABS)}")
        return 2
    print(json.dumps(measured(arguments[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
