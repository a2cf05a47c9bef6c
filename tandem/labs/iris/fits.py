"""Training that generalises: the student's `fit` runs on flowers that nobody has seen.

Iris is public, so when graded `fit` gets fresh flowers from class Gaussians fitted to it, with
features permuted and classes relabelled: weights pasted from elsewhere are worth nothing. The
validation set lacks one class, so that a model trained on it cannot know that class. Test flowers
never enter the kernel.
"""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import array, read_layers, several, validation_history
from tandem.checks import PUBLIC_SEED, Check
from tandem.data import IRIS_SPECIES, Split, disguise, flowers_like_iris, iris_splits
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault
from tandem.labs.iris.steps import statistics
from tandem.messages import later, say
from tandem.networks import (
    MOST_EPOCHS,
    Network,
    read_network,
    require_validation_loss,
    weights_in,
)
from tandem.verdict import Verdict

CLASSES = 3
# What students are told and see is stricter than what is graded: who passes here passes there.
STATED_ACCURACY, GRADED_ACCURACY = 0.92, 0.88
_TRAIN, _VALIDATION, _TEST = 40, 15, 400  # flowers per class
# Versicolor lies between the others: a linear model that never met it cannot extrapolate to it.
_BETWEEN = IRIS_SPECIES.index("versicolor")
_PROBE = ("x_train", "y_train", "x_val", "y_val")
_TRUTH = ("x_test", "y_test")


def trial(rng: np.random.Generator) -> Split:
    """Draw flowers in disguise: 120 to train, 30 of two classes to validate, 1,200 to test."""
    hidden = disguise(rng)
    x_val, y_val = flowers_like_iris(rng, _VALIDATION)
    kept = y_val != _BETWEEN
    return Split(
        *hidden.apply(*flowers_like_iris(rng, _TRAIN)),
        *hidden.apply(x_val[kept], y_val[kept]),
        *hidden.apply(*flowers_like_iris(rng, _TEST)),
    )


def _numbered(splits: list[Split], names: tuple[str, ...]) -> Arrays:
    return {f"{name}_{i}": getattr(s, name) for i, s in enumerate(splits) for name in names}


def _posed(splits: list[Split], least: float) -> tuple[Arrays, Arrays]:
    return _numbered(splits, _PROBE), _numbered(splits, _TRUTH) | {"least": np.array(least)}


def _trials(probe: Arrays) -> int:
    return sum(name.startswith("x_train_") for name in probe)


def _standardised(x: np.ndarray, x_train: np.ndarray) -> list[np.ndarray]:
    """Standardise in both ways that count as right (deviation by n and by n - 1)."""
    return [(x.astype(np.float64) - mean) / deviation for mean, deviation in statistics(x_train)]


