"""Is a network believed only for what its weights compute?"""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree
from tandem.networks import (
    ACTIVATIONS,
    MOST_LAYERS,
    REPLAY_TOLERANCE,
    Network,
    layers_evidence,
    read_network,
    require_validation_loss,
)
from tests.tandem import numpy_framework as td
from tests.tandem.strategies import seeds

ROWS, CLASSES = 12, 3
networks = st.tuples(
    seeds,
    st.lists(st.integers(2, 6), max_size=MOST_LAYERS - 1),
    st.lists(st.sampled_from(sorted(ACTIVATIONS)), min_size=MOST_LAYERS, max_size=MOST_LAYERS),
)


def model_of(
    seed: int, hidden: list[int], activations: list[str]
) -> tuple[td.NumpyModel, np.ndarray]:
    """Draw a model 4 -> hidden -> 3 of float32 layers and the rows (12, 4) to read it on."""
    rng = np.random.default_rng(seed)
    widths = [4, *hidden, CLASSES]
    dense = [
        (
            (rng.normal(size=(i, o)) * 1.5 / np.sqrt(i)).astype(np.float32),
            rng.normal(size=o).astype(np.float32),
            ACTIVATIONS[name],
        )
        for i, o, name in zip(widths, widths[1:], activations, strict=False)
    ]
    return td.NumpyModel(dense), rng.normal(size=(ROWS, 4)).astype(np.float32)


def read(arrays: Arrays, x: np.ndarray, suffix: str = "") -> Network:
    return read_network(Evidence(arrays), x.astype(np.float64), CLASSES, "the model", suffix)


def evidence_of(model: td.NumpyModel, x: np.ndarray, suffix: str = "") -> Arrays:
    return layers_evidence(td.layers(model, x), suffix)


@pytest.fixture
def two_layers() -> tuple[Arrays, np.ndarray]:
    model, x = model_of(1, [5], ["relu", "softmax"])
    return evidence_of(model, x), x


@given(networks)
def test_is_every_network_reproduced_with_its_activations(
    drawn: tuple[int, list[int], list[str]],
) -> None:
    model, x = model_of(*drawn)
    network = read(evidence_of(model, x, "_7"), x, "_7")
    scores = x.astype(np.float64)
    for (weight, bias, activation), found in zip(model.dense, network.activations, strict=True):
        scores = scores @ weight + bias
        assert agree(ACTIVATIONS[found](scores), activation(scores), 2 * REPLAY_TOLERANCE)
        scores = activation(scores)
    assert agree(network.forward(x), model(x).astype(np.float64), REPLAY_TOLERANCE)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_is_each_activation_found_by_name(name: str) -> None:
    model, x = model_of(0, [6], [name, name])
    network = read(evidence_of(model, x), x)
    assert network.activations == [name, name]
    others = np.random.default_rng(9).normal(size=(50, 4)).astype(np.float32)
    assert agree(network.forward(others), model(others).astype(np.float64), REPLAY_TOLERANCE)


def twice_softmax(z: np.ndarray) -> np.ndarray:
    return ACTIVATIONS["softmax"](ACTIVATIONS["softmax"](z))


def dropout(z: np.ndarray) -> np.ndarray:
    return z * np.random.default_rng(0).choice([0, 2], z.shape)


def leaky(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, z, 0.1 * z)


def softmax_over_rows(z: np.ndarray) -> np.ndarray:
    return ACTIVATIONS["softmax"](z.T).T


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (twice_softmax, "is softmax applied twice"),
        (softmax_over_rows, "is softmax over the wrong axis"),
        (dropout, r"is none of the activations .* dropout still on"),
        (leaky, "is none of the activations"),
    ],
)
@pytest.mark.parametrize("layer", [1, 2])
def test_is_what_no_activation_explains_refused(
    after: Callable[[np.ndarray], np.ndarray], message: str, layer: int
) -> None:
    model, x = model_of(0, [5], ["tanh", "identity"])
    weight, bias, _ = model.dense[layer - 1]
    model.dense[layer - 1] = (weight, bias, after)
    with pytest.raises(Fault, match=f"follows layer {layer} of the model {message}"):
        read(evidence_of(model, x), x)


