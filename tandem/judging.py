"""The judge's arithmetic: strict, and in this one place.

A judge takes every array through `Evidence`, which checks presence, type, exact shape and
finiteness before any comparison (broadcasting hides faults), and compares with `agree`, to which
NaN never agrees. What is wrong is raised as a `Fault`, whose text the student reads.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from tandem.messages import say

Shape = tuple[int, ...]


class Fault(Exception):
    """What a check found wrong: a sentence for the student, and the points that remain."""

    def __init__(self, message: str, points: float = 0.0) -> None:
        super().__init__(message)
        self.message = message
        self.points = points


@contextmanager
def keeping(points: float) -> Iterator[None]:
    """Leave at least these points, earned before the block, to any Fault inside it."""
    try:
        yield
    except Fault as fault:
        raise Fault(fault.message, max(points, fault.points)) from fault


class Evidence:
    """Named arrays from the student's kernel, handed out only after strict checks."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._arrays = arrays

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def floats(self, name: str, shape: Shape, call: str) -> np.ndarray:
        """Return the float64 array `name` of exactly this shape; `call` says what returned it.

        Raises Fault when it is missing, not floating point, of another shape, empty or not finite.
        """
        array = self._typed(name, "f", call)
        require_shape(array, shape, call)
        if not np.isfinite(array).all():
            count = int((~np.isfinite(array)).sum())
            raise Fault(
                say(
                    "{call} returned {count} of {size} numbers that are nan or infinite.",
                    call=call,
                    count=count,
                    size=array.size,
                )
            )
        return array

    def series(self, name: str, least: int, most: int, call: str) -> np.ndarray:
        """Return a finite float64 vector with between `least` and `most` entries."""
        array = self._typed(name, "f", call)
        if array.ndim != 1 or not least <= array.size <= most:
            raise Fault(
                say(
                    "{call} gave {name} of shape {shape}; expected one number per epoch, "
                    "{least} to {most} of them.",
                    call=call,
                    name=name,
                    shape=array.shape,
                    least=least,
                    most=most,
                )
            )
        return self.floats(name, array.shape, call)

    def raw(self, name: str) -> np.ndarray:
        """Return an array for its shape alone.

        Raises Fault when it is missing.
        """
        if name not in self._arrays:
            raise Fault(
                say("The evidence lacks {name}: run the notebook as it was released.", name=name)
            )
        return self._arrays[name]

    def text(self, name: str) -> str:
        """Return a text that travelled as UTF-8 bytes, at most 2,000 of them."""
        array = self.raw(name)
        return array.astype(np.uint8).tobytes()[:2000].decode("utf-8", "replace")

    def _typed(self, name: str, kind: str, call: str) -> np.ndarray:
        array = self.raw(name)
        if array.dtype.kind != kind:
            raise Fault(
                say(
                    "{call} returned numbers of type {dtype}; expected floating point (float32).",
                    call=call,
                    dtype=array.dtype,
                )
            )
        return array.astype(np.float64)


def require_shape(array: np.ndarray, shape: Shape, call: str) -> None:
    """Raise Fault unless the array has exactly this shape and is not empty."""
    if array.shape != shape or array.size == 0:
        raise Fault(
            say(
                "{call} returned shape {actual}; expected shape {expected}.",
                call=call,
                actual=array.shape,
                expected=shape,
            )
        )


def require_unchanged(
    evidence: Evidence, name: str, before: np.ndarray, call: str, points: float
) -> None:
    """Raise Fault, which leaves `points`, unless array `name` is to the last bit what was given."""
    after = evidence.floats(name, before.shape, call)
    if not np.array_equal(after, before.astype(np.float64)):
        raise Fault(
            say(
                "{call} returns the right values but also changed the tensors it was given.",
                call=call,
            ),
            points,
        )


def error(actual: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest error, absolute below 1 and relative above it; NaN unless all is finite.

    Raises ValueError when the shapes differ: the caller has to check them first.
    """
    if actual.shape != expected.shape or actual.size == 0:
        raise ValueError(f"cannot compare shapes {actual.shape} and {expected.shape}")
    if not (np.isfinite(actual).all() and np.isfinite(expected).all()):
        return float("nan")
    return float(np.max(np.abs(actual - expected) / np.maximum(1.0, np.abs(expected))))


def agree(actual: np.ndarray, expected: np.ndarray, tolerance: float) -> bool:
    """Say whether the largest error is at most `tolerance`; never true for NaN or infinity."""
    return error(actual, expected) <= tolerance


def require_agreement(
    actual: np.ndarray, expected: np.ndarray, tolerance: float, call: str
) -> None:
    """Raise Fault, showing the first row that differs, unless the arrays agree."""
    if agree(actual, expected, tolerance):
        return
    raise Fault(difference(actual, expected, tolerance, call))


def difference(actual: np.ndarray, expected: np.ndarray, tolerance: float, call: str) -> str:
    """Describe the first place where two arrays of one shape differ, in one sentence."""
    if actual.ndim == 0:
        where, got, want = "", actual, expected
    else:
        wrong = ~(np.abs(actual - expected) <= tolerance * np.maximum(1.0, np.abs(expected)))
        row = int(np.argmax(wrong.reshape(len(actual), -1).any(axis=1)))
        where, got, want = say(" in row {row}", row=row), actual[row], expected[row]
    return say(
        "{call} returned {got}{where}; expected {want}.",
        call=call,
        got=numbers(got),
        where=where,
        want=numbers(want),
    )


def numbers(array: np.ndarray) -> str:
    """Write at most six numbers of an array on one line."""
    flat = np.asarray(array, dtype=np.float64).ravel()
    shown = ", ".join(f"{value:.4g}" for value in flat[:6])
    more = ", …" if flat.size > 6 else ""
    return shown if np.ndim(array) == 0 else f"[{shown}{more}]"
