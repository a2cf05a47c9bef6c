"""Are the digits real and fairly split, and does the full set leave out what only graders have?"""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import sklearn.datasets

from tandem import data, digits
from tandem.digits import (
    CHECKSUMS,
    idx_bytes,
    image_digests,
    load_mnist,
    private_digests,
    read_idx,
    read_mnist,
    shipped_digits,
    without,
)

ROOT = Path(__file__).parents[2]
KERAS_NAMES = ("x_train", "y_train", "x_test", "y_test")
Arrays = dict[str, np.ndarray]


@pytest.fixture
def tiny() -> Arrays:
    """A set in MNIST's form: 60 images for training, 20 for the test."""
    rng = np.random.default_rng(5)
    sizes = (60, 60, 20, 20)
    return {
        name: rng.integers(0, 256, (n, 28, 28), np.uint8)
        if "images" in name
        else np.arange(n, dtype=np.uint8) % 10
        for name, n in zip(CHECKSUMS, sizes, strict=True)
    }


def checksums(arrays: Arrays) -> dict[str, str]:
    return {name: hashlib.sha256(idx_bytes(array)).hexdigest() for name, array in arrays.items()}


def write_npz(folder: Path, arrays: Arrays) -> None:
    np.savez(folder / "mnist.npz", **dict(zip(KERAS_NAMES, arrays.values(), strict=True)))


