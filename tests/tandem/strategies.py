"""What hypothesis draws for the tests of `tandem`."""

import base64
import json
import struct
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tandem.evidence import Arrays

# A busy machine is slow, not wrong.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

ACCEPTED = ("<f2", "<f4", "<f8", "<i4", "<i8", "|u1", "|b1", ">f2", ">f4", ">f8", ">i4", ">i8")
REFUSED = ("<c8", "<c16", "<u8", "<u2", "<i2", "<U3", "|S3", "|O", "<M8[s]", "<m8[s]", "|V4")

seeds = st.integers(0, 2**32 - 1)
# "__metadata__" is the one name that safetensors keeps for itself.
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(
    lambda name: name != "__metadata__"
)
shapes = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@st.composite
def arrays(draw: st.DrawFn, shape: st.SearchStrategy[tuple[int, ...]] = shapes) -> np.ndarray:
    """Draw an array of any accepted type and order in memory, nan and infinity included."""
    drawn = draw(npst.arrays(np.dtype(draw(st.sampled_from(ACCEPTED))), shape))
    if drawn.ndim and draw(st.booleans()):
        drawn = np.repeat(drawn, 2, axis=-1)[..., ::2]  # not contiguous, the same numbers
    return drawn.T if draw(st.booleans()) else drawn


named_arrays = st.dictionaries(names, arrays(), max_size=8)


def finite(shape: tuple[int, ...]) -> st.SearchStrategy[np.ndarray]:
    """Draw moderate finite float64 numbers, none so small that its square vanishes."""
    numbers = st.floats(-1e3, 1e3).map(lambda value: round(value, 6))
    return npst.arrays(np.float64, shape, elements=numbers)


def garbage_like(right: Arrays) -> st.SearchStrategy[Arrays]:
    """Draw evidence with the names and often the shapes of a right one, and nothing right in it."""
    values: dict[str, st.SearchStrategy[np.ndarray]] = {
        name: st.one_of(arrays(), arrays(st.just(array.shape)), finite(array.shape))
        for name, array in right.items()
    }
    return st.tuples(
        st.fixed_dictionaries({}, optional=values), st.dictionaries(names, arrays(), max_size=2)
    ).map(lambda drawn: drawn[1] | drawn[0])


def safetensors_text(header: Any, data: bytes = b"") -> str:
    """Write what `decode` reads, from a header that `encode` would never write."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return base64.b64encode(struct.pack("<Q", len(text)) + text + data).decode()


shaped_headers = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(
            ["F32", "F64", "U8", "BOOL", "BF16", "U64", "F8_E4M3", "C64", "?"]
        ),
        "shape": st.lists(st.integers(-1, 2**65), max_size=4)
        | st.integers(0, 80).map(lambda n: [1] * n),
        "data_offsets": st.lists(st.integers(-1, 70), min_size=2, max_size=2),
    }
)
