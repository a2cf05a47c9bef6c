"""What a batch keeps of a hand-in that is done: its result, and nothing as large as a notebook."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbformat import NotebookNode

from autograder.grade import grade
from autograder.results import Result
from autograder.run import Run
from autograder.task import Judged, Task
from tests.autograder.classes import RIGHT, answering
from tests.autograder.courses import ASSIGNMENT, course_of

STUDENTS = 9
DRAWS = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Let circles of objects lie, as Python does for long where there are many objects."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def pictures() -> int:
    return sum(type(each) is NotebookNode and "image/png" in each for each in gc.get_objects())


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("workers", [0, 1])
def test_does_a_batch_keep_no_notebook_that_is_done(tmp_path: Path, workers: int) -> None:
    everyone = {f"s{n}": answering(RIGHT, before=DRAWS) for n in range(STUDENTS)}
    course = course_of(tmp_path / "course", everyone)
    results: list[Result] = []
    on_their_way = workers + 2  # one more than run, and the one that is told of

    def note(result: Result, kept: bool) -> None:
        results.append(result)
        assert pictures() <= on_their_way
        if len(results) == STUDENTS:
            gc.collect()
            alive = [type(each) for each in gc.get_objects()]
            assert max(alive.count(kind) for kind in (Run, Task, Judged)) <= on_their_way

    grade(course, ASSIGNMENT, workers=workers, report=note)
    assert [result.score for result in results] == [3] * STUDENTS