def write_idx(folder: Path, arrays: Arrays, gzipped: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        if gzipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
        else:
            (folder / name).write_bytes(idx_bytes(array))


def offline() -> Arrays:
    raise OSError("no network")


def test_are_the_shipped_digits_4000_for_training_and_1000_for_validation() -> None:
    found = load_mnist()
    for x, y, n in ((found.x_train, found.y_train, 4000), (found.x_val, found.y_val, 1000)):
        assert (x.shape, x.dtype) == ((n, 28, 28), np.uint8)
        assert (y.shape, y.dtype) == ((n,), np.int64)
    assert data.load_mnist is load_mnist


@pytest.mark.parametrize("seed", range(4))
def test_is_one_in_five_of_each_class_for_validation(seed: int) -> None:
    found = load_mnist(seed=seed)
    train, val = np.bincount(found.y_train), np.bincount(found.y_val)
    assert np.abs(val - (train + val) / 5).max() < 1
    assert set(found.y_train[:200]) == set(range(10))  # shuffled


def test_does_every_split_hold_the_same_digits_each_with_its_label() -> None:
    x, y = shipped_digits()
    label = dict(zip(image_digests(x).tolist(), y.tolist(), strict=True))
    found = load_mnist(seed=7)
    images, labels = (
        np.concatenate(parts)
        for parts in ((found.x_train, found.x_val), (found.y_train, found.y_val))
    )
    together = dict(zip(image_digests(images).tolist(), labels.tolist(), strict=True))
    assert len(label) == 5000
    assert together == label


def test_do_seeds_choose_the_split() -> None:
    first, again, other = load_mnist(seed=1), load_mnist(seed=1), load_mnist(seed=2)
    assert np.array_equal(first.x_val, again.x_val)
    assert not np.array_equal(first.x_val, other.x_val)


def test_can_a_student_spoil_the_shipped_digits() -> None:
    load_mnist().x_train[:] = 0
    assert load_mnist().x_train.max() == 255
    assert not any(array.flags.writeable for array in shipped_digits())


def test_do_the_digits_look_like_their_labels() -> None:
    """Are images upright, dark where the ink is, and of the class they are said to be?"""
    found = load_mnist()
    means = np.stack([found.x_train[found.y_train == c].mean(0) for c in range(10)])
    distances = ((found.x_val[:, None] / 255 - means[None] / 255) ** 2).sum((2, 3))
    assert (distances.argmin(1) == found.y_val).mean() > 0.75
    assert means[:, :2].max() < 3  # paper at the edge
    top, bottom = means[7, 4:12].mean(), means[7, 16:24].mean()
    assert top > bottom  # a 7 has its bar above


def test_is_no_image_of_the_students_among_the_graders() -> None:
    digests = private_digests()
    assert (digests.dtype, len(np.unique(digests))) == (np.uint64, 5000)
    assert np.array_equal(digests, np.sort(digests))  # the order tells nothing
    assert not np.isin(image_digests(shipped_digits()[0]), digests).any()


def test_is_an_image_digest_the_start_of_its_sha256() -> None:
    image = np.arange(784, dtype=np.uint8).reshape(28, 28)
    expected = int(hashlib.sha256(bytes(i % 256 for i in range(784))).hexdigest()[:16], 16)
    assert image_digests(image[None]).tolist() == [expected]
    assert image_digests(np.empty((0, 28, 28), np.uint8)).shape == (0,)


def test_are_images_left_out_with_their_labels(tiny: Arrays) -> None:
    x, y = tiny["train-images-idx3-ubyte"], tiny["train-labels-idx1-ubyte"]
    kept_x, kept_y = without(x, y, image_digests(x[[3, 59]]))
    rest = np.setdiff1d(np.arange(60), [3, 59])
    assert np.array_equal(kept_x, x[rest])
    assert np.array_equal(kept_y, y[rest])


@pytest.mark.parametrize(
    "place", ["mnist.npz", ".", "raw", "MNIST/raw", "MNIST/raw, not compressed"]
)
def test_is_every_layout_of_a_local_copy_read(tmp_path: Path, tiny: Arrays, place: str) -> None:
    if place == "mnist.npz":
        write_npz(tmp_path, tiny)
    else:
        write_idx(tmp_path / place.split(",")[0], tiny, gzipped="not" not in place)
    found = read_mnist(tmp_path, checksums(tiny), {})
    assert list(found) == list(tiny)
    assert all(np.array_equal(found[name], tiny[name]) for name in tiny)


def test_is_a_local_copy_preferred_to_a_download(tmp_path: Path, tiny: Arrays) -> None:
    write_npz(tmp_path, tiny)
    found = read_mnist(tmp_path, checksums(tiny), {"unused": offline})
    assert len(found) == 4


def test_is_the_next_library_asked_when_one_fails(tmp_path: Path, tiny: Arrays) -> None:
    found = read_mnist(tmp_path, checksums(tiny), {"first": offline, "second": lambda: tiny})
    assert found == tiny


@pytest.mark.parametrize("name", list(CHECKSUMS))
def test_is_one_changed_byte_refused(tmp_path: Path, tiny: Arrays, name: str) -> None:
    right = checksums(tiny)
    tiny[name][-1] ^= 1
    write_npz(tmp_path, tiny)
    with pytest.raises(ValueError, match=rf"(?s)mnist\.npz does not hold .*{name}: SHA-256"):
        read_mnist(tmp_path, right, {})
    with pytest.raises(ValueError, match=f"Somewhere does not hold .*{name}"):
        read_mnist(tmp_path / "empty", right, {"Somewhere": lambda: tiny})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>moved</html>", id="a-web-page"),
        pytest.param(gzip.compress(b"\0\0\x08\x03"), id="cut-off"),
        pytest.param(gzip.compress(b"ab"), id="no-idx"),
    ],
)
def test_is_a_damaged_file_refused(tmp_path: Path, tiny: Arrays, content: bytes) -> None:
    write_idx(tmp_path, tiny, gzipped=True)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(ValueError, match=r"does not hold the original MNIST .* download it again"):
        read_mnist(tmp_path, checksums(tiny), {})


def test_is_a_damaged_npz_refused(tmp_path: Path, tiny: Arrays) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(ValueError, match=r"mnist\.npz does not hold the original MNIST"):
        read_mnist(tmp_path, checksums(tiny), {})


def test_does_a_missing_mnist_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        read_mnist(tmp_path, CHECKSUMS, {"scikit-learn": offline})
    message = str(caught.value)
    for part in (str(tmp_path), "train-images-idx3-ubyte.gz", "TANDEM_DATA", "load_mnist()"):
        assert part in message
    assert "scikit-learn: OSError: no network" in message


