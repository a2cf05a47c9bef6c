"""Gradients by automatic differentiation, and one step of gradient descent."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import array, several
from tandem.checks import Check
from tandem.evidence import Arrays
from tandem.judging import (
    Evidence,
    Fault,
    agree,
    keeping,
    require_agreement,
    require_unchanged,
)
from tandem.messages import later, say
from tandem.verdict import Verdict

TOLERANCE = 1e-4
_SHAPES = {  # parameters of the two losses
    "layer": ((4, 3), (1, 3)),
    "product": ((3, 5), (5, 2), (1, 2)),
}
_STEP = 1e-30  # the complex step h: Im f(x + ih) / h has no cancellation, so h may be tiny


def _layer_loss(c: dict[str, Any]) -> Callable[..., Any]:
    """A weighted sum of h³ - 2h over a layer's outputs h (6, 3), for any library."""

    def loss(weights: Any, bias: Any) -> Any:
        h = c["x"] @ weights + bias
        return (c["row"] @ (h * h * h * c["c"] - 2 * h) @ c["column"])[0, 0]

    return loss


def _product_loss(c: dict[str, Any]) -> Callable[..., Any]:
    """A weighted mean square of a product of two matrices, less a target: three parameters."""

    def loss(first: Any, second: Any, bias: Any) -> Any:
        h = c["x"] @ first @ second + bias - c["target"]
        return (c["row"] @ (h * h) @ c["column"])[0, 0]

    return loss


_LOSSES = {"layer": _layer_loss, "product": _product_loss}


class Gradients(Check):
    """Losses that the student has not seen; the truth is a complex step in NumPy, not autodiff."""

    name = "gradients"
    points = 3
    hints = (
        later("The framework must see the computation: it records what happens to the parameters."),
        later("Call loss_fn(*parameters), then ask for the gradient of its result."),
        later(
            "Gradients must not pile up from call to call: start from fresh ones each time, "
            "or use the function that returns them (torch.autograd.grad, tape.gradient)."
        ),
    )
    _call = "gradients(loss_fn, parameters)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        constants = {
            "layer_x": rng.normal(size=(6, 4)),
            "layer_c": rng.normal(size=(6, 3)) / 3,
            "layer_row": rng.normal(size=(1, 6)) / 3,
            "layer_column": rng.normal(size=(3, 1)),
            "product_x": rng.normal(size=(4, 3)),
            "product_target": rng.normal(size=(4, 2)),
            "product_row": rng.uniform(0.1, 0.5, (1, 4)),
            "product_column": rng.uniform(0.5, 1.5, (2, 1)),
        }
        parameters = {
            f"{name}_p{i}": rng.normal(size=shape) / 2
            for name, shapes in _SHAPES.items()
            for i, shape in enumerate(shapes)
        }
        return {n: a.astype(np.float32) for n, a in (constants | parameters).items()}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        evidence = {}
        for name, shapes in _SHAPES.items():
            constants = {n: td.tensor(a) for n, a in _constants(probe, name).items()}
            loss_fn = _LOSSES[name](constants)
            parameters = [td.parameter(probe[f"{name}_p{i}"]) for i in range(len(shapes))]
            for run in ("first", "again"):
                returned = several(answer(loss_fn, parameters), len(shapes), self._call)
                for i, gradient in enumerate(returned):
                    evidence[f"{name}_{run}_{i}"] = array(gradient, td, self._call)
                    evidence[f"{name}_given_{i}"] = td.to_numpy(parameters[i])
        return evidence

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        # One point each: the first call, the second one, the loss of three parameters.
        for name, earned in (("layer", 0), ("product", 2)):
            gradients = list(enumerate(_complex_step(probe, name)))
            with keeping(earned):
                for i, expected in gradients:
                    call = say("{call}, gradient {i},", call=self._call, i=i + 1)
                    first = evidence.floats(f"{name}_first_{i}", expected.shape, call)
                    require_agreement(first, expected, TOLERANCE, call)
            with keeping(max(earned, 1)):
                for i, expected in gradients:
                    call = say("{call}, gradient {i},", call=self._call, i=i + 1)
                    self._require_unchanged(evidence, probe, f"{name}_given_{i}", f"{name}_p{i}")
                    again = evidence.floats(f"{name}_again_{i}", expected.shape, call)
                    self._require_same(again, expected)
        return self.right()

    def _require_unchanged(
        self, evidence: Evidence, probe: Arrays, after: str, before: str
    ) -> None:
        given = evidence.floats(after, probe[before].shape, self._call)
        if not agree(given, probe[before].astype(np.float64), TOLERANCE):
            raise Fault(
                say(
                    "{call} is right once, but changed the parameters it was given. If you meant "
                    "to zero something, zero the gradients, not the weights.",
                    call=self._call,
                )
            )

    def _require_same(self, again: np.ndarray, expected: np.ndarray) -> None:
        if not agree(again, expected, TOLERANCE):
            raise Fault(
                say(
                    "{call} is right once; called again with the same arguments it returned "
                    "something else. Do gradients pile up from call to call?",
                    call=self._call,
                )
            )


