"""Does each task of unit 5 pass right answers in another style, and name the typical wrong ones?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tandem import plain
from tandem.lessons.overfitting import TASKS
from tandem.verdict import Verdict


def verdict(name: str, answer: Callable[..., Any]) -> Verdict:
    task = TASKS.checks[name]
    probe, truth = task.public()
    return task.decide(task.collect(answer, probe, plain), probe, truth)


def stopping(val_losses: list[float], patience: int) -> tuple[int, int]:
    best, waited = 0, 0
    for epoch in range(1, len(val_losses)):
        waited = 0 if val_losses[epoch] < val_losses[best] else waited + 1
        best = epoch if waited == 0 else best
        if waited == patience:
            return best, epoch + 1
    return best, len(val_losses)


def split(writers: np.ndarray, share: float, rng: np.random.Generator) -> list[np.ndarray]:
    names = np.unique(writers)
    drawn = rng.choice(names, int(share * len(names)), replace=False)
    rows = np.arange(len(writers))
    return [rows[~np.isin(writers, drawn)], rows[np.isin(writers, drawn)]]


def split_rows(writers: np.ndarray, share: float, rng: np.random.Generator) -> list[np.ndarray]:
    rows = rng.permutation(len(writers))
    return [rows[int(share * len(rows)) :], rows[: int(share * len(rows))]]


def split_always_alike(writers: np.ndarray, share: float, _: object) -> list[np.ndarray]:
    return split(writers, share, np.random.default_rng(0))


RIGHT = {
    "which-is-which": lambda: ["good fit", "overfitting", "underfitting"],
    "early-stopping": stopping,
    "dropout": lambda h, k, rate, training: np.where(k == 1, h / (1 - rate), 0) if training else h,
    "split-by-writer": split,
    "decompose": lambda p, t: np.array([np.mean((p.mean(0) - t) ** 2), p.var(0).mean()]),
}
WRONG = [
    ("which-is-which", lambda: ["good fit", "underfitting", "overfitting"], "Picture B"),
    ("early-stopping", lambda v, _: (int(np.argmin(v)), len(v)), "should have stopped"),
    ("early-stopping", lambda v, p: (stopping(v, p)[0], stopping(v, p)[1] - 1), "expected"),
    ("early-stopping", lambda v, p: stopping(v, p + 1), "expected"),
    ("dropout", lambda h, k, _rate, training: h * k if training else h, "scaled up"),
    ("dropout", lambda h, k, rate, training: h * k / rate if training else h, "not dropped"),
    ("dropout", lambda h, k, rate, _training: h * k / (1 - rate), "training is False"),
    ("dropout", lambda h, k, _rate, training: h * (1 - k) if training else h, "the mask is 1"),
    ("split-by-writer", split_rows, "leaks"),
    ("split-by-writer", split_always_alike, "for every rng"),
    ("split-by-writer", lambda w, s, rng: split(w, 2 * s, rng), "expected 5"),
    ("split-by-writer", lambda w, s, rng: [split(w, s, rng)[0]] * 2, "exactly one"),
    ("decompose", lambda p, t: np.array([((p.mean(0) - t) ** 2).mean(), p.var(1).mean()]), "over"),
    ("decompose", lambda p, t: np.array([(p.mean(0) - t).mean() ** 2, p.var(0).mean()]), "cancel"),
    ("decompose", lambda p, t: RIGHT["decompose"](p, t)[::-1].copy(), "wrong order"),
]


@pytest.mark.parametrize("name", TASKS.checks)
def test_does_a_right_answer_pass(name: str) -> None:
    found = verdict(name, RIGHT[name])
    assert found.passed, found.message


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_is_a_typical_mistake_named(name: str, answer: Callable[..., Any], words: str) -> None:
    found = verdict(name, answer)
    assert found.points == 0
    assert words in found.message


@pytest.mark.parametrize("seed", range(5))
def test_can_no_draw_be_passed_by_a_fixed_answer(seed: int) -> None:
    """The two cases of a split differ, and the lowest loss of all lies beyond the stop."""
    probe, _ = TASKS.checks["early-stopping"].draw(np.random.default_rng(seed))
    losses = probe["smooth"]
    assert stopping(losses.tolist(), 3)[0] != losses.argmin()
