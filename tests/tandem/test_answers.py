"""Is what a student's function returned read, or refused in a sentence?"""

from types import SimpleNamespace

import numpy as np
import pytest

from tandem.answers import array, several, validation_history
from tandem.checks import AnswerError
from tests.tandem import numpy_framework

td = numpy_framework  # a module, as `collect` receives it


class Always(np.ndarray):
    """An array that equals everything."""

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (np.zeros((2, 3), np.float32), (2, 3)),
        (np.float64(1), ()),
        (1.5, ()),
        (3, ()),
        ([1.0, 2.0], (2,)),
        ([np.zeros(2), np.zeros(2)], (2, 2)),
    ],
)
def test_is_every_tensor_array_and_number_read(value: object, shape: tuple[int, ...]) -> None:
    read = array(value, td, "f(x)")
    assert type(read) is np.ndarray
    assert read.shape == shape


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "NoneType"),
        ("1", "str"),
        ({1: 2}, "dict"),
        (object(), "object"),
        (np.zeros(2).view(Always), "Always"),
        (np.array(["a"]), "ndarray"),
        (np.array([None]), "ndarray"),
        ([[1.0], [1.0, 2.0]], "list"),
        ([None], "list"),
        (type("Float", (float,), {})(1), "Float"),
    ],
)
def test_is_anything_else_refused_by_its_kind(value: object, kind: str) -> None:
    with pytest.raises(AnswerError, match=rf"^f\(x\) returned {kind}; expected a tensor\.$"):
        array(value, td, "f(x)")


def test_is_what_was_read_a_copy() -> None:
    given = np.zeros(2)
    read = array(given, td, "f(x)")
    given[:] = 1
    assert not read.any()


@pytest.mark.parametrize("value", [(1, 2), [1, 2]])
def test_are_tuples_and_lists_of_the_right_length_accepted(value: object) -> None:
    assert several(value, 2, "f(x)") == [1, 2]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "NoneType;"),
        ((1,), r"tuple \(1\);"),
        ([1, 2, 3], r"list \(3\);"),
        (np.zeros(2), "ndarray;"),
        ("ab", "str;"),
        ({1: 2, 3: 4}, "dict;"),
        (iter([1, 2]), "list_iterator;"),
        (type("Pair", (tuple,), {})((1, 2)), "Pair;"),
    ],
)
def test_is_any_other_number_of_values_refused(value: object, shown: str) -> None:
    with pytest.raises(AnswerError, match=rf"^f\(x\) returned {shown} expected 2 values"):
        several(value, 2, "f(x)")


@pytest.mark.parametrize(
    "history",
    [
        {"val_loss": [1, 0.5], "loss": []},
        {"val_loss": (np.float32(1), np.array(0.5))},
        {"val_loss": np.array([1, 0.5])},
        SimpleNamespace(history={"val_loss": [1, 0.5]}),
    ],
)
def test_is_a_history_read_from_a_dict_or_a_history_object(history: object) -> None:
    read = validation_history(history, "fit(x)")
    assert read.dtype == np.float64
    assert read.tolist() == [1, 0.5]


@pytest.mark.parametrize("history", [None, {}, {"loss": [1]}, [1, 2], SimpleNamespace(history=3)])
def test_is_a_history_without_validation_loss_refused(history: object) -> None:
    with pytest.raises(AnswerError, match=r'^fit\(x\): the history has no "val_loss"'):
        validation_history(history, "fit(x)")


@pytest.mark.parametrize(
    "losses", [None, 3, ["low"], [None], [[1, 2]], [10**400], [np.zeros(2)], [1j]]
)
def test_is_a_history_of_other_than_numbers_refused(losses: object) -> None:
    with pytest.raises(AnswerError, match='"val_loss" must be a list of numbers'):
        validation_history({"val_loss": losses}, "fit(x)")
