"""A framework as `tandem.torch` is one, made of NumPy alone, so that tests need no other."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tandem.randomness import preserved_host_randomness

NAME = "numpy"


def seed(n: int) -> None:
    random.seed(n)
    np.random.seed(n)


@contextmanager
def preserved_randomness() -> Iterator[None]:
    with preserved_host_randomness():
        yield


def tensor(array: np.ndarray) -> np.ndarray:
    return np.array(array)


def to_numpy(value: object) -> np.ndarray:
    if type(value) is not np.ndarray:
        raise TypeError(f"expected an array, got {type(value).__name__}")
    return value
