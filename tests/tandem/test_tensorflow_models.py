"""Does `tandem.tensorflow` read models as they are, and leave them as they were?"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import tandem.tensorflow as td  # first: it quietens TensorFlow  # isort: skip
import keras
import tensorflow as tf

from tests.tandem.test_tensorflow import draws

pytestmark = pytest.mark.tensorflow
X = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)


class Subclassed(keras.Model):
    """Layers made in another order than they are called; no `training` argument; unbuilt."""

    def __init__(self) -> None:
        super().__init__()
        self.last = keras.layers.Dense(3, use_bias=False)
        self.block = keras.Sequential([keras.layers.Dense(5, activation="relu")])
        self.dropout = keras.layers.Dropout(0.5)

    def call(self, x: Any) -> Any:
        return self.last(self.dropout(self.block(x)))


class Traced(keras.Model):
    """A model whose `call` is a graph of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = keras.layers.Dense(3)

    @tf.function
    def call(self, x: Any) -> Any:
        return self.layer(x)


class LiveDropout(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dropout, self.layer = keras.layers.Dropout(0.5), keras.layers.Dense(3)

    def call(self, x: Any) -> Any:
        return self.layer(self.dropout(x, training=True))


class Shared(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.layer = keras.layers.Dense(4)

    def call(self, x: Any) -> Any:
        return self.layer(self.layer(x))


class Failing(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.layer = keras.layers.Dense(3)
        self.broken = False

    def call(self, x: Any) -> Any:
        if self.broken:
            raise RuntimeError("broken call")
        return self.layer(x)


def functional() -> keras.Model:
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(5, activation="relu")(inputs)
    hidden = keras.layers.Dropout(0.5)(hidden)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))


def state_of(model: Any) -> tuple[object, ...]:
    return (
        ["call" in vars(layer) for layer in model._flatten_layers()],
        [layer.trainable for layer in model._flatten_layers()],
        [(variable.path, variable.numpy().tolist()) for variable in model.variables],
        tf.config.functions_run_eagerly(),
    )


def everything(model: Any) -> None:
    td.predict(model, X)
    td.layers(model, X)


def test_does_predict_evaluate_and_change_nothing() -> None:
    model = keras.Sequential(
        [keras.layers.BatchNormalization(), keras.layers.Dropout(0.9), keras.layers.Dense(3)]
    )
    model(X)
    before = state_of(model)
    kernel, bias = (weight.numpy() for weight in model.layers[2].weights)
    expected = X / np.sqrt(1 + 1e-3) @ kernel + bias
    np.testing.assert_allclose(td.predict(model, X), expected, atol=1e-5)
    everything(model)
    assert state_of(model) == before


def test_does_predict_work_on_functions() -> None:
    np.testing.assert_allclose(td.predict(lambda x: x * 2, X), 2 * X)
    np.testing.assert_allclose(td.predict(tf.function(lambda x: x * 2), X), 2 * X)


@pytest.mark.parametrize("build", [functional, Subclassed, Traced])
def test_do_the_layers_explain_the_outputs(build: Callable[[], Any]) -> None:
    model = build()
    read = td.layers(model, X)
    x = X
    for weight, bias, inputs in zip(read.weights, read.biases, read.inputs, strict=True):
        np.testing.assert_allclose(inputs, x, atol=1e-5)
        scores = inputs @ weight + bias
        x = np.maximum(scores, 0)
    if build is functional:
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(read.outputs, scores, atol=1e-5)
    np.testing.assert_allclose(read.outputs, model(X, training=False), atol=1e-6)
    assert len(read.weights) == (1 if build is Traced else 2)


def test_is_a_traced_model_read_after_it_ran_as_a_graph() -> None:
    model = Traced()
    outputs = model(X)
    read = td.layers(model, X)
    np.testing.assert_allclose(X @ read.weights[0] + read.biases[0], outputs, atol=1e-5)
    assert not tf.config.functions_run_eagerly()


def test_is_an_unbuilt_model_of_built_layers_read_once() -> None:
    model = Subclassed()
    model.last.build((None, 5))
    model.block.build((None, 4))
    assert not model.built
    read = td.layers(model, X)
    assert [inputs.shape for inputs in read.inputs] == [(7, 4), (7, 5)]


def test_is_a_layer_without_bias_given_zeros() -> None:
    read = td.layers(Subclassed(), X)
    assert read.weights[1].shape == (5, 3)
    assert np.array_equal(read.biases[1], np.zeros(3))


@pytest.mark.parametrize(
    ("build", "readable"),
    [
        (functional, True),
        (Subclassed, True),
        (LiveDropout, True),
        (Shared, False),
        (Failing, False),
    ],
)
def test_is_a_model_as_before_even_if_reading_fails(
    build: Callable[[], Any], readable: bool
) -> None:
    model = build()
    model(X)
    model.broken = True
    td.seed(0)
    before, expected = state_of(model), draws()
    td.seed(0)
    with nullcontext() if readable else pytest.raises((ValueError, RuntimeError)):
        td.layers(model, X)
    assert state_of(model) == before
    assert draws() == expected


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # keras.save
def test_can_a_model_be_trained_and_saved_after_it_was_read(tmp_path: Any) -> None:
    model = functional()
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    td.layers(model, X)
    model.fit(X, np.zeros(len(X)), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(td.predict(loaded, X), td.predict(model, X), atol=1e-6)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Shared, "more than once"),
        (keras.layers.Flatten, "no fully connected layer"),
        (lambda: keras.Sequential([keras.layers.Dense(1), keras.layers.Reshape(())]), r"\(7,\)"),
        (lambda: abs, "model made of layers"),
        (lambda: (np.ones((4, 3)),), r"pair \(W, b\)"),
        (lambda: (np.ones((3, 4)), np.ones(4)), r"pair \(W, b\)"),
    ],
)
def test_is_what_cannot_be_read_refused(model: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        td.layers(model(), X)


def test_is_a_pair_one_layer() -> None:
    weight, bias = td.parameter(np.ones((4, 3))), td.parameter([1.0, 2.0, 3.0])
    read = td.layers((weight, bias), X)
    assert (len(read.weights), len(read.biases), len(read.inputs)) == (1, 1, 1)
    expected = X.sum(axis=1, keepdims=True) + np.array([1, 2, 3])
    np.testing.assert_allclose(read.outputs, expected, atol=1e-5)


def test_does_history_keep_one_loss_per_epoch_and_start_afresh() -> None:
    model, history = functional(), td.History()
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    y = np.zeros(len(X))
    options = {"validation_data": (X, y), "callbacks": [history], "verbose": 0}
    model.fit(X, y, epochs=3, **options)
    returned = model.fit(X, y, epochs=2, **options)
    assert [len(values) for values in history.history.values()] == [2, 2]
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(X, y, verbose=0))
    assert returned.history == history.history


