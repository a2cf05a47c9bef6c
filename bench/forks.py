"""Do kernels forked from a warm template ever hang? Fork many in a row, train in each.

    python -m bench.forks pytorch 500

Prints how many trained, and the seconds from the request until the kernel could be heard. Every run
is a line of bench/results/forks.jsonl; `python -m bench.grading --report` writes the latest of each
framework into docs/benchmark.md.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bench import records
from bench.grading import machine
from bench.grading_report import FORKS
from bench.records import Line
from tests.autograder.kernels import sandboxed
from tools.preloaded import TRAININGS


class Kernel(Protocol):
    """What is asked to train."""

    def tell(self, code: str) -> str: ...


def fork_in_a_row(
    framework: str,
    count: int,
    forked: Callable[[str], AbstractContextManager[Kernel]] = sandboxed,
) -> Line:
    """Fork, train, kill, one after the other; return what came of it, in seconds."""
    ready, trained, failures = [], [], []
    for number in range(count):
        began = time.monotonic()
        with forked(framework) as kernel:
            heard = time.monotonic()
            try:
                said = kernel.tell(TRAININGS[framework] + "\nprint('trained')")
            except TimeoutError:
                said = "hung"
            ready.append(heard - began)
            trained.append(time.monotonic() - heard)
            if "trained\n" not in said:
                failures.append(f"fork {number}: {said[-300:]}")
    return {
        "framework": framework,
        "count": count,
        "trained": count - len(failures),
        "failures": failures,
        "ready": _seconds(ready[1:] or ready),  # the first waits for the template
        "training": _seconds(trained),
        "machine": machine(),
    }


def _seconds(found: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(found), 3), "most": round(max(found), 3)}


def told(line: Line) -> str:
    """Say what came of one run, a line for each failure."""
    ready, training = line["ready"], line["training"]
    lines = [
        f"{line['framework']}: {line['trained']} of {line['count']} trained",
        f"  ready after {ready['median']:.3f} s, at most {ready['most']:.3f} s",
        f"  trained in {training['median']:.3f} s, at most {training['most']:.3f} s",
    ]
    return "\n".join([*lines, *(f"  {failure}" for failure in line["failures"])])


def main() -> int:
    """Fork as often as asked, and record it; 1 when a training failed or hung."""
    parser = argparse.ArgumentParser(description="Fork a warm template many times.")
    parser.add_argument("framework", choices=[name for name in TRAININGS if TRAININGS[name]])
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    if options.count < 1:
        parser.error("fork once at least")
    line = fork_in_a_row(options.framework, options.count)
    records.append(FORKS, line)
    print(told(line))
    return int(bool(line["failures"]))


if __name__ == "__main__":
    sys.exit(main())
