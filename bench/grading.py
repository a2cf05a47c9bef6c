"""How fast is grading, beside stock nbgrader, and where does it end?

    python -m bench.grading                       # everything, about an hour and a half
    python -m bench.grading --only iris-pytorch --sizes 10 --repeats 1
    python -m bench.grading --report              # writes the page from what was measured

Both graders get the same class (`bench.classes`), each in a folder of its own with settings of its
own, in turn, each in a control group that counts the processor time of all it starts. Every run is
a line of bench/results/grading.jsonl; what is there already is not measured again, unless --force.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import dask_costs, grading_report
from bench.classes import LABS, course, points, surroundings
from bench.metering import MeterError, metered

RESULTS = Path(__file__).parent / "results" / "grading.jsonl"
COMPARED = 10  # hand-ins of a comparison with stock nbgrader, which takes minutes for them
SIZES = (10, 40, 160)
PACKAGES = ("torch", "tensorflow-cpu", "keras", "numpy", "nbgrader", "distributed")

Line = dict[str, Any]
# Prints the CPU seconds of the writer's thread, and of the whole process without its kernels.
OURS = (
    "import sys, time; from autograder.cli import main; code = main(sys.argv[1:]); "
    "print('writer', time.thread_time(), 'process', time.process_time()); sys.exit(code)"
)


def stock(folder: Path, assignment: str) -> Line:
    """Grade by `nbgrader autograde` with its own settings, one after the other."""
    command = [sys.executable, "-m", "nbgrader", "autograde", assignment]
    return metered(command, folder, surroundings()).line()


def tandem(folder: Path, assignment: str, workers: int) -> Line:
    """Grade by `autograder grade`."""
    options = ["grade", assignment, "--workers", str(workers), "--json", "results.json"]
    cost = metered([sys.executable, "-c", OURS, *options], folder, surroundings())
    words = cost.output.split()
    found = points(folder)
    return {
        **cost.line(),
        "writer": float(words[words.index("writer") + 1]),
        "process": float(words[words.index("process") + 1]),
        "points": [found[name] for name in sorted(found)][:COMPARED],
    }


def alone(assignment: str) -> Line:
    """Run the same cells and judges in a warm process, and nothing else."""
    command = [sys.executable, "-m", "bench.alone", assignment]
    done = subprocess.run(command, env=surroundings(), stdout=subprocess.PIPE, check=True)
    return {"seconds": json.loads(done.stdout)}


def phases(assignment: str) -> Line:
    """Grade the class one after the other, and say where the seconds go."""
    command = [sys.executable, "-m", "bench.phases", assignment]
    done = subprocess.run(command, env=surroundings(), stdout=subprocess.PIPE, check=True)
    return {"phases": json.loads(done.stdout)}


def figures(run: Line, folder: Path) -> Line:
    """Measure one run of the plan, in an empty folder."""
    name = run["assignment"]
    if run["how"] == "dask":
        return dask_costs.measured(folder)
    if run["how"] == "alone":
        return alone(name)
    if run["how"] == "phases":
        return phases(name)
    course(folder, name, run["count"], stock=run["how"] == "stock")
    return stock(folder, name) if run["how"] == "stock" else tandem(folder, name, run["workers"])


def plan(assignments: list[str], sizes: list[int], repeats: int) -> list[Line]:
    """List what to measure: what is compared stands side by side, for a machine's speed changes."""
    found = [_run("dask", "", 0, 0)]
    for name in assignments:
        for repeat in range(repeats):
            found += _side_by_side(name, COMPARED, repeat)
        found.append(_run("tandem", name, COMPARED, 1))
        found.append(_run("phases", name, COMPARED, 0))
        for count in sizes:
            if count != COMPARED:
                found += _side_by_side(name, count)
    return found


def _side_by_side(name: str, count: int, repeat: int = 0) -> list[Line]:
    """A class by `autograder grade`; the cells alone and stock nbgrader take ten of any class."""
    return [
        _run("alone", name, COMPARED, 1, repeat, count),
        _run("stock", name, COMPARED, 1, repeat, count),
        _run("tandem", name, count, 2, repeat, count),
    ]


def _run(
    how: str, assignment: str, count: int, workers: int, repeat: int = 0, beside: int = COMPARED
) -> Line:
    """beside: the size of the class beside which it is measured."""
    names = ("how", "assignment", "count", "workers", "repeat", "beside")
    return dict(zip(names, (how, assignment, count, workers, repeat, beside), strict=True))


def measure(runs: list[Line], force: bool) -> None:
    """Measure what is not recorded yet, and record it."""
    known = [] if force else recorded()
    RESULTS.parent.mkdir(exist_ok=True)
    if force:
        RESULTS.unlink(missing_ok=True)
    for run in runs:
        if any(run.items() <= line.items() for line in known):
            continue
        print(f"{run['how']} {run['assignment']} {run['count']} …", flush=True)
        with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
            found = figures(run, Path(folder))
        line = run | found | {"machine": machine(), "load": os.getloadavg()[0]}
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def recorded() -> list[Line]:
    """Return every recorded run."""
    if not RESULTS.exists():
        return []
    return [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


def machine() -> str:
    """Name what a figure hangs on: processors and versions."""
    cpus = len(os.sched_getaffinity(0))
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{cpus} processors, Python {platform.python_version()}, {packages}"


def main() -> int:
    """Measure, and write docs/benchmark.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.grading", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=LABS, default=list(LABS))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--force", action="store_true", help="forget what was measured")
    parser.add_argument("--report", action="store_true", help="measure nothing")
    options = parser.parse_args()
    if not options.report:
        try:
            measure(plan(options.only, options.sizes, options.repeats), options.force)
        except MeterError as error:
            print(f"✗ {error}", file=sys.stderr)
            return 2
    grading_report.write(recorded())
    return 0


if __name__ == "__main__":
    sys.exit(main())
