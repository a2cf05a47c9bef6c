"""Is the judge's arithmetic strict: exact shapes and types, and nothing that is no number?"""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tandem.judging import (
    Evidence,
    Fault,
    agree,
    difference,
    error,
    keeping,
    numbers,
    require_agreement,
    require_shape,
)
from tests.tandem.strategies import finite, shapes

tolerances = st.floats(0, allow_nan=False, allow_infinity=True)
full_shapes = npst.array_shapes(min_dims=0, max_dims=3, max_side=4)
pairs = full_shapes.flatmap(lambda shape: st.tuples(finite(shape), finite(shape)))


@given(
    full_shapes.flatmap(finite),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    tolerances,
    st.sampled_from(["actual", "expected", "both"]),
    st.data(),
)
def test_does_nan_or_infinity_never_agree_whatever_the_tolerance(
    array: np.ndarray, bad: float, tolerance: float, where: str, data: st.DataObject
) -> None:
    spoilt = array.copy()
    spoilt.flat[data.draw(st.integers(0, array.size - 1))] = bad
    actual = array if where == "expected" else spoilt
    expected = array if where == "actual" else spoilt
    assert np.isnan(error(actual, expected))
    assert not agree(actual, expected, tolerance)


@given(full_shapes.flatmap(finite))
def test_does_every_finite_array_agree_with_itself_at_no_tolerance(array: np.ndarray) -> None:
    assert agree(array, array.copy(), 0)


@given(pairs, tolerances, tolerances)
def test_does_a_larger_tolerance_accept_whatever_a_smaller_one_does(
    pair: tuple[np.ndarray, np.ndarray], one: float, other: float
) -> None:
    small, large = sorted((one, other))
    assert agree(*pair, large) or not agree(*pair, small)


@given(pairs, st.floats(0, 0.5))
def test_is_agreement_nearly_symmetric(
    pair: tuple[np.ndarray, np.ndarray], tolerance: float
) -> None:
    actual, expected = pair
    if agree(actual, expected, tolerance):  # the scale is that of `expected`, so not quite
        assert agree(expected, actual, tolerance / (1 - tolerance) + 1e-12)


@given(pairs)
def test_is_the_error_absolute_below_one_and_relative_above(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    actual, expected = pair
    by_hand = max(
        abs(a - e) / max(1.0, abs(e)) for a, e in zip(actual.flat, expected.flat, strict=True)
    )
    assert error(actual, expected) == pytest.approx(by_hand, rel=1e-12)


@given(shapes, shapes)
def test_are_shapes_that_would_broadcast_never_compared(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    assume(one != other)
    with pytest.raises(ValueError, match="cannot compare"):
        agree(np.ones(one), np.ones(other), 1)
    evidence = Evidence({"a": np.ones(one)})
    with pytest.raises(Fault, match="returned shape"):
        evidence.floats("a", other, "f(x)")


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_is_an_empty_array_never_right(shape: tuple[int, ...]) -> None:
    empty = np.zeros(shape)
    with pytest.raises(ValueError, match="cannot compare"):
        agree(empty, empty, 1)
    with pytest.raises(Fault, match="returned shape"):
        Evidence({"a": empty}).floats("a", shape, "f(x)")
    with pytest.raises(Fault, match="returned shape"):
        require_shape(empty, shape, "f(x)")


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_are_floats_of_any_precision_handed_out_as_float64(dtype: str) -> None:
    values = Evidence({"a": np.array([1.5], dtype)}).floats("a", (1,), "f(x)")
    assert values.dtype == np.float64
    assert values.tolist() == [1.5]


@pytest.mark.parametrize("dtype", ["i4", "i8", "u1", "?", "c8", "U1", "O"])
def test_is_another_type_than_floating_point_refused(dtype: str) -> None:
    evidence = Evidence({"a": np.ones(2, dtype)})
    with pytest.raises(Fault, match=r"f\(x\) returned numbers of type .*; expected floating point"):
        evidence.floats("a", (2,), "f(x)")
    with pytest.raises(Fault, match="expected floating point"):
        evidence.series("a", 1, 9, "f(x)")


def test_does_a_missing_array_say_which_and_what_to_do() -> None:
    evidence = Evidence({})
    for read in (
        lambda: evidence.raw("W"),
        lambda: evidence.text("W"),
        lambda: evidence.floats("W", (), "f(x)"),
        lambda: evidence.series("W", 1, 9, "f(x)"),
    ):
        with pytest.raises(Fault, match="lacks W: run the notebook as it was released"):
            read()
    assert "W" not in evidence


def test_are_numbers_that_are_not_finite_counted() -> None:
    evidence = Evidence({"a": np.array([1, np.nan, -np.inf])})
    with pytest.raises(Fault, match="2 of 3 numbers that are nan or infinite"):
        evidence.floats("a", (3,), "f(x)")
    with pytest.raises(Fault, match="2 of 3 numbers"):
        evidence.series("a", 1, 9, "f(x)")


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 2)])
def test_must_a_series_be_one_vector_of_the_stated_length(shape: tuple[int, ...]) -> None:
    with pytest.raises(Fault, match="one number per epoch, 2 to 4 of them"):
        Evidence({"a": np.ones(shape)}).series("a", 2, 4, "fit(x)")
    assert Evidence({"a": np.ones(4)}).series("a", 2, 4, "fit(x)").shape == (4,)


def test_is_text_cut_and_never_an_error() -> None:
    content = np.frombuffer(b"\xff<b>" + b"a" * 5000, np.uint8)
    text = Evidence({"a": content}).text("a")
    assert text.startswith("�<b>a")
    assert len(text) == 2000


def test_does_a_fault_keep_the_points_earned_before_it() -> None:
    for before, inside, left in ((0, 1, 1), (2, 1, 2), (1, 0, 1)):
        with pytest.raises(Fault, match="wrong") as caught, keeping(before):
            raise Fault("wrong", inside)
        assert caught.value.points == left


def test_does_a_difference_show_the_first_wrong_row() -> None:
    expected = np.arange(8.0).reshape(4, 2)
    actual = expected.copy()
    actual[2, 1] = np.nan
    actual[3] = 9
    text = difference(actual, expected, 1e-4, "f(x)")
    assert text == "f(x) returned [4, nan] in row 2; expected [4, 5]."
    assert difference(np.array(1.0), np.array(2.0), 0, "f(x)") == "f(x) returned 1; expected 2."
    with pytest.raises(Fault, match="in row 2"):
        require_agreement(actual, expected, 1e-4, "f(x)")
    require_agreement(expected.copy(), expected, 0, "f(x)")


@given(shapes.flatmap(lambda shape: npst.arrays(np.float64, shape)))
def test_are_numbers_written_on_one_line_whatever_they_are(array: np.ndarray) -> None:
    with warnings.catch_warnings(action="error"):
        text = numbers(array)
    assert "\n" not in text
    assert len(text) < 100
    assert text.endswith("…]") == (array.size > 6)
    assert text.startswith("[") == (array.ndim > 0)
