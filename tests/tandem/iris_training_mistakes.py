"""Wrong training, networks and curves for the Iris lab, listed like those of `iris_mistakes`."""

import copy
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from tandem.data import load_iris
from tests.tandem import numpy_framework as td
from tests.tandem.iris_answers import (
    Answer,
    cross_entropy,
    fit,
    identity,
    stable_softmax,
    standardise,
    train,
)
from tests.tandem.iris_mistakes import applied_twice, wrong

Fitted = tuple[np.ndarray, np.ndarray, dict[str, list[float]]]

# train


def looped(change: Answer) -> Answer:
    """Make a training loop whose step is `change(x, y, batch, W, b, rate, memory)`."""

    def loop(
        x: np.ndarray,
        y: np.ndarray,
        W: np.ndarray,
        b: np.ndarray,
        batches: list[np.ndarray],
        rate: float,
        epochs: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        memory: list[np.ndarray] = []
        for _ in range(epochs):
            for batch in batches:
                W, b = change(x, y, batch, W, b, rate, memory)
        return W, b

    return loop


def _step_of(x: Any, y: Any, batch: Any, W: Any, b: Any, rate: float) -> list[np.ndarray]:
    new_W, new_b = train(x, y, W, b, [batch], rate, 1)
    return [W - new_W, b - new_b]


def _accumulating(
    x: Any, y: Any, batch: Any, W: Any, b: Any, rate: float, memory: list[Any]
) -> tuple[np.ndarray, np.ndarray]:
    memory.append(_step_of(x, y, batch, W, b, rate))
    return W - sum(m[0] for m in memory), b - sum(m[1] for m in memory)


accumulates = wrong("train", 1, "several batches and epochs: gradients pile up")(
    looped(_accumulating)
)
full_batch = wrong("train", 0, "one batch, one epoch: each step used all rows")(
    looped(lambda x, y, _batch, W, b, rate, _: train(x, y, W, b, [np.arange(len(x))], rate, 1))
)
summed_loss = wrong("train", 0, "one batch, one epoch: W returned [")(
    looped(lambda x, y, batch, W, b, rate, _: train(x, y, W, b, [batch], rate * len(batch), 1))
)
never_moves_b = wrong("train", 0, "one batch, one epoch: b returned ")(
    looped(lambda x, y, batch, W, b, rate, _: (train(x, y, W, b, [batch], rate, 1)[0], b))
)


@wrong("train", 1, "several batches and epochs: only one epoch was run")
def one_epoch(*arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    return train(*arguments[:-1], 1)


@wrong("train", 1, "several batches and epochs: each step used all rows")
def batches_joined(*arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    batches = arguments[4]
    return train(*arguments[:4], [np.concatenate(batches)] * len(batches), *arguments[5:])


@wrong("train", 1, "several batches and epochs returned 20 of 20 numbers that are nan")
def diverges_after_one_step(*arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    W, b = train(*arguments)
    return (W, b) if arguments[-1] == 1 else (W * np.nan, b)


@wrong("train", 3, "is right but changed the W it was given")
def writes_into_w(*arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    W, b = train(*arguments)
    arguments[2][:] = W
    return arguments[2], b


@wrong("train", 3, "is right but changed the b it was given")
def writes_into_b(*arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    W, b = train(*arguments)
    arguments[3][:] = b
    return W, b


# fit


@wrong("fit", 2, 'The last "val_loss" of fit(x_train, y_train, x_val, y_val) is 0.01')
def made_up_history(*data: np.ndarray) -> Fitted:
    W, b, _ = fit(*data)
    return W, b, {"val_loss": [0.03, 0.02, 0.01]}


@wrong("fit", 2, 'The last "val_loss" of fit')
def history_of_the_training_set(*data: np.ndarray) -> Fitted:
    W, b, history = fit(*data)
    return W, b, {"val_loss": [2 * loss + 0.1 for loss in history["loss"]]}


@wrong("fit", 2, "expected one number per epoch, 2 to 10000 of them")
def history_of_one_number(*data: np.ndarray) -> Fitted:
    W, b, history = fit(*data)
    return W, b, {"val_loss": history["val_loss"][-1:]}


@wrong("fit", 1, "reached accuracy", public=False)
def pasted_weights(*data: np.ndarray) -> Fitted:
    flowers = load_iris()
    W, b, _ = fit(flowers.x_train, flowers.y_train, flowers.x_val, flowers.y_val)
    x_val = standardise(data[0], data[2])[1]
    return W, b, {"val_loss": [float(cross_entropy(x_val @ W + b, data[3]))] * 2}


@wrong("fit", 1, "trained on x_val instead of x_train?", public=False)
def trained_on_validation(*data: np.ndarray) -> Fitted:
    x_train, _, x_val, y_val = data
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    x, W, b = (x_val - mean) / deviation, np.zeros((4, 3), np.float32), np.zeros(3, np.float32)
    losses = []
    for _ in range(100):
        W, b = train(x, y_val, W, b, [np.arange(len(x))], 0.5, 1)
        losses.append(float(cross_entropy(x @ W + b, y_val)))
    return W, b, {"val_loss": losses}


@wrong("fit", 1, "reached accuracy 0.333 on flowers it had not seen; at least 0.")
def constant(*data: np.ndarray) -> Fitted:
    return np.zeros((4, 3)), np.array([0.0, 1e-9, 0.0]), {"val_loss": [float(np.log(3))] * 2}


@wrong("fit", 0, "fit(x_train, y_train, x_val, y_val): W returned 1 of 12 numbers that are nan")
def nan_weight(*data: np.ndarray) -> Fitted:
    W, b, history = fit(*data)
    W[1, 1] = np.nan
    return W, b, history


@wrong("fit", 0, "W returned shape (3, 4); expected shape (4, 3)")
def transposed_weights(*data: np.ndarray) -> Fitted:
    W, b, history = fit(*data)
    return W.T, b, history


@wrong("fit", 0, "b returned shape (1, 3); expected shape (3,)")
def row_of_biases(*data: np.ndarray) -> Fitted:
    W, b, history = fit(*data)
    return W, b[None], history


@wrong("fit", 0, "returned tuple (2); expected 3 values")
def without_history(*data: np.ndarray) -> tuple[np.ndarray, ...]:
    return fit(*data)[:2]


@wrong("fit", 0, 'the history has no "val_loss"')
def history_without_validation(*data: np.ndarray) -> Fitted:
    W, b, history = fit(*data)
    return W, b, {"loss": history["loss"]}


@wrong("fit", 0, '"val_loss" must be a list of numbers')
def history_of_words(*data: np.ndarray) -> object:
    return *fit(*data)[:2], {"val_loss": ["low", "lower"]}


# high-level


@wrong("high-level", 0, "The model has 2 fully connected layers; expected a single one")
def two_layers(*data: np.ndarray) -> object:
    W, b, history = fit(*data)
    eye, zero = np.eye(4, dtype=np.float32), np.zeros(4, np.float32)
    return td.NumpyModel([(eye, zero, identity), (W, b, identity)]), history


@wrong("high-level", 0, "is softmax applied twice")
def softmax_twice(*data: np.ndarray) -> object:
    W, b, history = fit(*data)
    return td.NumpyModel([(W, b, applied_twice)]), history


@wrong("high-level", 0, "is dropout still on?")
def dropout_on(*data: np.ndarray) -> object:
    W, b, history = fit(*data)
    return td.NumpyModel([(W, b, lambda z: 2 * z * np.random.randint(2, size=z.shape))]), history


@wrong("high-level", 0, "calls no fully connected layer")
def no_layers(*data: np.ndarray) -> object:
    return td.NumpyModel([]), fit(*data)[2]


@wrong("high-level", 0, "Expected a model made of layers or the pair (W, b); got function")
def a_function(*data: np.ndarray) -> object:
    return identity, fit(*data)[2]


@wrong("high-level", 3, 'The last "val_loss" of fit_high_level')
def made_up_history_of_model(*data: np.ndarray) -> object:
    W, b, _ = fit(*data)
    return td.NumpyModel([(W, b, stable_softmax)]), {"val_loss": [0.5, 0.01]}


@wrong("high-level", 2, "fit_high_level(x_train, y_train, x_val, y_val) reached accuracy")
def never_trained(*data: np.ndarray) -> object:
    W, b, history = constant(*data)
    return td.NumpyModel([(W, b, identity)]), history


# learning-curves


def curves(history: dict[str, list[float]], *labels: str | None) -> plt.Axes:
    """Draw "loss", "val_loss" with as many labels as are given."""
    _, ax = plt.subplots()
    for name, label in zip(("loss", "val_loss"), labels, strict=False):
        ax.plot(history[name], label=label)
    return ax


@wrong("learning-curves", 0, "draws no line for val_loss")
def one_line(history: dict[str, list[float]]) -> plt.Axes:
    return curves(history, "loss")


@wrong("learning-curves", 0, "draws no line for loss, val_loss")
def empty_axes(history: dict[str, list[float]]) -> plt.Axes:
    return curves(history)


@wrong("learning-curves", 0, "draws both lines; each needs a label")
def no_labels(history: dict[str, list[float]]) -> plt.Axes:
    return curves(history, None, None)


@wrong("learning-curves", 0, "draws both lines; each needs a label")
def blank_label(history: dict[str, list[float]]) -> plt.Axes:
    return curves(history, "loss", "  ")


@wrong("learning-curves", 0, "gives both lines the same label")
def same_labels(history: dict[str, list[float]]) -> plt.Axes:
    return curves(history, "loss", "loss")


@wrong("learning-curves", 0, "draws no line for loss.")
def other_data(history: dict[str, list[float]]) -> plt.Axes:
    changed = copy.deepcopy(history)
    changed["loss"][5] = float("nan")
    return curves(changed, "loss", "validation loss")


@wrong("learning-curves", 0, "returned NoneType; expected the Matplotlib axes")
def returns_nothing(history: dict[str, list[float]]) -> None:
    curves(history, "loss", "validation loss")


@wrong("learning-curves", 0, "returned Figure; expected the Matplotlib axes")
def returns_the_figure(history: dict[str, list[float]]) -> object:
    return curves(history, "loss", "validation loss").figure
