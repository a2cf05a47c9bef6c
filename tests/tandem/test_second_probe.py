"""Does what goes wrong in a second call leave the points of the first, at once and when graded?"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tandem
from tandem import session
from tandem.checks import Check
from tandem.evidence import Arrays, encode
from tandem.labs.iris import LAB
from tandem.labs.iris.steps import Softmax
from tests.tandem import numpy_framework as td
from tests.tandem.iris_answers import stable_softmax
from tests.tandem.iris_mistakes import unstable


class Twice(Softmax):
    """A softmax that is asked again where it lost points."""

    evidence_limit = 20_000

    def follow_up(self, arrays: Arrays, probe: Arrays, truth: Arrays) -> Arrays:
        return {} if self.decide(arrays, probe, truth).passed else {"again": probe["wide"]}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        first, self._second = answer
        return super().collect(first, probe, td)

    def collect_more(self, probe: Arrays, td: ModuleType) -> Arrays:
        return {"more": self._second(probe["again"])}


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    """Start the Iris lab, with such a check as its `softmax`."""
    twice = Twice()
    monkeypatch.setitem(LAB.checks, "softmax", twice)
    monkeypatch.setattr(session, "_session", None)
    tandem.start("iris", td)  # type: ignore[arg-type]
    yield twice
    session._session = None


def raising(_: np.ndarray) -> None:
    raise MemoryError("no more")


def graded(check: Check, answer: object) -> tandem.Verdict:
    """Judge as the grader does: first evidence, second probe, second evidence."""
    probe, truth = check.public()
    first, _ = session._collect(check, answer, probe, td, 0)  # type: ignore[arg-type]
    asked = check.follow_up(first, probe, truth)
    second, _ = session._collect_more(check, answer, asked, td, 0)  # type: ignore[arg-type]
    received = check.receive(session._encoded(first), session._encoded(second))
    return check.decide(received, probe, truth)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (raising, "Called again: Your code raised MemoryError: no more"),
        (lambda _: np.zeros(10_000), "Called again: The evidence is larger than"),
        (lambda _: "words", "Called again: more: str cannot be sent as evidence"),
    ],
)
def test_the_first_call_counts_and_the_student_is_told(
    check: Check, second: object, sentence: str
) -> None:
    shown = tandem.check("softmax", (unstable, second))
    assert shown is not None
    assert shown.points == 1
    assert "±1000" in shown.message
    assert sentence in shown.message
    assert ("in raising" in shown.details) == (second is raising)
    found = graded(check, (unstable, second))
    assert (found.points, found.message) == (shown.points, shown.message)


def test_a_right_answer_is_not_called_again(check: Check) -> None:
    shown = tandem.check("softmax", (stable_softmax, raising))
    assert shown is not None
    assert (shown.points, shown.message) == (2, "Right.")


def test_an_error_in_the_first_call_counts_alone(check: Check) -> None:
    probe, truth = check.public()
    first, _ = session._collect(check, (raising, raising), probe, td, 0)  # type: ignore[arg-type]
    received = check.receive(encode(first), encode({"more": np.ones(3)}))
    verdict = check.decide(received, probe, truth)
    assert (verdict.points, verdict.message) == (0, "Your code raised MemoryError: no more")


def test_a_second_evidence_replaces_nothing_of_the_first(check: Check) -> None:
    received = check.receive(
        encode({"wide": np.ones(1)}), encode({"wide": np.zeros(1), "more": np.ones(2)})
    )
    assert received["wide"] == 1
    assert received["more"].shape == (2,)
