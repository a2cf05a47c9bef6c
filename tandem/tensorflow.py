"""TensorFlow's half of the pair: the same names and signatures as `tandem.torch`."""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# Read when TensorFlow is imported: errors only; and no oneDNN, which logs two lines on every import
# and rounds in an order that differs from machine to machine.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

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
from tandem.messages import say
from tandem.randomness import preserved_host_randomness

try:
    import keras
    import tensorflow as tf
    from keras.src.backend.common import global_state
    from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
    from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED
    from tensorflow.python.eager import context
    from tensorflow.python.ops import stateful_random_ops
    from tensorflow.python.ops.resource_variable_ops import ResourceVariable
except ModuleNotFoundError as problem:
    raise explained(problem, "tensorflow") from None

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

NAME = "tensorflow"
_TENSORS = (tf.__internal__.EagerTensor, ResourceVariable, keras.Variable)


class History(keras.callbacks.History):
    """Record training and validation loss, one float per epoch, in `.history`.

    A new `fit` starts afresh. Other metrics are kept under the names that Keras gives them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {"loss": [], "val_loss": []}

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier `fit`."""
        super().on_train_begin(logs)
        self.history = {"loss": [], "val_loss": []}


def device() -> str:
    """Return the device to compute on: `TANDEM_DEVICE` (cpu, gpu, cuda), else the fastest present.

    Raises ValueError when `TANDEM_DEVICE` names anything that this machine has not.
    """
    gpu = bool(tf.config.list_physical_devices("GPU"))
    name = choose_device({"gpu": gpu, "cuda": gpu, "cpu": True})
    return "/CPU:0" if name == "cpu" else "/GPU:0"


def seed(n: int) -> None:
    """Seed Python, NumPy, TensorFlow and Keras with 0 <= n < 2**32."""
    keras.utils.set_random_seed(int(n))


@contextmanager
def preserved_randomness() -> Iterator[None]:
    """Restore the random state of Python, NumPy, TensorFlow and Keras when the block ends.

    Inside, TensorFlow draws from a seed of the block's own. Out of reach is the state that a traced
    `tf.function` keeps in its graph for operations that draw without `keras.random`.
    """
    with (
        preserved_host_randomness(),
        _preserved_eager_seed(),
        _preserved_global_generator(),
        _preserved_keras_seed(),
    ):
        yield


def tensor(array: Any) -> tf.Tensor:
    """Copy numbers to a tensor on `device()`: floats as float32, integers as int64, booleans kept.

    Raises TypeError for what `to_numpy` refuses.
    """
    with tf.device(device()):
        return tf.constant(_narrowed(to_numpy(array)))


def parameter(array: Any) -> tf.Variable:
    """Copy numbers to a trainable float32 variable on `device()`."""
    values = to_numpy(array).astype(np.float32)
    with tf.device(device()):
        return tf.Variable(values, trainable=True)


def to_numpy(x: Any) -> np.ndarray:
    """Copy tensors, variables, arrays, numbers, or lists of these, to an array on the CPU.

    float16 and bfloat16 become float32. Raises TypeError for any other type, subclasses included,
    and ValueError for a list whose entries differ in shape.
    """
    return to_array(x, _array_of_tensor)


def predict(model: Any, x: np.ndarray) -> np.ndarray:
    """Return the outputs (n, k) of `model` on rows x (n, d), in evaluation mode, without gradients.

    `model` is a Keras model or any callable that takes and gives tensors. It stays on its device;
    its state and all random state are afterwards as they were.
    """
    rows = _narrowed(to_numpy(x))
    if not isinstance(model, keras.layers.Layer):
        with preserved_randomness():
            return to_numpy(model(tensor(rows)))
    with preserved_randomness(), tf.device(_device_of(model)), _preserved_state(model):
        return to_numpy(model(tf.constant(rows), training=False))


def layers(model: Any, x: np.ndarray) -> Layers:
    """Read the `Dense` layers of `model`, as called on rows x (n, d) in evaluation mode.

    `model` may also be the pair (W, b) of one layer, W (d, outputs), b (outputs,). Nothing of the
    model is changed. Raises ValueError when no layer is called, or one is called twice.
    """
    if isinstance(model, tuple | list):
        return layers_of_pair([to_numpy(part) for part in model], to_numpy(x).astype(np.float32))
    if not isinstance(model, keras.layers.Layer):
        raise refuse_network(model)
    if not all(part.built for part in model._flatten_layers()):
        predict(model, x)  # Keras builds by trial calls, which are not to be recorded
    calls: list[LayerCall] = []
    with _recorded(model, calls):
        outputs = predict(model, x)
    return layers_of_calls(calls, outputs)


