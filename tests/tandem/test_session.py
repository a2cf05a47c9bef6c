"""Does `check` judge at once in JupyterLab, send evidence when graded, and leave no trace?"""

import logging
import random
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import tandem
from tandem import session
from tandem.evidence import METADATA, MIME, decode, encode
from tandem.labs.iris import LAB
from tests.tandem import numpy_framework as td
from tests.tandem.iris_answers import (
    RIGHT,
    Kernel,
    cross_entropy,
    gradient_step,
    sent,
    stable_softmax,
)
from tests.tandem.iris_mistakes import unstable


@pytest.fixture(autouse=True)
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start the Iris lab outside any kernel."""
    monkeypatch.setattr(session, "_session", None)
    monkeypatch.delenv("TANDEM_SEED", raising=False)
    tandem.start("iris", td)  # type: ignore[arg-type]
    yield
    session._session = None


def raised(error: BaseException) -> object:
    def answer(*_: object) -> None:
        raise error

    return answer


@pytest.mark.parametrize("name", list(LAB.checks))
def test_does_check_judge_at_once_outside_a_grading_kernel(name: str) -> None:
    verdict = tandem.check(name, dict(RIGHT)[name])
    assert isinstance(verdict, tandem.Verdict)
    assert (verdict.check, verdict.points, verdict.hint) == (name, LAB.checks[name].points, "")


def test_is_a_partly_right_answer_pointed_to_the_next_hint() -> None:
    verdict = tandem.check("softmax", unstable)
    assert verdict is not None
    assert (verdict.points, verdict.max_points, verdict.passed) == (1, 2, False)
    assert "±1000" in verdict.message
    assert 'hint("softmax")' in verdict.hint


def test_is_the_random_state_left_as_it_was_and_the_answer_seeded() -> None:
    drawn: list[float] = []

    def noisy(*_: object) -> None:
        drawn.extend([random.random(), np.random.rand()])
        raise RuntimeError("after drawing")

    for state in (1, 2):
        random.seed(state)
        np.random.seed(state)
        expected = [random.random(), np.random.rand()]
        random.seed(state)
        np.random.seed(state)
        tandem.check("softmax", noisy)
        assert [random.random(), np.random.rand()] == expected
    assert drawn[:2] == drawn[2:]


def test_does_an_answer_that_raises_get_no_points_but_its_traceback() -> None:
    def indexes_too_far(logits: np.ndarray) -> float:
        return logits[99]

    verdict = tandem.check("softmax", indexes_too_far)
    assert verdict is not None
    assert verdict.points == 0
    assert verdict.message.startswith("Your code raised IndexError: index 99 is out of bounds")
    assert "in indexes_too_far" in verdict.details
    assert "return logits[99]" in verdict.details


@pytest.mark.parametrize("text", ["{call} {0} {", "<script>", "half \udcff a pair", "", "é" * 3000])
def test_does_whatever_an_error_says_reach_the_student(text: str) -> None:
    verdict = tandem.check("softmax", raised(RuntimeError(text)))
    assert verdict is not None
    start = text.encode("ascii", "replace").decode() if "\udcff" in text else text
    assert verdict.message.startswith("Your code raised RuntimeError: " + start[:5])


def test_does_an_untouched_answer_read_nothing_here_yet() -> None:
    verdict = tandem.check("softmax", raised(NotImplementedError()))
    assert verdict is not None
    assert (verdict.points, verdict.details) == (0, "")
    assert verdict.message == "Nothing here yet: write your answer in the cell above."


def test_is_something_not_implemented_elsewhere_told_as_it_is() -> None:
    verdict = tandem.check("softmax", raised(NotImplementedError("no kernel for Long")))
    assert verdict is not None
    assert verdict.message == "Your code raised NotImplementedError: no kernel for Long"


@pytest.mark.parametrize("answer", [None, 3, "softmax", np.zeros(3)])
def test_is_an_answer_that_cannot_be_called_a_verdict(answer: object) -> None:
    verdict = tandem.check("softmax", answer)
    assert verdict is not None
    assert verdict.points == 0
    assert "not callable" in verdict.message


def test_is_evidence_that_could_not_be_sent_refused_here_too() -> None:
    """Does nothing pass in JupyterLab that the grader could not receive?"""
    wide = tandem.check("softmax", lambda logits: stable_softmax(logits).astype(np.longdouble))
    assert wide is not None
    assert wide.points == 0
    assert "cannot be sent as evidence" in wide.message
    huge = tandem.check("softmax", lambda _: np.zeros((1000, 1000)))
    assert huge is not None
    assert huge.points == 0
    assert "larger than 1000000 bytes" in huge.message


@pytest.mark.parametrize("call", [lambda: tandem.check("x", None), lambda: tandem.hint("x")])
def test_does_an_unknown_check_list_those_there_are(call: object) -> None:
    with pytest.raises(ValueError, match="There is no check 'x'; choose one of standardise, soft"):
        call()  # type: ignore[operator]


def test_does_an_unknown_lab_list_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"There is no lab 'tulips'; choose one of .*iris"):
        tandem.start("tulips", td)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "call", [tandem.progress, lambda: tandem.hint("softmax"), lambda: tandem.check("softmax", None)]
)
def test_does_everything_ask_for_the_set_up_cells_first(
    call: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_session", None)
    with pytest.raises(RuntimeError, match="run the set-up cells at the top first"):
        call()  # type: ignore[operator]


def test_does_start_seed_the_framework_when_the_grader_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TANDEM_SEED", "12")
    with td.preserved_randomness():
        tandem.start("iris", td)  # type: ignore[arg-type]
        one = (random.random(), np.random.rand())
        tandem.start("iris", td)  # type: ignore[arg-type]
        assert (random.random(), np.random.rand()) == one


def test_do_hints_come_one_by_one_and_then_all_again(capsys: pytest.CaptureFixture[str]) -> None:
    hints = LAB.checks["softmax"].hints
    for number, text in enumerate(hints, 1):
        tandem.hint("softmax")
        assert capsys.readouterr().out == f"Hint {number} of {len(hints)}: {text}\n"
    tandem.hint("softmax")
    everything = capsys.readouterr().out
    assert everything.startswith("These are all the hints:")
    assert all(text in everything for text in hints)
    tandem.hint("cross-entropy")
    assert capsys.readouterr().out.startswith("Hint 1 of ")


def test_does_progress_count_the_last_verdict_of_each_check() -> None:
    most = sum(check.points for check in LAB.checks.values())
    assert tandem.progress().summary == f"0 of {most} points so far"
    tandem.check("softmax", unstable)
    assert tandem.progress().summary == f"1 of {most} points so far"
    tandem.check("softmax", stable_softmax)
    tandem.check("cross-entropy", lambda *_: None)
    assert tandem.progress().summary == f"2 of {most} points so far"
    assert ("softmax", 2, 2) in tandem.progress().rows
    assert ("cross-entropy", 0, 2) in tandem.progress().rows
    assert ("train", None, 4) in tandem.progress().rows


def test_is_nothing_judged_when_graded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(*_: object) -> None:
        raise AssertionError("judged in the student's kernel")

    monkeypatch.setattr(type(LAB.checks["softmax"]), "judge", judged)
    probe, _ = LAB.checks["softmax"].draw(np.random.default_rng(4))
    (message,) = sent("softmax", stable_softmax, probe)
    assert list(message) == [MIME]
    evidence = decode(message[MIME], 10_000)
    np.testing.assert_allclose(evidence["wide"], stable_softmax(probe["wide"]))
    assert capsys.readouterr() == ("", "")


def test_does_progress_say_that_a_graded_run_has_its_points_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    probe, _ = LAB.checks["softmax"].draw(np.random.default_rng(4))
    request = {"check": "softmax", "probe": encode(probe), "seed": 1}
    monkeypatch.setattr(session, "get_ipython", lambda: Kernel({METADATA: request}))
    monkeypatch.setattr(session, "display", lambda *_, **__: None)
    tandem.check("softmax", stable_softmax)
    assert repr(tandem.progress()) == "This run was graded: the points stand at each check."
    assert "not run yet" not in tandem.progress()._repr_html_()


def test_does_a_scalar_answer_reach_the_grader_as_a_scalar() -> None:
    probe, _ = LAB.checks["cross-entropy"].draw(np.random.default_rng(4))
    (message,) = sent("cross-entropy", cross_entropy, probe)
    assert decode(message[MIME], 10_000)["wide"].shape == ()
    probe, _ = LAB.checks["gradient-step"].draw(np.random.default_rng(4))
    (message,) = sent("gradient-step", gradient_step, probe)
    assert decode(message[MIME], 10_000).keys() == {"new_0", "new_1", "given_0", "given_1"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (raised(KeyError("W")), "Your code raised KeyError: 'W'"),
        (raised(NotImplementedError()), "Nothing here yet"),
        (lambda _: None, "softmax(logits) returned NoneType; expected a tensor."),
        (lambda x: x.astype(np.complex64), "extreme: complex64 cannot be sent as evidence"),
    ],
)
def test_is_what_went_wrong_sent_as_text_when_graded(answer: object, sentence: str) -> None:
    check = LAB.checks["softmax"]
    probe, truth = check.draw(np.random.default_rng(4))
    (message,) = sent("softmax", answer, probe)
    arrays = decode(message[MIME], 10_000)
    assert list(arrays) == ["error"]
    verdict = check.decide(arrays, probe, truth)
    assert verdict.points == 0
    assert verdict.message.startswith(sentence)


def test_does_the_seed_of_the_request_seed_the_answer() -> None:
    def random_rows(logits: np.ndarray) -> np.ndarray:
        return np.random.rand(*logits.shape)

    probe, _ = LAB.checks["softmax"].public()
    one, same, other = (sent("softmax", random_rows, probe, seed) for seed in (1, 1, 2))
    assert one == same != other


PROBE = {"check": "cross-entropy", "probe": encode({}), "seed": 1}


@pytest.mark.parametrize(
    "metadata", [{}, {METADATA: PROBE}, {METADATA: "softmax"}, {METADATA: None}, {"other": 1}]
)
def test_is_a_request_for_another_check_or_none_ignored(
    metadata: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "get_ipython", lambda: Kernel(metadata))
    monkeypatch.setattr(session, "display", raised(AssertionError("sent evidence")))
    verdict = tandem.check("softmax", stable_softmax)
    assert verdict is not None
    assert verdict.points == 2


def test_is_a_plain_ipython_shell_no_grader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "get_ipython", object)
    assert tandem.check("softmax", stable_softmax) is not None


def test_do_reports_and_warnings_stay_off_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """nbgrader's Validate takes any line on stderr for a failure."""
    logger = logging.getLogger("somebody's library")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)

    def chatty(logits: np.ndarray) -> np.ndarray:
        logger.warning("GPU available: False")
        print("overflow", file=sys.stderr)
        return stable_softmax(logits)

    try:
        verdict = tandem.check("softmax", chatty)
        shown = capsys.readouterr()
        logger.warning("heard again")
    finally:
        logger.removeHandler(handler)
    assert verdict is not None
    assert verdict.passed
    assert shown.err == ""
    assert "overflow" in shown.out
    assert "GPU" not in shown.out
    assert "heard again" in capsys.readouterr().err
