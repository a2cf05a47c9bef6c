"""NumPy in the place of a framework, for tasks whose answers need none: tensors are arrays.

It has what a lesson's tasks ask of `tandem.torch` and `tandem.tensorflow`, in double precision.
"""

import random
from typing import Any

import numpy as np

from tandem.arrays import to_array
from tandem.randomness import preserved_host_randomness

__all__ = ["NAME", "preserved_randomness", "seed", "tensor", "to_numpy"]

NAME = "numpy"
preserved_randomness = preserved_host_randomness


def seed(n: int) -> None:
    """Seed Python and NumPy with 0 <= n < 2**32."""
    random.seed(n)
    np.random.seed(n)


def tensor(array: Any) -> np.ndarray:
    """Copy numbers to an array: floats as float64, integers as int64.

    Raises TypeError for what `to_numpy` refuses.
    """
    values = to_numpy(array)
    kinds = {"f": np.float64, "i": np.int64, "u": np.int64}
    return values.astype(kinds.get(values.dtype.kind, values.dtype))


def to_numpy(x: Any) -> np.ndarray:
    """Copy arrays, numbers, or lists of these, to an array.

    Raises TypeError for any other type, and ValueError for a list whose entries differ in shape.
    """
    return to_array(x)
