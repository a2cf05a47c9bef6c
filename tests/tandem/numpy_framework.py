"""A framework of plain NumPy, with the names of `tandem.torch`, so that checks run without either.

Tensors are arrays: floats float32, integers int64. A model is a `NumpyModel`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tandem.arrays import to_array
from tandem.layers import LayerCall, Layers, layers_of_calls, layers_of_pair, refuse_network
from tandem.randomness import preserved_host_randomness

NAME = "numpy"
preserved_randomness = preserved_host_randomness
Dense = tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], np.ndarray]]


@dataclass
class NumpyModel:
    """Fully connected layers (W, b, activation), computed in float32."""

    dense: list[Dense]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return run(self, x, [])


def run(model: NumpyModel, x: np.ndarray, calls: list[LayerCall]) -> np.ndarray:
    """Compute the outputs for rows x (n, inputs) and record each layer's call."""
    for layer in model.dense:
        weight, bias, activation = layer
        calls.append(LayerCall(layer, weight, bias, x))
        x = activation(x @ weight + bias).astype(np.float32)
    return x


def seed(n: int) -> None:
    random.seed(n)
    np.random.seed(n)


def tensor(array: Any) -> np.ndarray:
    values = to_numpy(array)
    kinds = {"f": np.float32, "i": np.int64, "u": np.int64}
    return values.astype(kinds.get(values.dtype.kind, values.dtype))


def parameter(array: Any) -> np.ndarray:
    return to_numpy(array).astype(np.float32)


def to_numpy(x: Any) -> np.ndarray:
    return to_array(x)


def layers(model: Any, x: np.ndarray) -> Layers:
    if isinstance(model, tuple | list):
        return layers_of_pair([to_numpy(part) for part in model], x)
    if not isinstance(model, NumpyModel):
        raise refuse_network(model)
    calls: list[LayerCall] = []
    outputs = run(model, x, calls)
    return layers_of_calls(calls, outputs)
