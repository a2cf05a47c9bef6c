"""Does the command that split the digits share them out fairly, and the same way each time?"""

import hashlib
import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tandem.digits import image_digests

ROOT = Path(__file__).parents[1]


def splitter() -> ModuleType:
    path = ROOT / "tools" / "split_digits.py"
    spec = importlib.util.spec_from_file_location("split_digits", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_source(folder: Path, repeated: bool = False) -> tuple[Path, str, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, (200, 28, 28), np.uint8)
    x[1] = x[0] if repeated else x[1]
    path = folder / "source.npz"
    np.savez(path, x=x, y=rng.integers(0, 10, 200).astype(np.uint8))
    for package in ("tandem", "autograder"):
        (folder / package / "assets").mkdir(parents=True)
    return path, hashlib.sha256(path.read_bytes()).hexdigest(), x


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*/assets/*.npz")}


def test_does_the_split_share_out_every_image_once_and_repeat(tmp_path: Path) -> None:
    source, sha256, x = a_source(tmp_path)
    splitter().split(source, tmp_path, sha256)
    first = written(tmp_path)
    assert sorted(first) == ["mnist-private.npz", "mnist-public.npz", "private-digests.npz"]
    public = np.load(tmp_path / "tandem/assets/mnist-public.npz")
    private = np.load(tmp_path / "autograder/assets/mnist-private.npz")
    both = np.concatenate([image_digests(half["x"]) for half in (public, private)])
    assert sorted(both.tolist()) == sorted(image_digests(x).tolist())
    counts = [np.bincount(half["y"], minlength=10) for half in (public, private)]
    assert np.abs(counts[0] - counts[1]).max() <= 1
    splitter().split(source, tmp_path, sha256)
    assert written(tmp_path) == first


def test_is_another_source_refused_and_an_image_that_occurs_twice(tmp_path: Path) -> None:
    source, sha256, _ = a_source(tmp_path, repeated=True)
    with pytest.raises(SystemExit, match="not c03d6af8"):
        splitter().split(source, tmp_path)
    with pytest.raises(SystemExit, match="an image twice"):
        splitter().split(source, tmp_path, sha256)
    assert written(tmp_path) == {}
