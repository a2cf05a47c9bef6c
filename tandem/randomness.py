"""Keep Python's and NumPy's random state; `tandem.torch` and its twin add their framework's."""

import random
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
