"""One framework per process: `pytest` alone runs what needs none, `--framework` one of them."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

FRAMEWORKS = ("pytorch", "tensorflow")
# They look at one class, which takes most of a minute to grade: one process for all of them.
OF_ONE_CLASS = ("test_feedback.py", "test_grade.py", "test_nbgrader.py")

# They take minutes: begun first, so that at the end no process waits for another.
LONG = ("test_class.py", "test_guide.py", "test_lessons.py", "test_memory.py")

# It runs the notebooks of a unit, once in a process: `…[pytorch/1-tensors.ipynb]`, `…[1-tensors]`.
OF_LESSONS = "test_lessons.py"
OF_A_UNIT = re.compile(r"[\[/]([\w-]+)(?:\.ipynb)?\]$")

# A kernel draws into its page only where nobody has named another backend, and it inherits this.
os.environ.pop("MPLBACKEND", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--framework",
        choices=["none", *FRAMEWORKS],
        default="none",
        help="run the tests that import this framework, and no others (`make test` runs all three)",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if collection_path.suffix != ".py" or not collection_path.name.startswith("test_"):
        return None
    text = collection_path.read_text(encoding="utf-8")
    marks = [name for name in FRAMEWORKS if f"pytestmark = pytest.mark.{name}" in text]
    return True if (marks or ["none"]) != [config.getoption("--framework")] else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_report_header(config: pytest.Config) -> str:
    return f"framework: {config.getoption('--framework')} (`make test` runs all)"


class _ByFile(LoadFileScheduling):
    """Give each process whole files, files that share a class to the same one, lessons by unit."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        unit = OF_A_UNIT.search(nodeid) if file.endswith(OF_LESSONS) else None
        if unit:
            return unit[1]
        return "one class" if file.endswith(OF_ONE_CLASS) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., Any]) -> _ByFile | None:
    return _ByFile(config, log) if config.getoption("dist") == "loadfile" else None
