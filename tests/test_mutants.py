"""Are there enough mutants and alternatives, and does each check have mutants of its own?"""

import pytest

from tandem.checks import lab_names
from tests.submissions import FRAMEWORKS
from tests.workshop import lab_named, variants

LEAST = {"mutants": 30, "alternatives": 12}  # for each lab, over both frameworks
LEAST_FOR_A_CHECK = 2  # in each framework


@pytest.mark.parametrize("lab", lab_names())
@pytest.mark.parametrize("kind", LEAST)
def test_there_are_enough_variants(lab: str, kind: str) -> None:
    names = [v.name for framework in FRAMEWORKS for v in variants(kind, framework, lab)]
    assert len(set(names)) >= LEAST[kind]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("lab", lab_names())
def test_every_check_is_the_target_of_two_mutants(lab: str, framework: str) -> None:
    targets = [next(iter(v.points)) for v in variants("mutants", framework, lab)]
    few = [name for name in lab_named(lab).checks if targets.count(name) < LEAST_FOR_A_CHECK]
    assert few == []


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_mutant_states_points_lost_and_why(framework: str) -> None:
    for mutant in variants("mutants", framework):
        checks = lab_named(mutant.lab).checks
        assert all(points < checks[name].points for name, points in mutant.points.items()), mutant
        assert next(iter(mutant.points)) in mutant.messages, mutant


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_alternative_states_points(framework: str) -> None:
    stated = [v.name for v in variants("alternatives", framework) if v.points or v.follows]
    assert stated == []
