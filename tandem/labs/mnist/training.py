"""Training by mini-batches with a validation history, and a fit that must generalise."""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import array, read_layers, several, validation_history
from tandem.checks import AnswerError
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault
from tandem.labs.mnist.posed import CLASSES, PIXELS, READ_ROWS, Posed, rows, tensors
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
            "Keras: compile, then fit(…, validation_data=…) and return its history. PyTorch: a loop "
            "over the batches of DataLoader, model.eval() and torch.no_grad() for the validation loss."
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
                    "{call} took the validation loss from {before:.3g} to {after:.3g} in {n} epochs; "
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


class Fit(Posed):
    """Points in tiers of accuracy on test digits that never enter the kernel."""

    name = "fit"
    points = 5
    training = 3600
    hints = (
        later("One hidden layer of 128 is a good start; how many epochs until validation stops improving?"),
        later("Adam with a learning rate of 0.001 to 0.003 and batches of 32 to 64 learns fast here."),
        later("Two hidden layers, 256 and 128 say, and 10 to 15 epochs reach the highest tier."),
    )
    # No linear model reaches the last tier (the best of 32 measured: 0.911), so that it shows that
    # depth was used.
    stated = {"1": 0.800, "3": 0.870, "5": 0.920}
    graded = {"1": 0.795, "3": 0.865, "5": 0.915}
    _call = "fit(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        self._model, history = several(answer(*tensors(probe, td)), 2, self._call)
        evidence = {"val_loss": validation_history(history, self._call)}
        try:
            read_on = rows(probe["x_val"][:READ_ROWS])
            return evidence | read_layers(self._model, read_on, td, self._call)
        except AnswerError:  # a model of another kind is judged by its outputs
            return evidence

    def follow_up(self, arrays: Arrays, probe: Arrays, truth: Arrays) -> Arrays:
        """Ask for the outputs on the test digits where the layers do not explain the model."""
        try:
            self.network(Evidence(arrays), probe, self._call)
        except Fault:
            return {"x_test": truth["x_test"]}
        return {}

    def collect_more(self, probe: Arrays, td: ModuleType) -> Arrays:
        outputs = td.predict(self._model, rows(probe["x_test"]))
        return {"test_outputs": array(outputs, td, self._call)}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        accuracy = self._accuracy(evidence, probe, truth)
        tiers = {int(t): float(truth[f"least_{t}"]) for t in self.graded}
        points = max((tier for tier, least in tiers.items() if accuracy >= least), default=0)
        if points == self.points:
            sentence = say("Right: accuracy {accuracy:.3f} on digits it had not seen.", accuracy=accuracy)
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

    def _accuracy(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> float:
        x_test, y_test = rows(truth["x_test"]).astype(np.float64), truth["y_test"]
        try:
            return self.network(evidence, probe, self._call).accuracy(x_test, y_test)
        except Fault:
            if "test_outputs" not in evidence:
                raise
        outputs = evidence.floats("test_outputs", (len(y_test), CLASSES), self._call)
        return float(np.mean(outputs.argmax(axis=1) == y_test))
