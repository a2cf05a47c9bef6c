"""Is each typical mistake in unit 2's tasks named by a sentence of its own?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tandem import plain
from tandem.lessons.training import TASKS
from tandem.verdict import Verdict

Answer = Callable[..., Any]


def judged(name: str, answer: Answer) -> Verdict:
    task = TASKS.checks[name]
    probe, truth = task.public()
    return task.decide(task.collect(answer, probe, plain), probe, truth)


def epoch_loss(losses: np.ndarray, sizes: np.ndarray) -> Any:
    return (losses * sizes).sum() / sizes.sum()


def nesterov_step(velocity: np.ndarray, gradient: np.ndarray, beta: float, rate: float) -> Any:
    return rate * (beta * (beta * velocity + gradient) + gradient)


def adam_step(mean: np.ndarray, square: np.ndarray, t: int, rate: float) -> Any:
    return rate * mean / (1 - 0.9**t) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("accuracy", lambda z, classes: np.mean(z.argmax(1) == classes)),
        ("standardise-others", lambda rows, other: (other - rows.mean(0)) / rows.std(0)),
        ("epoch-loss", epoch_loss),
        ("nesterov-step", nesterov_step),
        ("adam-step", adam_step),
    ],
)
def test_does_a_right_answer_in_numpy_pass(name: str, answer: Answer) -> None:
    assert judged(name, answer).points == 1


@pytest.mark.parametrize(
    ("name", "answer", "sentence"),
    [
        ("accuracy", lambda z, c: np.mean(z.argmax(1)[:, None] == c), "make a table (n, n)"),
        ("accuracy", lambda z, c: np.mean(z.argmax(1) == c[:, None]), "make a table (n, n)"),
        ("accuracy", lambda z, c: np.mean(z[0].argmax() == c), "only the first row"),
        ("accuracy", lambda z, c: np.mean(z.argmax(1) != c), "the share of wrong rows"),
        ("accuracy", lambda z, c: np.sum(z.argmax(1) == c) * 1.0, "not their share"),
        ("standardise-others", lambda _, b: (b - b.mean(0)) / b.std(0), "a ruler of their own"),
        ("epoch-loss", lambda losses, _: losses.mean(), "the mean of the batches"),
        ("epoch-loss", lambda losses, n: (losses * n).sum(), "the sum over all rows, not"),
        ("epoch-loss", lambda losses, n: (losses * n).mean(), "number of batches, not of rows"),
        ("epoch-loss", lambda losses, n: (losses * n / n[0]).mean(), "as many rows as the first"),
        ("nesterov-step", lambda v, g, b, r: r * (b * v + g), "does not look ahead"),
        ("nesterov-step", lambda v, g, b, r: r * b * (b * v + g), "the gradient is left out"),
        ("nesterov-step", lambda *a: nesterov_step(*a[:3], 1.0), "rate is left out"),
        ("nesterov-step", lambda *a: -nesterov_step(*a), "the sign is turned round"),
        ("adam-step", lambda *a: a[3] * a[0] / (np.sqrt(a[1]) + 1e-8), "neither mean is corrected"),
        ("adam-step", lambda *a: -adam_step(*a), "the sign is turned round"),
    ],
)
def test_is_the_mistake_named(name: str, answer: Answer, sentence: str) -> None:
    verdict = judged(name, answer)
    assert verdict.points == 0
    assert sentence in verdict.message
