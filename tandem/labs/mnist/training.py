"""Training by mini-batches with a validation history, and a fit that must generalise."""

from contextlib import suppress
from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import array, read_layers, several, validation_history
from tandem.checks import AnswerError
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault
from tandem.labs.mnist.posed import CLASSES, PIXELS, READ_ROWS, Posed, again, rows, tensors
from tandem.messages import later, say
from tandem.networks import require_validation_loss
from tandem.verdict import Verdict

_EPOCHS = 8
_HIDDEN = [32]


class Train(Posed):
    """One point for the history's length, one for agreeing with the weights, two for learning."""

    name = "train"
    points = 4
    training = 1600
    hints = (
        later("Which data may change the weights, and which may only be looked at?"),
        later("After every epoch compute the mean cross-entropy of the whole validation set."),
        later(
            "Keras: compile, then fit(…, validation_data=…) and return its history. PyTorch: a "
            "loop "
            "over the batches of DataLoader, model.eval() and torch.no_grad() for the validation "
            "loss."
        ),
    )
    # The share of the first validation loss that may remain.
    stated = {"share": 0.6}
    graded = {"share": 0.7}
    _call = "train(model, x_train, y_train, x_val, y_val, epochs)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        build_mlp, train = several(answer, 2, 'check("train", (build_mlp, train))')
        model = build_mlp(PIXELS, list(_HIDDEN), CLASSES)
        read_on = rows(probe["x_val"][:READ_ROWS])
        evidence = read_layers(model, read_on, td, "build_mlp(784, [32], 10)", "_before")
        history = train(model, *tensors(probe, td), _EPOCHS)
        evidence |= read_layers(model, read_on, td, self._call)
        return evidence | {"val_loss": validation_history(history, self._call)}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        before = self.network(evidence, probe, "build_mlp(784, [32], 10)", "_before")
        after = self.network(evidence, probe, self._call)
        x_val, y_val = rows(probe["x_val"]).astype(np.float64), probe["y_val"]
        points, messages = 0.0, []
        try:
            history = evidence.series("val_loss", _EPOCHS, _EPOCHS, self._call)
            points += 1
            require_validation_loss(history[-1:], after, [x_val], y_val, self._call)
            points += 1
        except Fault as fault:
            messages.append(fault.message)
        losses = before.cross_entropy(x_val, y_val), after.cross_entropy(x_val, y_val)
        if losses[1] <= truth["least_share"] * losses[0]:
            try:
                self.require_unseen(after, probe, truth, self._call)
                points += 2
            except Fault as fault:
                messages.append(fault.message)
        else:
            messages.append(
                say(
                    "{call} took the validation loss from {before:.3g} to {after:.3g} in {n} "
                    "epochs; "
                    "it should fall by at least 40 %.",
                    call=self._call,
                    before=losses[0],
                    after=losses[1],
                    n=_EPOCHS,
                )
            )
        if messages:
            raise Fault("\n".join(messages), points)
        return self.right()

    def held_out_accuracy(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> float:
        x_test = rows(truth["x_test"]).astype(np.float64)
        return self.network(evidence, probe, self._call).accuracy(x_test, truth["y_test"])


class Fit(Posed):
    """Points in tiers of accuracy on test digits that never enter the kernel.

    Where a training ends is partly chance: when the first misses some points, the best of three
    counts.
    """

    name = "fit"
    points = 5
    training = 3600
    repeats = 2
    hints = (
        later(
            "One hidden layer of 128 is a good start; how many epochs until validation stops "
            "improving?"
        ),
        later(
            "Adam with a learning rate of 0.001 to 0.003 and batches of 32 to 64 learns fast here."
        ),
        later("Two hidden layers, 256 and 128 say, and 10 to 15 epochs reach the highest tier."),
    )
    # No linear model reaches the last tier (the best of 32 measured: 0.911), so that it shows that
    # depth was used.
    stated = {"1": 0.800, "3": 0.870, "5": 0.920}
    graded = {"1": 0.795, "3": 0.865, "5": 0.915}
    _call = "fit(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        self._answer = answer
        self._models: dict[str, Any] = {}
        return self._trained(probe, td, "")

    def follow_up(self, arrays: Arrays, probe: Arrays, truth: Arrays) -> Arrays:
        """Ask for more trainings where the first earned some points but not all of them.

        Where its layers do not explain the model, ask for its outputs on the test digits as well.
        """
        asked, second = list(probe), {}
        try:
            points = self._points(self._accuracy(Evidence(arrays), probe, truth, ""), truth)
            if points in (0, self.points):
                return {}
        except Fault:
            asked, second = [*probe, "x_test"], {"x_test": truth["x_test"]}
        return second | {n + s: truth[n + s] for s in again(self.repeats) for n in asked}

    def collect_more(self, probe: Arrays, td: ModuleType) -> Arrays:
        evidence: Arrays = {}
        for suffix in again(self.repeats):
            digits = {n.removesuffix(suffix): a for n, a in probe.items() if n.endswith(suffix)}
            evidence |= self._trained(digits, td, suffix)
        for suffix, model in self._models.items():
            if f"x_test{suffix}" in probe:
                outputs = td.predict(model, rows(probe[f"x_test{suffix}"]))
                evidence[f"test_outputs{suffix}"] = array(outputs, td, self._call)
        return evidence

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        accuracies = [self._accuracy(evidence, probe, truth, "")]
        for suffix in again(self.repeats):
            with suppress(Fault):  # the first one counts in any case
                accuracies.append(self._accuracy(evidence, probe, truth, suffix))
        accuracy, points = max(accuracies), self._points(max(accuracies), truth)
        if points == self.points:
            sentence = say(
                "Right: accuracy {accuracy:.3f} on digits it had not seen.", accuracy=accuracy
            )
            return self.verdict(points, sentence)
        needed = {tier: least for tier, least in self.stated.items() if int(tier) > points}
        raise Fault(
            say(
                "{call} reached accuracy {accuracy:.3f} on digits it had not seen; {needed}.",
                call=self._call,
                accuracy=accuracy,
                needed=", ".join(
                    say("{least} gives {tier} points", least=least, tier=tier)
                    for tier, least in needed.items()
                ),
            ),
            points,
        )

    def held_out_accuracy(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> float:
        """Measure the first training, which everybody has on the same digits."""
        return self._accuracy(evidence, probe, truth, "")

    def _trained(self, probe: Arrays, td: ModuleType, suffix: str) -> Arrays:
        model, history = several(self._answer(*tensors(probe, td)), 2, self._call)
        self._models[suffix] = model
        evidence = {f"val_loss{suffix}": validation_history(history, self._call)}
        try:
            read_on = rows(probe["x_val"][:READ_ROWS])
            return evidence | read_layers(model, read_on, td, self._call, suffix)
        except AnswerError:  # a model of another kind is judged by its outputs
            return evidence

    def _accuracy(self, evidence: Evidence, probe: Arrays, truth: Arrays, suffix: str) -> float:
        """Measure the network of one training on the test digits, which it did not see."""
        digits = {name: (truth if suffix else probe)[name + suffix] for name in probe}
        x_test = rows(truth[f"x_test{suffix}"]).astype(np.float64)
        y_test, outputs = truth[f"y_test{suffix}"], f"test_outputs{suffix}"
        try:
            return self.network(evidence, digits, self._call, suffix).accuracy(x_test, y_test)
        except Fault:
            if outputs not in evidence:
                raise
        found = evidence.floats(outputs, (len(y_test), CLASSES), self._call)
        return float(np.mean(found.argmax(axis=1) == y_test))

    def _points(self, accuracy: float, truth: Arrays) -> int:
        tiers = {int(tier): float(truth[f"least_{tier}"]) for tier in self.graded}
        return max((tier for tier, least in tiers.items() if accuracy >= least), default=0)
