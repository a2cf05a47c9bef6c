"""Is nothing of the grader's private digits, and no truth of a judge, where a student can read it?

Whatever lies outside FOR_INSTRUCTORS may reach a student. Every file of it is read as it is and as
each thing that it may hold: archive, compressed file, array, base64, hexadecimal, lists of numbers.
"""

import ast
import base64
import binascii
import gzip
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.private import SHIPPED
from autograder.probes import draw
from tandem.checks import find_lab, lab_names
from tandem.digits import PRIVATE_DIGESTS, image_digests

ROOT = Path(__file__).resolve().parent.parent
FOR_INSTRUCTORS = {"autograder", "solutions", "tests", "tools"}
NOT_COMMITTED = {".git", ".venv", "classroom", "build", "lightning_logs", "__pycache__"} | {
    ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache",
}  # fmt: skip
FOR_STUDENTS = ("tandem", "labs", "course")
PLACES = ("mnist-private", "autograder/assets", "autograder.private", "TANDEM_PRIVATE_DIGITS")
OWN = ("autograder", "authoring")
LABELS = 40  # labels in a row that occur by chance once in 10^40
SECRET = b"the grader's alone, for this test"


class Needles:
    """Rows of bytes, all of one width, that are looked for at every position of a text."""

    def __init__(self, rows: np.ndarray) -> None:
        self.width = rows.shape[1]
        self.rows = {row.tobytes() for row in rows}
        self.hashes = np.array([self._hashes(row)[0] for row in rows])
        self.begins = np.zeros(2**16, bool)  # which first 16 bits any of them has
        self.begins[self.hashes >> np.uint64(48)] = True

    def _hashes(self, text: np.ndarray) -> np.ndarray:
        """Hash every window: the sum of byte · radix^place modulo 2^64, by one running sum."""
        sums = np.zeros(len(text) + 1, np.uint64)
        np.cumsum(text * _powers(_RADIX, len(text)), out=sums[1:])
        windows = sums[self.width :] - sums[: len(sums) - self.width]
        return windows * _powers(_INVERSE, len(windows))

    def occur_in(self, text: bytes) -> bool:
        if len(text) < self.width:
            return False
        hashes = self._hashes(np.frombuffer(text, np.uint8))
        places = np.flatnonzero(self.begins[hashes >> np.uint64(48)])
        likely = places[np.isin(hashes[places], self.hashes)]
        return any(text[i : i + self.width] in self.rows for i in likely)


_RADIX = 0x9E3779B97F4A7C15  # odd, so that it can be divided by modulo 2^64
_INVERSE = pow(_RADIX, -1, 2**64)
_kept: dict[int, np.ndarray] = {}


def _powers(base: int, n: int) -> np.ndarray:
    if len(_kept.get(base, ())) < n:
        factors = np.full(max(n, 2**16), base, np.uint64)
        factors[0] = 1
        _kept[base] = np.cumprod(factors)
    return _kept[base][:n]


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.load(SHIPPED)["x"].reshape(5000, 784)


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return np.load(SHIPPED)["y"]


@pytest.fixture(scope="module")
def leaks(images: np.ndarray, labels: np.ndarray) -> Callable[[bytes], str]:
    """Return a function that names what of the private digits some bytes hold, "" when nothing."""
    by_digest = labels[np.argsort(image_digests(images.reshape(-1, 28, 28)))]
    runs = [np.lib.stride_tricks.sliding_window_view(y, LABELS) for y in (labels, by_digest)]
    an_image, a_label = Needles(images), Needles(np.concatenate(runs))

    def search(data: bytes) -> str:
        for reading in readings(data):
            if an_image.occur_in(reading):
                return "an image"
            for step in (1, 2, 4, 8):  # labels as integers of so many bytes
                if any(a_label.occur_in(reading[start::step]) for start in range(step)):
                    return "labels"
        return ""

    return search


def readings(data: bytes) -> Iterator[bytes]:
    """Yield the bytes themselves and whatever else they may say."""
    yield data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from readings(archive.read(name))
    elif data[:2] == b"\x1f\x8b":
        yield from readings(gzip.decompress(data))
    elif data[:6] == b"\x93NUMPY":
        yield as_bytes(np.load(io.BytesIO(data), allow_pickle=False))
    else:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return
        yield from in_text(text)


