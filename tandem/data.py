"""Data for lessons and labs: Iris in stratified splits, flowers like it, digits, mini-batches."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from tandem.digits import Digits as Digits
from tandem.digits import load_mnist as load_mnist
from tandem.messages import later, say

IRIS_FEATURES = (
    later("sepal length (cm)"),
    later("sepal width (cm)"),
    later("petal length (cm)"),
    later("petal width (cm)"),
)
IRIS_SPECIES = ("setosa", "versicolor", "virginica")


@dataclass(frozen=True)
class Split:
    """Rows x (n, features) float32 and classes y (n,) int64: training, validation, test."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def standardised(self) -> "Split":
        """Subtract the training mean from every part and divide by the training deviation.

        A feature that is constant in training is only centred.
        """
        rows = self.x_train.astype(np.float64)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        deviation[deviation == 0] = 1
        x_train, x_val, x_test = (
            ((x - mean) / deviation).astype(np.float32)
            for x in (self.x_train, self.x_val, self.x_test)
        )
        return Split(x_train, self.y_train, x_val, self.y_val, x_test, self.y_test)


@dataclass(frozen=True)
class Disguise:
    """An order of the features and new numbers for the classes."""

    columns: np.ndarray
    classes: np.ndarray

    def apply(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows x (n, features) with permuted columns and classes y (n,) with new numbers."""
        return x[:, self.columns], self.classes[y]


def load_iris(seed: int = 0) -> Split:
    """Return the first of `iris_splits`: 90/30/30 flowers, 30/10/10 a class, in centimetres."""
    return iris_splits(seed=seed)[0]


def iris_splits(n: int = 5, seed: int = 0) -> list[Split]:
    """Make n stratified splits of the 150 flowers whose test parts share no flower and cover all.

    Part i is for testing, the next one for validation, the rest for training: 90/30/30 for n = 5.
    Raises ValueError unless 3 <= n <= 50.
    """
    if not 3 <= n <= 50:
        raise ValueError(say("Expected from 3 to 50 splits, got {n}.", n=n))
    x, y = _iris()
    rng = np.random.default_rng(seed)
    by_class = [np.array_split(rng.permutation(np.flatnonzero(y == c)), n) for c in np.unique(y)]
    parts = [rng.permutation(np.concatenate(parts)) for parts in zip(*by_class, strict=True)]
    splits = []
    for i in range(n):
        test, val = parts[i], parts[(i + 1) % n]
        train = rng.permutation(np.setdiff1d(np.arange(len(y)), np.concatenate([test, val])))
        splits.append(Split(x[train], y[train], x[val], y[val], x[test], y[test]))
    return splits


def flowers_like_iris(rng: np.random.Generator, per_class: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw fresh flowers from one Gaussian per species with the mean and covariance of Iris.

    Returns x (3 * per_class, 4) float32 in centimetres and y (3 * per_class,) int64, shuffled.
    """
    x, y = _iris()
    species = range(len(IRIS_SPECIES))
    rows = [
        rng.multivariate_normal(
            x[y == c].mean(axis=0), np.cov(x[y == c], rowvar=False), size=per_class
        )
        for c in species
    ]
    order = rng.permutation(len(IRIS_SPECIES) * per_class)
    drawn = np.concatenate(rows).astype(np.float32)
    return drawn[order], np.repeat(np.array(species, np.int64), per_class)[order]


def disguise(rng: np.random.Generator, features: int = 4, classes: int = 3) -> Disguise:
    """Draw a disguise in which no feature keeps its column and no class its number.

    Raises ValueError for fewer than two features or classes.
    """
    return Disguise(_derangement(rng, features), _derangement(rng, classes))


def batches(n: int, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Cut one shuffled epoch of n rows into int64 index arrays (size,), the last perhaps shorter.

    Raises ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError(say("A batch needs at least one row; got size {size}.", size=size))
    order = rng.permutation(n).astype(np.int64)
    return [order[start : start + size] for start in range(0, n, size)]


@cache
def _iris() -> tuple[np.ndarray, np.ndarray]:
    from sklearn import datasets  # a second to import, and few notebooks' checks need it

    x, y = datasets.load_iris(return_X_y=True)
    x, y = x.astype(np.float32), y.astype(np.int64)
    x.setflags(write=False)
    y.setflags(write=False)
    return x, y


def _derangement(rng: np.random.Generator, n: int) -> np.ndarray:
    if n < 2:
        raise ValueError(say("One alone cannot change places; got {n}.", n=n))
    while True:  # a permutation moves all with probability above 1/3
        order = rng.permutation(n)
        if not np.any(order == np.arange(n)):
            return order
