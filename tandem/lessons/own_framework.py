"""The tasks of unit 0: backward passes written by hand, in NumPy."""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import array
from tandem.checks import Lab
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree, require_agreement
from tandem.lessons.task import FunctionTask, Task
from tandem.messages import later, say
from tandem.verdict import Verdict


class TanhBackward(Task):
    """A layer's backward pass, called after its own forward pass."""

    name = "tanh-backward"
    hints = (
        later("What comes from behind is multiplied by the layer's own derivative."),
        later("`self.output` is tanh of the input already: write the derivative with it."),
    )
    _call = "Tanh().backward(slope)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        return {"x": rng.normal(size=(4, 3)), "slope": rng.normal(size=(4, 3))}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        layer = answer()
        layer.forward(td.tensor(probe["x"]))
        return {"slope": array(layer.backward(td.tensor(probe["slope"])), td, self._call)}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        returned = evidence.floats("slope", probe["slope"].shape, self._call)
        derivative = 1 - np.tanh(probe["x"]) ** 2
        if agree(returned, probe["slope"], 1e-6):
            raise Fault(say("{call} passes the slope on unchanged.", call=self._call))
        if agree(returned, derivative, 1e-6):
            raise Fault(
                say("{call} is the derivative, without what comes from behind.", call=self._call)
            )
        require_agreement(returned, probe["slope"] * derivative, 1e-6, self._call)
        return self.right()


class SquaredErrorSlope(FunctionTask):
    """The gradient of a mean over all numbers."""

    name = "squared-error-slope"
    call = "squared_error_slope(predicted, wanted)"
    tolerance = 1e-6
    hints = (
        later("How much does the mean change when one prediction moves a little?"),
        later("The mean is over all numbers: each counts 1 / predicted.size."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [{"predicted": rng.normal(size=(5, 2)), "wanted": rng.normal(size=(5, 2))}]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        predicted, wanted = arguments
        return 2 * (predicted - wanted) / predicted.size

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        right = self.expected(*arguments)
        rows, size = len(arguments[0]), arguments[0].size
        return [
            (say("the sign is turned round."), -right),
            (say("this is the slope of the sum; the loss is a mean."), right * size),
            (say("the mean is over all numbers, not over the rows."), right * size / rows),
            (say("the square has a derivative with a factor of 2."), right / 2),
        ]


TASKS = Lab.of("own_framework", TanhBackward(), SquaredErrorSlope(), written=False)
