"""Do a few runs of the fairness measurement give PyTorch's reference answers all points?"""

from pathlib import Path

import pytest

from bench.fairness import judged
from bench.solutions import solution
from tests.fairness_replay import replay, replays

pytestmark = pytest.mark.pytorch


@pytest.mark.parametrize(("lab", "check", "run"), replays("pytorch"))
def test_the_reference_answer_gets_all_points(lab: str, check: str, run: int) -> None:
    verdict = replay("pytorch", lab, check, run)
    assert verdict.passed, (
        f"{verdict.message} Repeat: python -m bench.fairness run --lab {lab} "
        f"--framework pytorch --first {run} --runs 1 --again"
    )


def test_evidence_at_hand_is_judged_without_the_answer(tmp_path: Path) -> None:
    """Is stored evidence judged again for the same probe, and made for another?"""
    reference = solution("iris", "pytorch")
    check = reference.lab.checks["softmax"]
    assert judged(reference, check, 0, tmp_path)[0].passed
    reference.namespace["softmax"] = lambda logits: logits
    assert judged(reference, check, 0, tmp_path)[0].passed
    assert not judged(reference, check, 1, tmp_path)[0].passed
