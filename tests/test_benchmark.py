"""Does the simulation of a large class obey what can be said without it? Does the class hold?"""

import json
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from bench import grading_report, records
from bench.classes import LABS, members
from bench.forks import fork_in_a_row, told
from bench.grading import recorded
from bench.grading_report import costs_of, forks_table
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


class Said:
    """A kernel that says what it is given, or hangs."""

    def __init__(self, said: str | None) -> None:
        self.said = said

    def tell(self, code: str) -> str:
        if self.said is None:
            raise TimeoutError(code)
        return self.said


def test_does_a_run_of_forks_record_which_did_not_train(tmp_path: Path) -> None:
    answers = iter(["trained\n", "trained\n", "trained\n", None, "ValueError: no"])
    line = fork_in_a_row("pytorch", 5, lambda _: nullcontext(Said(next(answers))))
    assert (line["count"], line["trained"]) == (5, 3)
    assert line["failures"] == ["fork 3: hung", "fork 4: ValueError: no"]
    assert "torch" in line["machine"]
    assert told(line).splitlines()[0] == "pytorch: 3 of 5 trained"
    path = tmp_path / "forks.jsonl"
    records.append(path, line)
    assert records.read(path) == [json.loads(json.dumps(line))]


def of_forks(framework: str, count: int, failures: list[str]) -> records.Line:
    seconds = {"median": 0.25, "most": 0.5}
    line = {"framework": framework, "count": count, "trained": count - len(failures)}
    return line | {"failures": failures, "ready": seconds, "training": seconds, "machine": "torch"}


def test_does_the_page_show_the_latest_forks_of_each_framework(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        of_forks("tensorflow", 5, []),
        of_forks("pytorch", 7, []),
        of_forks("pytorch", 9, ["x"]),
    ]
    table = forks_table(lines)
    assert "| pytorch | 9 | 8 ✗ | 0.25 | 0.50 | 0.25 | 0.50 |" in table
    assert "| tensorflow | 5 | 5 ✓ |" in table
    assert "| 7 |" not in table
    monkeypatch.setattr(grading_report, "FORKS", tmp_path / "forks.jsonl")
    monkeypatch.setattr(grading_report, "PAGE", tmp_path / "benchmark.md")
    monkeypatch.setattr(grading_report, "ROOT", tmp_path)
    grading_report.write(recorded())
    assert "## Forks in a row" not in grading_report.PAGE.read_text()
    for line in lines:
        records.append(grading_report.FORKS, line)
    grading_report.write(recorded())
    assert "## Forks in a row" in grading_report.PAGE.read_text()
    assert table in grading_report.PAGE.read_text()
