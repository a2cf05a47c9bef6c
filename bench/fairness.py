"""How often does a check fail a right answer? `run` measures it, `report` writes docs/fairness.md.

    python -m bench.fairness run --lab iris --framework pytorch --runs 200
    python -m bench.fairness report

A run draws a fresh secret, hence fresh probes and seeds for every check, and takes each answer
through the grader's own path: draw, collect, encode, decode, decide. Each finished run is one line
of `bench/results/fairness-<lab>-<framework>.jsonl`; the same command goes on where it stopped.
"""

import argparse
import contextlib
import gc
import hmac
import io
import json
import logging
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder.probes import Drawn, draw, second_probe
from bench import STARTED, fairness_report
from bench.records import append, present, read, replace, results_file
from bench.solutions import (
    MODULES,
    REFERENCE,
    Solution,
    all_solutions,
    framework_module,
    own_checks,
    solution,
)
from bench.sources import digest
from tandem import session
from tandem.checks import Check, lab_names
from tandem.evidence import decode, encode
from tandem.verdict import Verdict
from tests.submissions import ROOT

LABEL = b"tandem fairness"
_PROBE_LIMIT = 200_000_000
PACKAGES = {
    "pytorch": ("torch", "pytorch-lightning", "numpy"),
    "tensorflow": ("tensorflow-cpu", "keras", "numpy"),
}
SURROUNDINGS = {  # as in the grader's kernel: one thread, no GPU
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "MKL_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "TF_NUM_INTRAOP_THREADS",
            "TF_NUM_INTEROP_THREADS",
        ),
        "1",
    ),
    "CUDA_VISIBLE_DEVICES": "",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "TANDEM_DEVICE": "cpu",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def secret_of(run: int) -> bytes:
    """Return the secret of a run, 32 bytes: HMAC-SHA256 of its number under a fixed label."""
    return hmac.digest(LABEL, str(run).encode(), "sha256")


def judged(
    chosen: Solution, check: Check, run: int, store: Path | None = None
) -> tuple[Verdict, float]:
    """Grade one answer with the probe and the seed of one run; also return its CPU seconds.

    Evidence that `store` holds, of the same answer to the same probe, is judged again, not made.
    """
    secret = secret_of(run)
    drawn = draw(check, secret)
    made = digest([chosen.evidence_digests[check.name], encode(drawn.probe), str(drawn.seed)])
    path = store and store / chosen.title / f"{run}-{check.name}-{made}.json"
    sent = json.loads(path.read_text(encoding="ascii")) if path and path.exists() else None
    if sent is None or sent["asked"] != _asked(check, sent["first"], secret):
        sent = _collected(chosen, check, drawn, secret)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(sent), encoding="ascii")
    began = time.process_time()
    arrays = check.receive(sent["first"], sent["more"] or None)
    verdict = check.decide(arrays, drawn.probe, drawn.truth)
    return verdict, round(sent["seconds"] + time.process_time() - began, 3)


def _collected(chosen: Solution, check: Check, drawn: Drawn, secret: bytes) -> dict[str, Any]:
    """Return what the student's kernel would send, and the CPU seconds that it took."""
    assert chosen.namespace  # made before the clock starts: it imports the framework
    answer, td = chosen.answer(check), framework_module(chosen.framework)
    probe = decode(encode(drawn.probe), _PROBE_LIMIT)
    began, more = time.process_time(), ""
    with _quiet():
        # The functions that `tandem.check` itself calls in the student's kernel.
        arrays, _ = session._collect(check, answer, probe, td, drawn.seed)
        first = session._encoded(arrays)
        asked = _asked(check, first, secret)
        if asked:
            probe = decode(asked, _PROBE_LIMIT)
            arrays, _ = session._collect_more(check, answer, probe, td, drawn.seed)
            more = session._encoded(arrays)
    seconds = time.process_time() - began
    return {"first": first, "asked": asked, "more": more, "seconds": seconds}


def _asked(check: Check, first: str, secret: bytes) -> str:
    """Return the second probe that the first evidence leaves a need of, encoded; else nothing."""
    second = second_probe(check, first, secret)
    return encode(second) if second else ""


def measured(
    chosen: Solution, checks: Iterable[Check], run: int, store: Path | None = None
) -> dict[str, Any]:
    """Grade answers in one run; return the line to record."""
    results = {}
    for check in checks:
        verdict, seconds = judged(chosen, check, run, store)
        results[check.name] = {
            "points": verdict.points,
            "max": verdict.max_points,
            "message": verdict.message,
            "seconds": seconds,
            "sources": chosen.digests[check.name],
        }
    packages = PACKAGES[chosen.framework]
    return {
        "run": run,
        "solution": chosen.name,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": ", ".join(
            [f"Python {platform.python_version()}", *(f"{p} {version(p)}" for p in packages)]
        ),
        "checks": results,
    }


