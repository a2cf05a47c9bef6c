"""Overfitting on purpose, where it begins, and two remedies, judged by recomputed cross-entropies."""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import several, whole_number
from tandem.checks import Check
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree
from tandem.labs.mnist.posed import LEARNT, WRONG_LABELS, Posed, rows
from tandem.messages import later, say
from tandem.networks import LOSS_TOLERANCE, MOST_EPOCHS, Network, require_validation_loss
from tandem.verdict import Verdict

KNOWN = 1.3  # wrong training labels make the training loss useless for this comparison


def losses(network: Network, probe: Arrays) -> tuple[float, float]:
    """Return the mean cross-entropy on the training and on the validation set."""
    return (
        network.cross_entropy(rows(probe["x_train"]).astype(np.float64), probe["y_train"]),
        network.cross_entropy(rows(probe["x_val"]).astype(np.float64), probe["y_val"]),
    )


def accuracies(network: Network, probe: Arrays) -> tuple[float, float]:
    """Return the accuracy on the training and on the validation set."""
    return (
        network.accuracy(rows(probe["x_train"]).astype(np.float64), probe["y_train"]),
        network.accuracy(rows(probe["x_val"]).astype(np.float64), probe["y_val"]),
    )


class Overfit(Posed):
    """One point for learning wrong labels by heart, two for the gap of cross-entropy."""

    name = "overfit"
    points = 3
    training = 1000
    wrong_labels = WRONG_LABELS
    stated = {"accuracy": 0.90, "gap": 0.5}
    graded = {"accuracy": 0.85, "gap": 0.4}
    hints = (
        later("What makes it easy to learn by heart: few or many parameters, few or many epochs?"),
        later("A large network and no remedy; go on until nearly all training labels are right."),
        later("Hidden layers of 512 and 256, Adam at 0.002, 20 to 40 epochs."),
    )
    _call = "overfit(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        return self.fitted(answer, probe, td, self._call)

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        network = self.network(evidence, probe, self._call)
        accuracy, (training, validation) = accuracies(network, probe)[0], losses(network, probe)
        points, messages = 0.0, []
        if accuracy >= truth["least_accuracy"]:
            points += 1
        else:
            messages.append(
                say(
                    "{call} knows {accuracy:.0%} of the training labels; {least:.0%} are needed.",
                    call=self._call,
                    accuracy=accuracy,
                    least=self.stated["accuracy"],
                )
            )
        if validation - training >= truth["least_gap"]:
            points += 2
        else:
            messages.append(
                say(
                    "{call}: cross-entropy {training:.2f} in training, {validation:.2f} in "
                    "validation; the gap should be at least {least}.",
                    call=self._call,
                    training=training,
                    validation=validation,
                    least=self.stated["gap"],
                )
            )
        if messages:
            raise Fault("\n".join(messages), points)
        return self.verdict(
            points,
            say(
                "Right: cross-entropy {training:.2f} in training, {validation:.2f} in validation.",
                training=training,
                validation=validation,
            ),
        )


class TurningPoint(Check):
    """One point for smooth curves, one for noisy ones and one that never turns."""

    name = "turning-point"
    points = 2
    hints = (
        later("Before which epoch is it still worth training, measured on the validation set?"),
        later("A single rise may be noise. Which epoch has the lowest value of the whole curve?"),
    )
    _call = "overfitting_epoch(val_losses)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        epochs = np.arange(30)
        smooth = np.exp(-epochs / 5) + rng.uniform(0.01, 0.02) * epochs
        noisy = np.exp(-epochs / 8) + 0.02 * epochs + rng.normal(0, 0.05, 30)
        falling = np.exp(-epochs / 10) + 0.1
        late = np.exp(-epochs / 8) + 0.02 * epochs
        late[[3, 24]] += 0.3, -1.2  # an early rise that means nothing, a late minimum
        return {"smooth": smooth, "noisy": noisy, "falling": falling, "late": late}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        evidence = {}
        for name, curve in probe.items():
            evidence[name] = whole_number(answer(curve.tolist()), self._call)
        return evidence

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for name, curve in probe.items():
            epoch, expected = evidence.raw(name), int(curve.argmin())
            if epoch.shape != () or epoch != expected:
                raise Fault(
                    say(
                        "{call} returned {epoch}; the lowest of these {n} losses is that of epoch "
                        "{expected} (the first is epoch 0).",
                        call=self._call,
                        epoch=epoch,
                        n=len(curve),
                        expected=expected,
                    ),
                    0 if name == "smooth" else 1,
                )
        return self.right()


