"""What must be computed in any case: the students' cells and the judge's refits, nothing else.

    python -m bench.alone iris-pytorch

A warm process forks for each hand-in of `bench.classes`; the child runs its cells one after the
other and judges, without a kernel, a sandbox, a notebook or a gradebook. Prints the CPU seconds of
each as JSON. What the grader takes beyond that is its overhead.
"""

import contextlib
import json
import os
import sys
import tempfile
import traceback
from unittest.mock import patch

from autograder.sandbox.inside import isolate, preload
from bench.classes import LABS, members
from bench.fairness import SURROUNDINGS
from bench.seconds import draw_figures, quiet
from tests.workshop import Bench, Variant, drawn_for, in_scratch, lab_named


def main(arguments: list[str]) -> int:
    """Measure the class of one assignment."""
    if len(arguments) != 1 or arguments[0] not in LABS:
        print(f"type `python -m bench.alone NAME`, NAME one of {', '.join(LABS)}")
        return 2
    if any(os.environ.get(name) != value for name, value in SURROUNDINGS.items()):
        command = [sys.executable, "-m", "bench.alone", *arguments]
        os.execve(sys.executable, command, os.environ | SURROUNDINGS)
    lab, framework = arguments[0].split("-")
    with tempfile.TemporaryDirectory() as home, patch.object(isolate, "HOME", home):
        preload.preload(framework)
    for check in lab_named(lab).checks.values():
        drawn_for(check)  # the grader draws once, too
    if (threads := len(os.listdir("/proc/self/task"))) != 1:
        raise RuntimeError(f"the warm process has {threads} threads, so its forks would hang")
    print(json.dumps([_seconds_of(variant) for variant in members(arguments[0])]))
    return 0


def _seconds_of(variant: Variant) -> float:
    """Run and judge one hand-in in a child; return the CPU seconds of all its processes."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            _run(variant)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"{variant} could not be run: see above")
    return usage.ru_utime + usage.ru_stime


def _run(variant: Variant) -> None:
    checks, bench = lab_named(variant.lab).checks, Bench()
    with quiet(), in_scratch():
        for cell in variant.cells():
            check = checks.get(cell.id.removeprefix("check-"))
            with _raising_as_in_a_kernel(variant):
                if check is None or cell.id == check.name:
                    bench.run(cell)
                elif not bench.judge(cell, check).passed and variant.name == "reference":
                    raise RuntimeError(f"the reference answer fails {check.name}")
            draw_figures()


def _raising_as_in_a_kernel(variant: Variant) -> contextlib.AbstractContextManager[object]:
    """Let a wrong answer's cell raise and go on with the next; a reference must not raise."""
    if variant.name == "reference":
        return contextlib.nullcontext()
    return contextlib.suppress(Exception)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
