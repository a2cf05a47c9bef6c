"""Are a training's losses drawn beside the twin's, and is their difference said?"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from matplotlib import pyplot as plt

from tandem import curves, plain

OURS = ModuleType("ours")
OURS.NAME = "pytorch"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    plt.switch_backend("agg")
    monkeypatch.setattr(curves, "FOLDER", tmp_path)
    monkeypatch.setattr(curves, "recorded", {})
    yield tmp_path
    plt.close("all")


def test_are_both_curves_drawn_and_compared(
    shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shipped / "9-unit-tensorflow.json").write_text(json.dumps({"sgd": [2.0, 1.0, 0.5]}))
    ax = curves.side_by_side("9-unit/sgd", [2.0, 1.0, 0.55], OURS)
    ours, twin = ax.get_lines()
    assert (ours.get_label(), twin.get_label()) == ("PyTorch", "TensorFlow")
    assert ours.get_xdata().tolist() == [1, 2, 3]
    assert twin.get_ydata().tolist() == [2.0, 1.0, 0.5]
    assert ours.get_linestyle() != twin.get_linestyle()
    assert capsys.readouterr().out == "3 steps; largest relative difference 9.1e-02\n"
    assert curves.recorded == {"9-unit/sgd": [2.0, 1.0, pytest.approx(0.55)]}


def test_is_a_missing_twin_said_and_the_own_curve_drawn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ax = curves.side_by_side("9-unit/sgd", np.array([2.0, 1.0]), OURS)
    assert len(ax.get_lines()) == 1
    assert "python -m authoring curves" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["sgd", "a/b/c"])
def test_is_a_name_without_its_unit_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unit/training"):
        curves.side_by_side(name, [1.0], plain)


def test_are_no_losses_refused() -> None:
    with pytest.raises(ValueError, match="one loss per step"):
        curves.side_by_side("9-unit/sgd", [], OURS)


def test_is_the_difference_relative_to_the_larger_and_zero_where_both_are_zero() -> None:
    a, b = np.array([0.0, 1.0, -2.0]), np.array([0.0, 1.0, -1.0])
    assert curves.relative_difference(a, b) == 0.5
    assert curves.relative_difference(a, a) == 0.0


def test_are_differences_given_for_each_step_and_none_where_the_twin_has_no_loss(
    shipped: Path,
) -> None:
    (shipped / "9-unit-tensorflow.json").write_text(json.dumps({"adam": [2.0, 1.0]}))
    apart = curves.differences("9-unit/adam", [2.0, 0.5, 0.25], OURS)
    np.testing.assert_array_equal(apart, [0.0, 0.5, np.nan])
    assert curves.recorded == {"9-unit/adam": [2.0, 0.5, 0.25]}


def test_does_a_nan_never_count_as_equal() -> None:
    nan = np.array([np.nan])
    assert not curves.relative_difference(nan, nan) < 1e-4