def _constants(probe: Arrays, name: str) -> Arrays:
    prefix = f"{name}_"
    return {
        key.removeprefix(prefix): value
        for key, value in probe.items()
        if key.startswith(prefix) and not key.startswith(f"{prefix}p")
    }


def _complex_step(probe: Arrays, name: str) -> list[np.ndarray]:
    """Differentiate a loss by complex steps, exact to rounding.

    Squire and Trapp, "Using complex variables to estimate derivatives of real functions", 1998.
    """
    loss = _LOSSES[name]({n: a.astype(complex) for n, a in _constants(probe, name).items()})
    parameters = [probe[f"{name}_p{i}"].astype(complex) for i in range(len(_SHAPES[name]))]
    gradients = []
    for parameter in parameters:
        gradient = np.empty(parameter.shape)
        for index in np.ndindex(parameter.shape):
            parameter[index] += 1j * _STEP
            gradient[index] = loss(*parameters).imag / _STEP
            parameter[index] -= 1j * _STEP
        gradients.append(gradient)
    return gradients


class GradientStep(Check):
    """New parameters are returned; the given ones stay as they were."""

    name = "gradient-step"
    points = 2
    hints = (
        later("A gradient points uphill. Which way does the loss fall?"),
        later("Build new tensors and return them in a list; do not write into the given ones."),
        later("[p - learning_rate * g for p, g in zip(parameters, gradients)]"),
    )
    _call = "gradient_step(parameters, gradients, learning_rate)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        shapes = {"0": (4, 3), "1": (3,)}
        return {
            **{f"p{i}": rng.normal(size=s).astype(np.float32) for i, s in shapes.items()},
            **{f"g{i}": rng.normal(size=s).astype(np.float32) for i, s in shapes.items()},
            "learning_rate": np.array(rng.uniform(0.05, 0.5), np.float64),
        }, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        parameters = [td.parameter(probe["p0"]), td.parameter(probe["p1"])]
        gradients = [td.tensor(probe["g0"]), td.tensor(probe["g1"])]
        returned = several(
            answer(parameters, gradients, float(probe["learning_rate"])), 2, self._call
        )
        evidence = {f"new_{i}": array(p, td, self._call) for i, p in enumerate(returned)}
        return evidence | {f"given_{i}": td.to_numpy(p) for i, p in enumerate(parameters)}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        step = float(probe["learning_rate"])
        for i in range(2):
            given, gradient = probe[f"p{i}"].astype(np.float64), probe[f"g{i}"]
            new = evidence.floats(f"new_{i}", given.shape, self._call)
            if agree(new, given + step * gradient, TOLERANCE):
                raise Fault(
                    say("{call} went uphill: the step has the wrong sign.", call=self._call)
                )
            require_agreement(new, given - step * gradient, TOLERANCE, self._call)
        for i in range(2):
            require_unchanged(evidence, f"given_{i}", probe[f"p{i}"], self._call, points=1)
        return self.right()
