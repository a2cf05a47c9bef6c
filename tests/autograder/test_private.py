"""Are the grader's digits apart from the students', fixed, and replaceable by one setting?"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.private import (
    SETTING,
    SHIPPED,
    PrivateDigitsError,
    private_digits,
)
from tandem.data import Split
from tandem.digits import image_digests, private_digests, shipped_digits

Saved = Callable[..., Path]


@pytest.fixture(autouse=True)
def _no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """Save an instructor's own 500 digits, with some of the arrays replaced."""
    rng = np.random.default_rng(0)
    arrays = {
        "x": rng.integers(0, 256, (500, 28, 28), np.uint8),
        "y": np.arange(500, dtype=np.int32) % 10,
    }

    def save(**changed: np.ndarray | None) -> Path:
        path = tmp_path / "own.npz"
        kept = {k: v for k, v in (arrays | changed).items() if v is not None}
        np.savez(path, **kept)
        return path

    return save


def images(digits: Split) -> np.ndarray:
    parts = (digits.x_train, digits.x_val, digits.x_test)
    return np.concatenate(parts).reshape(-1, 28, 28)


def test_are_there_3600_400_and_1000_in_the_order_of_the_file() -> None:
    found = private_digits()
    sizes = [(3600, found.x_train, found.y_train), (400, found.x_val, found.y_val)]
    for n, x, y in [*sizes, (1000, found.x_test, found.y_test)]:
        assert (x.shape, x.dtype, y.shape, y.dtype) == ((n, 784), np.uint8, (n,), np.int64)
        assert not x.flags.writeable
        assert not y.flags.writeable
        assert np.bincount(y, minlength=10).min() >= 0.07 * n
    file = np.load(SHIPPED)
    assert np.array_equal(images(found), file["x"])
    assert np.array_equal(np.concatenate([found.y_train, found.y_val, found.y_test]), file["y"])
    assert private_digits() is found


def test_has_the_students_package_the_digest_of_each_and_the_image_of_none() -> None:
    digests = image_digests(images(private_digits()))
    assert np.array_equal(np.sort(digests), private_digests())
    assert not np.isin(digests, image_digests(shipped_digits()[0])).any()


@pytest.mark.parametrize("by", ["argument", "variable"])
def test_does_one_setting_point_the_grader_at_another_set(
    saved: Saved, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    path = saved()
    if by == "variable":
        monkeypatch.setenv(SETTING, str(path))
    found = private_digits(str(path) if by == "argument" else None)
    assert [len(y) for y in (found.y_train, found.y_val, found.y_test)] == [360, 40, 100]
    assert np.array_equal(images(found), np.load(path)["x"])
    assert found.y_test.dtype == np.int64


def test_does_the_argument_win_over_the_variable(
    saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "/nowhere.npz")
    assert len(private_digits(str(saved())).y_test) == 100
    with pytest.raises(PrivateDigitsError, match=f"no such file: correct the path in {SETTING}"):
        private_digits()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": None}, "it has no 'x'.*np.savez"),
        ({"y": None}, "it has no 'y'"),
        ({"x": np.zeros((500, 784), np.uint8)}, r"x is uint8 \(500, 784\); expected .*28, 28"),
        ({"x": np.zeros((500, 28, 28))}, "x is float64"),
        ({"y": np.zeros(500)}, "y is float64"),
        ({"y": np.zeros(499, np.int64)}, r"y is int64 \(499,\); expected .*\(500,\)"),
        ({"y": np.arange(500) % 11}, "from 0 to 10; expected digits 0 to 9"),
        ({"y": np.arange(500) % 10 - 1}, "from -1 to 8"),
        ({"y": np.sort(np.arange(500) % 10)}, "no 8 among the training digits: shuffle"),
        ({"x": np.zeros((0, 28, 28), np.uint8), "y": np.zeros(0, int)}, "no 0 among the training"),
        ({"y": np.array([None] * 500)}, "cannot be read .*allow_pickle"),
    ],
)
def test_is_a_set_of_another_form_refused(
    saved: Saved, changed: dict[str, np.ndarray | None], message: str
) -> None:
    with pytest.raises(PrivateDigitsError, match=message):
        private_digits(str(saved(**changed)))


def test_is_a_set_that_students_have_refused(saved: Saved) -> None:
    x = np.random.default_rng(2).integers(0, 256, (500, 28, 28), np.uint8)
    x[[17, 300]] = shipped_digits()[0][:2]
    with pytest.raises(PrivateDigitsError, match=r"2 of its images .* the first in row 17"):
        private_digits(str(saved(x=x)))


def test_is_a_file_that_is_no_npz_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "alone.npy", np.zeros(3))
    (tmp_path / "text.npz").write_text("digits")
    (tmp_path / "cut.npz").write_bytes(SHIPPED.read_bytes()[:5000])
    for name in ("alone.npy", "text.npz", "cut.npz", "."):
        with pytest.raises(PrivateDigitsError, match="cannot be read"):
            private_digits(str(tmp_path / name))
