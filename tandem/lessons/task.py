"""What a task of a lesson is: a check of one point, mostly a function judged by its values."""

from abc import abstractmethod
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from tandem.answers import array
from tandem.checks import Check
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree, require_agreement
from tandem.messages import say
from tandem.verdict import Verdict


class Task(Check):
    """A check of a lesson: one point, never graded."""

    points = 1


class FunctionTask(Task):
    """A function of tensors that returns one tensor, compared with what NumPy gives.

    Attributes:
        call: what the student sees as called, `softmax(logits)` say.
        tolerance: the largest error, absolute below 1 and relative above it.
    """

    call: ClassVar[str]
    tolerance: ClassVar[float] = 1e-4

    @abstractmethod
    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        """Draw one or more sets of arguments, each in the order in which the function takes them.

        An array of shape () is given as a Python number, any other as a tensor.
        """

    @abstractmethod
    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        """Return what a right answer returns for one case."""

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        """Return known wrong results for one case, each with a sentence that says what is wrong."""
        return []

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        """Draw every case; the names of its arguments are prefixed by its number."""
        drawn = self.cases(rng)
        return {f"{i}.{name}": a for i, case in enumerate(drawn) for name, a in case.items()}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        """Call the answer on every case."""
        return {
            f"{i}": array(answer(*(_given(a, td) for a in case)), td, self.call)
            for i, case in enumerate(_split(probe))
        }

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        """Compare every case, naming the mistake where it is a known one."""
        for i, case in enumerate(_split(probe)):
            arguments = [np.asarray(a, np.float64) if a.dtype.kind == "f" else a for a in case]
            expected = np.asarray(self.expected(*arguments), np.float64)
            returned = evidence.floats(f"{i}", expected.shape, self.call)
            if agree(returned, expected, self.tolerance):
                continue
            for sentence, wrong in self.mistakes(*arguments):
                if wrong.shape == returned.shape and agree(returned, wrong, self.tolerance):
                    raise Fault(say("{call}: {sentence}", call=self.call, sentence=sentence))
            require_agreement(returned, expected, self.tolerance, self.call)
        return self.right()


def _split(probe: Arrays) -> list[list[np.ndarray]]:
    """Return the arguments of each case, in order."""
    cases: dict[str, list[np.ndarray]] = {}
    for name, values in probe.items():
        cases.setdefault(name.split(".")[0], []).append(values)
    return list(cases.values())


def _given(argument: np.ndarray, td: ModuleType) -> Any:
    return argument.item() if argument.ndim == 0 else td.tensor(argument)