def set_weights(model: Any, weights: Sequence[Any]) -> None:
    """Write [W, b, W, b, …], W (inputs, outputs), into the model's `Dense` layers, in their order.

    Raises ValueError where their number or a shape does not fit, or the model does not know its
    inputs yet; then nothing is written.
    """
    layers = [part for part in model._flatten_layers() if isinstance(part, keras.layers.Dense)]
    if not all(layer.built for layer in layers):
        raise ValueError(
            say("The model does not know its inputs yet: begin it with keras.Input(shape=…).")
        )
    places = [
        place for layer in layers for place in (layer.kernel, layer.bias) if place is not None
    ]
    arrays = fitting(weights, [tuple(place.shape) for place in places])
    for place, array in zip(places, arrays, strict=True):
        place.assign(array)


@contextmanager
def _recorded(model: keras.layers.Layer, calls: list[LayerCall]) -> Iterator[None]:
    """Record every call of a `Dense` layer inside the block, traced functions included."""
    eagerly = tf.config.functions_run_eagerly()
    dense = [part for part in model._flatten_layers() if isinstance(part, keras.layers.Dense)]
    before = [vars(layer).get("call") for layer in dense]
    try:
        tf.config.run_functions_eagerly(True)  # a traced call would pass the recorder by
        for layer in dense:
            vars(layer)["call"] = _recorder(layer, calls)
        yield
    finally:
        for layer, call in zip(dense, before, strict=True):
            vars(layer).pop("call", None)
            if call is not None:
                vars(layer)["call"] = call
        tf.config.run_functions_eagerly(eagerly)


def _recorder(layer: keras.layers.Dense, calls: list[LayerCall]) -> Callable[..., Any]:
    call = layer.call

    def record(inputs: Any, *args: Any, **kwargs: Any) -> Any:
        bias = to_numpy(layer.bias) if layer.use_bias else None
        calls.append(LayerCall(layer, to_numpy(layer.kernel), bias, to_numpy(inputs)))
        return call(inputs, *args, **kwargs)

    return record


@contextmanager
def _preserved_eager_seed() -> Iterator[None]:
    """Draw from a fresh seed inside the block: kernels are cached by seed, each with a state."""
    eager = context.context()
    outer_seed, outer = eager._seed, getattr(eager, "_rng", None)
    source = random.Random()  # of the operating system, as TensorFlow is when it has no seed
    if outer is not None:
        source.setstate(outer.getstate())
    inner = random.Random(source.random())
    eager._seed, eager._rng = inner.randrange(2**31 - 1), inner
    try:
        yield
    finally:
        if eager._rng is not inner:  # seeded inside, perhaps with the outer seed
            eager.clear_kernel_cache()
        eager._seed = outer_seed
        if outer is None:
            del eager._rng
        else:
            eager._rng = outer


@contextmanager
def _preserved_global_generator() -> Iterator[None]:
    generator = stateful_random_ops.global_generator  # the public getter would create one
    state = None if generator is None else generator.state.numpy()
    try:
        yield
    finally:
        stateful_random_ops.global_generator = generator
        if generator is not None:
            generator.state.assign(state)


@contextmanager
def _preserved_keras_seed() -> Iterator[None]:
    seed_before = global_state.get_global_attribute(GLOBAL_RANDOM_SEED)
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    state = None if generator is None else to_numpy(generator.state)
    try:
        yield
    finally:
        global_state.set_global_attribute(GLOBAL_RANDOM_SEED, seed_before)
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)
        if generator is not None:
            generator.state.assign(state)


@contextmanager
def _preserved_state(model: keras.layers.Layer) -> Iterator[None]:
    """Restore what a call may move though it does not train: dropout's seeds, moving averages."""
    before = [(variable, to_numpy(variable)) for variable in model.non_trainable_variables]
    try:
        yield
    finally:
        for variable, values in before:
            variable.assign(values)


def _device_of(model: keras.layers.Layer) -> str:
    return str(model.variables[0].value.device) if model.variables else device()


def _narrowed(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _array_of_tensor(value: object) -> np.ndarray | None:
    if not isinstance(value, _TENSORS) or type(value) not in _TENSORS:
        return None
    values = tf.convert_to_tensor(value.value if type(value) is keras.Variable else value)
    if values.dtype in (tf.float16, tf.bfloat16):
        values = tf.cast(values, tf.float32)
    return np.array(values.numpy())
