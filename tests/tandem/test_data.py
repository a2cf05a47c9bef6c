"""Are the splits fair, the disguise worth its name and the fresh flowers like the real ones?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from tandem.data import (
    IRIS_FEATURES,
    IRIS_SPECIES,
    Split,
    batches,
    disguise,
    flowers_like_iris,
    iris_splits,
    load_iris,
)


def parts(split: Split) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (split.x_train, split.y_train),
        (split.x_val, split.y_val),
        (split.x_test, split.y_test),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_does_every_part_hold_each_class_equally(seed: int) -> None:
    for (x, y), per_class in zip(parts(load_iris(seed)), (30, 10, 10), strict=True):
        assert x.shape == (3 * per_class, 4)
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert np.bincount(y).tolist() == [per_class] * 3


def test_does_a_split_hold_exactly_the_150_flowers() -> None:
    x, y = datasets.load_iris(return_X_y=True)
    real = np.column_stack([x.astype(np.float32), y])
    found = np.concatenate([np.column_stack(part) for part in parts(load_iris(3))])
    assert sorted(map(tuple, found)) == sorted(map(tuple, real))


def test_do_seeds_choose_the_split() -> None:
    first, again, other = load_iris(1), load_iris(1), load_iris(2)
    assert np.array_equal(first.x_train, again.x_train)
    assert not np.array_equal(first.x_train, other.x_train)


@pytest.mark.parametrize("n", [3, 5, 7])
def test_do_the_test_parts_partition_the_flowers(n: int) -> None:
    x, y = datasets.load_iris(return_X_y=True)
    splits = iris_splits(n)
    found = np.concatenate([np.column_stack([s.x_test, s.y_test]) for s in splits])
    real = np.column_stack([x.astype(np.float32), y])
    assert len(splits) == n
    assert sorted(map(tuple, found)) == sorted(map(tuple, real))


@pytest.mark.parametrize("n", [-1, 2, 51])
def test_is_an_impossible_number_of_splits_refused(n: int) -> None:
    with pytest.raises(ValueError, match="from 3 to 50"):
        iris_splits(n)


def test_does_standardising_use_the_training_rows_only() -> None:
    split = load_iris()
    scaler = StandardScaler().fit(split.x_train.astype(np.float64))
    for (x, y), (z, same) in zip(parts(split), parts(split.standardised()), strict=True):
        np.testing.assert_allclose(z, scaler.transform(x.astype(np.float64)), atol=1e-5)
        assert z.dtype == np.float32
        assert np.array_equal(y, same)


def test_is_a_constant_feature_only_centred() -> None:
    x, y = np.full((6, 2), 7, np.float32), np.zeros(6, np.int64)
    standardised = Split(x, y, x + 1, y, x, y).standardised()
    assert np.array_equal(standardised.x_train, np.zeros_like(x))
    assert np.array_equal(standardised.x_val, np.ones_like(x))


def test_are_fresh_flowers_drawn_from_the_classes_of_iris() -> None:
    x, y = flowers_like_iris(np.random.default_rng(0), 4000)
    real, classes = datasets.load_iris(return_X_y=True)
    assert (x.shape, x.dtype, y.dtype) == ((12000, 4), np.float32, np.int64)
    assert np.bincount(y).tolist() == [4000] * 3
    assert len(np.unique(y[:30])) == 3  # shuffled
    for c in range(3):
        np.testing.assert_allclose(x[y == c].mean(0), real[classes == c].mean(0), atol=0.05)
        covariance = np.cov(real[classes == c].T)
        np.testing.assert_allclose(np.cov(x[y == c].T), covariance, atol=0.03)


@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(2, 12))
def test_does_a_disguise_move_everything_and_lose_nothing(
    seed: int, features: int, classes: int
) -> None:
    hidden = disguise(np.random.default_rng(seed), features, classes)
    x, y = np.arange(features)[None].repeat(classes, 0), np.arange(classes)
    moved_x, moved_y = hidden.apply(x, y)
    assert not np.any(moved_x == x)
    assert not np.any(moved_y == y)
    assert np.array_equal(np.sort(moved_x), x)
    assert np.array_equal(np.sort(moved_y), y)


def test_are_pasted_weights_worth_little_under_every_disguise() -> None:
    split = load_iris().standardised()
    pasted = LogisticRegression(max_iter=1000).fit(split.x_train, split.y_train)
    x, y = flowers_like_iris(np.random.default_rng(0), 500)
    x = (x - x.mean(0)) / x.std(0)
    assert pasted.score(x, y) > 0.9
    disguises = [disguise(np.random.default_rng(seed)) for seed in range(150)]
    assert len({(*d.columns, *d.classes) for d in disguises}) == 18  # all: 9 of four, 2 of three
    assert max(pasted.score(*d.apply(x, y)) for d in disguises) < 0.5


@given(st.integers(0, 200), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_is_every_row_in_one_batch_of_an_epoch(n: int, size: int, seed: int) -> None:
    epoch = batches(n, size, np.random.default_rng(seed))
    assert [len(batch) for batch in epoch[:-1]] == [size] * (len(epoch) - 1)
    assert all(batch.dtype == np.int64 and 1 <= len(batch) <= size for batch in epoch)
    assert sorted(i for batch in epoch for i in batch) == list(range(n))


def test_is_an_epoch_shuffled() -> None:
    (epoch,) = batches(100, 100, np.random.default_rng(0))
    assert epoch.tolist() != list(range(100))


@pytest.mark.parametrize("size", [0, -3])
def test_is_an_empty_batch_refused(size: int) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        batches(10, size, np.random.default_rng(0))


def test_do_the_names_agree_with_scikit_learn() -> None:
    bundled = datasets.load_iris()
    assert list(IRIS_FEATURES) == bundled.feature_names
    assert list(IRIS_SPECIES) == list(bundled.target_names)
