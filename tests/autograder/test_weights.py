"""Are networks trained alike found, however their code is written, and others left alone?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.likeness import Pair
from autograder.weights import NUMBERS, SAME, alike_weights, weights_mark
from tandem.data import flowers_like_iris

CLASS = 30


def distance(one: list[float] | None, other: list[float] | None) -> float:
    assert one is not None
    assert other is not None
    return float(np.linalg.norm(np.subtract(one, other)))


def trained(seed: int, rate: float = 0.1, epochs: int = 60, rewritten: bool = False) -> np.ndarray:
    """Train softmax regression on flowers in float32, in one of two ways to write it."""
    x, y = flowers_like_iris(np.random.default_rng(0), 40)
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
    targets, rng = np.eye(3, dtype=np.float32)[y], np.random.default_rng(seed)
    weights = (rng.normal(size=(x.shape[1], 3)) / 10).astype(np.float32)
    for _ in range(epochs):
        for batch in np.split(rng.permutation(len(x)), 8):
            scores = x[batch] @ weights
            if rewritten:
                likely = np.exp(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))
                errors = (likely - targets[batch]) / np.float32(len(batch))
                step = np.einsum("ni,nj->ij", x[batch], errors)
                weights = weights - np.float32(rate) * step
            else:
                likely = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
                step = x[batch].T @ (likely - targets[batch])
                weights = weights - np.float32(rate / len(batch)) * step
    return weights


def marks_of_a_class(seed: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    marks = {f"student-{n}": weights_mark([rng.normal(size=(9, 4))]) for n in range(CLASS)}
    return {student: mark for student, mark in marks.items() if mark is not None}


def test_does_the_same_training_in_other_words_have_the_same_mark() -> None:
    plain, rewritten = trained(1), trained(1, rewritten=True)
    assert not np.array_equal(plain, rewritten), "rounding tells them apart"
    assert distance(weights_mark([plain]), weights_mark([rewritten])) < SAME / 10


@pytest.mark.parametrize("other", [{"seed": 2}, {"rate": 0.11}, {"epochs": 61}])
def test_does_another_training_have_another_mark(other: dict[str, float]) -> None:
    changed = trained(**{"seed": 1, **other})  # type: ignore[arg-type]
    assert distance(weights_mark([trained(1)]), weights_mark([changed])) > 10 * SAME


@given(st.integers(0, 99), st.floats(0.1, 10), st.sampled_from([np.float32, np.float64]))
def test_is_a_mark_of_length_one_whatever_the_scale_and_the_type(
    seed: int, scale: float, kind: type[np.floating]
) -> None:
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(5, 7)), rng.normal(size=(7, 3))]
    mark = weights_mark(weights)
    assert mark is not None
    assert len(mark) == NUMBERS
    assert np.linalg.norm(mark) == pytest.approx(1, abs=1e-5)
    assert distance(mark, weights_mark([(w * scale).astype(kind) for w in weights])) < SAME


@pytest.mark.parametrize(
    "weights",
    [
        [],
        [np.zeros((4, 3))],
        [np.zeros((0, 3))],
        [np.ones((4, 3), np.int64)],
        [np.array([[1.0, np.nan]])],
        [np.array([[1.0, np.inf]])],
        [np.full((400, 300), 1e308)],
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_is_nothing_marked_that_cannot_be_compared(weights: list[np.ndarray]) -> None:
    assert weights_mark(weights) is None


def test_is_a_pair_found_by_half_of_its_networks_and_no_fewer() -> None:
    marks = {check: marks_of_a_class(seed) for seed, check in enumerate("abcd")}
    for check in "abc":
        marks[check]["copier"] = list(np.add(marks[check]["student-3"], SAME / 50))
    for check in "a":
        marks[check]["student-9"] = marks[check]["student-8"]
    assert alike_weights(marks) == [Pair("copier", "student-3", 1.0)], "the copier has no d"
    marks["d"]["copier"] = marks["d"]["student-4"]
    assert alike_weights(marks) == [Pair("copier", "student-3", 0.75)]


def test_does_what_many_share_not_count() -> None:
    marks = marks_of_a_class(0)
    usual = marks["student-0"]
    marks |= {f"student-{n}": usual for n in range(CLASS // 3)}
    assert alike_weights({"fit": marks}) == []


@pytest.mark.parametrize("marks", [{}, {"fit": {}}, {"fit": {"ada": [1.0] + 15 * [0.0]}}])
def test_does_a_class_of_nobody_have_no_pairs(marks: dict[str, dict[str, list[float]]]) -> None:
    assert alike_weights(marks) == []