def test_are_weights_written_in_the_order_of_the_layers() -> None:
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((4, 5), (5,), (5, 3), (3,))]
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dense(3)])
    td.set_weights(model, weights)
    found = td.layers(model, rng.normal(size=(2, 4)))
    for written, read in zip(weights[::2], found.weights, strict=True):
        np.testing.assert_array_equal(written.astype(np.float32), read)
    for written, read in zip(weights[1::2], found.biases, strict=True):
        np.testing.assert_array_equal(written.astype(np.float32), read)


@pytest.mark.parametrize("shapes", [[], [(4, 5), (5,)], [(5, 4), (5,), (5, 3), (3,)]])
def test_are_weights_that_do_not_fit_refused_before_any_is_written(
    shapes: list[tuple[int, ...]],
) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.Dense(3)])
    before = td.layers(model, np.zeros((1, 4))).weights[0]
    with pytest.raises(ValueError, match="Expected weights of shapes"):
        td.set_weights(model, [np.ones(shape) for shape in shapes])
    np.testing.assert_array_equal(before, td.layers(model, np.zeros((1, 4))).weights[0])


def test_is_a_model_that_does_not_know_its_inputs_refused() -> None:
    with pytest.raises(ValueError, match="begin it with keras"):
        td.set_weights(keras.Sequential([keras.layers.Dense(3)]), [])
