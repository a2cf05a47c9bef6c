"""What the judge measures for the instructor: is it right, harmless and kept from students?"""

from typing import Any

import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from autograder.judge import CheckResult, Judge
from autograder.page import feedback_page
from autograder.probes import SECRET_BYTES, WIDEST, bounded, draw
from autograder.run import KEY, Run
from autograder.weights import NUMBERS, weights_mark
from tandem.checks import find_lab
from tandem.evidence import Arrays, encode
from tandem.judging import Evidence
from tandem.labs.iris.fits import Fit
from tandem.labs.mnist.posed import CLASSES, PIXELS, READ_ROWS, rows
from tandem.labs.mnist.training import Fit as FitDigits
from tandem.labs.mnist.training import Train
from tests.autograder.courses import flagged
from tests.tandem.iris_answers import collected, fit, fit_high_level, stable_softmax

SECRET = bytes(SECRET_BYTES)
ANSWERS = {"fit": fit, "high-level": fit_high_level, "softmax": stable_softmax}


def iris(name: str) -> Any:
    lab = find_lab("iris")
    assert lab is not None
    return lab.checks[name]


def evidence_of(name: str) -> Arrays:
    check = iris(name)
    return collected(check, ANSWERS[name], draw(check, SECRET).probe)


def judged(name: str, arrays: Arrays | None) -> tuple[CheckResult, NotebookNode]:
    """Return what the judge makes of a notebook with one check that sent these arrays."""
    cell = new_code_cell(f'check("{name}", answer)')
    flagged(cell, f"check-{name}", grade=True, locked=True, points=iris(name).points)
    run = Run(SECRET)
    if arrays is not None:
        run.evidence[f"check-{name}"] = [encode(arrays)]
    resources = {"nbgrader": {"assignment": "iris-numpy", "notebook": "iris"}, KEY: run}
    notebook, _ = Judge().preprocess(new_notebook(cells=[cell]), resources)
    (kept,) = notebook.metadata[KEY]["checks"]
    return CheckResult(**kept), notebook


@pytest.mark.parametrize(("name", "weights"), [("fit", "W_0"), ("high-level", "weight_0_0")])
def test_are_accuracy_and_weights_measured_where_a_network_is_trained(
    name: str, weights: str
) -> None:
    arrays = evidence_of(name)
    result, _ = judged(name, arrays)
    assert result.points == result.max_points
    assert result.accuracy is not None
    assert f"accuracy {result.accuracy:.3f}" in result.message, "as the verdict has it"
    assert result.weights == weights_mark([arrays[weights]])


def test_is_accuracy_there_where_points_are_lost() -> None:
    arrays = evidence_of("fit")
    result, _ = judged("fit", arrays | {"W_0": -arrays["W_0"]})
    assert result.points == 0
    assert result.accuracy is not None
    assert f"reached accuracy {result.accuracy:.3f}" in result.message
    assert result.weights is not None


@pytest.mark.parametrize("name", ["fit", "high-level"])
@pytest.mark.parametrize(
    "spoilt",
    [np.zeros((0, 3)), np.full((4, 3), np.nan), np.full((4, 3), 1e308), np.ones((2, 2, 2), "i8")],
)
def test_does_garbage_in_place_of_weights_measure_nothing(name: str, spoilt: np.ndarray) -> None:
    key = "W_0" if name == "fit" else "weight_0_0"
    result, notebook = judged(name, evidence_of(name) | {key: spoilt})
    assert result.weights is None
    assert result.accuracy is None or np.all(spoilt == 1e308), "a huge matrix is still a network"
    assert notebook.metadata[KEY]["status"] == "graded"


def test_is_a_layer_too_wide_to_replay_refused_before_it_is_judged() -> None:
    """A judge would need gigabytes for the outputs of a few thousand rows."""
    wide = evidence_of("high-level") | {"weight_0_0": np.zeros((4, WIDEST + 1), np.float32)}
    result, notebook = judged("high-level", wide)
    assert (result.points, result.weights) == (0, None)
    assert "use narrower layers" in result.message
    assert notebook.metadata[KEY]["status"] == "graded"
    assert bounded({"history": np.zeros(WIDEST + 1)}).keys() == {"history"}, "one row is no table"


@pytest.mark.parametrize("arrays", [None, {}])
def test_is_nothing_measured_without_evidence(arrays: Arrays | None) -> None:
    result, _ = judged("fit", arrays)
    assert (result.points, result.accuracy, result.weights) == (0, None, None)


def test_do_other_checks_measure_nothing() -> None:
    result, _ = judged("softmax", evidence_of("softmax"))
    assert (result.points, result.accuracy, result.weights) == (result.max_points, None, None)


def test_does_a_fault_of_the_measurement_cost_no_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fit, "held_out_accuracy", lambda *_: 1 / 0)
    result, notebook = judged("fit", evidence_of("fit"))
    assert (result.points, result.accuracy) == (result.max_points, None)
    assert notebook.metadata[KEY]["status"] == "graded"


def test_does_no_student_read_what_was_measured() -> None:
    _, notebook = judged("fit", evidence_of("fit"))
    (kept,) = notebook.metadata[KEY]["checks"]
    assert len(kept["weights"]) == NUMBERS
    kept |= {"accuracy": 0.918273, "weights": [0.645546] * NUMBERS}
    about = {"assignment": "iris-numpy", "notebook": "iris", "score": 3.0, "max_score": 3.0}
    page = feedback_page(notebook, {"nbgrader": about})
    assert "Right: accuracy" in page
    assert "918273" not in page
    assert "645546" not in page


def test_are_results_without_measurements_still_read() -> None:
    old = {"name": "fit", "points": 3.0, "max_points": 3.0, "message": "Right."}
    assert CheckResult(**old) == CheckResult("fit", 3.0, 3.0, "Right.", None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("check", [Train(), FitDigits()], ids=lambda check: check.name)
def test_is_a_digits_network_measured_on_digits_that_never_enter_the_kernel(check: Any) -> None:
    probe, truth = check.draw(np.random.default_rng(1))
    read_on, weight = (
        rows(probe["x_val"][:READ_ROWS]),
        np.random.default_rng(2).normal(size=(PIXELS, CLASSES)).astype(np.float32),
    )
    layer = {"weight_0": weight, "bias_0": np.zeros(CLASSES, np.float32), "input_0": read_on}
    evidence = Evidence(layer | {"outputs": read_on @ weight})
    expected = np.mean((truth["x_test"] @ weight).argmax(axis=1) == truth["y_test"])
    assert check.held_out_accuracy(evidence, probe, truth) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize(
    ("check", "suffixes"), [(Train(), ("", "_before")), (FitDigits(), ("", "_again_1"))]
)
def test_of_several_digit_networks_is_one_compared(check: Any, suffixes: tuple[str, str]) -> None:
    """Is it what was trained, on digits that everybody has?"""
    arrays = {f"weight_{i}{s}": np.full((2, 2), i) for s in suffixes for i in range(2)}
    arrays |= {f"weight_{i}_before": np.full((2, 2), -1) for i in range(2)}
    assert [w[0, 0] for w in check.trained_weights(arrays)] == [0, 1]
