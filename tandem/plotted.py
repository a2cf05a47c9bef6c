"""Read what a figure is drawn from: series, points and classes as arrays, or a clear refusal."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tandem.arrays import to_array
from tandem.messages import say

_LOSSES = ("loss", "val_loss")


def read_losses(history: Any) -> dict[str, np.ndarray]:
    """Return both series of a history, (epochs,) each.

    Raises ValueError when one is missing or empty or their lengths differ.
    """
    if not isinstance(history, Mapping) or not all(key in history for key in _LOSSES):
        raise ValueError(
            say('Expected a history with "loss" and "val_loss", one number per epoch each.')
        )
    losses = {key: to_array(list(history[key])) for key in _LOSSES}
    shapes = [values.shape for values in losses.values()]
    if shapes[0] != shapes[1] or len(shapes[0]) != 1 or shapes[0] == (0,):
        raise ValueError(
            say(
                '"loss" and "val_loss" need one number for each of the same epochs; '
                "got {training} and {validation} entries.",
                training=len(losses["loss"]),
                validation=len(losses["val_loss"]),
            )
        )
    return losses


def read_points(x: Any, y: Any, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (n, features) and their classes (n,) as int64.

    Raises ValueError when shapes or lengths do not fit.
    """
    x, y = to_array(x), to_array(y)
    if x.ndim != 2 or len(x) == 0 or x.shape[1] != features or y.shape != (len(x),):
        raise ValueError(
            say(
                "Expected rows of shape (n, {features}) and n classes; got shapes {x} and {y}.",
                features=features,
                x=x.shape,
                y=y.shape,
            )
        )
    return x, _numbered(y)


def read_classes(predicted: Any, rows: int) -> np.ndarray:
    """Return class numbers (rows,) from class numbers (rows,) or scores (rows, classes)."""
    array = to_array(predicted)
    if array.ndim == 2 and len(array) == rows and array.shape[1] > 1:
        return np.asarray(array.argmax(axis=1))
    if array.shape != (rows,):
        raise ValueError(
            say(
                "predict must return class numbers, shape ({rows},), or scores, shape "
                "({rows}, classes); got shape {shape}.",
                rows=rows,
                shape=array.shape,
            )
        )
    return _numbered(array)


def read_names(names: Sequence[str] | None, count: int) -> list[str]:
    """Return a name for each of `count` classes, in the notebook's language.

    Raises ValueError when there are too few.
    """
    if names is None:
        return [say("class {number}", number=c) for c in range(count)]
    if len(names) < count:
        raise ValueError(
            say("There are {count} classes but {names} names.", count=count, names=len(names))
        )
    return [say(name) for name in names]


def _numbered(classes: np.ndarray) -> np.ndarray:
    if not np.array_equal(classes, classes.astype(np.int64)) or classes.min() < 0:
        raise ValueError(say("Classes must be whole numbers from 0."))
    return classes.astype(np.int64)
