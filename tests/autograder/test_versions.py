"""Does the hash of a version tell whenever what decides points has changed, and only then?"""

from pathlib import Path

import pytest

from autograder import versions
from autograder.private import SETTING


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the grader's own code."""
    folder = tmp_path / "one"
    (folder / "inside").mkdir(parents=True)
    (folder / "judge.py").write_text("points = 1\n")
    monkeypatch.setattr(versions, "_OURS", folder)
    return folder


def digest() -> bytes:
    versions.digest.cache_clear()
    try:
        return versions.digest()
    finally:
        versions.digest.cache_clear()


def test_does_it_change_with_the_code_that_judges(ours: Path) -> None:
    before = digest()
    assert digest() == before
    (ours / "judge.py").write_text("points = 2\n")
    changed = digest()
    assert changed != before
    (ours / "inside" / "new.py").write_text("more = 1\n")
    assert digest() not in (before, changed)


def test_does_it_change_with_the_private_digits(
    ours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest()
    (tmp_path / "digits.npz").write_bytes(b"others")
    monkeypatch.setenv(SETTING, str(tmp_path / "digits.npz"))
    assert digest() != before


def test_is_it_the_same_wherever_the_code_is_installed(
    ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers on other machines have it in folders of their own."""
    before = digest()
    elsewhere = ours.rename(ours.with_name("two"))
    monkeypatch.setattr(versions, "_OURS", elsewhere)
    assert digest() == before
