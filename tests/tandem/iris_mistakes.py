"""Wrong functions for the Iris lab: for each the points that remain and a part of what is said."""

from typing import Any

import numpy as np

from tests.tandem.iris_answers import (
    Answer,
    cross_entropy,
    gradient_step,
    gradients,
    stable_softmax,
    standardise,
)

TABLE: list[tuple[str, Answer, float, str]] = []
ONLY_WHEN_GRADED: set[Answer] = set()  # what the public probe, which is real Iris, cannot tell


def wrong(check: str, points: float, message: str, public: bool = True) -> Any:
    """List an answer as wrong: its points, and a part of what is said about it."""

    def listed(answer: Answer) -> Answer:
        TABLE.append((check, answer, points, message))
        if not public:
            ONLY_WHEN_GRADED.add(answer)
        return answer

    return listed


for name in ("standardise", "softmax", "cross-entropy", "gradients", "gradient-step", "train"):

    @wrong(name, 0, "NoneType")
    def returns_none(*_: object) -> None:
        return None

    @wrong(name, 0, "Nothing here yet: write your answer")
    def not_implemented(*_: object) -> None:
        raise NotImplementedError

    @wrong(name, 0, "Your code raised ZeroDivisionError: division by zero")
    def raises(*_: object) -> float:
        return 1 / 0


# standardise


@wrong("standardise", 0, "statistics of both sets together")
def leaked(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, ...]:
    every = np.concatenate([x_train, x_other])
    return standardise(every, x_train)[1], standardise(every, x_other)[1]


@wrong("standardise", 0, "scaled x_other by its own statistics")
def own(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, ...]:
    return standardise(x_train, x_train)[0], standardise(x_other, x_other)[0]


