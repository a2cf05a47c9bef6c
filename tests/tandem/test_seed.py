"""Does `tandem.seed` seed what is loaded, and load nothing?"""

import random
import subprocess
import sys

import numpy as np
import pytest

import tandem

DRAWS = {
    "torch": "import torch; draw = lambda: float(torch.rand(1))",
    "tensorflow": "import tensorflow as tf; draw = lambda: float(tf.random.uniform(()))",
    "keras": "import tensorflow, keras; draw = lambda: float(keras.random.normal((1,))[0])",
}


def test_python_and_numpy() -> None:
    """Does the same seed give the same numbers?"""
    state, numpy_state = random.getstate(), np.random.get_state()
    try:
        draws = []
        for n in (3, 3, 4):
            tandem.seed(n)
            draws.append((random.random(), np.random.rand()))
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize("n", [-1, 2**32])
def test_out_of_range(n: int) -> None:
    """Is a seed that NumPy cannot take refused with what it may be?"""
    with pytest.raises(ValueError, match="from 0 to"):
        tandem.seed(n)


@pytest.mark.parametrize("name", DRAWS)
def test_framework(name: str) -> None:
    """Does it seed a framework that is loaded? In a process of its own: never two in one."""
    program = (
        f"{DRAWS[name]}\nimport tandem\n"
        "draws = []\n"
        "for n in (1, 1, 2): tandem.seed(n); draws.append(draw())\n"
        "assert draws[0] == draws[1] != draws[2], draws"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_loads_no_framework() -> None:
    """Does seeding leave a process without framework as it is?"""
    program = (
        "import sys, tandem; tandem.seed(1); "
        "assert not {'torch', 'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
