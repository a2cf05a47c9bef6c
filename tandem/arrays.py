"""Turn what a student hands over into a NumPy array, and refuse whatever is no plain number."""

from collections.abc import Callable

import numpy as np

from tandem.messages import say

_PYTHON_SCALARS = frozenset({bool, int, float})
_NUMPY_SCALARS = frozenset(np.sctypeDict.values())
_NUMERIC_KINDS = "biufc"


def to_array(
    value: object, from_tensor: Callable[[object], np.ndarray | None] | None = None
) -> np.ndarray:
    """Copy a tensor, an array, a number or nested lists of these into a NumPy array.

    Types are compared exactly: a subclass may redefine equality. float16 becomes float32.

    Args:
        from_tensor: turns a framework's tensor into an array, and anything else into None.

    Raises TypeError for any other type or for an array that holds no numbers, and ValueError
    for a list whose entries differ in shape.
    """
    array = None if from_tensor is None else from_tensor(value)
    if array is None:
        array = _plain(value, from_tensor)
    if array.dtype.kind not in _NUMERIC_KINDS:
        raise TypeError(say("Expected numbers, got an array of {dtype}.", dtype=array.dtype))
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _plain(value: object, from_tensor: Callable[[object], np.ndarray | None] | None) -> np.ndarray:
    kind = type(value)
    if kind is np.ndarray or kind in _NUMPY_SCALARS or kind in _PYTHON_SCALARS:
        return np.array(value)
    if isinstance(value, list | tuple) and kind in (list, tuple):
        entries = [to_array(entry, from_tensor) for entry in value]
        shapes = sorted({entry.shape for entry in entries})
        if len(shapes) > 1:
            raise ValueError(
                say("The entries of a list must have one shape; got {shapes}.", shapes=shapes)
            )
        return np.array(entries)
    raise TypeError(
        say(
            "Expected a tensor, a NumPy array, a number or a list of these; got {type}.",
            type=f"{kind.__module__}.{kind.__qualname__}",
        )
    )