@wrong("standardise", 0, "one mean and deviation for all features")
def of_all_numbers(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple((x - x_train.mean()) / x_train.std() for x in (x_train, x_other))


@wrong("standardise", 0, "standardise(x_train, x_other), second value, returned [")
def forgets_the_second(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, ...]:
    return standardise(x_train, x_other)[0], x_other


@wrong("standardise", 0, "standardise(x_train, x_other), first value, returned [")
def only_centres(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, ...]:
    return x_train - x_train.mean(axis=0), x_other - x_train.mean(axis=0)


@wrong("standardise", 0, "first value, returned shape (15, 4); expected shape (36, 4)")
def swapped(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, ...]:
    return standardise(x_train, x_other)[::-1]


@wrong("standardise", 0, "returned ndarray; expected 2 values")
def only_one(x_train: np.ndarray, x_other: np.ndarray) -> np.ndarray:
    return standardise(x_train, x_other)[0]


@wrong("standardise", 1, "also changed the tensors it was given")
def overwritten(x_train: np.ndarray, x_other: np.ndarray) -> tuple[np.ndarray, ...]:
    x_train[:], x_other[:] = standardise(x_train, x_other)
    return x_train, x_other


# softmax


@wrong("softmax", 0, "sums to one along the columns; each row must")
def over_the_columns(logits: np.ndarray) -> np.ndarray:
    return stable_softmax(logits.T).T


@wrong("softmax", 1, "for logits near ±1000 returned")
def unstable(logits: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


@wrong("softmax", 1, "for logits near ±1000 returned")
def less_the_largest_of_all(logits: np.ndarray) -> np.ndarray:
    return unstable(logits - logits.max())


@wrong("softmax", 1, "for logits near ±1000 returned [")
def clipped(logits: np.ndarray) -> np.ndarray:
    return stable_softmax(logits.clip(-50, 50))


@wrong("softmax", 0, "in row 0")
def not_normalised(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits - logits.max(axis=1, keepdims=True))


@wrong("softmax", 0, "in row 0")
def applied_twice(logits: np.ndarray) -> np.ndarray:
    return stable_softmax(stable_softmax(logits))


@wrong("softmax", 0, "returned shape (3,); expected shape (5, 3)")
def one_row(logits: np.ndarray) -> np.ndarray:
    return stable_softmax(logits)[0][:3]


@wrong("softmax", 0, "returned numbers of type int64; expected floating point")
def rounded(logits: np.ndarray) -> np.ndarray:
    return stable_softmax(logits).round().astype(np.int64)


@wrong("softmax", 0, "returned list; expected a tensor")
def ragged(logits: np.ndarray) -> list[object]:
    return [[1.0, 2.0], [3.0]]


# cross-entropy


@wrong("cross-entropy", 0, "returned the sum over the rows; expected the mean")
def summed(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return cross_entropy(logits, classes) * len(classes)


@wrong("cross-entropy", 0, "wrong sign")
def negative(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return -cross_entropy(logits, classes)


@wrong("cross-entropy", 0, "cross_entropy(logits, classes) returned")
def of_columns(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        logs = np.log(over_the_columns(logits))
    return np.asarray(-logs[np.arange(len(classes)), classes].mean())


@wrong("cross-entropy", 1, "for logits near ±1000 returned")
def of_probabilities(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        logs = np.log(unstable(logits))
    return np.asarray(-logs[np.arange(len(classes)), classes].mean())


@wrong("cross-entropy", 1, "for logits near ±1000 returned")
def with_a_small_number_added(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    logs = np.log(stable_softmax(logits) + 1e-9)
    return np.asarray(-logs[np.arange(len(classes)), classes].mean())


@wrong("cross-entropy", 0, "returned shape (1,); expected shape ()")
def with_an_axis(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return cross_entropy(logits, classes)[None]


@wrong("cross-entropy", 0, "returned shape (7,); expected shape ()")
def of_each_row(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return -np.log(stable_softmax(logits))[np.arange(len(classes)), classes]


# gradients


_PILES: list[tuple[np.ndarray, np.ndarray]] = []  # (parameter, the sum of its gradients)


@wrong("gradients", 1, "Do gradients pile up from call to call?")
def piles_up(loss_fn: Answer, parameters: list[np.ndarray]) -> list[np.ndarray]:
    """Add to what each parameter has, as PyTorch's `backward` does without `zero_grad`."""
    found = []
    for parameter, slope in zip(parameters, gradients(loss_fn, parameters), strict=True):
        before = [total for owner, total in _PILES if owner is parameter]
        found.append(before[-1] + slope if before else slope)
        _PILES.append((parameter, found[-1]))
    return found


@wrong("gradients", 1, "zero the gradients, not the weights")
def zeroes_the_weights(loss_fn: Answer, parameters: list[np.ndarray]) -> list[np.ndarray]:
    found = gradients(loss_fn, parameters)
    for parameter in parameters:
        parameter[:] = 0
    return found


@wrong("gradients", 0, "gradient 1, returned shape (1, 3); expected shape (4, 3)")
def in_the_wrong_order(loss_fn: Answer, parameters: list[np.ndarray]) -> list[np.ndarray]:
    return gradients(loss_fn, parameters)[::-1]


@wrong("gradients", 0, "returned NoneType; expected a tensor")
def not_recorded(loss_fn: Answer, parameters: list[np.ndarray]) -> list[None]:
    return [None for _ in parameters]


@wrong("gradients", 0, "returned list (1); expected 2 values")
def too_few(loss_fn: Answer, parameters: list[np.ndarray]) -> list[np.ndarray]:
    return gradients(loss_fn, parameters)[:1]


@wrong("gradients", 2, "gradient 3, returned [0, 0]")
def of_two_parameters_only(loss_fn: Answer, parameters: list[np.ndarray]) -> list[np.ndarray]:
    return gradients(loss_fn, parameters)[:2] + [np.zeros_like(p) for p in parameters[2:]]


@wrong("gradients", 0, "gradient 1, returned [")
def downhill(loss_fn: Answer, parameters: list[np.ndarray]) -> list[np.ndarray]:
    return [-gradient for gradient in gradients(loss_fn, parameters)]


# gradient-step


@wrong("gradient-step", 0, "went uphill: the step has the wrong sign")
def uphill(parameters: list[np.ndarray], slope: list[np.ndarray], rate: float) -> object:
    return gradient_step(parameters, slope, -rate)


@wrong("gradient-step", 1, "right values but also changed the tensors it was given")
def in_place(parameters: list[np.ndarray], slope: list[np.ndarray], rate: float) -> object:
    for p, g in zip(parameters, slope, strict=True):
        p -= rate * g
    return parameters


@wrong("gradient-step", 0, "returned [")
def without_the_learning_rate(
    parameters: list[np.ndarray], slope: list[np.ndarray], rate: float
) -> object:
    return gradient_step(parameters, slope, 1.0)


@wrong("gradient-step", 0, "returned shape (3, 4); expected shape (4, 3)")
def transposed(parameters: list[np.ndarray], slope: list[np.ndarray], rate: float) -> object:
    return [p.T for p in gradient_step(parameters, slope, rate)]
