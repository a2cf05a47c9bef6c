"""A mini-batch loop of one's own: a pure function, replayed in NumPy."""

from types import ModuleType
from typing import Any

import numpy as np
from scipy.special import softmax

from tandem.answers import array, several
from tandem.checks import Check
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree, keeping, require_agreement
from tandem.messages import later, say
from tandem.verdict import Verdict

TOLERANCE = 1e-4
_SIZES = (6, 6, 6, 4)  # the last batch is smaller, as in life
_INPUTS, _CLASSES = 5, 4
_EPOCHS = 4


class Train(Check):
    """One point for a single step, two for the whole loop, one for leaving the arguments alone."""

    name = "train"
    points = 4
    hints = (
        later("Two loops, one inside the other: over the epochs, and over the batches of each."),
        later(
            "In each batch: the rows x[batch], y[batch]; the loss of these rows; one gradient step."
        ),
        later(
            "loss_fn = lambda W, b: cross_entropy(x[batch] @ W + b, y[batch]), then your own "
            "gradients and gradient_step give the next W and b. (TensorFlow: tf.gather for "
            "x[batch].)"
        ),
    )
    _call = "train(x, y, W, b, batches, learning_rate, epochs)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        rows = sum(_SIZES)
        order = rng.permutation(rows)
        cuts = np.cumsum(_SIZES)[:-1]
        return {
            "x": rng.normal(size=(rows, _INPUTS)).astype(np.float32),
            "y": rng.permutation(np.arange(rows) % _CLASSES),
            "W": (rng.normal(size=(_INPUTS, _CLASSES)) / 2).astype(np.float32),
            "b": (rng.normal(size=_CLASSES) / 2).astype(np.float32),
            "learning_rate": np.array(rng.uniform(0.2, 0.6)),
            **{f"batch_{i}": batch for i, batch in enumerate(np.split(order, cuts))},
        }, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        evidence: Arrays = {}
        for run, (batches, epochs) in _runs(probe).items():
            weights, bias = td.tensor(probe["W"]), td.tensor(probe["b"])
            returned = answer(
                td.tensor(probe["x"]),
                td.tensor(probe["y"]),
                weights,
                bias,
                [td.tensor(batch) for batch in batches],
                float(probe["learning_rate"]),
                epochs,
            )
            new = several(returned, 2, self._call)
            evidence |= {
                f"{run}_W": array(new[0], td, self._call),
                f"{run}_b": array(new[1], td, self._call),
                f"{run}_given_W": td.to_numpy(weights),
                f"{run}_given_b": td.to_numpy(bias),
            }
        return evidence

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for run, earned in (("step", 0), ("loop", 1)):
            with keeping(earned):
                self._judge_run(run, evidence, probe)
        for name in ("W", "b"):
            with keeping(3):
                given = evidence.floats(f"loop_given_{name}", probe[name].shape, self._call)
                if not agree(given, probe[name].astype(np.float64), 0):
                    raise Fault(
                        say(
                            "{call} is right but changed the {name} it was given.",
                            call=self._call,
                            name=name,
                        )
                    )
        return self.right()

    def _judge_run(self, run: str, evidence: Evidence, probe: Arrays) -> None:
        batches, epochs = _runs(probe)[run]
        expected = replay(probe, batches, epochs)
        call = say("{call} for {what}", call=self._call, what=_described(run))
        weights = evidence.floats(f"{run}_W", expected[0].shape, call)
        bias = evidence.floats(f"{run}_b", expected[1].shape, call)
        if not agree(weights, expected[0], TOLERANCE):
            self._suspect(weights, probe, run, call)
        require_agreement(weights, expected[0], TOLERANCE, say("{call}: W", call=call))
        require_agreement(bias, expected[1], TOLERANCE, say("{call}: b", call=call))

    def _suspect(self, weights: np.ndarray, probe: Arrays, run: str, call: str) -> None:
        batches, epochs = _runs(probe)[run]
        every_row = np.arange(len(probe["x"]))
        mistakes = {
            say("gradients pile up: each step adds those of the steps before"): replay(
                probe, batches, epochs, accumulate=True
            ),
            say("only one epoch was run"): replay(probe, batches, 1),
            say("each step used all rows instead of the batch's"): replay(
                probe, [every_row] * len(batches), epochs
            ),
        }
        for sentence, (wrong, _) in mistakes.items():
            if agree(weights, wrong, TOLERANCE):
                raise Fault(say("{call}: {sentence}.", call=call, sentence=sentence))


def replay(
    probe: Arrays, batches: list[np.ndarray], epochs: int, accumulate: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Train the layer in float64 with the gradient of softmax and cross-entropy by formula.

    dL/dz = (softmax(z) - onehot(y)) / n; see Goodfellow et al., "Deep Learning", 2016, 6.2.2.3.
    Returns W (inputs, classes) and b (classes,). `accumulate` makes the mistake of never zeroing.
    """
    x, y = probe["x"].astype(np.float64), probe["y"]
    weights, bias = probe["W"].astype(np.float64), probe["b"].astype(np.float64)
    step = float(probe["learning_rate"])
    total_w, total_b = np.zeros_like(weights), np.zeros_like(bias)
    for _ in range(epochs):
        for batch in batches:
            errors = softmax(x[batch] @ weights + bias, axis=1)  # (rows, classes)
            errors[np.arange(len(batch)), y[batch]] -= 1
            errors /= len(batch)
            keep = 1.0 if accumulate else 0.0
            total_w = keep * total_w + x[batch].T @ errors
            total_b = keep * total_b + errors.sum(axis=0)
            weights, bias = weights - step * total_w, bias - step * total_b
    return weights, bias


def _runs(probe: Arrays) -> dict[str, tuple[list[np.ndarray], int]]:
    batches = [probe[f"batch_{i}"] for i in range(len(_SIZES))]
    return {"step": (batches[:1], 1), "loop": (batches, _EPOCHS)}


def _described(run: str) -> str:
    return say("one batch, one epoch") if run == "step" else say("several batches and epochs")
