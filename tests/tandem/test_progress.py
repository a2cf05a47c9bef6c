"""Does the table of points add up and name the next step?"""

import pytest

from tandem.labs.iris import LAB
from tandem.messages import speaking
from tandem.progress import Progress
from tandem.verdict import Verdict
from tests.tandem.test_verdict import HOSTILE, Tags

MOST = sum(check.points for check in LAB.checks.values())


def verdicts(**points: float) -> dict[str, Verdict]:
    return {name: Verdict(name, p, LAB.checks[name].points, "text") for name, p in points.items()}


def test_is_every_check_listed_in_the_order_of_the_notebook() -> None:
    progress = Progress.of(LAB, {})
    assert [row[0] for row in progress.rows] == list(LAB.checks)
    assert all(points is None for _, points, _ in progress.rows)
    assert progress.summary == f"0 of {MOST} points so far"
    assert progress.next_step == 'Next: the check "standardise".'


@pytest.mark.parametrize(
    ("points", "so_far", "next_step"),
    [
        ({"standardise": 2}, "2", "softmax"),
        ({"standardise": 2, "softmax": 1}, "3", "softmax"),
        ({"standardise": 0, "softmax": 2}, "2", "standardise"),
        ({"train": 3.5}, "3.5", "standardise"),
    ],
)
def test_is_the_next_step_the_first_check_without_all_its_points(
    points: dict[str, float], so_far: str, next_step: str
) -> None:
    progress = Progress.of(LAB, verdicts(**points))
    assert progress.summary == f"{so_far} of {MOST} points so far"
    assert progress.next_step == f'Next: the check "{next_step}".'


def test_is_the_written_answer_what_remains_at_the_end() -> None:
    every = {n: Verdict(n, c.points, c.points, "") for n, c in LAB.checks.items()}
    progress = Progress.of(LAB, every)
    assert progress.summary == f"{MOST} of {MOST} points so far"
    assert "written answer" in progress.next_step


def test_do_text_and_table_tell_not_run_none_some_and_all() -> None:
    progress = Progress.of(LAB, verdicts(standardise=2, softmax=1, gradients=0))
    text = repr(progress)
    card = Tags(progress._repr_html_())
    for name, mark, points in (
        ("standardise", "✓", "2 of 2"),
        ("softmax", "◐", "1 of 2"),
        ("gradients", "✗", "0 of 3"),
        ("train", "·", "not run yet, 4 points"),
    ):
        assert f"{mark} {name}: {points}\n" in text
        assert f"{mark}{name}{points}" in card.text
    assert card.tags.count("tr") == len(LAB.checks)
    assert "caption" in card.tags


def test_is_the_table_safe_and_in_the_direction_of_its_language() -> None:
    progress = Progress(((HOSTILE, None, 1), (HOSTILE, 1, 1)))
    with speaking("he"):
        card = Tags(progress._repr_html_())
    assert "script" not in card.tags
    assert card.text.count(HOSTILE) == 3  # two rows and the next step
    assert (card.attributes["lang"], card.attributes["dir"]) == ("he", "rtl")
    with speaking("ro"):
        assert Tags(progress._repr_html_()).attributes["dir"] == "ltr"
