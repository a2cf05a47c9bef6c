"""The tasks of unit 2: accuracy, standardising without a leak, an epoch's loss, optimizers."""

import numpy as np

from tandem.checks import Lab
from tandem.evidence import Arrays
from tandem.lessons.task import FunctionTask
from tandem.messages import later, say

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # Kingma and Ba, 2015


class Accuracy(FunctionTask):
    """The share of rows that are right, all of them looked at."""

    name = "accuracy"
    call = "accuracy_of_logits(z, classes)"
    hints = (
        later("Along which axis does each row have its largest logit?"),
        later("Compare the class with the largest logit of every row with the true class."),
        later("The mean of ones and zeros is a share; make floats of them first."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [self._case(rng, rows, classes) for rows, classes in ((8, 3), (5, 4))]

    def _case(self, rng: np.random.Generator, rows: int, classes: int) -> Arrays:
        """Draw rows until the right answer and every mistake give another number each."""
        while True:
            z = rng.normal(size=(rows, classes)).astype(np.float32)
            truth = z.argmax(axis=1).astype(np.int64)
            truth[::3] = (truth[::3] + 1) % classes  # some are wrong, the first among them
            results = [self.expected(z, truth), *(wrong for _, wrong in self.mistakes(z, truth))]
            if len({float(result) for result in results}) == len(results):
                return {"z": z, "classes": truth}

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        z, classes = arguments
        return np.asarray(np.mean(z.argmax(axis=1) == classes))

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        z, classes = arguments
        right = z.argmax(axis=1) == classes
        return [
            (
                say("only the first row's answer is looked at."),
                np.asarray(np.mean(z[0].argmax() == classes)),
            ),
            (
                say(
                    "every answer is compared with the class of every row: shapes (n, 1) and (n,) "
                    "make a table (n, n). Give both the shape (n,)."
                ),
                np.asarray(np.mean(z.argmax(axis=1)[:, None] == classes)),
            ),
            (say("this is the share of wrong rows."), np.asarray(np.mean(~right))),
            (
                say("this is the number of right rows, not their share."),
                np.asarray(float(right.sum())),
            ),
        ]


class StandardiseOthers(FunctionTask):
    """Rows that were not there in training, measured with training's ruler."""

    name = "standardise-others"
    call = "standardise_others(train_rows, other_rows)"
    hints = (
        later("Which rows may be known before training?"),
        later("Take the mean and the deviation of every column of train_rows, and use both."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {
                # So many rows that dividing by n or by n - 1 differs by less than the tolerance.
                "train_rows": rng.normal(2, 3, (20_000, 3)).astype(np.float32),
                "other_rows": rng.normal(4, 1, (6, 3)).astype(np.float32),
            }
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        train, other = arguments
        return np.asarray((other - train.mean(axis=0)) / train.std(axis=0))

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        train, other = arguments
        both = np.concatenate([train, other])
        return [
            (
                say("the other rows are measured with a ruler of their own."),
                (other - other.mean(axis=0)) / other.std(axis=0),
            ),
            (
                say("the other rows are in the mean and the deviation."),
                (other - both.mean(axis=0)) / both.std(axis=0),
            ),
            (
                say("all columns share one mean and deviation; each needs its own."),
                (other - train.mean()) / train.std(),
            ),
        ]


class EpochLoss(FunctionTask):
    """The mean over rows, from the means over batches of unequal size."""

    name = "epoch-loss"
    call = "epoch_loss(losses, sizes)"
    hints = (
        later("How much of the epoch's loss comes from one row, in a large and in a small batch?"),
        later("A batch's mean loss times its size is the sum of the losses of its rows."),
        later("Add these sums, and divide by the number of all rows."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {
                "losses": rng.uniform(0.1, 2, len(sizes)).astype(np.float32),
                "sizes": np.array(sizes, np.int64),
            }
            for sizes in ((20, 20, 20, 20, 10), (3, 64, 17))
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        losses, sizes = arguments
        return np.asarray((losses * sizes).sum() / sizes.sum())

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        losses, sizes = arguments
        total = (losses * sizes).sum()
        return [
            (
                say("this is the mean of the batches: a small batch counts as much as a large."),
                np.asarray(losses.mean()),
            ),
            (say("this is the sum over all rows, not the mean."), np.asarray(total)),
            (
                say("the sum over all rows is divided by the number of batches, not of rows."),
                np.asarray(total / len(sizes)),
            ),
            (
                say("every batch is counted as if it had as many rows as the first."),
                np.asarray(total / (len(sizes) * sizes[0])),
            ),
        ]


class NesterovStep(FunctionTask):
    """The step of I. Sutskever, J. Martens, G. Dahl, G. Hinton, 2013, as the frameworks take it."""

    name = "nesterov-step"
    call = "nesterov_step(velocity, gradient, beta, learning_rate)"
    hints = (
        later("There are two lines: the new velocity, then the step that looks ahead with it."),
        later("The new velocity is beta times the old one, plus the gradient."),
        later("The step is learning_rate * (beta * new velocity + gradient)."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {
                "velocity": rng.normal(size=shape).astype(np.float32),
                "gradient": rng.normal(size=shape).astype(np.float32),
                "beta": np.array(beta),
                "learning_rate": np.array(rate),
            }
            for shape, beta, rate in (((2, 3), 0.9, 0.5), ((4,), 0.6, 0.2))
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        velocity, gradient, beta, rate = arguments
        return np.asarray(rate * (beta * (beta * velocity + gradient) + gradient))

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        velocity, gradient, beta, rate = arguments
        new = beta * velocity + gradient
        right = self.expected(*arguments)
        return [
            (say("this is the step of plain momentum; it does not look ahead."), rate * new),
            (
                say("the gradient is left out when you look ahead."),
                np.asarray(rate * beta * new),
            ),
            (
                say("the gradient is made smaller by 1 - beta, as in a running mean."),
                rate * (beta * (beta * velocity + (1 - beta) * gradient) + gradient),
            ),
            (say("the learning rate is left out."), right / rate),
            (say("the sign is turned round: return what is subtracted."), -right),
        ]


class AdamStep(FunctionTask):
    """The step of Algorithm 1 in D. P. Kingma, J. Ba, "Adam", 2015."""

    name = "adam-step"
    call = "adam_step(mean, square, t, learning_rate)"
    hints = (
        later("Both running means began at 0: how much too small are they after t steps?"),
        later("Divide the mean by 1 - 0.9**t, and the square by 1 - 0.999**t."),
        later("learning_rate * corrected mean / (root of the corrected square + 1e-8)"),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {
                "mean": rng.normal(0, 0.1, 4).astype(np.float32),
                "square": rng.uniform(0.001, 0.01, 4).astype(np.float32),
                "t": np.array(t),
                "learning_rate": np.array(rate),
            }
            for t, rate in ((1, 0.01), (7, 0.1))
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        mean, square, t, rate = arguments
        root = np.sqrt(square / (1 - BETA_2**t))
        return np.asarray(rate * mean / (1 - BETA_1**t) / (root + EPSILON))

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        mean, square, t, rate = arguments
        right = self.expected(*arguments)
        return [
            (say("neither mean is corrected."), rate * mean / (np.sqrt(square) + EPSILON)),
            (say("the mean is not corrected."), right * (1 - BETA_1**t)),
            (say("the square is not corrected."), right / np.sqrt(1 - BETA_2**t)),
            (say("the square needs its root."), rate * mean / (1 - BETA_1**t) / square),
            (say("the sign is turned round: return what is subtracted."), -right),
        ]


TASKS = Lab.of(
    "training",
    Accuracy(),
    StandardiseOthers(),
    EpochLoss(),
    NesterovStep(),
    AdamStep(),
    written=False,
)