def test_are_three_files_of_four_no_local_copy(tmp_path: Path, tiny: Arrays) -> None:
    write_idx(tmp_path, tiny, gzipped=True)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError):
        read_mnist(tmp_path, checksums(tiny), {})


@pytest.mark.parametrize("by", ["argument", "variable", "home"])
def test_does_full_leave_out_the_graders_digits(
    tmp_path: Path, tiny: Arrays, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    folder = tmp_path / (".cache/tandem" if by == "home" else "data")
    folder.mkdir(parents=True)
    write_npz(folder, tiny)
    images = np.concatenate([tiny[name] for name in tiny if "images" in name])
    private = images[5:15]
    np.savez(tmp_path / "digests.npz", digests=image_digests(private))
    monkeypatch.setattr(digits, "CHECKSUMS", checksums(tiny))
    monkeypatch.setattr(digits, "PRIVATE_DIGESTS", tmp_path / "digests.npz")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TANDEM_DATA", str(folder if by == "variable" else ""))
    found = load_mnist(full=True, folder=folder if by == "argument" else None)
    assert (len(found.y_train), len(found.y_val)) == (56, 14)
    left = set(image_digests(np.concatenate([found.x_train, found.x_val])).tolist())
    assert left == set(image_digests(images).tolist()) - set(image_digests(private).tolist())


def test_is_an_idx_file_of_another_type_refused(tmp_path: Path) -> None:
    (tmp_path / "floats").write_bytes(b"\0\0\x0d\x01\0\0\0\1\0\0\0\0")
    with pytest.raises(ValueError, match="floats does not begin as an IDX file of bytes"):
        read_idx(tmp_path / "floats")


def test_are_the_idx_bytes_those_of_the_format() -> None:
    """Magic number, big-endian lengths, then the bytes, as MNIST's own page lays them out."""
    array = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    assert idx_bytes(array) == b"\0\0\x08\x02" + b"\0\0\0\x02" + b"\0\0\0\x03" + bytes(range(1, 7))


def test_is_no_framework_imported() -> None:
    program = (
        "import sys, tandem.data as d; d.load_mnist(); from tandem import digits;"
        "assert not {'torch', 'tensorflow', 'keras', 'sklearn'} & set(sys.modules);"
        "assert list(digits._loaders()) == ['scikit-learn']"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)


def test_is_keras_asked_first_where_it_is_imported_already(
    tiny: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x_train, y_train, x_test, y_test = tiny.values()
    keras, datasets = ModuleType("keras"), ModuleType("keras.datasets")
    loads = SimpleNamespace(load_data=lambda: ((x_train, y_train), (x_test, y_test)))
    monkeypatch.setattr(datasets, "mnist", loads, raising=False)
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.setitem(sys.modules, "keras.datasets", datasets)
    loaders = digits._loaders()
    assert list(loaders) == ["Keras", "scikit-learn"]
    found = read_mnist(tmp_path, checksums(tiny), loaders)
    assert all(np.array_equal(found[name], tiny[name]) for name in tiny)


def test_is_openmls_table_cut_into_mnists_four_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenML has 70,000 rows of 784 numbers, in MNIST's order, and labels as text."""
    x = np.arange(70_000 * 784, dtype=np.uint32).reshape(70_000, 784) % 251
    y = (np.arange(70_000) % 10).astype(str).astype(object)
    asked = {}

    def fetch(name: str, **how: object) -> tuple[np.ndarray, np.ndarray]:
        asked.update(how, name=name)
        return x, y

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    parts = digits._by_openml()
    assert (asked["name"], asked["version"], asked["as_frame"]) == ("mnist_784", 1, False)
    assert [part.shape for part in parts.values()] == [
        (60000, 28, 28), (60000,), (10000, 28, 28), (10000,)
    ]  # fmt: skip
    assert all(part.dtype == np.uint8 for part in parts.values())
    assert parts["t10k-images-idx3-ubyte"][7].ravel().tolist() == x[60007].tolist()
    assert parts["t10k-labels-idx1-ubyte"][:3].tolist() == [0, 1, 2]
