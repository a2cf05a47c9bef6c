"""PyTorch's half of the pair: the same names and signatures as `tandem.tensorflow`."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tandem.arrays import to_array
from tandem.devices import choose_device
from tandem.installed import explained
from tandem.layers import (
    LayerCall,
    Layers,
    fitting,
    layers_of_calls,
    layers_of_pair,
    refuse_network,
)
from tandem.randomness import preserved_host_randomness

try:
    import torch
    from torch import nn
except ModuleNotFoundError as problem:
    raise explained(problem, "pytorch") from None

if TYPE_CHECKING:
    from tandem.lightning import History as History

__all__ = [
    "NAME",
    "History",
    "device",
    "layers",
    "parameter",
    "predict",
    "preserved_randomness",
    "seed",
    "set_weights",
    "tensor",
    "to_numpy",
]

NAME = "pytorch"
_NUMPY_FLOATS = (torch.float32, torch.float64)


def __getattr__(name: str) -> Any:
    if name == "History":  # Lightning takes longer to import than PyTorch, and may be absent
        from tandem.lightning import History

        return History
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def device() -> torch.device:
    """Return the device to compute on: `TANDEM_DEVICE` (cpu, cuda, mps), else the fastest present.

    Raises ValueError when `TANDEM_DEVICE` names anything that this machine has not.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    return torch.device(choose_device(present))


def seed(n: int) -> None:
    """Seed Python, NumPy and PyTorch on every device with 0 <= n < 2**32."""
    random.seed(n)
    np.random.seed(n)
    torch.manual_seed(n)


@contextmanager
def preserved_randomness() -> Iterator[None]:
    """Restore the random state of Python, NumPy and PyTorch when the block ends."""
    cpu_state = torch.get_rng_state()
    cuda_states = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    mps_state = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    try:
        with preserved_host_randomness():
            yield
    finally:
        torch.set_rng_state(cpu_state)
        torch.cuda.set_rng_state_all(cuda_states)
        if mps_state is not None:
            torch.mps.set_rng_state(mps_state)


def tensor(array: Any) -> torch.Tensor:
    """Copy numbers to a tensor on `device()`: floats as float32, integers as int64, booleans kept.

    Raises TypeError for what `to_numpy` refuses.
    """
    return torch.tensor(_narrowed(to_numpy(array)), device=device())


def parameter(array: Any) -> torch.Tensor:
    """Copy numbers to a trainable float32 leaf tensor on `device()`."""
    values = to_numpy(array).astype(np.float32)
    return torch.tensor(values, device=device(), requires_grad=True)


def to_numpy(x: Any) -> np.ndarray:
    """Copy tensors, parameters, arrays, numbers, or lists of these, to an array on the CPU.

    float16 and bfloat16 become float32. Raises TypeError for any other type, subclasses included,
    and ValueError for a list whose entries differ in shape.
    """
    return to_array(x, _array_of_tensor)


def predict(model: Any, x: np.ndarray) -> np.ndarray:
    """Return the outputs (n, k) of `model` on rows x (n, d), in evaluation mode, without gradients.

    `model` is a module or any callable that takes and gives tensors. It stays on its device; its
    modes and all random state are afterwards as they were.
    """
    with preserved_randomness(), _evaluating(model), torch.no_grad():
        return to_numpy(model(_rows(model, x)))


def layers(model: Any, x: np.ndarray) -> Layers:
    """Read the `nn.Linear` layers of `model`, as called on rows x (n, d) in evaluation mode.

    `model` may also be the pair (W, b) of one layer, W (d, outputs), b (outputs,). Nothing of the
    model is changed. Raises ValueError when no layer is called, or one is called twice.
    """
    if isinstance(model, tuple | list):
        return layers_of_pair([to_numpy(part) for part in model], to_numpy(x).astype(np.float32))
    if not isinstance(model, nn.Module):
        raise refuse_network(model)
    calls: list[LayerCall] = []
    hooks = [
        layer.register_forward_hook(_recorder(calls), with_kwargs=True)
        for layer in model.modules()
        if isinstance(layer, nn.Linear)
    ]
    try:
        outputs = predict(model, x)
    finally:
        for hook in hooks:
            hook.remove()
    return layers_of_calls(calls, outputs)


def set_weights(model: Any, weights: Sequence[Any]) -> None:
    """Write [W, b, W, b, …], W (inputs, outputs), into the model's linear layers, in their order.

    Raises ValueError where their number or a shape does not fit; then nothing is written.
    """
    places = [
        place
        for layer in model.modules()
        if isinstance(layer, nn.Linear)
        for place in (layer.weight.T, layer.bias)
        if place is not None
    ]
    arrays = fitting(weights, [tuple(place.shape) for place in places])
    with torch.no_grad():
        for place, array in zip(places, arrays, strict=True):
            place.copy_(torch.tensor(array))


def _recorder(calls: list[LayerCall]) -> Callable[..., None]:
    def record(layer: nn.Linear, args: tuple[Any, ...], kwargs: dict[str, Any], _: Any) -> None:
        inputs = args[0] if args else kwargs["input"]
        bias = None if layer.bias is None else to_numpy(layer.bias)
        weight = to_numpy(layer.weight).T.copy()  # nn.Linear keeps (outputs, inputs)
        calls.append(LayerCall(layer, weight, bias, to_numpy(inputs)))

    return record


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Put every submodule into evaluation mode, and back into its own mode when the block ends."""
    modules = list(model.modules()) if isinstance(model, nn.Module) else []
    modes = [module.training for module in modules]
    try:
        if modules:
            model.eval()
        yield
    finally:
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


def _rows(model: Any, x: np.ndarray) -> torch.Tensor:
    """Copy rows x (n, d) to the device of the model, floats in the precision of its parameters."""
    rows = torch.tensor(_narrowed(to_numpy(x)))
    if not isinstance(model, nn.Module):
        return rows.to(device())
    for state in itertools.chain(model.parameters(), model.buffers()):
        if rows.is_floating_point() and state.is_floating_point():
            return rows.to(state.device, state.dtype)
        return rows.to(state.device)
    return rows.to(device())


def _narrowed(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _array_of_tensor(value: object) -> np.ndarray | None:
    if not isinstance(value, torch.Tensor) or type(value) not in (torch.Tensor, nn.Parameter):
        return None
    values = value.detach().cpu()
    if values.is_floating_point() and values.dtype not in _NUMPY_FLOATS:
        values = values.float()
    return np.array(values.resolve_conj().resolve_neg().numpy())
