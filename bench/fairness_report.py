"""Turn recorded runs into docs/fairness.md."""

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from scipy.stats import binomtest

from autograder.private import private_digits
from bench.records import RESULTS, present, read, results_file
from bench.solutions import MODULES, REFERENCE, Solution, all_solutions, own_checks
from tandem.checks import Check
from tests.submissions import ROOT

PAGE = ROOT / "docs" / "fairness.md"
GOALS = {"iris": 200, "mnist": 60}
_MOST_SHOWN = 20  # false fails listed one by one


@dataclass
class Tally:
    """What the recorded runs say of one check, or of several together."""

    runs: int = 0
    fails: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, result: dict[str, Any]) -> None:
        self.runs += 1
        self.fails += result["points"] < result["max"]
        self.seconds.append(result["seconds"])

    @property
    def interval(self) -> str:
        return "–" if not self.runs else "{:.1%} to {:.1%}".format(*wilson(self.fails, self.runs))

    @property
    def full(self) -> str:
        return "–" if not self.runs else f"{(self.runs - self.fails) / self.runs:.1%}"


def wilson(count: int, runs: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a rate, by Wilson's score."""
    interval = binomtest(count, runs).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def write() -> int:
    """Write docs/fairness.md; always 0."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"✓ wrote {PAGE.relative_to(ROOT)}")
    return 0


def page(folder: Path = RESULTS) -> str:
    """Return docs/fairness.md as the recorded runs and the present sources make it."""
    groups = [_Group(lab, framework, folder) for lab in GOALS for framework in MODULES]
    bounds = {f"after_{n}": wilson(0, n)[1] for n in GOALS.values()}
    sections = [_INTRODUCTION.format(**bounds), *_summary(groups)]
    for group in groups:
        sections += _reference_section(group)
    sections += [_ALTERNATIVES, *_every_solution(groups)]
    sections += _false_fails(groups)
    sections += ["## How it was made", _METHOD, *_surroundings(groups)]
    return "\n\n".join(sections) + "\n"


class _Group:
    """One lab in one framework: its recorded results, as far as they are of the present sources."""

    def __init__(self, lab: str, framework: str, folder: Path) -> None:
        self.lab, self.framework, self.title = lab, framework, f"{lab}-{framework}"
        self.solutions = _solutions(lab, framework)
        self.tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
        self.fails: list[tuple[int, str, str, dict[str, Any]]] = []
        self.lines: list[dict[str, Any]] = []
        for line in present(read(results_file(lab, framework, folder)), self.solutions):
            self.lines.append(line)
            for check, result in line["checks"].items():
                self.tallies[line["solution"], check].add(result)
                if result["points"] < result["max"]:
                    self.fails.append((line["run"], line["solution"], check, result))

    @property
    def reference(self) -> Solution:
        return self.solutions[REFERENCE]

    def tally(self, name: str, checks: Iterable[str]) -> Tally:
        """Return the sum over some checks of one solution."""
        total = Tally()
        for check in checks:
            part = self.tallies[name, check]
            total.runs += part.runs
            total.fails += part.fails
        return total

    @property
    def bound(self) -> str:
        """Return the highest rate that the interval of any check leaves possible."""
        tallies = [self.tallies[REFERENCE, check] for check in self.reference.lab.checks]
        if not all(tally.runs for tally in tallies):
            return "–"
        return f"{max(wilson(tally.fails, tally.runs)[1] for tally in tallies):.1%}"

    def least(self, name: str = REFERENCE) -> int:
        """Return how many runs the check with the fewest has."""
        checks = own_checks(self.solutions[name])
        return min((self.tallies[name, check.name].runs for check in checks), default=0)


_solutions = cache(all_solutions)  # their digests take longer than the rest of a page


def _summary(groups: list[_Group]) -> list[str]:
    rows, behind = [], []
    for group in groups:
        goal, least = GOALS.get(group.lab, 0), group.least()
        total = group.tally(REFERENCE, group.reference.lab.checks)
        rows.append(
            [
                *(group.title, least, goal, total.runs, total.fails, group.bound),
                "yes" if least >= goal and not total.fails else "no",
            ]
        )
        if least < goal:
            behind.append(
                f"    python -m bench.fairness run --lab {group.lab} "
                f"--framework {group.framework} --runs {goal}"
            )
    head = ["lab", "runs of every check, at least", "goal", "verdicts", "false fails"]
    head += ["upper bound of every check's rate", "reached"]
    parts = ["## The reference solutions", *_table(head, rows)]
    if behind:
        parts += ["**Not reached yet.** These commands do the runs that lack:", "\n".join(behind)]
    return parts


def _reference_section(group: _Group) -> list[str]:
    rows = []
    for check in group.reference.lab.checks.values():
        tally = group.tallies[REFERENCE, check.name]
        seconds = f"{fmean(tally.seconds):.2f}" if tally.seconds else "–"
        rows.append(
            [
                *(f"`{check.name}`", f"{check.points:g}", tally.runs, tally.full, tally.fails),
                *(tally.interval, seconds, thresholds(check)),
            ]
        )
    head = ["check", "points", "runs", "full points", "false fails", "95 % interval"]
    return [f"### {group.title}", *_table([*head, "mean CPU s", "threshold"], rows)]


@cache
def thresholds(check: Check) -> str:
    """Say which thresholds students are told and which are graded."""
    told, graded = (_least(truth) for _, truth in (check.public(), _graded(check)))
    if told:
        words = {name: f"{name} points from" if name.isdigit() else name for name in told}
        return ", ".join(f"{words[n]} {told[n]:g} ({graded[n]:g})" for n in told)
    module = sys.modules[type(check).__module__]
    tolerance = getattr(module, "TOLERANCE", None)
    return f"error at most {tolerance:g}" if tolerance else "as its task says"


def _graded(check: Check) -> Any:
    return check.draw_graded(np.random.default_rng(0), private_digits)


def _least(truth: dict[str, Any]) -> dict[str, float]:
    """Return the thresholds among a check's truth: `least` or `least_…`."""
    return {
        name.removeprefix("least").removeprefix("_") or "accuracy": float(value)
        for name, value in truth.items()
        if name.startswith("least")
    }


def _every_solution(groups: list[_Group]) -> list[str]:
    rows = []
    for group in groups:
        for name, chosen in group.solutions.items():
            checks = [check.name for check in own_checks(chosen)]
            total = group.tally(name, checks)
            shown = "all" if name == REFERENCE else ", ".join(f"`{check}`" for check in checks)
            rows.append(
                [
                    *(group.title, name, shown, group.least(name), total.runs, total.fails),
                    total.interval,
                ]
            )
    head = ["lab", "solution", "checks", "runs", "verdicts", "false fails", "95 % interval"]
    return _table(head, rows)


def _false_fails(groups: list[_Group]) -> list[str]:
    fails = [(group, *fail) for group in groups for fail in group.fails]
    if not fails:
        return ["## False fails", "None in any recorded run."]
    rows = [
        [
            *(group.title, f"`{check}`", name, number),
            f"{result['points']:g} of {result['max']:g}",
            result["message"].replace("\n", " ").replace("|", "\\|"),
        ]
        for group, number, name, check, result in fails[:_MOST_SHOWN]
    ]
    head = ["lab", "check", "solution", "run", "points", "message"]
    more = len(fails) - len(rows)
    return ["## False fails", *_table(head, rows), *([f"and {more} more."] if more else [])]


def _surroundings(groups: list[_Group]) -> list[str]:
    rows = []
    for group in groups:
        dates = sorted({line["date"] for line in group.lines})
        versions = sorted({line["versions"] for line in group.lines})
        when = " to ".join(dict.fromkeys(dates[:1] + dates[-1:])) or "–"
        rows.append([group.title, when, "; ".join(versions) or "–"])
    return _table(["lab", "dates (UTC)", "versions"], rows)


def _table(head: list[str], rows: list[list[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)]


_INTRODUCTION = """\
<!-- Generated by `python -m bench.fairness report`; do not edit. -->

# Fairness: how often does a check fail a right answer?

A check that fails a right answer destroys trust, so this is measured. A **false fail** is a verdict
with fewer than all points, partial credit included, for an answer that is right: one of the
reference solution, or of an alternative in another honest style (`tests/alternatives/`). Each run
draws a fresh secret, hence a fresh probe and a fresh seed for every check. Intervals are the 95 %
confidence intervals of the rate of false fails by Wilson's score: even no fail in 200 runs leaves a
rate of {after_200:.1%} possible, none in 60 one of {after_60:.1%}."""

_ALTERNATIVES = """\
## Every solution

An alternative changes some answers of the reference. It is run for the checks that see what it
changes, by name or through other functions; `runs` is the number for the check that has fewest. The
interval is that of all its verdicts together."""

_METHOD = """\
```
python -m bench.fairness run --lab iris --framework pytorch --runs 200
python -m bench.fairness run --lab iris --framework pytorch --runs 20 --solution all
python -m bench.fairness report
```

Every verdict goes the grader's own way, without a kernel: draw the probe from the secret, collect
with the seed, encode, decode, decide. One process on one thread of the CPU, the private digits that
ship with the grader. Seconds are CPU time of the whole check, drawing and judging included, imports
not. The secret of run *i* is HMAC-SHA256 of the number *i* under the key `tandem fairness`, so
anyone can repeat a run:

    python -m bench.fairness run --lab iris --framework pytorch --first 17 --runs 1 --again

A threshold is written as students are told it and see it in JupyterLab, with the graded one in
brackets. Those of `regularise` are the largest shares of `overfit`'s validation loss and gap that
count, the least training accuracy, and the validation accuracy that it may cost.

Each recorded verdict carries a digest of what it depends on: all code of `tandem` that the check
reaches by name to draw its probe, to collect and to judge, and the answer's own code with the
functions that it calls; wording, comments and layout left out. Only verdicts of the present sources
are counted here, `run` does again what has changed, and `prune` drops what no longer holds. Where
`--evidence FOLDER` kept the evidence and only the judging has changed, that evidence is judged
again, its seconds kept. Not in the digest: the versions of the frameworks, which this table
states:"""