def missing(chosen: Solution, run: int, lines: Iterable[dict[str, Any]]) -> list[Check]:
    """Return the checks that this run has not yet seen as they and the answers now are."""
    known = {
        (name, result["sources"])
        for line in lines
        if (line["run"], line["solution"]) == (run, chosen.name)
        for name, result in line["checks"].items()
    }
    return [c for c in own_checks(chosen) if (c.name, chosen.digests[c.name]) not in known]


def run(arguments: argparse.Namespace) -> int:
    """Do the runs that are not recorded yet; 1 when a right answer lost a point in one of them."""
    lab, framework, name = arguments.lab, arguments.framework, arguments.solution
    if name == "all":
        solutions = list(all_solutions(lab, framework).values())
    else:
        solutions = [solution(lab, framework, name)]
    path, unfair = results_file(lab, framework), 0
    lines = read(path)
    for number in range(arguments.first, arguments.first + arguments.runs):
        for chosen in solutions:
            checks = own_checks(chosen) if arguments.again else missing(chosen, number, lines)
            if not checks:
                continue
            _require_unchanged(lab, framework)
            line = measured(chosen, checks, number, arguments.evidence)
            if not arguments.again:
                append(path, line)
            unfair += _shown(line, arguments.again)
            _forget(framework)
    return int(unfair > 0)


def _require_unchanged(lab: str, framework: str) -> None:
    """Raise ValueError when code or answers were written after this process had read them."""
    patterns = ("tandem/*.py", f"tandem/labs/{lab}/*.py", f"solutions/{lab}-{framework}/*.ipynb")
    for file in (file for pattern in patterns for file in ROOT.glob(pattern)):
        if file.stat().st_mtime > STARTED:
            raise ValueError(f"{file.relative_to(ROOT)} has changed: run the command again")


def prune() -> int:
    """Remove recorded verdicts of sources that have changed since; always 0."""
    for lab in lab_names():
        for framework in MODULES:
            path = results_file(lab, framework)
            if path.exists():
                replace(path, present(read(path), all_solutions(lab, framework)))
    return 0


def _shown(line: dict[str, Any], every: bool) -> int:
    """Print one run, and each check that lost a point; return how many did."""
    lost = {n: r for n, r in line["checks"].items() if r["points"] < r["max"]}
    seconds = sum(result["seconds"] for result in line["checks"].values())
    print(
        f"run {line['run']}, {line['solution']}: {len(line['checks']) - len(lost)} of "
        f"{len(line['checks'])} checks full, {seconds:.1f} s",
        flush=True,
    )
    for name, result in (line["checks"] if every else lost).items():
        mark = "✗" if name in lost else "✓"
        print(f"  {mark} {name}: {result['points']:g} of {result['max']:g}: {result['message']}")
    return len(lost)


def _forget(framework: str) -> None:
    """Free what a run left behind: a student's kernel would end here."""
    if framework == "tensorflow":
        import keras

        keras.backend.clear_session()
    gc.collect()


@contextlib.contextmanager
def _quiet() -> Any:
    """Silence the training functions: their progress is of no interest in a table."""
    with (
        tempfile.TemporaryDirectory() as folder,  # callbacks write checkpoints where they run
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(prog="python -m bench.fairness", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="grade right answers with fresh probes and seeds")
    runs.add_argument("--lab", choices=lab_names(), required=True)
    runs.add_argument("--framework", choices=list(MODULES), required=True)
    runs.add_argument("--runs", type=int, default=200, help="how many runs there should be")
    runs.add_argument("--first", type=int, default=0, help="number of the first run")
    runs.add_argument(
        "--solution", default=REFERENCE, help="reference, an alternative's name, or all"
    )
    runs.add_argument(
        "--evidence",
        type=Path,
        metavar="FOLDER",
        help="keep the evidence here (MNIST: 5 MB a run), and judge what is here without training",
    )
    runs.add_argument(
        "--again", action="store_true", help="repeat runs and print every verdict; record nothing"
    )
    commands.add_parser("prune", help="drop recorded verdicts of sources that have changed since")
    commands.add_parser("report", help="write docs/fairness.md from the recorded runs")
    return parser


def main() -> int:
    """Run the command; restart Python once where the surroundings are not the grader's."""
    arguments = parser().parse_args()
    if arguments.command == "report":
        return fairness_report.write()
    if arguments.command == "prune":
        return prune()
    if any(os.environ.get(name) != value for name, value in SURROUNDINGS.items()):
        command = [sys.executable, "-m", "bench.fairness", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | SURROUNDINGS)
    try:
        return run(arguments)
    except ValueError as problem:
        print(f"✗ {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
