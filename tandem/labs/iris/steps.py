"""Standardise, softmax, cross-entropy: functions judged on their values alone."""

from types import ModuleType
from typing import Any

import numpy as np
from scipy.special import log_softmax, softmax

from tandem.answers import array, several
from tandem.checks import Check
from tandem.data import flowers_like_iris
from tandem.evidence import Arrays
from tandem.judging import (
    Evidence,
    Fault,
    agree,
    difference,
    keeping,
    require_agreement,
    require_unchanged,
)
from tandem.messages import later, say
from tandem.verdict import Verdict

TOLERANCE = 1e-4


def statistics(x: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (mean, deviation) of the columns of x (n, d), dividing by n and by n - 1.

    Both deviations are right answers: NumPy and TensorFlow divide by n, PyTorch by n - 1.
    """
    x = x.astype(np.float64)
    return [(x.mean(axis=0), x.std(axis=0, ddof=ddof)) for ddof in (0, 1)]


class Standardise(Check):
    """Only the training set's statistics may be used; one point for sparing the arguments."""

    name = "standardise"
    points = 2
    hints = (
        later(
            "Which rows may be known before training? Their mean and deviation are all you need."
        ),
        later("Compute both along the axis of the rows, so that every feature has its own."),
        later(
            "(x - mean) / deviation, with the mean and deviation of x_train, for x_train and "
            "x_other."
        ),
    )
    _call = "standardise(x_train, x_other)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        x_train, _ = flowers_like_iris(rng, per_class=12)
        x_other, _ = flowers_like_iris(rng, per_class=5)
        return {"x_train": x_train, "x_other": (x_other * 1.5 + 1).astype(np.float32)}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        given = {name: td.tensor(probe[name]) for name in ("x_train", "x_other")}
        train, other = several(answer(*given.values()), 2, self._call)
        return {
            "train": array(train, td, self._call),
            "other": array(other, td, self._call),
            **{f"given_{name}": td.to_numpy(x) for name, x in given.items()},
        }

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        x_train, x_other = probe["x_train"], probe["x_other"]
        first = say("{call}, first value,", call=self._call)
        second = say("{call}, second value,", call=self._call)
        train = evidence.floats("train", x_train.shape, first)
        other = evidence.floats("other", x_other.shape, second)
        ways = statistics(x_train)
        mean, deviation = next(
            (way for way in ways if agree(train, (x_train - way[0]) / way[1], TOLERANCE)), ways[0]
        )
        for returned, x, call in ((train, x_train, first), (other, x_other, second)):
            expected = (x - mean) / deviation
            if not agree(returned, expected, TOLERANCE):
                suspect = self._suspect(train, other, x_train, x_other)
                raise Fault(suspect or difference(returned, expected, TOLERANCE, call))
        for name in ("x_train", "x_other"):
            require_unchanged(evidence, f"given_{name}", probe[name], self._call, points=1)
        return self.right()

    def _suspect(
        self, train: np.ndarray, other: np.ndarray, x_train: np.ndarray, x_other: np.ndarray
    ) -> str:
        for mean, deviation in statistics(np.concatenate([x_train, x_other])):
            if agree(train, (x_train - mean) / deviation, TOLERANCE):
                return say(
                    "{call} used statistics of both sets together; x_other must not be known "
                    "before training.",
                    call=self._call,
                )
        for mean, deviation in statistics(x_other):
            if agree(other, (x_other - mean) / deviation, TOLERANCE):
                return say(
                    "{call} scaled x_other by its own statistics; use those of x_train for both.",
                    call=self._call,
                )
        mean, deviation = x_train.mean(), x_train.std()
        if agree(train, (x_train - mean) / deviation, 0.01):
            return say(
                "{call} used one mean and deviation for all features; each feature needs its own.",
                call=self._call,
            )
        return ""


class Softmax(Check):
    """One point for ordinary logits, one for logits of ±1000."""

    name = "softmax"
    points = 2
    hints = (
        later("Each row is one flower: which axis must sum to one?"),
        later(
            "exp(1000) overflows. What can you subtract from a row without changing its softmax?"
        ),
        later("Subtract each row's own largest logit (keep the dimension), then exp, then divide."),
    )
    _call = "softmax(logits)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        extreme = rng.choice([-1000.0, 1000.0], (6, 1)) + rng.normal(0, 2, (6, 3))
        extreme[0] = [1000, 0, -1000]
        return {
            "ordinary": rng.normal(0, 2, (5, 3)).astype(np.float32),
            "wide": rng.normal(0, 2, (4, 7)).astype(np.float32),
            "extreme": extreme.astype(np.float32),
        }, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        return {name: array(answer(td.tensor(x)), td, self._call) for name, x in probe.items()}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for name in ("ordinary", "wide"):
            logits = probe[name].astype(np.float64)
            returned = evidence.floats(name, logits.shape, self._call)
            if agree(returned, softmax(logits, axis=0), TOLERANCE):
                raise Fault(
                    say("{call} sums to one along the columns; each row must.", call=self._call)
                )
            require_agreement(returned, softmax(logits, axis=1), TOLERANCE, self._call)
        logits = probe["extreme"].astype(np.float64)
        call = say("{call} for logits near ±1000", call=self._call)
        with keeping(1):
            returned = evidence.floats("extreme", logits.shape, call)
            require_agreement(returned, softmax(logits, axis=1), TOLERANCE, call)
        return self.right()


class CrossEntropy(Check):
    """One point for ordinary logits, one for logits of ±1000."""

    name = "cross-entropy"
    points = 2
    hints = (
        later(
            "For one flower: minus the logarithm of the probability that its own class was given."
        ),
        later(
            "log(softmax(z)) = z - max(z) - log(sum(exp(z - max(z)))): no overflow, and no log(0)."
        ),
        later(
            "Pick each row's entry of its own class, take the mean over the rows, change the sign."
        ),
    )
    _call = "cross_entropy(logits, classes)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        extreme = rng.choice([-1000.0, 1000.0], (6, 1)) + rng.normal(0, 2, (6, 3))
        extreme[0] = [1000, 0, -1000]
        return {
            "ordinary": rng.normal(0, 2, (7, 3)).astype(np.float32),
            "ordinary_classes": rng.permutation([0, 0, 1, 1, 2, 2, 2]),
            "wide": rng.normal(0, 2, (4, 6)).astype(np.float32),
            "wide_classes": rng.permutation(6)[:4],
            "extreme": extreme.astype(np.float32),
            "extreme_classes": np.array([1, 0, 1, 2, 0, 1]),
        }, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        return {
            name: array(
                answer(td.tensor(probe[name]), td.tensor(probe[f"{name}_classes"])), td, self._call
            )
            for name in ("ordinary", "wide", "extreme")
        }

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for name in ("ordinary", "wide"):
            returned = evidence.floats(name, (), self._call)
            expected = mean_cross_entropy(probe[name], probe[f"{name}_classes"])
            rows = len(probe[name])
            if agree(returned, expected * rows, TOLERANCE):
                raise Fault(
                    say(
                        "{call} returned the sum over the rows; expected the mean.", call=self._call
                    )
                )
            if agree(returned, -expected, TOLERANCE):
                raise Fault(say("{call} has the wrong sign: a loss is positive.", call=self._call))
            require_agreement(returned, expected, TOLERANCE, self._call)
        call = say("{call} for logits near ±1000", call=self._call)
        with keeping(1):
            returned = evidence.floats("extreme", (), call)
            expected = mean_cross_entropy(probe["extreme"], probe["extreme_classes"])
            require_agreement(returned, expected, TOLERANCE, call)
        return self.right()


def mean_cross_entropy(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the mean cross-entropy, shape (), of logits (n, k) for classes (n,), in float64."""
    logs = log_softmax(logits.astype(np.float64), axis=1)
    return np.asarray(-logs[np.arange(len(classes)), classes].mean())
