"""Dropout or weight decay: two networks compared, several times when the first time is close."""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import several
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault
from tandem.labs.mnist.overfitting import Overfit
from tandem.labs.mnist.posed import KNOWN, WRONG_LABELS, Posed, again, measured
from tandem.messages import later, say
from tandem.verdict import Verdict

# The loss of a network that learns wrong labels by heart hangs on where its training happens to
# end: of two such losses the ratio had a standard deviation of 0.06 to 0.16, by learning rate. So
# what is close is decided by the means of three. Of 80 pairs without a remedy none was clear.
CLEAR = {"loss": 0.80, "gap": 0.60}  # at most; then once is enough
HOPELESS = 1.4  # at least, loss or gap; then, too


class Regularise(Posed):
    """A remedy must lower the validation loss and the gap without ruining the model."""

    name = "regularise"
    points = 3
    training = 1000
    wrong_labels = WRONG_LABELS
    known = KNOWN
    repeats = 2
    stated = {"loss": 0.85, "gap": 0.70, "training": 0.65, "accuracy": 0.02}
    graded = {"loss": 0.90, "gap": 0.80, "training": 0.60, "accuracy": 0.04}
    hints = (
        later("Keep network, data and epochs of your overfit; change one thing."),
        later("Dropout after each hidden layer, or a weight decay: start strong, then weaken it."),
        later(
            "Dropout of 0.5; or AdamW with weight_decay=3 and a learning rate of 0.001. It shows "
            "only "
            "beside an overfit that really overfits: Adam at 0.006, batches of 64, 15 epochs."
        ),
    )
    _call = "regularise(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        self._pair = several(answer, 2, 'check("regularise", (overfit, regularise))')
        return self._trained(probe, td, "")

    def follow_up(self, arrays: Arrays, probe: Arrays, truth: Arrays) -> Arrays:
        """Ask for more trainings, on other digits, unless the first has decided."""
        try:
            loss, gap = _ratios(self._compared(Evidence(arrays), probe, truth, ""))
        except Fault:
            return {}
        clear = loss <= CLEAR["loss"] and gap <= CLEAR["gap"]
        if clear or max(loss, gap) >= HOPELESS:
            return {}
        return {
            name + suffix: truth[name + suffix] for suffix in again(self.repeats) for name in probe
        }

    def collect_more(self, probe: Arrays, td: ModuleType) -> Arrays:
        evidence: Arrays = {}
        for suffix in again(self.repeats):
            digits = {n.removesuffix(suffix): a for n, a in probe.items() if n.endswith(suffix)}
            evidence |= self._trained(digits, td, suffix)
        return evidence

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        runs = ["", *(s for s in again(self.repeats) if f"val_loss{s}" in evidence)]
        found = np.mean([self._compared(evidence, probe, truth, s) for s in runs], axis=0)
        self._require_sound(found, truth)
        loss, gap = _ratios(found)
        lower, narrower = loss <= truth["least_loss"], gap <= truth["least_gap"]
        (_, (plain_loss, _)), (_, (validation, _)) = found
        if not (lower and narrower):
            raise Fault(
                say(
                    "{call}: validation loss {validation:.2f} against {plain_validation:.2f} of "
                    "overfit (15 % less is needed), gap {gap:.2f} against {plain_gap:.2f} (30 % "
                    "less); means of {runs} trainings.",
                    call=self._call,
                    validation=validation,
                    plain_validation=plain_loss,
                    gap=_gap(found[1]),
                    plain_gap=_gap(found[0]),
                    runs=len(runs),
                ),
                1 if lower or narrower else 0,
            )
        return self.verdict(
            self.points,
            say(
                "Right: validation loss {validation:.2f} against {plain_validation:.2f}, gap "
                "{gap:.2f} against {plain_gap:.2f}.",
                validation=validation,
                plain_validation=plain_loss,
                gap=_gap(found[1]),
                plain_gap=_gap(found[0]),
            ),
        )

    def _trained(self, probe: Arrays, td: ModuleType, suffix: str) -> Arrays:
        overfit, regularise = self._pair
        evidence = self.fitted(overfit, probe, td, Overfit._call, f"_plain{suffix}")
        return evidence | self.fitted(regularise, probe, td, self._call, suffix)

    def _compared(
        self, evidence: Evidence, probe: Arrays, truth: Arrays, suffix: str
    ) -> np.ndarray:
        """Measure both networks of one run: (plain or not, training or not, [loss, accuracy])."""
        digits = {name: (probe if not suffix else truth)[name + suffix] for name in probe}
        held_out = {name: truth[name + suffix] for name in ("x_test", "y_test")}
        plain = self.network(evidence, digits, Overfit._call, f"_plain{suffix}")
        network = self.network(evidence, digits, self._call, suffix)
        self.require_unseen(network, digits, held_out, self._call)
        return np.array([measured(plain, digits), measured(network, digits)])

    def _require_sound(self, found: np.ndarray, truth: Arrays) -> None:
        (_, (_, plain_accuracy)), ((_, training), (_, accuracy)) = found
        if training < truth["least_training"]:
            raise Fault(
                say(
                    "{call} ruined the model: it knows {training:.0%} of the training labels; at "
                    "least "
                    "{floor:.0%} are needed.",
                    call=self._call,
                    training=training,
                    floor=self.stated["training"],
                )
            )
        if accuracy < plain_accuracy - truth["least_accuracy"]:
            raise Fault(
                say(
                    "{call}: validation accuracy {validation:.2f} against {plain:.2f} of "
                    "overfit; it may "
                    "be at most {margin} lower.",
                    call=self._call,
                    validation=accuracy,
                    plain=plain_accuracy,
                    margin=self.stated["accuracy"],
                )
            )


def _gap(measures: np.ndarray) -> float:
    """Return validation less training loss from [[loss, accuracy], [loss, accuracy]]."""
    return float(measures[1, 0] - measures[0, 0])


def _ratios(found: np.ndarray) -> tuple[float, float]:
    """Return validation loss and gap as parts of the plain network's; inf where it has no gap."""
    plain_gap = _gap(found[0])
    if plain_gap <= 0:
        return float("inf"), float("inf")
    return float(found[1, 1, 0] / found[0, 1, 0]), _gap(found[1]) / plain_gap
