"""Seed, and keep, random state; `tandem.torch` and its twin add their framework's."""

import importlib
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def preserved_host_randomness() -> Iterator[None]:
    """Restore the state of `random` and of NumPy's global generator when the block ends."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def seed(n: int) -> None:
    """Seed Python, NumPy, and of PyTorch, TensorFlow and Keras what is loaded, with 0 <= n < 2**32.

    Raises ValueError for any other n.
    """
    if not 0 <= n < 2**32:
        raise ValueError(f"a seed is a whole number from 0 to 2**32 - 1, not {n}")
    random.seed(n)
    np.random.seed(n)
    for framework, ours in _FRAMEWORKS.items():
        if framework in sys.modules:
            importlib.import_module(ours).seed(n)


_FRAMEWORKS = {"torch": "tandem.torch", "tensorflow": "tandem.tensorflow"}
