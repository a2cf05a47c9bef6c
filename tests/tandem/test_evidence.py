"""Does evidence arrive as it was sent, and nothing else arrive at all?"""

import base64
import io
import pickle

import numpy as np
import pytest
import safetensors
from hypothesis import assume, given
from hypothesis import strategies as st

from tandem.evidence import MOST_ARRAYS, EvidenceError, decode, encode
from tests.tandem.strategies import REFUSED, named_arrays, safetensors_text, shaped_headers

LIMIT = 100_000


def assert_read_or_refused(text: object) -> None:
    """Fail for any other error than EvidenceError, and for anything but plain arrays."""
    try:
        read = decode(text, LIMIT)
    except EvidenceError:
        return
    assert all(type(array) is np.ndarray for array in read.values())


@given(named_arrays)
def test_does_every_accepted_array_arrive_as_it_was_sent(sent: dict[str, np.ndarray]) -> None:
    received = decode(encode(sent), LIMIT)
    assert received.keys() == sent.keys()
    for name, array in sent.items():
        assert received[name].shape == array.shape
        assert received[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(received[name], array)


def test_does_a_scalar_stay_a_scalar() -> None:
    assert decode(encode({"loss": np.array(0.5, np.float32)}), LIMIT)["loss"].shape == ()


def test_do_arrays_arrive_in_one_order() -> None:
    """Is a check that goes through its probe the same at every regrade?"""
    sent = {str(i): np.zeros(1) for i in (3, 1, 2, 0)}
    assert {tuple(decode(encode(sent), LIMIT)) for _ in range(20)} == {("0", "1", "2", "3")}


def test_is_what_arrives_independent_of_what_was_sent() -> None:
    sent = np.zeros(3)
    received = decode(encode({"a": sent, "b": sent}), LIMIT)
    sent[:] = 1
    assert not received["a"].any()
    assert not np.shares_memory(received["a"], received["b"])


@pytest.mark.parametrize("dtype", REFUSED)
def test_is_anything_but_numbers_refused_by_the_sender(dtype: str) -> None:
    with pytest.raises(TypeError, match=r"answer: .* cannot be sent"):
        encode({"answer": np.zeros(2, np.dtype(dtype))})


@pytest.mark.parametrize(
    "value",
    [np.ma.masked_array([1.0]), np.zeros(1).view(np.recarray), 1.0, [1.0], None, np.float64(1)],
)
def test_is_anything_but_a_plain_array_refused_by_the_sender(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be sent"):
        encode({"answer": value})  # type: ignore[dict-item]


@given(st.text() | st.binary() | st.none() | st.integers() | st.lists(st.text()))
def test_does_arbitrary_input_raise_nothing_but_evidence_error(text: object) -> None:
    assert_read_or_refused(text)


@given(st.binary(max_size=200))
def test_do_arbitrary_bytes_raise_nothing_but_evidence_error(content: bytes) -> None:
    assert_read_or_refused(base64.b64encode(content).decode())


@given(named_arrays, st.data())
def test_does_truncated_evidence_raise_nothing_but_evidence_error(
    sent: dict[str, np.ndarray], data: st.DataObject
) -> None:
    assume(sent)
    content = base64.b64decode(encode(sent))
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    with pytest.raises(EvidenceError):
        decode(base64.b64encode(cut).decode(), LIMIT)
    assert_read_or_refused(encode(sent)[: data.draw(st.integers(0, 40))])


@given(named_arrays, st.data())
def test_does_a_flipped_bit_raise_nothing_but_evidence_error(
    sent: dict[str, np.ndarray], data: st.DataObject
) -> None:
    content = bytearray(base64.b64decode(encode(sent)))
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    assert_read_or_refused(base64.b64encode(content).decode())


@given(shaped_headers, st.binary(max_size=70))
def test_does_any_header_raise_nothing_but_evidence_error(header: object, data: bytes) -> None:
    assert_read_or_refused(safetensors_text({"a": header}, data))


@pytest.mark.parametrize(
    "shape", [[1] * 65, [0, 2**63], [0, 2**40, 2**40], [-1]], ids=["65 axes", "2**63", "big", "-1"]
)
def test_is_a_shape_that_numpy_cannot_hold_refused(shape: list[int]) -> None:
    data = b"\0" * 4 if 0 not in shape else b""
    header = {"a": {"dtype": "F32", "shape": shape, "data_offsets": [0, len(data)]}}
    with pytest.raises(EvidenceError, match="damaged"):
        decode(safetensors_text(header, data), LIMIT)


@pytest.mark.parametrize(
    ("dtype", "size"), [("BF16", 2), ("U64", 8), ("F8_E5M2", 1), ("F8_E4M3", 1), ("I8", 1)]
)
def test_is_a_type_outside_the_contract_refused(dtype: str, size: int) -> None:
    header = {"a": {"dtype": dtype, "shape": [1], "data_offsets": [0, size]}}
    with pytest.raises(EvidenceError, match=f"type {dtype}, which is not accepted"):
        decode(safetensors_text(header, b"\0" * size), LIMIT)


def test_are_a_pickle_and_an_npy_file_refused() -> None:
    npy = io.BytesIO()
    np.save(npy, np.zeros(3))
    for content in (pickle.dumps({"a": 1}), npy.getvalue()):
        with pytest.raises(EvidenceError, match="not safetensors"):
            decode(base64.b64encode(content).decode(), LIMIT)


def test_is_too_much_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object, **__: object) -> bytes:
        raise AssertionError("decoded although it is too large")

    text = encode({"a": np.zeros(1000, np.uint8)})
    monkeypatch.setattr(base64, "b64decode", decoded)
    with pytest.raises(EvidenceError, match="larger than 500 bytes"):
        decode(text, 500)
    with pytest.raises(EvidenceError, match="larger than 100000 bytes"):
        decode("A" * 100_000_000, LIMIT)


@pytest.mark.parametrize("size", range(100, 124))
def test_is_the_limit_exact_to_the_byte(size: int) -> None:
    content = len(base64.b64decode(encode({"a": np.zeros(size, np.uint8)})))
    text = encode({"a": np.zeros(size, np.uint8)})
    assert decode(text, content)["a"].size == size
    with pytest.raises(EvidenceError, match="larger"):
        decode(text, content - 1)


def test_are_too_many_arrays_refused() -> None:
    many = {str(i): np.zeros(1) for i in range(MOST_ARRAYS)}
    assert len(decode(encode(many), LIMIT)) == MOST_ARRAYS
    with pytest.raises(EvidenceError, match="more than 64 arrays"):
        decode(encode(many | {"one too many": np.zeros(1)}), LIMIT)


def test_are_two_arrays_of_one_name_refused() -> None:
    header = (
        b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
        b'"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}'
    )
    with pytest.raises(EvidenceError, match="damaged"):
        decode(safetensors_text(header, b"\x01\x02"), LIMIT)


@pytest.mark.parametrize("failure", [ValueError("x"), safetensors.SafetensorError("x")])
def test_does_a_failure_of_the_format_itself_become_evidence_error(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: bytes) -> None:
        raise failure

    monkeypatch.setattr(safetensors, "deserialize", broken)
    with pytest.raises(EvidenceError, match="damaged"):
        decode(encode({}), LIMIT)
