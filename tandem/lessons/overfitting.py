"""The tasks of unit 5: early stopping, a split, bias and variance, and reading curves."""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import array, several, whole_number
from tandem.checks import AnswerError, Lab
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree, require_agreement
from tandem.lessons.task import FunctionTask, Task
from tandem.messages import later, say
from tandem.verdict import Verdict

STATES = ("underfitting", "good fit", "overfitting")


class WhichIsWhich(Task):
    """Three drawn pictures of curves without a legend: which shows what?"""

    name = "which-is-which"
    hints = (
        later("For each picture, ask first: did the training loss get low?"),
        later("Then ask: is the validation loss close to it, and was it once lower?"),
        later("A high training loss is underfitting. Two curves that part are overfitting."),
    )
    _call = "which_is_which()"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        return {}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        words = several(answer(), 3, self._call)
        for word in words:
            if word not in STATES:
                raise AnswerError(
                    say(
                        "{call} returned {word}; choose among {states}.",
                        call=self._call,
                        word=repr(word),
                        states=", ".join(map(repr, STATES)),
                    )
                )
        return {"states": np.array([STATES.index(word) for word in words])}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        states = evidence.raw("states")
        for picture, state, right in zip("ABC", states, (1, 2, 0), strict=True):
            if state != right:
                raise Fault(
                    say(
                        "Picture {picture} is not what you say: compare where its two curves end, "
                        "and whether one of them rises.",
                        picture=picture,
                    )
                )
        return self.right()


class EarlyStopping(Task):
    """Early stopping as a pure function of the validation losses."""

    name = "early-stopping"
    hints = (
        later("Go through the losses one by one, and remember where the lowest so far was."),
        later("Stop as soon as `patience` epochs have passed since the best one."),
        later("Return at the end too: when patience is never used up, all epochs are trained."),
    )
    _call = "early_stopping(val_losses, patience)"
    _cases = ("falling", "rising-once", "smooth", "tie")

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        epochs = np.arange(20)
        smooth = np.exp(-epochs / 4) + rng.uniform(0.02, 0.03) * epochs
        late = smooth.copy()
        late[15] = 0.01  # the lowest of all, which nobody who stopped in time can know
        bump = np.exp(-epochs / 8)
        bump[3] += 0.5
        tie = np.array([1.0, 0.5, 0.5, 0.5, 0.5, 0.4])
        return {
            "falling": np.exp(-epochs / 8),
            "rising-once": bump,
            "smooth": late,
            "tie": tie,
        }, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        found = {}
        for name in self._cases:
            best, trained = several(answer(probe[name].tolist(), 3), 2, self._call)
            pair = [whole_number(best, self._call), whole_number(trained, self._call)]
            found[name] = np.array(pair)
        return found

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for name in self._cases:
            losses, returned = probe[name], evidence.raw(name)
            best, trained = _stopped(losses, 3)
            if np.array_equal(returned, (best, trained)):
                continue
            if returned[0] == losses.argmin() != best:
                raise Fault(
                    say("{call} looks at losses after it should have stopped.", call=self._call)
                )
            raise Fault(
                say(
                    "{call} returned {returned} for the losses {losses} and patience 3; expected "
                    "{expected}: the best epoch, counted from 0, and how many were trained.",
                    call=self._call,
                    returned=tuple(returned.tolist()),
                    losses=", ".join(f"{loss:.2f}" for loss in losses[: trained + 1]) + " …",
                    expected=(best, trained),
                )
            )
        return self.right()


def _stopped(losses: np.ndarray, patience: int) -> tuple[int, int]:
    """Return the best epoch and the number of epochs trained, from windows of the running minimum.

    Training ends after the first epoch whose `patience` last losses all miss the minimum before.
    """
    for trained in range(patience + 1, len(losses) + 1):
        before = losses[: trained - patience].min()
        if losses[trained - patience : trained].min() >= before:
            return int(losses[:trained].argmin()), trained
    return int(losses.argmin()), len(losses)