def test_must_the_network_have_been_called_with_the_given_rows(
    two_layers: tuple[Arrays, np.ndarray],
) -> None:
    arrays, x = two_layers
    with pytest.raises(Fault, match=r"input of the first layer of the model returned .* in row 0"):
        read(arrays, x * 2)


def test_must_outputs_be_those_of_the_weights(two_layers: tuple[Arrays, np.ndarray]) -> None:
    arrays, x = two_layers
    outputs = arrays["outputs"].copy()
    outputs[3] = outputs[3, ::-1]
    with pytest.raises(Fault, match="follows layer 2"):
        read(arrays | {"outputs": outputs}, x)


def test_must_every_layer_have_been_called_with_what_the_one_before_gave(
    two_layers: tuple[Arrays, np.ndarray],
) -> None:
    """Is a network refused whose second layer claims other inputs than the first one's outputs?"""
    arrays, x = two_layers
    with pytest.raises(Fault, match="follows layer 1"):
        read(arrays | {"input_1": arrays["input_1"] + 1}, x)


@pytest.mark.parametrize(("off", "believed"), [(2e-5, True), (1e-3, False)])
def test_is_the_replay_exact_to_float32_and_no_farther(
    off: float, believed: bool, two_layers: tuple[Arrays, np.ndarray]
) -> None:
    arrays, x = two_layers
    nearly = arrays | {"outputs": arrays["outputs"] + np.float32(off)}
    if believed:
        read(nearly, x)
    else:
        with pytest.raises(Fault, match="follows layer 2"):
            read(nearly, x)


def test_are_outputs_those_of_the_rows_and_not_of_the_claimed_inputs() -> None:
    """Is a network refused in which a small lie about one layer's inputs grows in the next?"""
    x = np.repeat(np.random.default_rng(0).normal(size=(ROWS, 1)), 4, axis=1)
    amplifier = np.zeros((4, CLASSES))
    amplifier[0, 0], amplifier[1, 0] = 1e4, -1e4  # the columns of x are equal: its outputs are 0
    lie = x + np.array([9e-5, 0, 0, 0])
    arrays = {
        "input_0": x,
        "weight_0": np.eye(4),
        "bias_0": np.zeros(4),
        "input_1": lie,
        "weight_1": amplifier,
        "bias_1": np.zeros(CLASSES),
        "outputs": lie @ amplifier,
    }
    with pytest.raises(Fault, match=r"the model returned \[0.9, 0, 0\] in row 0; expected"):
        read(arrays, x)
    read(arrays | {"input_1": x, "outputs": x @ amplifier}, x)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("weight_0", np.ones((3, 5)), r"weights of layer 1 .* shape \(3, 5\); expected \(4, outp"),
        ("weight_1", np.ones((4, 3)), r"weights of layer 2 .* shape \(4, 3\); expected \(5, outp"),
        ("weight_0", np.ones((4, 5, 1)), "weights of layer 1"),
        ("weight_0", np.ones((4, 0)), r"layer 1 of the model returned shape \(4, 0\)"),
        ("weight_0", np.full((4, 5), np.nan), "layer 1 of the model returned 20 of 20 numbers"),
        ("weight_0", np.ones((4, 5), np.int64), "expected floating point"),
        ("bias_0", np.ones(4), r"layer 1 .* shape \(4,\); expected shape \(5,\)"),
        ("bias_0", np.ones((1, 5)), r"shape \(1, 5\); expected shape \(5,\)"),
        ("bias_1", np.array([0, np.inf, 0]), "layer 2 of the model returned 1 of 3 numbers"),
        ("outputs", np.ones((ROWS, 4)), r"expected shape \(12, 3\)"),
        ("input_0", np.ones((ROWS, 1)), r"expected shape \(12, 4\)"),
        ("input_1", np.ones((1, 5)), r"expected shape \(12, 5\)"),
    ],
)
def test_are_arrays_of_the_wrong_kind_refused(
    name: str, value: np.ndarray, sentence: str, two_layers: tuple[Arrays, np.ndarray]
) -> None:
    arrays, x = two_layers
    with pytest.raises(Fault, match=sentence):
        read(arrays | {name: value}, x)


