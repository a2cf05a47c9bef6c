"""One framework per process: `pytest` alone runs what needs none, `--framework` one of them."""

from pathlib import Path

import pytest

FRAMEWORKS = ("pytorch", "tensorflow")
# They look at one class, which takes most of a minute to grade: one process for all of them.
OF_ONE_CLASS = ("test_feedback.py", "test_grade.py", "test_nbgrader.py")


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


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one worker, where their fixtures are made once, unless they say so."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            file = item.path.name
            group = "one class" if file in OF_ONE_CLASS else file
            item.add_marker(pytest.mark.xdist_group(group))


def pytest_report_header(config: pytest.Config) -> str:
    return f"framework: {config.getoption('--framework')} (`make test` runs all)"
