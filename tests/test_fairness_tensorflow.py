"""Do a few runs of the fairness measurement give TensorFlow's reference answers all points?"""

import pytest

from tests.fairness_replay import replay, replays

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize(("lab", "check", "run"), replays("tensorflow"))
def test_the_reference_answer_gets_all_points(lab: str, check: str, run: int) -> None:
    verdict = replay("tensorflow", lab, check, run)
    assert verdict.passed, (
        f"{verdict.message} Repeat: python -m bench.fairness run --lab {lab} "
        f"--framework tensorflow --first {run} --runs 1 --again"
    )