def in_text(text: str) -> Iterator[bytes]:
    plain = re.sub(r"\\n|\"", " ", text)  # the lines of a notebook are strings of their own
    for run in re.findall(rf"\d{{{LABELS},}}", plain):
        yield bytes(int(digit) for digit in run)
    for run in re.findall(rf"[\d\s.,;()\[\]+-]{{{2 * LABELS},}}", plain):
        yield as_bytes(np.array(re.findall(r"\d+(?:\.\d*)?|\.\d+", run), float))
    joined = re.sub(r"\s", "", plain)
    for run in re.findall(rf"[0-9A-Fa-f]{{{2 * LABELS},}}", joined):
        yield from (binascii.unhexlify(run[i : i + (len(run) - i) // 2 * 2]) for i in (0, 1))
    for run in re.findall(rf"[A-Za-z0-9+/_-]{{{LABELS},}}", joined):
        code = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            whole = code[start : len(code) - (len(code) % 4 == (start + 1) % 4)]
            decoded = base64.b64decode(whole + "=" * (-len(whole) % 4))
            yield decoded
            if decoded[:2] in (b"PK", b"\x1f\x8b") or decoded[:6] == b"\x93NUMPY":
                yield from readings(decoded)


def as_bytes(array: np.ndarray) -> bytes:
    """Read numbers as grey levels or labels, 0 to 255 or 0 to 1; else as nothing."""
    if not np.issubdtype(array.dtype, np.number) or not array.size:
        return b""
    if array.min() < 0 or array.max() > 255 or not np.isfinite(array).all():
        return b""
    levels = array * 255.0 if array.max() <= 1 else array
    return np.rint(levels).astype(np.uint8).tobytes()


def committed(*below: str) -> list[Path]:
    """List the files outside FOR_INSTRUCTORS, without what git ignores."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        skipped = NOT_COMMITTED | (FOR_INSTRUCTORS if here == Path() else set())
        folders[:] = [n for n in folders if n not in skipped and not n.endswith(".egg-info")]
        if not below or (here.parts[:1] and here.parts[0] in below):
            found += [Path(folder) / name for name in files]
    return sorted(path for path in found if path.is_file())


def test_can_a_student_read_a_private_image_or_label(leaks: Callable[[bytes], str]) -> None:
    files = committed()
    found = {str(path.relative_to(ROOT)): leaks(path.read_bytes()) for path in files}
    assert {"tandem/assets/mnist-public.npz", "nbgrader_config.py"} <= set(found)
    told = [
        f"{name} holds {what}: move it into autograder/" for name, what in found.items() if what
    ]
    assert not told, told


def _npz(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, other=np.arange(3), some=array)
    return file.getvalue()


HIDINGS: dict[str, Callable[[np.ndarray], bytes]] = {
    "raw": lambda a: b"some text before" + a.tobytes() + b"and after",
    "compressed": lambda a: gzip.compress(b"x" * 7 + a.tobytes()),
    "npz": _npz,
    "npz of 64-bit integers": lambda a: _npz(a.astype(np.int64)),
    "npz of fractions": lambda a: _npz(a.astype(np.float32) / 255),
    "npz of rows": lambda a: _npz(np.stack([a[::-1], a])),
    "base64": lambda a: b'{"data": "abc' + base64.b64encode(a.tobytes()) + b'"}',
    "base64 of an npz": lambda a: b'x = """' + base64.encodebytes(_npz(a)) + b'"""',
    "hexadecimal": lambda a: b"bytes.fromhex('" + a.tobytes().hex().encode() + b"')",
    "a list": lambda a: f"x = {a.tolist()}".encode(),
    "a list of fractions": lambda a: str([0.0, 1.0, *(a / 255).round(4).tolist()]).encode(),
    "a notebook": lambda a: json.dumps(
        {"source": [f"{line}\n" for line in str(a.tolist()).replace(", ", ",\n").split("\n")]}
    ).encode(),
}


@pytest.mark.parametrize("hiding", list(HIDINGS))
def test_is_a_private_image_found_wherever_it_is_put(
    leaks: Callable[[bytes], str], images: np.ndarray, hiding: str
) -> None:
    assert leaks(HIDINGS[hiding](images[4321])) == "an image"


@pytest.mark.parametrize("hiding", [name for name in HIDINGS if "fractions" not in name])
def test_are_private_labels_found_wherever_they_are_put(
    leaks: Callable[[bytes], str], labels: np.ndarray, hiding: str
) -> None:
    assert leaks(HIDINGS[hiding](labels[3000:3120])) == "labels"


def test_are_labels_found_as_one_number_or_in_the_order_of_the_digests(
    leaks: Callable[[bytes], str], images: np.ndarray, labels: np.ndarray
) -> None:
    order = np.argsort(image_digests(images.reshape(-1, 28, 28)))
    assert leaks(_npz(labels[order][100:200])) == "labels"
    assert leaks("".join(map(str, labels[:60])).encode()) == "labels"
    assert leaks(labels[:60].astype("<u4").tobytes()) == "labels"


def test_is_the_search_silent_about_other_digits(
    leaks: Callable[[bytes], str], images: np.ndarray, labels: np.ndarray
) -> None:
    changed = images[0].copy()
    changed[400] ^= 1
    assert leaks(_npz(changed) + changed.tobytes()) == ""
    assert leaks(labels[: LABELS - 1].tobytes()) == ""


def test_do_the_students_digests_come_with_nothing_else() -> None:
    with np.load(PRIVATE_DIGESTS) as arrays:
        assert {name: (a.shape, a.dtype.str) for name, a in arrays.items()} == {
            "digests": ((5000,), "<u8")
        }


def test_does_nothing_of_the_students_say_where_the_private_digits_are() -> None:
    for path in committed(*FOR_STUDENTS):
        text = path.read_bytes().decode(errors="replace")
        said = [place for place in PLACES if place in text]
        assert not said, f"{path.relative_to(ROOT)} mentions {said}: say it in autograder/ or docs/"


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value if re.fullmatch(r"[a-z_.]+", node.value) else ""


def test_does_tandem_import_neither_grader_nor_builder() -> None:
    files = [path for path in committed("tandem") if path.suffix == ".py"]
    assert len(files) > 15
    for path in files:
        used = {name.split(".")[0] for name in imports(ast.parse(path.read_text("utf-8")))}
        assert not used & set(OWN), f"{path.relative_to(ROOT)} imports {used & set(OWN)}"


def test_is_an_import_found_in_every_form() -> None:
    for line in ("import autograder.judge as j", "from autograder import cli"):
        assert {name.split(".")[0] for name in imports(ast.parse(line))} == {"autograder"}
    dynamic = ast.parse("importlib.import_module('autograder.private')")
    assert "autograder.private" in imports(dynamic)


def test_does_no_notebook_of_the_students_import_grader_or_builder() -> None:
    for path in committed("labs", "course"):
        if path.suffix == ".ipynb":
            for cell in json.loads(path.read_text("utf-8"))["cells"]:
                source = "".join(cell["source"])
                assert not re.search(rf"(import|from)\s+({'|'.join(OWN)})\b", source), path


@pytest.mark.parametrize("lab", lab_names())
def test_does_no_probe_hold_its_judges_truth(lab: str) -> None:
    """Is no row and no array of the truth among what enters the student's kernel?"""
    found = find_lab(lab)
    assert found is not None
    truths = 0
    for check in found.checks.values():
        drawn = draw(check, SECRET)
        probe = b"\0".join(array.tobytes() for array in drawn.probe.values())
        rows = {row.tobytes() for a in drawn.probe.values() if a.ndim > 1 for row in a}
        for name, array in drawn.truth.items():
            truths += array.size > LABELS
            assert name not in drawn.probe, f"{check.name}: {name} is in the probe"
            assert array.size <= LABELS or array.tobytes() not in probe, f"{check.name}: {name}"
            if array.ndim > 1:
                assert not rows & {row.tobytes() for row in array}, f"{check.name}: {name}"
    assert truths, f"no check of {lab} has a truth, so this test looks at nothing"
