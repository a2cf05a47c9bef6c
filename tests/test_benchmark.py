"""Does the simulation of a large class obey what can be said without it? Does the class hold?"""

import time

import pytest

from bench.classes import LABS, members
from bench.grading import recorded
from bench.grading_report import costs_of
from bench.phases import Stopwatch
from bench.simulation import Costs, simulate


def test_is_one_worker_as_slow_as_the_sum() -> None:
    outcome = simulate(Costs(0.0, 0.0, 0.0, [2.0]), workers=1, hand_ins=100)
    assert outcome.seconds == pytest.approx(200)
    assert outcome.busy == pytest.approx(1)


@pytest.mark.parametrize("workers", [4, 50])
def test_do_workers_share_the_work_until_the_writer_is_the_limit(workers: int) -> None:
    outcome = simulate(Costs(0.05, 0.05, 0.001, [1.0]), workers, hand_ins=2000)
    expected = max(2000 / workers, 2000 * 0.1)
    assert outcome.seconds == pytest.approx(expected, rel=0.15)
    assert (outcome.writer > 0.95) == (workers == 50)


def test_is_a_slow_scheduler_the_limit() -> None:
    outcome = simulate(Costs(0.001, 0.001, 0.5, [1.0]), 100, hand_ins=1000)
    assert outcome.seconds >= 0.9 * 0.25 * 1000


@pytest.mark.parametrize("assignment", LABS)
def test_has_each_lab_ten_different_hand_ins(assignment: str) -> None:
    assert len({variant.name for variant in members(assignment)}) == 10


def test_are_the_recorded_runs_whole() -> None:
    points: dict[str, list[float]] = {}
    for line in recorded():
        assert {"how", "assignment", "count", "workers", "repeat", "machine"} <= set(line)
        if line["how"] == "tandem":
            assert line["cpu"] > line["writer"] > 0
            same = points.setdefault(line["assignment"], line["points"])
            assert line["points"] == same, "whatever the size of the class and the workers"
        if costs := costs_of(recorded(), line["assignment"]):
            assert costs.prepare > 0


def test_does_a_stopwatch_count_no_second_twice() -> None:
    watch = Stopwatch()
    with watch.watching("outer"):
        time.sleep(0.05)
        with watch.watching("inner"):
            time.sleep(0.2)
        with watch.watching("inner"):
            time.sleep(0.2)
    assert watch.seconds["inner"] >= 0.4
    assert 0.05 <= watch.seconds["outer"] < 0.2
