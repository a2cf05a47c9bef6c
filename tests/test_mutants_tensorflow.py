"""Does each check notice what is wrong, and nothing else, in TensorFlow?"""

import pytest

from tandem.checks import lab_names
from tests.workshop import Variant, differences, judged, lab_named, reference, variants

pytestmark = pytest.mark.tensorflow
FRAMEWORK = "tensorflow"


@pytest.mark.parametrize("lab", lab_names())
def test_the_reference_gets_full_points(lab: str) -> None:
    verdicts = judged(reference(lab, FRAMEWORK), every=True)
    assert list(verdicts) == list(lab_named(lab).checks)
    assert [verdict for verdict in verdicts.values() if not verdict.passed] == []


@pytest.mark.parametrize("mutant", variants("mutants", FRAMEWORK), ids=str)
def test_a_mutant_loses_the_stated_points_for_the_stated_reason(mutant: Variant) -> None:
    assert differences(mutant) == []


@pytest.mark.parametrize("alternative", variants("alternatives", FRAMEWORK), ids=str)
def test_an_alternative_gets_full_points(alternative: Variant) -> None:
    assert differences(alternative) == []
