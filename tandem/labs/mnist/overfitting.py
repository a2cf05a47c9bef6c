"""Overfitting on purpose, where it begins, and early stopping, judged by recomputed losses."""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import whole_number
from tandem.checks import Check
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree
from tandem.labs.mnist.posed import KNOWN, LEARNT, WRONG_LABELS, Posed, measured, rows
from tandem.messages import later, say
from tandem.networks import LOSS_TOLERANCE, MOST_EPOCHS, require_validation_loss
from tandem.verdict import Verdict


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
        later("Hidden layers of 256 and 128, Adam at 0.006, batches of 64, 15 to 30 epochs."),
    )
    _call = "overfit(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        return self.fitted(answer, probe, td, self._call)

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        network = self.network(evidence, probe, self._call)
        (training, accuracy), (validation, _) = measured(network, probe)
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
            "Keras: EarlyStopping(monitor='val_loss', patience=5, restore_best_weights=True). "
            "PyTorch: "
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
                    "{call} stopped at its best epoch: nobody can know that it was the best "
                    "without "
                    "going on for a few epochs.",
                    call=self._call,
                ),
                points,
            )
        return self.right()
