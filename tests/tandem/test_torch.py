"""Does `tandem.torch` read models as they are and leave everything as it was?"""

import copy
import random
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn

import tandem.torch as td

pytestmark = pytest.mark.pytorch
X = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)


class Functional(nn.Module):
    """Layers made in another order than they are called, activations as functions."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(5, 3, bias=False)
        self.first = nn.Linear(4, 5)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(input=self.dropout(nn.functional.relu(self.first(x))))


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(self.layer(x))


class Failing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.layer(x)
        raise RuntimeError("broken forward")


def draws() -> list[float]:
    """One number from every source of randomness that a student may use."""
    return [
        random.random(),
        float(np.random.rand()),
        torch.rand(1).item(),
        nn.Linear(1, 1).weight.item(),
        nn.functional.dropout(torch.ones(64)).sum().item(),
    ]


def state_of(model: nn.Module) -> tuple[object, ...]:
    modules = list(model.modules())
    return (
        [module.training for module in modules],
        [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in modules],
        {name: value.tolist() for name, value in model.state_dict().items()},
        [
            (parameter.grad, parameter.device, parameter.requires_grad)
            for parameter in model.parameters()
        ],
    )


def everything(model: nn.Module) -> None:
    td.predict(model, X)
    td.layers(model, X)


def test_are_numbers_copied_to_float32_and_int64() -> None:
    floats, integers = np.ones((2, 3)), np.arange(3, dtype=np.uint8)
    assert td.tensor(floats).dtype == torch.float32
    assert td.tensor(integers).dtype == torch.int64
    assert td.tensor(np.array([True])).dtype == torch.bool
    single = np.zeros(3, np.float32)
    td.tensor(single)[0] = 1
    assert single[0] == 0


def test_is_a_parameter_a_trainable_leaf() -> None:
    weight = td.parameter(np.arange(3))
    (weight**2).sum().backward()
    assert weight.is_leaf
    assert weight.dtype == torch.float32
    assert weight.grad.tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        (torch.tensor([1.5], dtype=torch.bfloat16), [1.5], np.float32),
        (torch.tensor([1.5], dtype=torch.float16), [1.5], np.float32),
        (torch.tensor([1.5], dtype=torch.float64), [1.5], np.float64),
        (nn.Parameter(torch.ones(2)), [1, 1], np.float32),
        (torch.tensor([True]), [True], np.bool_),
        (torch.tensor([1 + 2j]).conj(), [1 - 2j], np.complex64),
        (np.array([1, 2], np.int32), [1, 2], np.int32),
        (np.float16(0.5), 0.5, np.float32),
        (np.float64(0.5), 0.5, np.float64),
        (3, 3, np.int64),
        (True, True, np.bool_),
        ([torch.ones(1), (2.0,)], [[1], [2]], np.float64),
    ],
)
def test_are_numbers_of_every_kind_copied(value: object, expected: object, dtype: type) -> None:
    array = td.to_numpy(value)
    assert type(array) is np.ndarray
    assert (array.dtype, array.tolist()) == (dtype, expected)


def test_is_the_array_a_copy() -> None:
    for original in (torch.zeros(2), np.zeros(2)):
        td.to_numpy(original)[0] = 1
        assert original[0] == 0


class AlwaysEqual(np.ndarray):
    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return True


class SlyTensor(torch.Tensor):
    pass


class SlyFloat(float):
    pass


class Anything:
    def __array__(self) -> np.ndarray:
        return np.ones(3)


@pytest.mark.parametrize(
    "value",
    [
        np.ones(3).view(AlwaysEqual),
        torch.ones(3).as_subclass(SlyTensor),
        SlyFloat(1),
        np.ma.ones(3),
        Anything(),
        "1.0",
        None,
        [None],
        {"a": 1},
        np.array([None]),
        np.array(["a"]),
        2**70,
        nn.Linear(1, 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_is_anything_but_numbers_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"^Expected .*got "):
        td.to_numpy(value)


def test_does_a_refusal_name_the_type() -> None:
    with pytest.raises(TypeError, match="AlwaysEqual"):
        td.to_numpy(np.ones(3).view(AlwaysEqual))


def test_is_a_ragged_list_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        td.to_numpy([torch.ones(2), torch.ones(3)])


def test_does_the_environment_choose_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_DEVICE", "cpu")
    assert td.device() == torch.device("cpu")
    monkeypatch.setenv("TANDEM_DEVICE", "abacus")
    with pytest.raises(ValueError, match=r"'abacus'.*cuda, mps, cpu"):
        td.device()
    monkeypatch.delenv("TANDEM_DEVICE")
    assert td.device().type in {"cpu", "cuda", "mps"}


def test_does_a_seed_repeat_every_draw() -> None:
    td.seed(3)
    first = draws()
    td.seed(3)
    assert draws() == first
    td.seed(4)
    assert draws() != first


@pytest.mark.parametrize(
    "inside",
    [draws, lambda: td.seed(3), lambda: (td.seed(99), draws()), lambda: everything(Functional())],
    ids=["draw", "same seed", "other seed", "read a model"],
)
def test_is_randomness_untouched_by_the_block(inside: Callable[[], object]) -> None:
    td.seed(3)
    draws()
    expected = draws() + draws()
    td.seed(3)
    draws()
    with td.preserved_randomness():
        inside()
    found = draws()
    with td.preserved_randomness():
        inside()
    assert found + draws() == expected


def test_is_randomness_restored_after_an_error() -> None:
    td.seed(3)
    expected = draws()
    td.seed(3)
    with pytest.raises(ZeroDivisionError), td.preserved_randomness():
        _ = draws()[0] / 0
    assert draws() == expected


def test_does_predict_evaluate_and_restore_every_mode() -> None:
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.9), nn.Linear(4, 3)).train()
    model[0].eval()
    before = copy.deepcopy(state_of(model))
    outputs = td.predict(model, X)
    normalised = X / np.sqrt(1 + 1e-5)
    expected = normalised @ model[2].weight.detach().numpy().T + model[2].bias.detach().numpy()
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    everything(model)
    assert state_of(model) == before


def test_does_predict_work_on_functions_and_other_precisions() -> None:
    np.testing.assert_allclose(td.predict(lambda x: x * 2, X), 2 * X)
    assert td.predict(nn.Linear(4, 2).double(), X).dtype == np.float64
    assert td.predict(nn.Linear(4, 2).bfloat16(), X).dtype == np.float32
    assert td.predict(nn.Embedding(9, 2), np.array([8, 0])).shape == (2, 2)


def test_are_layers_read_in_the_order_of_their_calls() -> None:
    model = Functional().train()
    read = td.layers(model, X)
    first, last = (layer.weight.detach().numpy().T for layer in (model.first, model.last))
    hidden = X @ first + model.first.bias.detach().numpy()
    assert [weight.shape for weight in read.weights] == [(4, 5), (5, 3)]
    assert np.array_equal(read.weights[0], first)
    assert np.array_equal(read.weights[1], last)
    assert np.array_equal(read.biases[0], model.first.bias.detach().numpy())
    assert np.array_equal(read.biases[1], np.zeros(3))
    assert np.array_equal(read.inputs[0], X)
    np.testing.assert_allclose(read.inputs[1], np.maximum(hidden, 0), atol=1e-6)
    np.testing.assert_allclose(read.outputs, np.maximum(hidden, 0) @ last, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "readable"),
    [(Functional(), True), (nn.Linear(4, 3), True), (Shared(), False), (Failing(), False)],
)
def test_is_a_model_as_before_even_if_reading_fails(model: nn.Module, readable: bool) -> None:
    model.train()
    td.seed(0)
    before, expected = copy.deepcopy(state_of(model)), draws()
    td.seed(0)
    with nullcontext() if readable else pytest.raises((ValueError, RuntimeError)):
        td.layers(model, X)
    assert state_of(model) == before
    assert draws() == expected


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Shared(), "more than once"),
        (nn.Flatten(), "no fully connected layer"),
        (nn.Sequential(nn.Linear(4, 1), nn.Flatten(0)), r"shape \(7,\)"),
        (lambda x: x, "model made of layers"),
        ((np.ones((4, 3)),), r"pair \(W, b\)"),
        ((np.ones((3, 4)), np.ones(4)), r"pair \(W, b\)"),
        ((np.ones((4, 3)), np.ones((1, 3))), r"pair \(W, b\)"),
    ],
)
def test_is_what_cannot_be_read_refused(model: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        td.layers(model, X)


def test_is_a_pair_one_layer() -> None:
    weight, bias = td.parameter(np.ones((4, 3))), td.parameter([1.0, 2.0, 3.0])
    read = td.layers((weight, bias), X)
    assert (len(read.weights), len(read.biases), len(read.inputs)) == (1, 1, 1)
    expected = X.sum(axis=1, keepdims=True) + np.array([1, 2, 3])
    np.testing.assert_allclose(read.outputs, expected, atol=1e-5)
