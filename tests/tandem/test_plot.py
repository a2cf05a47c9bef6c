"""Can every figure be read without colour, and does bad input get a clear sentence?"""

from collections.abc import Iterator
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt

from tandem import plot
from tandem.data import IRIS_FEATURES, IRIS_SPECIES, load_iris

SPLIT = load_iris()
X, Y = SPLIT.x_train, SPLIT.y_train


@pytest.fixture(autouse=True)
def no_display_and_no_global_setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("plt.show was called"))
    before = dict(matplotlib.rcParams)
    yield
    assert dict(matplotlib.rcParams) == before
    plt.close("all")


def legend_texts(ax: plt.Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_do_the_curves_show_each_epochs_losses() -> None:
    history = {"loss": [3.0, 2.0, 1.0], "val_loss": [3.5, 3.0, 2.5]}
    ax = plot.learning_curves(history)
    training, validation = ax.get_lines()
    assert training.get_xdata().tolist() == [1, 2, 3]
    assert training.get_ydata().tolist() == history["loss"]
    assert validation.get_ydata().tolist() == history["val_loss"]
    assert legend_texts(ax) == ["training loss", "validation loss"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_do_the_curves_differ_without_colour() -> None:
    training, validation = plot.learning_curves({"loss": [1.0], "val_loss": [2.0]}).get_lines()
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_is_a_history_object_and_a_given_axes_accepted() -> None:
    _, ax = plt.subplots()
    history = SimpleNamespace(history={"loss": [1.0], "val_loss": [2.0], "accuracy": [0.5]})
    assert plot.learning_curves(history, ax) is ax
    assert len(ax.get_lines()) == 2


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({"loss": [1.0]}, "val_loss"),
        ([1.0, 2.0], "Expected a history"),
        ({"loss": [1.0], "val_loss": []}, "1 and 0 entries"),
        ({"loss": [], "val_loss": []}, "0 and 0 entries"),
        ({"loss": [[1.0]], "val_loss": [[1.0]]}, "one number"),
    ],
)
def test_is_a_history_without_both_losses_refused(history: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot.learning_curves(history)


def side(points: np.ndarray) -> np.ndarray:
    """Class 1 where the first feature exceeds the second."""
    return (points[:, 0] > points[:, 1]).astype(int)


def scores(points: np.ndarray) -> np.ndarray:
    return np.stack([points[:, 1], points[:, 0]], axis=1)


@pytest.mark.parametrize("predict", [side, scores], ids=["classes", "scores"])
def test_is_the_plane_coloured_by_the_prediction(predict: object) -> None:
    points = np.array([[0, 1], [1, 0], [2, 1]], np.float32)
    ax = plot.decision_boundary(predict, points, side(points), names=["above", "below"])
    mesh = ax.collections[0]
    cells = mesh.get_array().reshape(-1)
    edges = mesh.get_coordinates()
    centres = (edges[:-1, :-1] + edges[1:, 1:]) / 2
    clear = np.abs(centres[..., 0] - centres[..., 1]).reshape(-1) > 1e-3
    assert np.array_equal(cells[clear], side(centres.reshape(-1, 2))[clear])
    assert legend_texts(ax) == ["above", "below"]


def test_do_the_regions_have_the_colours_of_their_classes() -> None:
    points = np.array([[0, 1], [1, 0]], np.float32)
    ax = plot.decision_boundary(side, points, np.array([0, 1]))
    regions = ax.collections[0].cmap.colors
    markers = [
        c.get_facecolor()[0, :3] for c in ax.collections if c.get_label() in legend_texts(ax)
    ]
    for region, marker in zip(regions, markers, strict=True):
        np.testing.assert_allclose((1 - np.array(region)), 0.35 * (1 - marker), atol=1e-6)


@pytest.mark.parametrize(
    ("predict", "x", "y", "message"),
    [
        (side, X, Y, r"rows of shape \(n, 2\)"),
        (side, X[:, :2], Y[:-1], "rows of shape"),
        (side, X[:0, :2], Y[:0], "rows of shape"),
        (side, X[:, :2], Y - 1, "whole numbers from 0"),
        (side, X[:, :2], Y + 0.5, "whole numbers from 0"),
        (lambda points: points[:, :1], X[:, :2], Y, "predict must return"),
        (lambda points: points[:3, 0], X[:, :2], Y, "predict must return"),
        (lambda points: points[:, 0] - 0.5, X[:, :2], Y, "whole numbers from 0"),
    ],
)
def test_is_a_boundary_of_bad_input_refused(
    predict: object, x: np.ndarray, y: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plot.decision_boundary(predict, x, y)


def test_has_every_class_a_marker_of_its_own() -> None:
    ax = plot.class_scatter(X, Y, IRIS_FEATURES, IRIS_SPECIES)
    shapes = {collection.get_paths()[0].vertices.tobytes() for collection in ax.collections}
    assert len(shapes) == 3
    assert legend_texts(ax) == list(IRIS_SPECIES)


def test_are_the_chosen_features_drawn_and_named() -> None:
    ax = plot.class_scatter(X, Y, IRIS_FEATURES, IRIS_SPECIES, features=(0, 3))
    assert (ax.get_xlabel(), ax.get_ylabel()) == (IRIS_FEATURES[0], IRIS_FEATURES[3])
    for c, collection in enumerate(ax.collections):
        np.testing.assert_allclose(collection.get_offsets(), X[c == Y][:, [0, 3]], rtol=1e-6)


def test_are_features_and_names_that_do_not_fit_refused() -> None:
    with pytest.raises(ValueError, match="Choose two features"):
        plot.class_scatter(X, Y, IRIS_FEATURES, IRIS_SPECIES, features=(2, 4))
    with pytest.raises(ValueError, match="3 classes but 2 names"):
        plot.class_scatter(X, Y, IRIS_FEATURES, IRIS_SPECIES[:2])
    with pytest.raises(ValueError, match="rows of shape"):
        plot.scatter_matrix(X, Y, IRIS_FEATURES[:3], IRIS_SPECIES)


def test_does_the_matrix_draw_every_pair() -> None:
    figure = plot.scatter_matrix(X, Y, IRIS_FEATURES, IRIS_SPECIES)
    grid = np.array(figure.axes).reshape(4, 4)
    for row in range(4):
        assert grid[3, row].get_xlabel() == grid[row, 0].get_ylabel() == IRIS_FEATURES[row]
        for column in range(4):
            if row != column:
                drawn = np.concatenate([c.get_offsets() for c in grid[row, column].collections])
                expected = np.concatenate([X[c == Y][:, [column, row]] for c in range(3)])
                np.testing.assert_allclose(drawn, expected, rtol=1e-6)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(IRIS_SPECIES)


def test_do_the_ticks_at_its_edges_hold_for_the_whole_row_and_column() -> None:
    grid = np.array(plot.scatter_matrix(X, Y, IRIS_FEATURES, IRIS_SPECIES).axes).reshape(4, 4)
    for row, column in np.ndindex(4, 4):
        ax = grid[row, column]
        np.testing.assert_allclose(ax.get_xlim(), grid[3, column].get_xlim())
        assert bool(len(ax.get_xticks())) == (row == 3)
        assert bool(len(ax.get_yticks())) == (column == (1 if row == 0 else 0) and row != column)
        if row != column:
            np.testing.assert_allclose(ax.get_ylim(), grid[row, int(row == 0)].get_ylim())


def test_are_ten_classes_told_apart() -> None:
    looks = set(zip(plot.COLOURS, plot.MARKERS, strict=True))
    assert len(looks) == len(set(plot.COLOURS)) == len(set(plot.MARKERS)) == 10


def test_are_named_series_drawn_with_styles_of_their_own() -> None:
    ax = plot.lines({"plain": [3.0, 2.0], "momentum": [3.0, 1.0]}, ylabel="cross-entropy")
    first, second = ax.get_lines()
    assert first.get_xdata().tolist() == [1, 2]
    assert second.get_ydata().tolist() == [3.0, 1.0]
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_color() != second.get_color()
    assert legend_texts(ax) == ["plain", "momentum"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "cross-entropy")


def test_does_a_series_alone_need_no_legend() -> None:
    assert plot.lines({"loss": [1.0, 2.0]}, x=[10, 20]).get_legend() is None


@pytest.mark.parametrize("values", [[], [1.0], [[1.0], [2.0]]])
def test_is_a_series_of_another_length_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match='"loss" has shape'):
        plot.lines({"loss": values}, x=[10, 20])


def test_does_an_empty_label_leave_what_is_there() -> None:
    ax = plot.lines({"loss": [1.0]}, xlabel="epoch")
    plot.label(ax, title="both")
    assert (ax.get_xlabel(), ax.get_title()) == ("epoch", "both")
