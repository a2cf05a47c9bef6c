"""Handwritten digits: the 5,000 of MNIST that ship with Tandem, or all but the grader's own.

MNIST is by Y. LeCun, C. Cortes and C. J. C. Burges, CC BY-SA 3.0; see `assets/README.md`.
"""

import gzip
import hashlib
import importlib.util
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tandem.messages import say

SHIPPED = Path(__file__).parent / "assets" / "mnist-public.npz"
PRIVATE_DIGESTS = Path(__file__).parent / "assets" / "private-digests.npz"

# SHA-256 of MNIST's four files in IDX format, decompressed. Many who publish results on MNIST
# state them, as does the `fetch-mnist-dataset` target of several C++ projects. An array from any
# source is put back into that format and compared, so one table serves Keras' mnist.npz,
# torchvision's folder and OpenML alike.
CHECKSUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
_IN_NPZ = ("x_train", "y_train", "x_test", "y_test")  # Keras' names, in the order of CHECKSUMS
_IDX_FOLDERS = (".", "raw", "MNIST/raw")  # torchvision's layout is the last
_VALIDATION = 5  # one digit of five
_UNREADABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)

Parts = Mapping[str, np.ndarray]  # the arrays of MNIST's four files by the files' names
Loader = Callable[[], Parts]


@dataclass(frozen=True)
class Digits:
    """Images x (n, 28, 28) uint8, 0 = paper, 255 = ink, and digits y (n,) int64."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


def load_mnist(full: bool = False, seed: int = 0, folder: Path | str | None = None) -> Digits:
    """Return MNIST digits, one in five of each class for validation as `seed` draws them.

    Without `full`: the 5,000 that ship with Tandem, 4,000 for training and 1,000 for validation.
    With `full`: the 70,000 without the grader's own 5,000, read from `folder`, else `TANDEM_DATA`,
    else `~/.cache/tandem`; else from Keras, where TensorFlow or Keras is imported already, or from
    scikit-learn, which both download. Every array is compared with MNIST's SHA-256.

    Raises FileNotFoundError where MNIST cannot be had, ValueError where a file is not MNIST.
    """
    if not full:
        return _split(*shipped_digits(), seed)
    place = Path(folder or os.environ.get("TANDEM_DATA") or Path.home() / ".cache" / "tandem")
    parts = read_mnist(place, CHECKSUMS, _loaders())
    images, labels = (
        np.concatenate([part for name, part in parts.items() if kind in name])
        for kind in ("images", "labels")
    )
    return _split(*without(images, labels, private_digests()), seed)


@cache
def shipped_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return x (5000, 28, 28) uint8 and y (5000,) uint8 that ship with Tandem, both read-only."""
    arrays = _arrays(SHIPPED)
    for array in arrays.values():
        array.setflags(write=False)
    return arrays["x"], arrays["y"]


def private_digests() -> np.ndarray:
    """Return the digests (5000,) uint64 of the grader's own digits, sorted.

    A digest tells neither image nor digit, and no image can be found from it. But who holds MNIST
    can see which of its images have one, and look up their digits there. A vaguer list (a Bloom
    filter, say) would not keep that secret: the credits in `assets/README.md` name the 10,000
    digits of which those here are half. The grader does not rely on it: it permutes pixels and
    classes, and its digits reach no student's package. An instructor who wants a test set that is
    nowhere public points the grader at one.
    """
    return _arrays(PRIVATE_DIGESTS)["digests"]


def image_digests(images: np.ndarray) -> np.ndarray:
    """Return the first 8 bytes of each image's SHA-256 as (n,) uint64; images (n, 28, 28) uint8."""
    digests = [hashlib.sha256(image.tobytes()).digest()[:8] for image in images]
    return np.array([int.from_bytes(digest, "big") for digest in digests], np.uint64)


