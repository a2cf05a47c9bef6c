"""What a network is once it has been read: weights, biases, inputs and outputs of its layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tandem.messages import say


@dataclass(frozen=True)
class Layers:
    """The fully connected layers of a network, in the order in which they are called on n rows.

    Attributes:
        weights: one (inputs, outputs) array per layer.
        biases: one (outputs,) array per layer, zeros where the layer has none.
        inputs: what each layer was called with, (n, inputs).
        outputs: the network's own outputs, (n, k).
    """

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    inputs: list[np.ndarray]
    outputs: np.ndarray


class LayerCall(NamedTuple):
    """One call of a fully connected layer: weight (inputs, outputs), bias (outputs,) or None."""

    layer: object
    weight: np.ndarray
    bias: np.ndarray | None
    inputs: np.ndarray


def layers_of_calls(calls: list[LayerCall], outputs: np.ndarray) -> Layers:
    """Make `Layers` of the recorded calls.

    Raises ValueError when there is no call, a layer is called twice, or rows are not vectors.
    """
    if not calls:
        raise ValueError(
            say(
                "The network calls no fully connected layer. Build it of torch.nn.Linear or "
                "keras.layers.Dense layers, or return the pair (W, b)."
            )
        )
    if len({id(call.layer) for call in calls}) < len(calls):
        raise ValueError(
            say("The network calls one layer more than once. Give each step a layer of its own.")
        )
    for array in (outputs, *(call.inputs for call in calls)):
        if array.ndim != 2:
            raise ValueError(
                say(
                    "Each layer must take and give one vector per row, shape (rows, values); "
                    "got shape {shape}.",
                    shape=array.shape,
                )
            )
    return Layers(
        [call.weight for call in calls],
        [_bias(call) for call in calls],
        [call.inputs for call in calls],
        outputs,
    )


def layers_of_pair(pair: list[np.ndarray], x: np.ndarray) -> Layers:
    """Make `Layers` of one pair W (inputs, outputs), b (outputs,), whose outputs are x @ W + b.

    Raises ValueError when the shapes do not fit each other or x (n, inputs).
    """
    shapes = [array.shape for array in pair]
    inputs = x.shape[1]
    if [len(shape) for shape in shapes] != [2, 1] or shapes[0] != (inputs, *shapes[1]):
        raise ValueError(
            say(
                "Expected the pair (W, b) with W of shape ({inputs}, outputs) and b of shape "
                "(outputs,); got shapes {shapes}.",
                inputs=inputs,
                shapes=", ".join(map(str, shapes)),
            )
        )
    weight, bias = pair
    return Layers([weight], [bias], [x], x @ weight + bias)


def fitting(weights: Sequence[Any], shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Return weights as float32 arrays.

    Raises ValueError unless they have these shapes, in this order.
    """
    arrays = [np.asarray(array, np.float32) for array in weights]
    if [array.shape for array in arrays] != shapes:
        raise ValueError(
            say(
                "Expected weights of shapes {expected}; got {actual}.",
                expected=shapes,
                actual=[array.shape for array in arrays],
            )
        )
    return arrays


def refuse_network(model: object) -> ValueError:
    """Return the error for an object that is neither a model nor a pair (W, b)."""
    return ValueError(
        say(
            "Expected a model made of layers or the pair (W, b); got {type}.",
            type=type(model).__qualname__,
        )
    )


def _bias(call: LayerCall) -> np.ndarray:
    if call.bias is None:
        return np.zeros(call.weight.shape[1], call.weight.dtype)
    return call.bias
