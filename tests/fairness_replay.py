"""Replay a few runs of `bench.fairness` for one framework."""

from functools import cache

from bench.fairness import judged
from bench.solutions import Solution, solution
from tandem.verdict import Verdict

TRAINING = {  # the checks that train a network take long
    "iris": ("fit", "high-level"),
    "mnist": ("train", "fit", "overfit", "early-stopping", "regularise", "compare"),
}
REPLAYED = {"iris": "high-level", "mnist": "train"}
RUNS = 3


def replays(framework: str) -> list[tuple[str, str, int]]:
    """List (lab, check, run): quick checks in several runs, one that trains in the first."""
    quick = [
        (lab, check, run)
        for lab, training in TRAINING.items()
        for check in _reference(lab, framework).lab.checks
        if check not in training
        for run in range(RUNS)
    ]
    return quick + [(lab, check, 0) for lab, check in REPLAYED.items()]


def replay(framework: str, lab: str, check: str, run: int) -> Verdict:
    """Grade the reference answer to one check in one run."""
    reference = _reference(lab, framework)
    return judged(reference, reference.lab.checks[check], run)[0]


@cache
def _reference(lab: str, framework: str) -> Solution:
    return solution(lab, framework)