class EarlyStopping(Posed):
    """The weights that come back must be those of the best epoch, not of the last."""

    name = "early-stopping"
    points = 4
    training = 1000
    wrong_labels = WRONG_LABELS
    known = KNOWN
    hints = (
        later("What must you keep from the best epoch, so that you can go back to it?"),
        later("Count the epochs since the best one; when they reach your patience, stop."),
        later(
            "Keras: EarlyStopping(monitor='val_loss', patience=5, restore_best_weights=True). PyTorch: "
            "copy.deepcopy(model.state_dict()) at each new best, load_state_dict at the end."
        ),
    )
    _call = "fit_early_stopping(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        return self.fitted(answer, probe, td, self._call)

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        network = self.network(evidence, probe, self._call)
        history = evidence.series("val_loss", 3, MOST_EPOCHS, self._call)
        x_val = rows(probe["x_val"]).astype(np.float64)
        require_validation_loss(history, network, [x_val], probe["y_val"], self._call)
        points, best = 1.0, int(history.argmin())
        returned = np.array(network.cross_entropy(x_val, probe["y_val"]))
        if returned > LEARNT:
            raise Fault(
                say(
                    "{call} has learnt nothing: validation loss {loss:.2f}.",
                    call=self._call,
                    loss=returned,
                ),
                points,
            )
        self.require_unseen(network, probe, truth, self._call, points)
        if not agree(returned, np.array(history[best]), LOSS_TOLERANCE):
            raise Fault(
                say(
                    "{call} returned weights with validation loss {returned:.3f}; the best epoch, "
                    "{best}, had {least:.3f}: restore its weights.",
                    call=self._call,
                    returned=returned,
                    best=best,
                    least=history[best],
                ),
                points,
            )
        points = 3.0
        if best == len(history) - 1:
            raise Fault(
                say(
                    "{call} stopped at its best epoch: nobody can know that it was the best without "
                    "going on for a few epochs.",
                    call=self._call,
                ),
                points,
            )
        return self.right()


class Regularise(Posed):
    """A remedy must lower the validation loss and the gap without ruining the model."""

    name = "regularise"
    points = 3
    training = 1000
    wrong_labels = WRONG_LABELS
    known = KNOWN
    stated = {"loss": 0.90, "gap": 0.80, "training": 0.65, "accuracy": 0.02}
    graded = {"loss": 0.92, "gap": 0.85, "training": 0.60, "accuracy": 0.03}
    hints = (
        later("Keep network, data and epochs of your overfit; change one thing."),
        later("Dropout after each hidden layer, or a weight decay: start strong, then weaken it."),
        later("Dropout of 0.5; or Adam with weight_decay=0.01 (PyTorch), kernel_regularizer='l2' (Keras)."),
    )
    _call = "regularise(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        overfit, regularise = several(answer, 2, 'check("regularise", (overfit, regularise))')
        evidence = self.fitted(overfit, probe, td, Overfit._call, "_plain")
        return evidence | self.fitted(regularise, probe, td, self._call)

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        plain = self.network(evidence, probe, Overfit._call, "_plain")
        network = self.network(evidence, probe, self._call)
        (training, validation), (plain_training, plain_validation) = (
            losses(network, probe),
            losses(plain, probe),
        )
        gap, plain_gap = validation - training, plain_validation - plain_training
        accuracy, plain_accuracy = accuracies(network, probe), accuracies(plain, probe)
        self._require_sound(accuracy, plain_accuracy, truth)
        self.require_unseen(network, probe, truth, self._call)
        lower = plain_gap > 0 and validation <= truth["least_loss"] * plain_validation
        narrower = plain_gap > 0 and gap <= truth["least_gap"] * plain_gap
        if not (lower and narrower):
            raise Fault(
                say(
                    "{call}: validation loss {validation:.2f} against {plain_validation:.2f} of "
                    "overfit (10 % less is needed), gap {gap:.2f} against {plain_gap:.2f} (20 % less).",
                    call=self._call,
                    validation=validation,
                    plain_validation=plain_validation,
                    gap=gap,
                    plain_gap=plain_gap,
                ),
                1 if lower or narrower else 0,
            )
        return self.verdict(
            self.points,
            say(
                "Right: validation loss {validation:.2f} against {plain_validation:.2f}, gap "
                "{gap:.2f} against {plain_gap:.2f}.",
                validation=validation,
                plain_validation=plain_validation,
                gap=gap,
                plain_gap=plain_gap,
            ),
        )

    def _require_sound(
        self, accuracy: tuple[float, float], plain_accuracy: tuple[float, float], truth: Arrays
    ) -> None:
        if accuracy[0] < truth["least_training"]:
            raise Fault(
                say(
                    "{call} ruined the model: it knows {training:.0%} of the training labels; at least "
                    "{floor:.0%} are needed.",
                    call=self._call,
                    training=accuracy[0],
                    floor=self.stated["training"],
                )
            )
        if accuracy[1] < plain_accuracy[1] - truth["least_accuracy"]:
            raise Fault(
                say(
                    "{call}: validation accuracy {validation:.2f} against {plain:.2f} of overfit; it may "
                    "be at most {margin} lower.",
                    call=self._call,
                    validation=accuracy[1],
                    plain=plain_accuracy[1],
                    margin=self.stated["accuracy"],
                )
            )