class Decompose(FunctionTask):
    """Bias², variance and the mean squared error of many models' predictions."""

    name = "decompose"
    call = "decompose(predictions, truth)"
    tolerance = 1e-4
    hints = (
        later("Which axis counts the models? What is the prediction of the average model?"),
        later("Bias² compares the average model with the truth, at each place; then the mean."),
        later("Variance is taken over the models, at each place; then the mean over the places."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        truth, biases = rng.normal(size=6), np.array([0.8, -0.6, 0.5, -0.9, 0.3, -0.4])
        models = truth + biases + rng.normal(size=(40, 1)) * np.linspace(0.2, 2, 6)
        return [{"predictions": models, "truth": truth}]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        predictions, truth = arguments
        bias2 = ((predictions.sum(axis=0) / len(predictions) - truth) ** 2).mean()
        return np.array([bias2, ((predictions - truth) ** 2).mean() - bias2])

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        predictions, truth = arguments
        bias2, variance = self.expected(*arguments)
        over_places = predictions.var(axis=1).mean()
        signed = (predictions.mean(axis=0) - truth).mean() ** 2
        error = ((predictions - truth) ** 2).mean()
        deviation = predictions.std(axis=0).mean()
        swapped = say("the variance is taken over the places; it is one over the models.")
        return [
            (swapped, np.array([bias2, over_places])),
            (say("the two numbers are in the wrong order."), np.array([variance, bias2])),
            (
                say("square at each place before you take the mean: biases cancel otherwise."),
                np.array([signed, variance]),
            ),
            (
                say("that is the mean squared error; bias² compares the average model."),
                np.array([error, variance]),
            ),
            (say("that is a deviation; square it."), np.array([bias2, deviation])),
        ]


class SplitByWriter(Task):
    """A split in which nobody stands on both sides."""

    name = "split-by-writer"
    hints = (
        later("What must be drawn at random: rows, or writers?"),
        later("`np.unique(writers)` names the writers; draw some of them, then find their rows."),
        later("`np.flatnonzero(np.isin(writers, drawn))` gives the rows of the writers drawn."),
    )
    _call = "split_by_writer(writers, share, rng)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        names = rng.permutation(100)[:20]  # not numbered from 0
        return {"writers": rng.permutation(np.repeat(names, rng.integers(3, 9, 20)))}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        writers, found = probe["writers"], {}
        for seed in range(2):
            rng = np.random.default_rng(seed)
            parts = several(answer(writers.copy(), 0.25, rng), 2, self._call)
            for name, part in zip(("train", "val"), parts, strict=True):
                rows = array(part, td, self._call)
                if rows.dtype.kind not in "iu" or rows.ndim != 1:
                    raise AnswerError(
                        say(
                            "{call} returned shape {shape} of type {dtype}; expected row numbers "
                            "(n,), integers.",
                            call=self._call,
                            shape=rows.shape,
                            dtype=rows.dtype,
                        )
                    )
                found[f"{seed}.{name}"] = rows.astype(np.int64)
        return found

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        writers = probe["writers"]
        drawn = []
        for seed in range(2):
            train, val = evidence.raw(f"{seed}.train"), evidence.raw(f"{seed}.val")
            rows = np.concatenate([train, val])
            if not np.array_equal(np.sort(rows), np.arange(len(writers))):
                raise Fault(
                    say("{call}: each row belongs to exactly one of the two.", call=self._call)
                )
            shared = np.intersect1d(writers[train], writers[val])
            if shared.size:
                raise Fault(
                    say(
                        "{call} leaks: {count} of 20 writers have rows on both sides.",
                        call=self._call,
                        count=shared.size,
                    )
                )
            count = np.unique(writers[val]).size
            if count != 5:
                raise Fault(
                    say(
                        "{call} with a share of 0.25 put {count} of 20 writers into validation; "
                        "expected 5.",
                        call=self._call,
                        count=count,
                    )
                )
            drawn.append(np.unique(writers[val]))
        if np.array_equal(drawn[0], drawn[1]):
            raise Fault(say("{call} draws the same writers for every rng.", call=self._call))
        return self.right()


class Dropout(Task):
    """What dropout does to a layer's outputs, in training and afterwards."""

    name = "dropout"
    hints = (
        later("What is the mean of the outputs with the mask? It should stay what it was."),
        later("Divide what is kept by the probability of being kept."),
        later("After training nothing is dropped, so nothing has to be scaled."),
    )
    _call = "dropout(hidden, kept, rate, training)"
    _rate = 0.3

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        hidden = rng.uniform(0.5, 2, size=(4, 5))
        kept = (rng.uniform(size=(4, 5)) >= self._rate).astype(np.float64)
        kept[0, :2] = 0, 1
        return {"hidden": hidden, "kept": kept}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        hidden, kept = td.tensor(probe["hidden"]), td.tensor(probe["kept"])
        return {
            name: array(answer(hidden, kept, self._rate, name == "training"), td, self._call)
            for name in ("training", "afterwards")
        }

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        hidden, dropped = probe["hidden"], probe["hidden"] * probe["kept"]
        shape = hidden.shape
        training = evidence.floats("training", shape, self._call)
        mistakes = (
            (dropped, later("what is kept must be scaled up, so that the mean stays the same.")),
            (dropped / self._rate, later("divide by the probability of being kept, not dropped.")),
            (dropped * (1 - self._rate), later("this makes what is kept smaller still.")),
            (hidden - dropped, later("the mask is 1 where an output is kept, 0 where dropped.")),
        )
        for wrong, sentence in mistakes:
            if agree(training, wrong, 1e-5):
                raise Fault(say("{call}: {sentence}", call=self._call, sentence=say(sentence)))
        require_agreement(training, dropped / (1 - self._rate), 1e-5, self._call)
        afterwards = evidence.floats("afterwards", shape, self._call)
        if agree(afterwards, training, 1e-5):
            raise Fault(say("{call} still drops when training is False.", call=self._call))
        require_agreement(afterwards, hidden, 1e-5, self._call)
        return self.right()


TASKS = Lab.of(
    "overfitting",
    WhichIsWhich(),
    EarlyStopping(),
    Dropout(),
    SplitByWriter(),
    Decompose(),
    written=False,
)
