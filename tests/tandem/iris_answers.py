"""Right and wrong answers to the Iris lab in plain NumPy, and how the grader judges them."""

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression

import tandem
from tandem import session
from tandem.checks import Check
from tandem.evidence import METADATA, MIME, Arrays, decode, encode
from tandem.labs.iris import LAB
from tandem.verdict import Verdict
from tests.tandem import numpy_framework as td

Answer = Callable[..., Any]


class Kernel:
    """What `check` asks of an ipykernel: the request that runs the cell."""

    def __init__(self, metadata: Mapping[str, object]) -> None:
        self.kernel = self
        self.metadata = metadata

    def get_parent(self, channel: str) -> dict[str, object]:
        assert channel == "shell"
        return {"metadata": dict(self.metadata)}


def sent(name: str, answer: object, probe: Arrays, seed: int = 7) -> list[dict[str, str]]:
    """Run a check as the grader's request does; return every display message of it."""
    displayed: list[dict[str, str]] = []
    request = {METADATA: {"check": name, "probe": encode(probe), "seed": seed}}

    def display(data: dict[str, str], raw: bool) -> None:
        assert raw
        displayed.append(data)

    with (
        patch.object(session, "_session", None),
        patch.object(session, "get_ipython", lambda: Kernel(request)),
        patch.object(session, "display", display),
    ):
        tandem.start("iris", td)  # type: ignore[arg-type]
        assert tandem.check(name, answer) is None
    return displayed


def collected(check: Check, answer: object, probe: Arrays) -> Arrays:
    """Return the evidence that the grader receives for an answer."""
    (message,) = sent(check.name, answer, probe)
    return decode(message[MIME], check.evidence_limit)


def judged(check: Check, answer: object, probe: Arrays, truth: Arrays) -> Verdict:
    return check.decide(collected(check, answer, probe), probe, truth)


def check_named(name: str) -> Check:
    return LAB.checks[name]


# Right answers.


def standardise(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    return (x_train - mean) / deviation, (x_other - mean) / deviation


def stable_softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cross_entropy(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.asarray(-np.take_along_axis(logs, classes[:, None], axis=1).mean(), np.float32)


def gradients(loss_fn: Answer, parameters: list[np.ndarray]) -> list[np.ndarray]:
    """Differentiate by central differences, exact to rounding for losses up to the second power.

    The layer's loss has a third power, so one Richardson step takes the error of h² away.
    """
    exact = [p.astype(np.float64) for p in parameters]

    def slope(i: int, index: tuple[int, ...], h: float) -> float:
        ends = []
        for sign in (1, -1):
            moved = [p.copy() for p in exact]
            moved[i][index] += sign * h
            ends.append(float(loss_fn(*moved)))
        return (ends[0] - ends[1]) / (2 * h)

    found = []
    for i, parameter in enumerate(exact):
        gradient = np.empty(parameter.shape, np.float32)
        for index in np.ndindex(parameter.shape):
            gradient[index] = (4 * slope(i, index, 0.01) - slope(i, index, 0.02)) / 3
        found.append(gradient)
    return found


def gradient_step(
    parameters: list[np.ndarray], gradients: list[np.ndarray], learning_rate: float
) -> list[np.ndarray]:
    return [p - learning_rate * g for p, g in zip(parameters, gradients, strict=True)]


def slopes(
    x: np.ndarray, y: np.ndarray, W: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the mean cross-entropy of one batch, by formula."""
    errors = (stable_softmax(x @ W + b) - np.eye(len(b))[y]) / len(y)
    return (x.T @ errors).astype(np.float32), errors.sum(axis=0).astype(np.float32)


def train(
    x: np.ndarray,
    y: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    batches: list[np.ndarray],
    learning_rate: float,
    epochs: int,
) -> tuple[np.ndarray, np.ndarray]:
    for _ in range(epochs):
        for batch in batches:
            down_W, down_b = slopes(x[batch], y[batch], W, b)
            W, b = W - learning_rate * down_W, b - learning_rate * down_b
    return W, b


def fit(
    x_train: np.ndarray, y_train: np.ndarray, x_val: np.ndarray, y_val: np.ndarray
) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    x_train, x_val = standardise(x_train, x_val)
    W, b = np.zeros((4, 3), np.float32), np.zeros(3, np.float32)
    history: dict[str, list[float]] = {"loss": [], "val_loss": []}
    for _ in range(60):
        cuts = np.split(np.random.permutation(len(x_train)), range(32, len(x_train), 32))
        W, b = train(x_train, y_train, W, b, cuts, 0.5, 1)
        history["loss"].append(float(cross_entropy(x_train @ W + b, y_train)))
        history["val_loss"].append(float(cross_entropy(x_val @ W + b, y_val)))
    return W, b, history


def identity(z: np.ndarray) -> np.ndarray:
    return z


def fit_high_level(*data: np.ndarray) -> tuple[td.NumpyModel, dict[str, list[float]]]:
    W, b, history = fit(*data)
    return td.NumpyModel([(W, b, identity)]), history


def fit_probabilities(*data: np.ndarray) -> tuple[td.NumpyModel, dict[str, list[float]]]:
    W, b, history = fit(*data)
    return td.NumpyModel([(W, b, stable_softmax)]), history


def learning_curves(history: dict[str, list[float]]) -> plt.Axes:
    _, ax = plt.subplots()
    ax.plot(history["loss"], label="training loss")
    ax.plot(history["val_loss"], "--", label="validation loss")
    return ax


def by_scipy(logits: np.ndarray) -> np.ndarray:
    return np.asarray(softmax(logits, axis=1))


def n_minus_one(x_train: np.ndarray, x_other: np.ndarray) -> list[np.ndarray]:
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0, ddof=1)
    return [(x_train - mean) / deviation, (x_other - mean) / deviation]


def python_float(logits: np.ndarray, classes: np.ndarray) -> float:
    return float(-log_softmax(logits, axis=1)[np.arange(len(classes)), classes].mean())


def by_newton(*data: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    """Fit as scikit-learn does, and return two equal entries of history, as float64."""
    x_train, x_val = standardise(data[0], data[2])
    model = LogisticRegression(C=10.0, max_iter=1000).fit(x_train, data[1])
    W, b = model.coef_.T.copy(), model.intercept_
    return W, b, {"val_loss": [float(cross_entropy(x_val @ W + b, data[3]))] * 2}


def both_in_one_call(history: dict[str, list[float]]) -> plt.Axes:
    """Draw both lines at once, other lines beside them, into axes that are open already."""
    ax = plt.gca()
    ax.axhline(0.0)
    lines = ax.plot(np.transpose([history["val_loss"], history["loss"]]))
    lines[0].set_label("validare")
    lines[1].set_label("אימון")
    return ax


def named_by_the_legend(history: dict[str, list[float]]) -> plt.Axes:
    _, ax = plt.subplots()
    ax.plot(history["loss"])
    ax.plot(history["val_loss"])
    ax.legend(["training", "validation"])
    return ax


RIGHT: list[tuple[str, Answer]] = [
    ("standardise", standardise),
    ("standardise", n_minus_one),
    ("softmax", stable_softmax),
    ("softmax", by_scipy),
    ("cross-entropy", cross_entropy),
    ("cross-entropy", python_float),
    ("gradients", gradients),
    ("gradient-step", gradient_step),
    ("train", train),
    ("fit", fit),
    ("fit", by_newton),
    ("high-level", fit_high_level),
    ("high-level", fit_probabilities),
    ("learning-curves", learning_curves),
    ("learning-curves", both_in_one_call),
    ("learning-curves", named_by_the_legend),
]
