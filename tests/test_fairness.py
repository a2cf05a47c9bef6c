"""Is what docs/fairness.md says what the recorded runs say, of the sources as they are?"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.probes import SECRET_BYTES, draw
from bench.fairness import missing, secret_of
from bench.fairness_report import PAGE, page, thresholds, wilson
from bench.records import present, read, results_file
from bench.solutions import REFERENCE, own_checks, solution
from bench.sources import meaning
from tandem.checks import find_lab, lab_names
from tests.submissions import FRAMEWORKS

chosen_solution = cache(solution)
GROUPS = [(lab, framework) for lab in lab_names() for framework in FRAMEWORKS]


def line(run: int, lost: dict[str, float], name: str = REFERENCE) -> dict[str, Any]:
    """Return a recorded run of iris-pytorch in which some checks lost points."""
    chosen = chosen_solution("iris", "pytorch", name)
    checks = {
        check.name: {
            "points": lost.get(check.name, check.points),
            "max": check.points,
            "message": f"what was wrong in run {run}",
            "seconds": 0.5,
            "sources": chosen.digests[check.name],
        }
        for check in own_checks(chosen)
    }
    return {"run": run, "solution": name, "date": "2000-01-01", "versions": "", "checks": checks}


def recorded(folder: Path, *lines: dict[str, Any]) -> Path:
    """Record runs of iris-pytorch in a folder."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    results_file("iris", "pytorch", folder).write_text(text, encoding="utf-8")
    return folder


def row(text: str, start: str) -> list[str]:
    """Return the cells of the first table row of the page that starts so."""
    (found, *_) = (r for r in text.splitlines() if r.startswith(f"| {start} |"))
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_the_page_is_fresh() -> None:
    """Does the page show the recorded runs, as far as they are of the present sources?"""
    shown = PAGE.read_text(encoding="utf-8")
    assert shown == page(), "docs/fairness.md is stale: run `python -m bench.fairness report`"


@pytest.mark.parametrize(("lab", "framework"), GROUPS)
def test_recorded_verdicts_have_all_their_parts(lab: str, framework: str) -> None:
    """Does each recorded verdict say its points, of how many, why, when and with what?"""
    names = set(chosen_solution(lab, framework).lab.checks)
    for line in read(results_file(lab, framework)):
        assert set(line) == {"run", "solution", "date", "versions", "checks"}
        assert set(line["checks"]) <= names, "run `python -m bench.fairness prune`"
        for result in line["checks"].values():
            assert set(result) == {"points", "max", "message", "seconds", "sources"}
            assert 0 <= result["points"] <= result["max"]


@pytest.mark.parametrize("runs", [1, 60, 200])
def test_no_fail_in_n_runs_leaves_a_rate_possible(runs: int) -> None:
    """Is the upper bound z² / (n + z²), to which Wilson's formula shrinks without a fail?"""
    square = 1.959964**2
    assert wilson(0, runs) == pytest.approx((0, square / (runs + square)), abs=1e-6)
    assert wilson(runs, runs) == pytest.approx((runs / (runs + square), 1), abs=1e-6)


def test_each_run_has_a_secret_and_probes_of_its_own() -> None:
    """Does run 1 differ from run 0, and does run 1 repeat?"""
    assert len({secret_of(run) for run in range(500)}) == 500
    assert len(secret_of(0)) == SECRET_BYTES
    lab = find_lab("iris")
    assert lab is not None
    first, second, again = (draw(lab.checks["softmax"], secret_of(run)) for run in (0, 1, 1))
    assert not np.array_equal(first.probe["wide"], second.probe["wide"])
    assert first.seed != second.seed
    assert np.array_equal(second.probe["wide"], again.probe["wide"])
    assert second.seed == again.seed


def test_a_false_fail_is_counted_and_shown(tmp_path: Path) -> None:
    """Does partial credit count as a fail, with its message and the rate?"""
    lines = [line(run, {"fit": 1.0} if run == 2 else {}) for run in range(4)]
    text = page(recorded(tmp_path, *lines))
    assert row(text, "`fit`")[2:5] == ["4", "75.0%", "1"]
    assert row(text, "`softmax`")[2:5] == ["4", "100.0%", "0"]
    assert row(text, "iris-pytorch | `fit`")[2:] == [
        REFERENCE,
        "2",
        "1 of 3",
        "what was wrong in run 2",
    ]
    assert "--lab iris --framework pytorch --runs 200" in text
    assert row(text, "iris-pytorch")[-1] == "no"


def test_the_goal_is_reached_with_enough_runs(tmp_path: Path) -> None:
    """Is a lab's goal reached by enough runs without a false fail, and only by those?"""
    fair, unfair = [line(run, {}) for run in range(200)], line(199, {"softmax": 0.0})
    assert row(page(recorded(tmp_path, *fair)), "iris-pytorch")[-1] == "yes"
    assert row(page(recorded(tmp_path, *fair[:-1], unfair)), "iris-pytorch")[-1] == "no"


def test_runs_of_other_sources_do_not_count(tmp_path: Path) -> None:
    """Is a verdict left out, and made again, when its check or its answer has changed since?"""
    old = line(0, {"fit": 0.0})
    old["checks"]["fit"]["sources"] = "0" * 12
    text = page(recorded(tmp_path, old))
    assert row(text, "`fit`")[2] == "0"
    assert row(text, "`softmax`")[2] == "1"
    chosen = solution("iris", "pytorch")
    kept = present([old, line(0, {}), line(0, {})], {REFERENCE: chosen})
    assert [len(line["checks"]) for line in kept] == [len(chosen.digests) - 1, 1]
    assert [check.name for check in missing(chosen, 0, [old])] == ["fit"]
    assert missing(chosen, 0, [line(0, {})]) == []
    assert len(missing(chosen, 1, [line(0, {})])) == len(chosen.lab.checks)


def test_only_meaning_counts() -> None:
    """Do wording and layout leave the digest alone, and does a number change it?"""
    first = 'def f(x):\n    """Say it."""\n    say("No.", x=1)\n    return x * 2  # twice\n'
    second = "def f( x ):\n    'Say it otherwise.'\n    say('Never.')\n    return x*2\n"
    assert meaning(first) == meaning(second)
    assert meaning(first) != meaning(first.replace("* 2", "* 3"))


def test_a_digest_holds_what_the_check_reaches() -> None:
    """Do a check's digests differ by framework, and those of checks from each other?"""
    chosen = [solution(*group) for group in GROUPS]
    digests = [digest for each in chosen for digest in each.digests.values()]
    assert len(set(digests)) == len(digests)
    assert all(each.digests != each.evidence_digests for each in chosen)


def test_thresholds_are_those_of_the_checks() -> None:
    """Does the page state what students are told, and what is graded?"""
    iris = find_lab("iris")
    assert iris is not None
    assert thresholds(iris.checks["fit"]) == "accuracy 0.92 (0.88)"
    assert thresholds(iris.checks["softmax"]) == "error at most 0.0001"
