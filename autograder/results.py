"""What a graded batch came to: dataclasses and their JSON form."""

import errno
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.judge import CheckResult


@dataclass(frozen=True)
class Result:
    """One student's notebook: a status always, and a line for every graded cell."""

    student: str
    assignment: str
    notebook: str
    score: float
    max_score: float
    status: str
    seconds: float
    checks: list[CheckResult] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def by_hand(self) -> list[str]:
        """The names of what a person still has to grade."""
        return [check.name for check in self.checks if check.points is None]


def to_json(results: Sequence[Result]) -> str:
    """Write results as a JSON array."""
    return json.dumps([asdict(result) for result in results], indent=2, ensure_ascii=False) + "\n"


def write_atomically(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Replace a file by new content, whole or not at all, also where the power fails.

    Until it is whole it lies beside as `.<name>.new`; one that a killed process left is replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    try:
        with temporary.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())  # or the new name may reach the disk before the content
        temporary.replace(path)
        _sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Let a folder's names reach the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems of a network cannot
            raise
    finally:
        os.close(handle)
