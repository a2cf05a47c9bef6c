"""The recorded runs: one JSON line each, in a file per lab and framework."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.solutions import Solution

RESULTS = Path(__file__).resolve().parent / "results"

Line = dict[str, Any]


def results_file(lab: str, framework: str, folder: Path = RESULTS) -> Path:
    """Return the file of one lab in one framework."""
    return folder / f"fairness-{lab}-{framework}.jsonl"


def read(path: Path) -> list[Line]:
    """Return every recorded run; none when there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def append(path: Path, line: Line) -> None:
    """Record one run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(_text(line))


def present(lines: Iterable[Line], solutions: Mapping[str, Solution]) -> list[Line]:
    """Return the runs with those verdicts alone that are of the present sources, each once."""
    found, seen = [], set()
    for line in lines:
        digests = solutions[line["solution"]].digests if line["solution"] in solutions else {}
        kept = {}
        for name, result in line["checks"].items():
            key = (line["run"], line["solution"], name)
            if key not in seen and digests.get(name) == result["sources"]:
                seen.add(key)
                kept[name] = result
        if kept:
            found.append(line | {"checks": kept})
    return found


def replace(path: Path, lines: Iterable[Line]) -> None:
    """Write all lines anew, in the order of solutions and runs."""
    ordered = sorted(lines, key=lambda line: (line["solution"], line["run"]))
    temporary = path.with_suffix(".new")
    temporary.write_text("".join(map(_text, ordered)), encoding="utf-8")
    os.replace(temporary, path)


def _text(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"
