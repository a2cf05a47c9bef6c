"""What a graded batch came to: dataclasses and their JSON form."""

import json
import os
import tempfile
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


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file by new text, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
