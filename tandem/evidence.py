"""Carry named arrays from the student's kernel to the judge: safetensors bytes, no pickle.

The sender is not trusted: `decode` believes neither the size, nor the text, nor the types.
"""

import base64
import binascii
from collections.abc import Mapping
from operator import itemgetter

import numpy as np
import safetensors
import safetensors.numpy

from tandem.messages import say

MIME = "application/vnd.tandem.evidence"
METADATA = "tandem"  # the key of an execute request's metadata under which a probe arrives
SECOND = "second"  # the key in it that marks a second probe, for what the first left open
MOST_ARRAYS = 64
_DTYPES = {
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    "I32": "<i4",
    "I64": "<i8",
    "U8": "|u1",
    "BOOL": "|b1",
}

Arrays = dict[str, np.ndarray]


class EvidenceError(ValueError):
    """The evidence cannot be read; the text is for the student."""


def encode(arrays: Mapping[str, np.ndarray]) -> str:
    """Encode named arrays as base64 text of safetensors bytes.

    Raises TypeError for anything but plain arrays of numbers.
    """
    for name, array in arrays.items():
        if (
            type(array) is not np.ndarray
            or array.dtype.newbyteorder("<").str not in _DTYPES.values()
        ):
            kind = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise TypeError(
                say(
                    "{name}: {kind} cannot be sent as evidence; return float32 or int64 numbers.",
                    name=name,
                    kind=kind,
                )
            )
    # Not ascontiguousarray, which turns shape () into (1,).
    little = {n: np.asarray(a, a.dtype.newbyteorder("<"), order="C") for n, a in arrays.items()}
    return base64.b64encode(safetensors.numpy.save(little)).decode("ascii")


def decode(text: object, limit: int) -> Arrays:
    """Decode what `encode` made, at most `limit` bytes of it.

    Raises EvidenceError for text that is too long, damaged, or holds other than numbers.
    """
    if not isinstance(text, str):
        raise EvidenceError(say("The evidence is not text."))
    if len(text) * 3 // 4 > limit + 2:  # before decoding; base64 pads with at most two bytes
        raise _too_large(limit)
    try:
        data = base64.b64decode(text, validate=True)
        if len(data) > limit:
            raise _too_large(limit)
        entries = safetensors.deserialize(data)
        if len(entries) > MOST_ARRAYS:
            raise EvidenceError(say("The evidence holds more than {n} arrays.", n=MOST_ARRAYS))
        # By name: safetensors gives another order each time, and the answer must be called alike.
        return {name: _array(entry) for name, entry in sorted(entries, key=itemgetter(0))}
    except EvidenceError:
        raise
    except (binascii.Error, ValueError, safetensors.SafetensorError) as error:
        # A ValueError also comes from NumPy, for a shape of 65 axes or of (0, 2**63).
        raise EvidenceError(say("The evidence is damaged: it is not safetensors.")) from error


def _too_large(limit: int) -> EvidenceError:
    return EvidenceError(
        say("The evidence is larger than {limit} bytes: return smaller arrays.", limit=limit)
    )


def _array(entry: Mapping[str, object]) -> np.ndarray:
    dtype, shape, data = entry["dtype"], entry["shape"], entry["data"]
    if dtype not in _DTYPES:
        raise EvidenceError(
            say("The evidence holds numbers of type {dtype}, which is not accepted.", dtype=dtype)
        )
    assert isinstance(data, bytes | bytearray)
    assert isinstance(shape, list)
    return np.frombuffer(bytes(data), _DTYPES[str(dtype)]).reshape(shape)
