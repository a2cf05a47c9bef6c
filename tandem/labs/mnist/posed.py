"""What a training check of this lab asks: digits in disguise, and the network that comes back.

Pixels are permuted and classes relabelled, so that pasted weights are worth nothing. When graded,
the digits are from a half of the data that no student has; in JupyterLab they are the public ones.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from tandem.answers import read_layers, several, validation_history
from tandem.checks import PUBLIC_SEED, Check
from tandem.data import Split, disguise
from tandem.digits import load_mnist
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault
from tandem.messages import say
from tandem.networks import Network, read_network, weights_in

CLASSES, PIXELS = 10, 784
READ_ROWS = 60  # rows on which a network is read and must be reproduced
WRONG_LABELS = 0.2
LEARNT = 1.5  # validation loss; a network that knows nothing has log(10) = 2.3
KNOWN = 1.3  # `Posed.known` where wrong training labels make the training loss useless for it


def public_digits() -> Split:
    """Return the shipped 5,000 as images (n, 784) uint8: 3,600 and 400 to train, 1,000 to test."""
    digits = load_mnist()
    x, y = digits.x_train.reshape(-1, PIXELS), digits.y_train
    return Split(
        x[:3600], y[:3600], x[3600:], y[3600:], digits.x_val.reshape(-1, PIXELS), digits.y_val
    )


def rows(images: np.ndarray) -> np.ndarray:
    """Scale images (n, 784) uint8 to float32 0 … 1."""
    return images.astype(np.float32) / np.float32(255)


def again(repeats: int) -> list[str]:
    """Return the suffixes of the arrays of further trainings, `_again_1`, `_again_2`, …"""
    return [f"_again_{n}" for n in range(1, repeats + 1)]


def measured(network: Network, probe: Arrays) -> np.ndarray:
    """Return [[loss, accuracy] on the training set, the same on the validation set], (2, 2)."""
    found = []
    for part in ("train", "val"):
        x, classes = rows(probe[f"x_{part}"]).astype(np.float64), probe[f"y_{part}"]
        found.append([network.cross_entropy(x, classes), network.accuracy(x, classes)])
    return np.array(found)


class Posed(Check):
    """A check that trains on digits in disguise; it says how many, and the share mislabelled."""

    evidence_limit = 60_000_000
    training: ClassVar[int]
    validation: ClassVar[int] = 400
    wrong_labels: ClassVar[float] = 0.0
    # By this factor is the validation loss of a network that was trained on x_val lower than its
    # loss on digits of the same kind; chance alone gives up to 1.05.
    known: ClassVar[float] = 1.1
    # So often may the function be called again, each time on other digits in another disguise.
    repeats: ClassVar[int] = 0
    # What students are told and see is stricter than what is graded.
    stated: ClassVar[dict[str, float]] = {}
    graded: ClassVar[dict[str, float]] = {}

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        return self._pose(rng, public_digits(), self.graded)

    def draw_graded(
        self, rng: np.random.Generator, private: Callable[[], Split]
    ) -> tuple[Arrays, Arrays]:
        return self._pose(rng, private(), self.graded)

    def public(self) -> tuple[Arrays, Arrays]:
        return self._pose(np.random.default_rng(PUBLIC_SEED), public_digits(), self.stated)

    def _pose(
        self, rng: np.random.Generator, digits: Split, least: dict[str, float]
    ) -> tuple[Arrays, Arrays]:
        """Draw the probe; the truth holds thresholds, test digits, and the repeats' digits."""
        probe, truth = self._digits(rng, digits)
        for suffix in again(self.repeats):
            more, tests = self._digits(rng, digits)
            truth |= {name + suffix: array for name, array in (more | tests).items()}
        return probe, truth | {f"least_{name}": np.array(value) for name, value in least.items()}

    def _digits(self, rng: np.random.Generator, digits: Split) -> tuple[Arrays, Arrays]:
        """Draw training and validation digits, and the test digits in the same disguise."""
        hidden = disguise(rng, PIXELS, CLASSES)
        chosen = rng.permutation(len(digits.y_train))[: self.training]
        x_train, y_train = hidden.apply(digits.x_train[chosen], digits.y_train[chosen])
        x_val, y_val = hidden.apply(
            digits.x_val[: self.validation], digits.y_val[: self.validation]
        )
        x_test, y_test = hidden.apply(digits.x_test, digits.y_test)
        wrong = rng.permutation(len(y_train))[: int(self.wrong_labels * len(y_train))]
        y_train = y_train.copy()
        y_train[wrong] = (y_train[wrong] + rng.integers(1, CLASSES, len(wrong))) % CLASSES
        probe = {"x_train": x_train, "y_train": y_train, "x_val": x_val, "y_val": y_val}
        return probe, {"x_test": x_test, "y_test": y_test}

    def fitted(
        self, answer: Any, probe: Arrays, td: ModuleType, call: str, suffix: str = ""
    ) -> Arrays:
        """Call a training function; return its network and validation history as evidence."""
        model, history = several(answer(*tensors(probe, td)), 2, call)
        evidence = read_layers(model, rows(probe["x_val"][:READ_ROWS]), td, call, suffix)
        return evidence | {f"val_loss{suffix}": validation_history(history, call)}

    def trained_weights(self, arrays: Arrays) -> list[np.ndarray]:
        return weights_in(arrays)

    def network(self, evidence: Evidence, probe: Arrays, call: str, suffix: str = "") -> Network:
        """Rebuild the network that `fitted` read."""
        read_on = rows(probe["x_val"][:READ_ROWS]).astype(np.float64)
        return read_network(evidence, read_on, CLASSES, call, suffix)

    def require_unseen(
        self, network: Network, probe: Arrays, truth: Arrays, call: str, points: float = 0
    ) -> None:
        """Raise Fault, leaving `points`, when the network was trained on the validation set."""
        training, validation, test = (
            network.cross_entropy(rows(images).astype(np.float64), classes)
            for images, classes in (
                (probe["x_train"], probe["y_train"]),
                (probe["x_val"], probe["y_val"]),
                (truth["x_test"], truth["y_test"]),
            )
        )
        if min(training, test) > self.known * validation:
            raise Fault(
                say(
                    "{call} knows the validation set better than the training set and other digits "
                    "(cross-entropy {validation:.2f}, {training:.2f}, {test:.2f}): was it "
                    "trained on "
                    "x_val?",
                    call=call,
                    validation=validation,
                    training=training,
                    test=test,
                ),
                points,
            )


def tensors(probe: Arrays, td: ModuleType) -> list[Any]:
    """Return x_train, y_train, x_val, y_val as the student's function takes them."""
    return [
        td.tensor(rows(probe["x_train"])),
        td.tensor(probe["y_train"]),
        td.tensor(rows(probe["x_val"])),
        td.tensor(probe["y_val"]),
    ]
