"""Does the bar of `autograder grade` say how fast it goes and how long it takes?"""

from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress

from autograder.cli import _COLUMNS, _rate


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def bar(clock: Clock) -> Progress:
    """Return a bar for 100 notebooks that is drawn nowhere until it is asked for."""
    console = Console(file=StringIO(), width=120)
    progress = Progress(*_COLUMNS, console=console, get_time=clock, auto_refresh=False)
    progress.add_task("Grading toy", total=100, rate="")
    return progress


@pytest.mark.parametrize(
    ("seconds", "done", "kept", "said"),
    [
        (60, 30, 0, "30 a minute"),
        (120, 30, 0, "15 a minute"),
        (30, 30, 10, "40 a minute"),  # what had not changed took no time
        (60, 1, 0, "1 a minute"),
        (60, 10, 10, ""),
        (0, 1, 0, ""),
    ],
)
def test_does_the_rate_count_what_was_graded(
    seconds: float, done: int, kept: int, said: str
) -> None:
    clock = Clock()
    progress = bar(clock)
    clock.now += seconds
    progress.advance(progress.task_ids[0], done)
    assert _rate(progress.tasks[0], kept) == said


def test_does_the_bar_show_count_rate_and_the_time_left() -> None:
    clock = Clock()
    progress = bar(clock)
    for _ in range(20):
        clock.now += 3
        progress.advance(progress.task_ids[0])
        progress.update(progress.task_ids[0], rate=_rate(progress.tasks[0], 0))
    progress.console.print(progress.get_renderable())
    shown = progress.console.file.getvalue()  # type: ignore[attr-defined]
    for part in ("Grading toy", "20/100", "20 a minute", "0:01:00", "left 0:04:00"):
        assert part in shown
