"""A lab of two questions, `double(x)` and `triple(x)`, to test the grader with."""

from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from tandem.answers import array
from tandem.checks import Check, Lab
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, require_agreement
from tandem.messages import later
from tandem.verdict import Verdict

COUNT = 5


class Times(Check):
    factor: ClassVar[int]
    hints = (later("Multiply."),)

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        return {"x": rng.normal(size=COUNT).astype(np.float32)}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        self._answer = answer
        return {"y": array(answer(td.tensor(probe["x"])), td, f"{self.name}(x)")}

    def follow_up(self, arrays: Arrays, probe: Arrays, truth: Arrays) -> Arrays:
        """Ask again, for other numbers, where the first answer is half of what it should be."""
        half = "y" in arrays and np.allclose(arrays["y"] * 2, probe["x"] * self.factor)
        return {"x": -probe["x"]} if half else {}

    def collect_more(self, probe: Arrays, td: ModuleType) -> Arrays:
        return {"again": array(self._answer(td.tensor(probe["x"])), td, f"{self.name}(x)")}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        call = f"{self.name}(x)"
        y = evidence.floats("y", (COUNT,), call)
        if "again" in evidence and np.allclose(evidence.raw("again"), -probe["x"] * self.factor):
            return self.right()
        if y[0] == 666:
            raise ZeroDivisionError("a fault of the judge's own")
        if np.allclose(y * 2, probe["x"] * self.factor):
            raise Fault("Half of it.", self.points / 2)
        require_agreement(y, probe["x"].astype(float) * self.factor, 1e-4, call)
        return self.right()


class Double(Times):
    name, points, factor = "double", 2, 2


class Triple(Times):
    name, points, factor = "triple", 1, 3


LAB = Lab.of("toy", Double(), Triple())
