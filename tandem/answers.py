"""Read what a student's function returned, or say in a sentence why it cannot be read."""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from tandem.checks import AnswerError
from tandem.evidence import Arrays
from tandem.messages import say
from tandem.networks import layers_evidence


def array(value: Any, td: ModuleType, call: str) -> np.ndarray:
    """Return one tensor as a NumPy array.

    Raises AnswerError for None or any object that is not a tensor, array or number.
    """
    try:
        converted = td.to_numpy(value)
    except (TypeError, ValueError) as error:  # ValueError: a list whose entries differ in shape
        raise AnswerError(
            say("{call} returned {kind}; expected a tensor.", call=call, kind=type(value).__name__)
        ) from error
    assert type(converted) is np.ndarray
    return converted


def whole_number(value: Any, call: str) -> np.ndarray:
    """Return a Python or NumPy integer as an int64 array of shape (), at most ±2**62.

    Raises AnswerError for anything else.
    """
    if type(value) is not int and not isinstance(value, np.integer):
        raise AnswerError(
            say("{call} returned {kind}; expected an int.", call=call, kind=type(value).__name__)
        )
    return np.array(min(max(int(value), -(2**62)), 2**62), np.int64)


def read_layers(model: Any, x: np.ndarray, td: ModuleType, call: str, suffix: str = "") -> Arrays:
    """Return the layers of a trained model, as called on rows x (n, d), as evidence.

    Raises AnswerError for what is no model, or one whose layers cannot be read.
    """
    try:
        return layers_evidence(td.layers(model, x), suffix)
    except (TypeError, ValueError) as error:
        raise AnswerError(
            say("{call} returned a model that cannot be read: {why}", call=call, why=error)
        ) from error


def several(value: Any, count: int, call: str) -> Sequence[Any]:
    """Return a tuple or list of exactly `count` values.

    Raises AnswerError for anything else.
    """
    if type(value) not in (tuple, list) or len(value) != count:
        size = f" ({len(value)})" if type(value) in (tuple, list) else ""
        raise AnswerError(
            say(
                "{call} returned {kind}{size}; expected {count} values (`return a, b`) or a list.",
                call=call,
                kind=type(value).__name__,
                size=size,
                count=count,
            )
        )
    return list(value)


def validation_history(history: Any, call: str) -> np.ndarray:
    """Return `history["val_loss"]` as a float64 vector (epochs,); also from a History object.

    Raises AnswerError when there is none.
    """
    entries = getattr(history, "history", history)
    if not isinstance(entries, Mapping) or "val_loss" not in entries:
        raise AnswerError(
            say('{call}: the history has no "val_loss", one number per epoch.', call=call)
        )
    try:
        return np.array([float(entry) for entry in entries["val_loss"]], np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise AnswerError(
            say('{call}: "val_loss" must be a list of numbers, one per epoch.', call=call)
        ) from error