def test_must_the_last_layer_give_the_outputs_one_number_per_class() -> None:
    model, x = model_of(0, [5], ["relu", "identity"])
    arrays = evidence_of(model, x)
    arrays |= {"weight_1": np.ones((5, 4)), "bias_1": np.ones(4)}
    with pytest.raises(Fault, match=r"expected shape \(12, 4\)"):
        read(arrays, x)


@pytest.mark.parametrize("name", ["outputs", "weight_0", "bias_0", "input_0", "bias_1", "input_1"])
def test_is_a_missing_array_a_fault(name: str, two_layers: tuple[Arrays, np.ndarray]) -> None:
    arrays, x = two_layers
    del arrays[name]
    with pytest.raises(Fault, match="lacks"):
        read(arrays, x)


@pytest.mark.parametrize("layers", [0, MOST_LAYERS + 1, 40])
def test_is_a_network_without_layers_or_with_too_many_refused(layers: int) -> None:
    model, x = model_of(0, [4] * (layers - 1), ["identity"] * max(layers, 1))
    arrays = evidence_of(model, x)
    if not layers:
        arrays = {"outputs": arrays["outputs"]}
    with pytest.raises(Fault, match=f"no layers that can be read, or more than {MOST_LAYERS}"):
        read(arrays, x)


@given(seeds)
def test_is_cross_entropy_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight, bias = rng.normal(size=(4, CLASSES)), rng.normal(size=CLASSES)
    x, classes = rng.normal(size=(20, 4)), rng.integers(0, CLASSES, 20)
    probabilities = np.exp(x @ weight + bias)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    expected = log_loss(classes, probabilities, labels=range(CLASSES))
    for last in ("identity", "softmax"):
        network = Network([weight], [bias], [last])
        assert network.cross_entropy(x, classes) == pytest.approx(expected, rel=1e-9)
        assert network.accuracy(x, classes) == np.mean(probabilities.argmax(axis=1) == classes)


def test_is_a_probability_of_zero_a_large_loss_and_no_infinity() -> None:
    network = Network([np.array([[0.0, 5000.0]])], [np.zeros(2)], ["softmax"])
    assert 500 < network.cross_entropy(np.ones((1, 1)), np.array([0])) < 1000


@pytest.fixture
def judged_history() -> Callable[[list[float]], None]:
    """Judge a history of a network whose validation loss is log 2."""
    network = Network([np.zeros((1, 2))], [np.zeros(2)], ["identity"])

    def judge(history: list[float]) -> None:
        x, classes = np.ones((4, 1)), np.array([0, 1, 0, 1])
        require_validation_loss(np.array(history), network, [x], classes, "fit(x)")

    return judge


@pytest.mark.parametrize("history", [[2, 0.6931], [0.6931, 0.9], [1, 0.7], [0.69, 0.7, 5]])
def test_is_the_last_or_the_smallest_validation_loss_accepted(
    history: list[float], judged_history: Callable[[list[float]], None]
) -> None:
    judged_history(history)


@pytest.mark.parametrize(
    "history", [[0.6931, 0.1], [0.6, 0.5], [0.1, 0.6931, 0.9], [9, 0.71], [0.67, 8], [-1, 0]]
)
def test_is_a_made_up_history_refused(
    history: list[float], judged_history: Callable[[list[float]], None]
) -> None:
    sentence = f'last "val_loss" of fit\\(x\\) is {history[-1]:.4g}; .* validation set is 0.6931'
    with pytest.raises(Fault, match=sentence):
        judged_history(history)


def test_does_no_history_agree_with_a_loss_that_is_no_number() -> None:
    network = Network([np.full((1, 2), np.nan)], [np.zeros(2)], ["identity"])
    for value in (np.nan, np.inf, 0.0):
        with pytest.raises(Fault, match="is nan"):
            require_validation_loss(
                np.array([1.0, value]), network, [np.ones((1, 1))], np.array([0]), "fit(x)"
            )
