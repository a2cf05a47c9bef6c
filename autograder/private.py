"""The digits that only the grader has, in a fixed partition: training, validation, test.

They are half of the 10,000 that `tools/split_digits.py` splits, in that command's shuffled order.
To grade with a set of your own, name its file in the variable `TANDEM_PRIVATE_DIGITS`.
"""

import os
import zipfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np

from tandem.data import Split
from tandem.digits import image_digests, shipped_digits

SHIPPED = Path(__file__).parent / "assets" / "mnist-private.npz"
SETTING = "TANDEM_PRIVATE_DIGITS"
CLASSES = 10
SHARES = (72, 8, 20)  # per cent of the rows, in their order: training, validation, test
_UNREADABLE = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)


class PrivateDigitsError(ValueError):
    """Why a file cannot serve as the grader's digits, and what to do."""


def private_digits(setting: str | None = None) -> Split:
    """Return 3,600 digits for training, 400 for validation, 1,000 for the test: always the same.

    Images x (n, 784) uint8, 0 = paper, 255 = ink, and digits y (n,) int64; all read-only.

    An instructor's own `.npz` with x (n, 28, 28) uint8 and y (n,) whole numbers is named by
    `setting`, else by the variable `TANDEM_PRIVATE_DIGITS`; its rows are used in their order and
    in the same shares. Each file is read once a process.

    Raises PrivateDigitsError for a file that is no such set, lacks a digit in one of the parts, or
    holds an image that students have.
    """
    chosen = setting or os.environ.get(SETTING)
    return _read(Path(chosen).expanduser().resolve() if chosen else SHIPPED)


@cache
def _read(path: Path) -> Split:
    x, y = _arrays(path)
    _require_form(path, x, y)
    known = np.isin(image_digests(x), image_digests(shipped_digits()[0]))
    if known.any():
        raise _refused(
            path,
            f"{np.count_nonzero(known)} of its images are among the digits that ship with Tandem, "
            f"the first in row {np.argmax(known)}: leave them out.",
        )
    images = np.ascontiguousarray(x).reshape(len(x), 784)
    labels = y.astype(np.int64)
    first = len(y) * SHARES[0] // 100
    second = first + len(y) * SHARES[1] // 100
    parts = [slice(0, first), slice(first, second), slice(second, None)]
    for name, part in zip(("training", "validation", "test"), parts, strict=True):
        missing = sorted(set(range(CLASSES)) - set(labels[part].tolist()))
        if missing:
            raise _refused(
                path, f"no {missing[0]} among the {name} digits: shuffle the rows, or add some."
            )
    images.setflags(write=False)
    labels.setflags(write=False)
    return Split(*(array[part] for part in parts for array in (images, labels)))


def _arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with path.open("rb") as file:  # np.load leaves a file open that it cannot read
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("it holds one array alone")
            missing = {"x", "y"} - set(arrays)
            if missing:
                raise ValueError(f"it has no {min(missing)!r}")
            return arrays["x"], arrays["y"]
    except FileNotFoundError:
        raise _refused(
            path, f"there is no such file: correct the path in {SETTING}, or unset it."
        ) from None
    except _UNREADABLE as error:
        raise _refused(
            path, f"cannot be read ({error}): save it by np.savez(path, x=x, y=y)."
        ) from error


def _require_form(path: Path, x: np.ndarray, y: np.ndarray) -> None:
    if x.dtype != np.uint8 or x.ndim != 3 or x.shape[1:] != (28, 28):
        raise _refused(path, f"x is {x.dtype} {x.shape}; expected uint8 (n, 28, 28).")
    if not np.issubdtype(y.dtype, np.integer) or y.shape != x.shape[:1]:
        raise _refused(path, f"y is {y.dtype} {y.shape}; expected whole numbers ({len(x)},).")
    if y.size and (y.min() < 0 or y.max() >= CLASSES):
        raise _refused(path, f"y goes from {y.min()} to {y.max()}; expected digits 0 to 9.")


def _refused(path: Path, reason: str) -> PrivateDigitsError:
    return PrivateDigitsError(f"Private digits {path}: {reason}")