def without(x: np.ndarray, y: np.ndarray, digests: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the images x (n, 28, 28) uint8 whose digest is among `digests`, with their y."""
    kept = ~np.isin(image_digests(x), digests)
    return x[kept], y[kept]


def read_mnist(
    folder: Path, checksums: Mapping[str, str], loaders: Mapping[str, Loader]
) -> dict[str, np.ndarray]:
    """Read MNIST from a folder, else by the first loader that has it, and compare its checksums.

    Returns uint8 arrays by the names in `checksums`. Raises FileNotFoundError where no source has
    it, ValueError where one holds something else.
    """
    for path, read in _files(folder, tuple(checksums)):
        try:
            parts = read()
        except _UNREADABLE as error:
            raise ValueError(_not_mnist(str(path), error)) from error
        return _verified(parts, checksums, str(path))
    failures = []
    for name, load in loaders.items():
        try:
            parts = load()
        except Exception as error:  # Keras raises plain Exception where there is no network
            failures.append(f"{name}: {type(error).__name__}: {error}")
        else:
            return _verified(parts, checksums, name)
    raise FileNotFoundError(
        say(
            "The full MNIST is not on this computer and could not be downloaded. Put Keras' "
            "mnist.npz or the four files {names} into {folder}, or name the folder that has them "
            "by load_mnist(full=True, folder=...) or in the variable TANDEM_DATA, or go online. "
            "load_mnist() without full=True needs neither. Tried: {failures}",
            names=", ".join(f"{name}.gz" for name in checksums),
            folder=folder,
            failures="; ".join(failures) or "–",
        )
    )


def _files(folder: Path, names: tuple[str, ...]) -> list[tuple[Path, Loader]]:
    """List what in the folder may be MNIST, and how to read it."""
    found: list[tuple[Path, Loader]] = []
    npz = folder / "mnist.npz"
    if npz.is_file():
        found.append((npz, lambda: _keras_file(npz, names)))
    for place in (folder / name for name in _IDX_FOLDERS):
        paths = {n: p for n in names for p in (place / f"{n}.gz", place / n) if p.is_file()}
        if len(paths) == len(names):
            found.append((place, lambda paths=paths: {n: read_idx(p) for n, p in paths.items()}))  # type: ignore[misc]
    return found


def _keras_file(path: Path, names: tuple[str, ...]) -> Parts:
    arrays = _arrays(path)
    return {name: arrays[key] for name, key in zip(names, _IN_NPZ, strict=True)}


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file of bytes, gzipped when its name ends in `.gz`.

    Raises ValueError for another format.
    """
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    axes = data[3] if len(data) > 3 else 0
    start = 4 + 4 * axes
    if data[:3] != b"\0\0\x08" or len(data) < start:  # 8: unsigned bytes
        raise ValueError(f"{path.name} does not begin as an IDX file of bytes")
    shape = struct.unpack_from(f">{axes}I", data, 4)
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def idx_bytes(array: np.ndarray) -> bytes:
    """Return a uint8 array in IDX format: 0, 0, 8, number of axes, their lengths, the bytes."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def _verified(parts: Parts, checksums: Mapping[str, str], source: str) -> dict[str, np.ndarray]:
    for name, expected in checksums.items():
        found = hashlib.sha256(idx_bytes(parts[name])).hexdigest()
        if found != expected:
            shown = f"{name}: SHA-256 {found[:12]}…, expected {expected[:12]}…"
            raise ValueError(_not_mnist(source, shown))
    return {name: parts[name] for name in checksums}


def _not_mnist(source: str, reason: object) -> str:
    return say(
        "{source} does not hold the original MNIST ({reason}). "
        "Delete it and download it again, or name another folder in TANDEM_DATA.",
        source=source,
        reason=reason,
    )


def _loaders() -> dict[str, Loader]:
    """Return the libraries that can download MNIST without importing a second framework."""
    loaders: dict[str, Loader] = {"scikit-learn": _by_openml}
    if {"keras", "tensorflow"} & sys.modules.keys():
        return {"Keras": _by_keras} | loaders
    return loaders


def _by_keras() -> Parts:
    from keras.datasets import mnist

    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    return dict(zip(CHECKSUMS, (x_train, y_train, x_test, y_test), strict=True))


def _by_openml() -> Parts:
    from sklearn.datasets import fetch_openml

    # pandas reads the file in seconds; scikit-learn's own reader in minutes, but is always there.
    parser = "pandas" if importlib.util.find_spec("pandas") else "liac-arff"
    x, y = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False, parser=parser)
    x, y = x.reshape(-1, 28, 28).astype(np.uint8), y.astype(np.uint8)
    return dict(zip(CHECKSUMS, (x[:60000], y[:60000], x[60000:], y[60000:]), strict=True))


def _split(x: np.ndarray, y: np.ndarray, seed: int) -> Digits:
    rng = np.random.default_rng(seed)
    by_class = np.lexsort((rng.permutation(len(y)), y))  # every fifth is a fifth of each class
    for_validation = np.zeros(len(y), bool)
    for_validation[by_class[::_VALIDATION]] = True
    val = rng.permutation(np.flatnonzero(for_validation))
    train = rng.permutation(np.flatnonzero(~for_validation))
    labels = y.astype(np.int64)
    return Digits(x[train], labels[train], x[val], labels[val])


def _arrays(path: Path) -> dict[str, np.ndarray]:
    # Opened here: np.load leaves a file open that it cannot read.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)
