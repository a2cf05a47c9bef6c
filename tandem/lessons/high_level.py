"""The tasks of unit 3: losses and metrics for many labels, honest figures, a training."""

from types import ModuleType
from typing import Any

import numpy as np
from scipy.special import expit, log_softmax

from tandem.answers import read_layers
from tandem.checks import Lab
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault
from tandem.lessons.task import FunctionTask, Task
from tandem.messages import later, say
from tandem.networks import read_network
from tandem.verdict import Verdict


class MultiLabelLoss(FunctionTask):
    """Binary cross-entropy from logits, also where a probability would be rounded to 1."""

    name = "multi-label-loss"
    call = "multi_label_loss(logits, truth)"
    hints = (
        later("Each label is a yes-or-no question of its own: which loss is for those?"),
        later("Look at the table above: the function from logits, in the order it wants."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        ordinary, sure = rng.normal(size=(6, 3)) * 2, np.array([[200.0, -200.0]])
        return [
            {"logits": ordinary, "truth": rng.integers(0, 2, (6, 3)).astype(np.float32)},
            {"logits": sure, "truth": np.array([[0.0, 0.0]])},
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        logits, truth = arguments
        return np.asarray((np.logaddexp(0, logits) - truth * logits).mean())

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        logits, truth = arguments
        each = np.logaddexp(0, logits) - truth * logits  # (n, k)
        competing = -(truth * log_softmax(logits, axis=1)).sum(axis=1).mean()
        twice = (np.logaddexp(0, expit(logits)) - truth * expit(logits)).mean()
        swapped = (np.logaddexp(0, truth) - truth * logits).mean()
        return [
            (say("this is the loss of multi-class: the labels compete."), np.asarray(competing)),
            (say("the arguments of the loss are swapped."), np.asarray(swapped)),
            (say("sigmoid is applied twice: the loss takes logits already."), np.asarray(twice)),
            (say("this is the sum; the loss is a mean."), np.asarray(each.sum())),
            (
                say("the labels of a row are added; the mean is over rows and labels."),
                np.asarray(each.sum(axis=1).mean()),
            ),
        ]


class AllRight(FunctionTask):
    """The share of rows whose labels are all right."""

    name = "all-right"
    call = "all_right(logits, truth)"
    tolerance = 1e-6
    hints = (
        later("At which logit is the probability one half?"),
        later("Compare each label first, then ask of each row whether all are right."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        truth = rng.integers(0, 2, (200, 2)).astype(np.float32)
        logits = (2 * truth - 1) * 0.6 + rng.normal(size=truth.shape) * 0.6
        return [{"logits": logits.astype(np.float32), "truth": truth}]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        logits, truth = arguments
        return self._share(logits, truth, place=0)

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        logits, truth = arguments
        right = (logits > 0) == (truth > 0)
        return [
            (
                say("the logits are compared with 0.5; one half of probability is at logit 0."),
                self._share(logits, truth, place=0.5),
            ),
            (say("this is the share of labels, not of rows."), np.asarray(right.mean())),
            (
                say("a row counts where any label is right; all of them have to be."),
                np.asarray(right.any(axis=1).mean()),
            ),
            (
                say("the largest logit is compared; each label is decided by itself."),
                np.asarray((logits.argmax(axis=1) == truth.argmax(axis=1)).mean()),
            ),
        ]

    def _share(self, logits: np.ndarray, truth: np.ndarray, place: float) -> np.ndarray:
        return np.asarray(((logits > place) == (truth > 0)).all(axis=1).mean())


class BatchLosses(FunctionTask):
    """Each batch's loss from the running mean that Keras reports."""

    name = "batch-losses"
    call = "batch_losses(running_means, sizes)"
    tolerance = 1e-3  # differences of sums in float32
    hints = (
        later("A mean times the number of rows in it is a sum."),
        later("The sum up to a batch, minus the sum up to the one before, is the batch's own."),
        later("The first batch has nothing before it: its running mean is its loss."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        losses, sizes = rng.uniform(0.2, 2.5, 6), np.array([32.0, 32, 16, 32, 64, 8])
        means = np.cumsum(losses * sizes) / np.cumsum(sizes)
        return [{"running_means": means, "sizes": sizes}]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        means, sizes = arguments
        return np.diff(means * np.cumsum(sizes), prepend=0) / sizes

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        means, sizes = arguments
        number = np.arange(1, len(means) + 1)
        totals = np.diff(means * np.cumsum(sizes), prepend=0)
        return [
            (say("these are the running means, unchanged."), means),
            (
                say("the batches count alike; the mean is over rows, and sizes differ."),
                np.diff(means * number, prepend=0),
            ),
            (say("these are sums over each batch: divide by its size."), totals),
            (say("these are differences of means, not of sums."), np.diff(means, prepend=0)),
        ]


class HonestReport(FunctionTask):
    """The test accuracy of the network that the validation set has chosen."""

    name = "honest-report"
    call = "honest_report(val_accuracies, test_accuracies)"
    tolerance = 1e-6
    hints = (
        later("Which of the two sets may choose the network?"),
        later("The position of the largest validation accuracy says which network."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        val = rng.permutation(np.linspace(0.5, 0.95, 10))
        test = np.roll(val, 3) - 0.04  # neither the best nor the same order
        return [{"val_accuracies": val, "test_accuracies": test}]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        val, test = arguments
        return np.asarray(test[val.argmax()])

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        val, test = arguments
        return [
            (
                say("this is the best test accuracy: the test set has chosen the network."),
                np.asarray(test.max()),
            ),
            (
                say("this is the validation accuracy: it has chosen, so it is too high."),
                np.asarray(val.max()),
            ),
            (say("this is the mean of all networks."), np.asarray(test.mean())),
        ]


class FitLabels(Task):
    """A network trained on two labels, read by its layers and measured on new rows."""

    name = "fit-labels"
    hints = (
        later("Build a network with two outputs, as in the section on multi-label."),
        later("The loss is binary cross-entropy from logits; 16 hidden neurons are enough."),
        later("Too few right? Train for more epochs, or with a larger learning rate."),
    )
    _call = "fit_labels(x, y)"
    _needed = 0.85

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        x, x_new = (rng.normal(size=(n, 2)).astype(np.float32) for n in (400, 500))
        return {"x": x, "y": self._labels(x), "x_new": x_new}, {"y_new": self._labels(x_new)}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        model = answer(probe["x"].copy(), probe["y"].copy())
        return read_layers(model, probe["x_new"], td, self._call)

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        network = read_network(evidence, probe["x_new"], 2, self._call)
        outputs = network.forward(probe["x_new"])
        if network.activations[-1] == "softmax":
            raise Fault(
                say("{call}: softmax at the end makes the labels compete.", call=self._call)
            )
        place = 0.5 if network.activations[-1] == "sigmoid" else 0
        wanted = truth["y_new"] > 0
        right = float(((outputs > place) == wanted).all(axis=1).mean())
        if right < self._needed:
            raise Fault(
                say(
                    "{call} returned a network that has both answers right for {right:.0%} of new "
                    "rows; expected at least {needed:.0%}.",
                    call=self._call,
                    right=right,
                    needed=self._needed,
                )
            )
        return self.right()

    @staticmethod
    def _labels(x: np.ndarray) -> np.ndarray:
        """Label rows (n, 2): above the diagonal? far from the middle?"""
        return np.stack([x[:, 1] > x[:, 0], (x**2).sum(axis=1) > 1.4], axis=1).astype(np.float32)


TASKS = Lab.of(
    "high_level",
    MultiLabelLoss(),
    AllRight(),
    BatchLosses(),
    HonestReport(),
    FitLabels(),
    written=False,
)
