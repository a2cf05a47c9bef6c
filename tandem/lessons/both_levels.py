"""The tasks of unit 4: layers, a loss and a training step of one's own."""

from types import ModuleType
from typing import Any

import numpy as np
from scipy.special import log_softmax

from tandem.answers import array, several
from tandem.checks import AnswerError, Lab
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree, require_agreement
from tandem.lessons.task import FunctionTask, Task
from tandem.messages import later, say
from tandem.verdict import Verdict


class Maxout(FunctionTask):
    """The forward pass of a maxout layer, written with tensors."""

    name = "maxout"
    call = "maxout(x, W, b)"
    hints = (
        later("Each output is the largest of several linear functions of the same input."),
        later(
            "`x @ W` broadcasts: (batch, inputs) times (pieces, inputs, units) gives "
            "(pieces, batch, units)."
        ),
        later("`b` has shape (pieces, units); it needs an axis for the batch in the middle."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {
                "x": rng.normal(size=(5, 4)),
                "W": rng.normal(size=(pieces, 4, 3)),
                "b": rng.normal(size=(pieces, 3)),
            }
            for pieces in (2, 5)
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        return np.asarray(_pieces(*arguments).max(axis=0))

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        x, weights, bias = arguments
        pieces = _pieces(x, weights, bias)
        return [
            (say("the bias is missing."), _pieces(x, weights, 0 * bias).max(axis=0)),
            (
                say("the bias must be added before the largest is taken: each piece has its own."),
                _pieces(x, weights, 0 * bias).max(axis=0) + bias.max(axis=0),
            ),
            (say("this is the sum of the pieces; take the largest."), pieces.sum(axis=0)),
            (say("this is the mean of the pieces; take the largest."), pieces.mean(axis=0)),
            (say("this is the smallest piece; take the largest."), pieces.min(axis=0)),
        ]


class ScaleLayer(Task):
    """A layer with one learned factor for each feature."""

    name = "scale-layer"
    hints = (
        later("What must the framework be told so that it finds a number that is to be learned?"),
        later(
            "Make one parameter of shape (features,) that begins with ones: nn.Parameter in "
            "PyTorch, self.add_weight in Keras."
        ),
        later("The layer's output is its input times the parameter; broadcasting does the rest."),
    )
    _call = "Scale(features)(x)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        return {"x": rng.normal(size=(6, 4)), "factors": rng.uniform(0.5, 2, size=4)}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        layer, x = answer(probe["x"].shape[1]), td.tensor(probe["x"])
        before = array(layer(x), td, self._call)
        parameters = _trainable(layer)
        if len(parameters) == 1 and tuple(parameters[0].shape) == probe["factors"].shape:
            _assign(parameters[0], td.tensor(probe["factors"]))
        return {
            "before": before,
            "parameters": np.array([int(np.prod(tuple(p.shape))) for p in parameters], np.int64),
            "after": array(layer(x), td, self._call),
        }

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        x, factors = probe["x"], probe["factors"]
        before = evidence.floats("before", x.shape, self._call)
        sizes = evidence.raw("parameters").tolist()
        if not sizes:
            raise Fault(say("The framework finds no trainable parameter in the layer."))
        if sizes != [factors.size]:
            raise Fault(
                say(
                    "The layer has parameters of {sizes} numbers; expected one of {n}.",
                    sizes=sizes,
                    n=factors.size,
                )
            )
        if not agree(before, x, 1e-6):
            raise Fault(say("A new layer must pass its input on unchanged: begin with ones."))
        after = evidence.floats("after", x.shape, self._call)
        if agree(after, x, 1e-6):
            raise Fault(
                say("The parameter was changed and the output was not: use it in the call.")
            )
        require_agreement(after, x * factors, 1e-5, self._call)
        return self.right()


class FocalLoss(FunctionTask):
    """A loss that looks at the rows which are not yet right."""

    name = "focal-loss"
    call = "focal_loss(logits, classes, gamma)"
    hints = (
        later("Begin with cross-entropy, but keep one number for each row."),
        later(
            'One number for each row: F.cross_entropy(…, reduction="none") in PyTorch, '
            "tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits) in TensorFlow."
        ),
        later(
            "From the logarithm of the right class's probability you get the probability by exp."
        ),
        later("One row: (1 - p) ** gamma * (-log p). Then the mean over the rows."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {
                "logits": 2 * rng.normal(size=(8, 4)),
                "classes": rng.integers(0, 4, size=8),
                "gamma": np.array(gamma),
            }
            for gamma in (2.0, 0.0, 1.0)
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        return np.asarray(_focal(*arguments).mean())

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        logits, classes, gamma = arguments
        rows, log_p = _focal(*arguments), _log_p(logits, classes)
        return [
            (say("this is the sum over the rows; return their mean."), np.asarray(rows.sum())),
            (say("the sign is turned round."), np.asarray(-rows.mean())),
            (say("this is cross-entropy, without (1 - p) ** gamma."), np.asarray(-log_p.mean())),
            (
                say("rows that are right already should count less: the factor is 1 - p, not p."),
                np.asarray((-(np.exp(log_p) ** gamma) * log_p).mean()),
            ),
        ]


class ClipTogether(Task):
    """Gradient clipping by the common length."""

    name = "clip-together"
    hints = (
        later("All the gradients together form one long arrow. How long is it?"),
        later("The length is the root of the sum of the squares of all numbers of both tensors."),
        later("Both are multiplied by the same factor: min(1, limit / length)."),
    )
    _call = "clip(W_slope, b_slope, limit)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        probe: Arrays = {}
        for case, size in enumerate((3.0, 0.05, 1.0)):
            probe[f"{case}.W"] = size * rng.normal(size=(4, 3))
            probe[f"{case}.b"] = size * rng.normal(size=3)
        return probe, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        arrays: Arrays = {}
        for case in range(len(probe) // 2):
            slopes = (td.tensor(probe[f"{case}.{name}"]) for name in "Wb")
            returned = several(answer(*slopes, 1.0), 2, self._call)
            for name, slope in zip("Wb", returned, strict=True):
                arrays[f"{case}.{name}"] = array(slope, td, self._call)
        return arrays

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for case in range(len(probe) // 2):
            slopes = [probe[f"{case}.{name}"] for name in "Wb"]
            returned = [
                evidence.floats(f"{case}.{name}", slope.shape, self._call)
                for name, slope in zip("Wb", slopes, strict=True)
            ]
            for sentence, wrong in _clipping_mistakes(slopes):
                right = _scaled(slopes, _factor(slopes))
                if _all_agree(returned, wrong) and not _all_agree(right, wrong):
                    raise Fault(say("{call}: {sentence}", call=self._call, sentence=sentence))
            for actual, expected in zip(returned, _scaled(slopes, _factor(slopes)), strict=True):
                require_agreement(actual, expected, 1e-4, self._call)
        return self.right()


def _pieces(x: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return np.einsum("bi,piu->pbu", x, weights) + bias[:, None, :]  # (pieces, batch, units)


def _log_p(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    rows: np.ndarray = log_softmax(logits, axis=1)[np.arange(len(classes)), classes]
    return rows


def _focal(logits: np.ndarray, classes: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    log_p = _log_p(logits, classes)
    return np.asarray(-((1 - np.exp(log_p)) ** gamma) * log_p)  # (rows,)


def _trainable(layer: Any) -> list[Any]:
    """Return what the layer's framework would train: PyTorch has a method for it, Keras a list."""
    if hasattr(layer, "trainable_variables"):
        return list(layer.trainable_variables)
    if not hasattr(layer, "parameters"):
        raise AnswerError(
            say("Scale(features) returned {kind}; expected a layer.", kind=type(layer).__name__)
        )
    return [parameter for parameter in layer.parameters() if parameter.requires_grad]


def _assign(parameter: Any, values: Any) -> None:
    if hasattr(parameter, "assign"):
        parameter.assign(values)
    else:
        parameter.data.copy_(values)


def _factor(slopes: list[np.ndarray], limit: float = 1.0) -> float:
    return min(1.0, limit / float(np.sqrt(sum((slope**2).sum() for slope in slopes))))


def _scaled(slopes: list[np.ndarray], factor: float) -> list[np.ndarray]:
    return [factor * slope for slope in slopes]


def _clipping_mistakes(slopes: list[np.ndarray]) -> list[tuple[str, list[np.ndarray]]]:
    length = float(np.sqrt(sum((slope**2).sum() for slope in slopes)))
    return [
        (
            say("each was clipped alone, which turns the arrow: both share one factor."),
            [_factor([slope]) * slope for slope in slopes],
        ),
        (
            say("each number was clipped alone, which turns the arrow: both share one factor."),
            [np.clip(slope, -1, 1) for slope in slopes],
        ),
        (
            say("gradients shorter than the limit must stay as they are."),
            _scaled(slopes, 1 / length),
        ),
        (
            say("divide by the length, which is the root of the sum of squares."),
            _scaled(slopes, min(1.0, 1 / length**2)),
        ),
        (say("gradients longer than the limit must be shortened."), slopes),
    ]


def _all_agree(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(agree(a, b, 1e-4) for a, b in zip(one, other, strict=True))


TASKS = Lab.of("both_levels", Maxout(), ScaleLayer(), FocalLoss(), ClipTogether(), written=False)
