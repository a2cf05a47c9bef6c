"""Does `tandem.tensorflow` copy numbers, draw them, and leave randomness as it was?"""

import random
from collections.abc import Callable

import numpy as np
import pytest

import tandem.tensorflow as td  # first: it quietens TensorFlow  # isort: skip
import keras
import tensorflow as tf

pytestmark = pytest.mark.tensorflow
X = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)


def draws() -> list[float]:
    """One number from every source of randomness that a student may use."""
    return [
        random.random(),
        float(np.random.rand()),
        float(tf.random.normal([])),
        float(tf.random.uniform([])),
        float(keras.random.normal([])),
        float(keras.initializers.GlorotUniform()([1, 1])[0, 0]),
        float(tf.reduce_sum(tf.nn.dropout(tf.ones(64), 0.5))),
        float(tf.reduce_sum(keras.layers.Dropout(0.5)(tf.ones(64), training=True))),
    ]


def read_a_model() -> None:
    layers = [keras.layers.Dense(5, activation="relu"), keras.layers.Dropout(0.5)]
    model = keras.Sequential([*layers, keras.layers.Dense(3)])
    td.predict(model, X)
    td.layers(model, X)


def test_are_numbers_copied_to_float32_and_int64() -> None:
    assert td.tensor(np.ones((2, 3))).dtype == tf.float32
    assert td.tensor(np.arange(3, dtype=np.uint8)).dtype == tf.int64
    assert td.tensor(np.array([True])).dtype == tf.bool


def test_is_a_parameter_a_trainable_variable() -> None:
    weight = td.parameter(np.arange(3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(weight**2)
    assert isinstance(weight, tf.Variable)
    assert weight.dtype == tf.float32
    assert tape.gradient(loss, weight).numpy().tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        (lambda: tf.constant([1.5], tf.bfloat16), [1.5], np.float32),
        (lambda: tf.constant([1.5], tf.float16), [1.5], np.float32),
        (lambda: tf.constant([1.5], tf.float64), [1.5], np.float64),
        (lambda: tf.Variable(tf.ones(2)), [1, 1], np.float32),
        (lambda: keras.Variable([1.0, 1.0]), [1, 1], np.float32),
        (lambda: tf.constant([True]), [True], np.bool_),
        (lambda: np.array([1, 2], np.int32), [1, 2], np.int32),
        (lambda: np.float64(0.5), 0.5, np.float64),
        (lambda: 3, 3, np.int64),
        (lambda: [tf.ones(1), (2.0,)], [[1], [2]], np.float64),
    ],
)
def test_are_numbers_of_every_kind_copied(
    value: Callable[[], object], expected: object, dtype: type
) -> None:
    array = td.to_numpy(value())
    assert type(array) is np.ndarray
    assert (array.dtype, array.tolist()) == (dtype, expected)


def test_is_the_array_a_copy() -> None:
    for original in (tf.zeros(2), tf.Variable(tf.zeros(2)), np.zeros(2)):
        td.to_numpy(original)[0] = 1
        assert original[0] == 0


class AlwaysEqual(np.ndarray):
    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return True


class SlyVariable(keras.Variable):  # type: ignore[misc]
    pass


@pytest.mark.parametrize(
    "value",
    [
        lambda: np.ones(3).view(AlwaysEqual),
        lambda: SlyVariable([1.0]),
        lambda: keras.Input((4,)),
        lambda: tf.constant("a"),
        lambda: "1.0",
        lambda: None,
        lambda: np.array([None]),
        lambda: tf.ragged.constant([[1], [2, 3]]),
        lambda: keras.layers.Dense(1),
    ],
)
def test_is_anything_but_numbers_refused(value: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match=r"^Expected .*got "):
        td.to_numpy(value())


def test_does_the_environment_choose_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_DEVICE", "cpu")
    assert td.device() == "/CPU:0"
    assert "CPU:0" in td.tensor(X).device
    monkeypatch.setenv("TANDEM_DEVICE", "mps")
    with pytest.raises(ValueError, match=r"'mps'.*gpu, cuda, cpu"):
        td.device()
    monkeypatch.delenv("TANDEM_DEVICE")
    assert td.device() in {"/CPU:0", "/GPU:0"}


def test_does_a_seed_repeat_every_draw() -> None:
    td.seed(3)
    first = draws()
    td.seed(3)
    assert draws() == first
    td.seed(4)
    assert draws() != first


@pytest.mark.parametrize(
    "inside",
    [
        draws,
        lambda: td.seed(3),
        lambda: (td.seed(3), draws()),
        lambda: (td.seed(99), draws()),
        lambda: (tf.random.set_seed(3), draws()),
        read_a_model,
        keras.utils.clear_session,
    ],
    ids=["draw", "seed", "same seed", "other seed", "set_seed", "read a model", "clear_session"],
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


def test_is_randomness_untouched_before_keras_has_drawn() -> None:
    td.seed(3)
    expected = draws()
    for inside in (draws, lambda: (td.seed(3), draws())):
        td.seed(3)
        with td.preserved_randomness():
            inside()
        assert draws() == expected


def test_is_the_global_generator_untouched() -> None:
    generator = tf.random.Generator.from_seed(3)
    tf.random.set_global_generator(generator)
    expected = generator.normal([4]).numpy().tolist()
    generator.reset_from_seed(3)
    with td.preserved_randomness():
        tf.random.get_global_generator().normal([4])
        tf.random.set_global_generator(tf.random.Generator.from_seed(9))
    assert tf.random.get_global_generator() is generator
    assert generator.normal([4]).numpy().tolist() == expected


def test_is_a_kernel_with_a_seed_of_its_own_untouched() -> None:
    td.seed(3)
    expected = [float(tf.random.normal([], seed=5)) for _ in range(2)]
    td.seed(3)
    first = float(tf.random.normal([], seed=5))
    with td.preserved_randomness():
        tf.random.normal([], seed=5)
    assert [first, float(tf.random.normal([], seed=5))] == expected


def test_is_a_seed_inside_the_block_obeyed() -> None:
    td.seed(3)
    expected = draws()
    found = []
    for _ in range(2):
        with td.preserved_randomness():
            td.seed(3)
            found.append(draws())
    assert found == [expected, expected]


def test_is_randomness_restored_after_an_error() -> None:
    td.seed(3)
    expected = draws()
    td.seed(3)
    with pytest.raises(ZeroDivisionError), td.preserved_randomness():
        _ = draws()[0] / 0
    assert draws() == expected