class _Fitted(Check):
    """What `fit` and `fit_high_level` share: data in, one layer and its history out."""

    _call: str
    _points: tuple[float, float, float]  # for a layer that can be read, for history, for accuracy

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        return _posed([trial(rng)], GRADED_ACCURACY)

    def public(self) -> tuple[Arrays, Arrays]:
        return _posed([trial(np.random.default_rng(PUBLIC_SEED))], STATED_ACCURACY)

    def _fitted(self, answer: Any, probe: Arrays, td: ModuleType, i: int, count: int) -> list[Any]:
        data = [td.tensor(probe[f"{name}_{i}"]) for name in _PROBE]
        return list(several(answer(*data), count, self._call))

    def _network(self, evidence: Evidence, probe: Arrays, i: int) -> Network:
        raise NotImplementedError

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for_layer, for_history, for_accuracy = self._points
        networks = [self._network(evidence, probe, i) for i in range(_trials(probe))]
        points, messages = for_layer, []
        try:
            self._judge_histories(evidence, probe, networks)
            points += for_history
        except Fault as fault:
            messages.append(fault.message)
        try:
            accuracy = self._judged_accuracy(probe, truth, networks)
            points += for_accuracy
        except Fault as fault:
            messages.append(fault.message)
        if messages:
            raise Fault("\n".join(messages), points)
        return self.verdict(
            points,
            say("Right: accuracy {accuracy:.3f} on flowers it had not seen.", accuracy=accuracy),
        )

    def held_out_accuracy(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> float:
        found = []
        for i in range(_trials(probe)):
            x = _standardised(truth[f"x_test_{i}"], probe[f"x_train_{i}"])[0]
            found.append(self._network(evidence, probe, i).accuracy(x, truth[f"y_test_{i}"]))
        return float(np.mean(found))

    def _judge_histories(self, evidence: Evidence, probe: Arrays, networks: list[Network]) -> None:
        for i, network in enumerate(networks):
            history = evidence.series(f"val_loss_{i}", 2, MOST_EPOCHS, self._call)
            x_val, y_val = probe[f"x_val_{i}"], probe[f"y_val_{i}"]
            inputs = _standardised(x_val, probe[f"x_train_{i}"])
            require_validation_loss(history, network, inputs, y_val, self._call)

    def _judged_accuracy(self, probe: Arrays, truth: Arrays, networks: list[Network]) -> float:
        accuracies, guess = [], ""
        for i, network in enumerate(networks):
            x_test, y_test = truth[f"x_test_{i}"], truth[f"y_test_{i}"]
            x = _standardised(x_test, probe[f"x_train_{i}"])[0]
            accuracies.append(network.accuracy(x, y_test))
            met = np.isin(y_test, probe[f"y_val_{i}"])
            if (
                not met.all()
                and network.accuracy(x[met], y_test[met]) > 0.8
                and network.accuracy(x[~met], y_test[~met]) < 0.5
            ):
                guess = say(
                    " Most of the class that the validation set lacks is missed: was the model "
                    "trained on x_val instead of x_train?"
                )
        accuracy, least = float(np.mean(accuracies)), float(truth["least"])
        if accuracy < least:
            raise Fault(
                say(
                    "{call} reached accuracy {accuracy:.3f} on flowers it had not seen; "
                    "at least {least} is needed.",
                    call=self._call,
                    accuracy=accuracy,
                    least=least,
                )
                + guess
            )
        return accuracy


class Fit(_Fitted):
    """The student's own loop; the public run shows the mean over five splits of real flowers."""

    name = "fit"
    points = 3
    hints = (
        later(
            "Four steps: standardise, initial W and b, train, and the validation loss of each "
            "epoch."
        ),
        later(
            "Call your train with epochs=1 inside a loop, and record cross_entropy on x_val "
            "after it."
        ),
        later(
            "Fresh batches each epoch, a learning rate between 0.05 and 0.5 and 50 to 200 epochs "
            "are "
            'enough. Return W, b, {"loss": […], "val_loss": […]}.'
        ),
    )
    _call = "fit(x_train, y_train, x_val, y_val)"
    _points = (0, 1, 2)

    def public(self) -> tuple[Arrays, Arrays]:
        return _posed(iris_splits(), STATED_ACCURACY)

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        evidence: Arrays = {}
        for i in range(_trials(probe)):
            weights, bias, history = self._fitted(answer, probe, td, i, 3)
            evidence |= {
                f"W_{i}": array(weights, td, self._call),
                f"b_{i}": array(bias, td, self._call),
                f"val_loss_{i}": validation_history(history, self._call),
            }
        return evidence

    def trained_weights(self, arrays: Arrays) -> list[np.ndarray]:
        return [arrays["W_0"]] if "W_0" in arrays else []

    def _network(self, evidence: Evidence, probe: Arrays, i: int) -> Network:
        inputs = probe[f"x_train_{i}"].shape[1]
        weights = evidence.floats(f"W_{i}", (inputs, CLASSES), say("{call}: W", call=self._call))
        bias = evidence.floats(f"b_{i}", (CLASSES,), say("{call}: b", call=self._call))
        return Network([weights], [bias], ["identity"])


class HighLevel(_Fitted):
    """The same single layer with Lightning or Keras, read by hooks."""

    name = "high-level"
    points = 4
    hints = (
        later(
            "One fully connected layer with three outputs; the loss takes logits and class numbers."
        ),
        later(
            "Standardise with your own function, train with the framework's own loop, and pass the "
            "validation data to it so that it records the validation loss."
        ),
        later(
            "PyTorch: td.History() among the Trainer's callbacks. Keras: fit(..., "
            "validation_data=…) "
            "returns the history. Return model, history."
        ),
    )
    _call = "fit_high_level(x_train, y_train, x_val, y_val)"
    _points = (1, 1, 2)

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        evidence: Arrays = {}
        for i in range(_trials(probe)):
            model, history = self._fitted(answer, probe, td, i, 2)
            rows = _standardised(probe[f"x_val_{i}"], probe[f"x_train_{i}"])[0].astype(np.float32)
            evidence |= read_layers(model, rows, td, self._call, f"_{i}")
            evidence[f"val_loss_{i}"] = validation_history(history, self._call)
        return evidence

    def trained_weights(self, arrays: Arrays) -> list[np.ndarray]:
        return weights_in(arrays, "_0")

    def _network(self, evidence: Evidence, probe: Arrays, i: int) -> Network:
        rows = _standardised(probe[f"x_val_{i}"], probe[f"x_train_{i}"])[0]
        network = read_network(evidence, rows, CLASSES, say("the model"), f"_{i}")
        if len(network.weights) != 1:
            raise Fault(
                say(
                    "The model has {n} fully connected layers; expected a single one.",
                    n=len(network.weights),
                )
            )
        return network
