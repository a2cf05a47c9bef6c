"""Draw what the course looks at: learning curves, decision boundaries, classes in their features.

Each class has a colour and a marker of its own and each curve a line style, so that no figure needs
colour to be read. Nothing is shown or saved and no global setting is changed.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from tandem.arrays import to_array
from tandem.messages import later, say
from tandem.plotted import read_classes, read_losses, read_names, read_points

_PALETTE = style.library["tableau-colorblind10"]["axes.prop_cycle"].by_key()["color"]
COLOURS = tuple(
    _PALETTE[i] for i in (0, 1, 3, 4, 5, 2, 6, 7, 8, 9)
)  # neighbours differ in lightness
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
LINE_STYLES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
_CURVES = {
    "loss": (later("training loss"), {"color": COLOURS[0], "linestyle": "-", "marker": "o"}),
    "val_loss": (later("validation loss"), {"color": COLOURS[1], "linestyle": "--", "marker": "s"}),
}
_GRID = 200  # points a side
_MANY = 500  # points of a series
_PANEL = 2.2  # inches a side of one pair of features
_MARGINS = (0.7, 0.45)  # inches: left and below, for labels; above and right, for the legend
_TINT = 0.35  # share of the class colour in its region; the rest is white


def learning_curves(history: Any, ax: Axes | None = None) -> Axes:
    """Draw training and validation loss against the epoch, counted from 1.

    `history` is a dict with "loss" and "val_loss", one number per epoch each, or an object that has
    it as `.history`. Raises ValueError when one is missing or empty or their lengths differ.
    """
    losses = read_losses(getattr(history, "history", history))
    ax = _axes(ax)
    for key, values in losses.items():
        label, look = _CURVES[key]
        every = max(1, len(values) // 10)
        epochs = np.arange(1, len(values) + 1)
        ax.plot(epochs, values, label=say(label), markersize=5, markevery=every, **look)
    ax.set_xlabel(say("epoch"))
    ax.set_ylabel(say("loss"))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return ax


def lines(
    series: Mapping[str, Any],
    x: Any = None,
    xlabel: str = "step",
    ylabel: str = "loss",
    ax: Axes | None = None,
) -> Axes:
    """Draw named series of numbers, each with a colour and line style of its own, and a legend.

    Args:
        series: label -> numbers (n,).
        x: positions (n,) for all of them; 1, 2, 3 … where it is left out.
        xlabel, ylabel: what the axes show; they and the labels are translated.

    Raises ValueError where a series is empty or is not as long as x.
    """
    ax = _axes(ax)
    for (name, values), colour, line in zip(
        series.items(), cycle(COLOURS), cycle(LINE_STYLES), strict=False
    ):
        numbers = to_array(values)
        positions = np.arange(1, len(numbers) + 1) if x is None else to_array(x)
        if numbers.ndim != 1 or numbers.size == 0 or numbers.shape != positions.shape:
            raise ValueError(
                say(
                    'The series "{name}" has shape {shape}; expected {n} numbers.',
                    name=name,
                    shape=numbers.shape,
                    n=len(positions),
                )
            )
        ax.plot(positions, numbers, label=say(name), color=colour, linestyle=line)
    if len(series) > 1:
        # To look for the best place among many points takes Matplotlib seconds, and a warning.
        longest = max(len(to_array(values)) for values in series.values())
        ax.legend(loc="best" if longest <= _MANY else "upper right")
    return label(ax, xlabel, ylabel)


def label(ax: Axes, x: str = "", y: str = "", title: str = "") -> Axes:
    """Name the axes and the picture in the notebook's language; what is empty stays as it is."""
    for text, write in ((x, ax.set_xlabel), (y, ax.set_ylabel), (title, ax.set_title)):
        if text:
            write(say(text))
    return ax


def decision_boundary(
    predict: Callable[[np.ndarray], Any],
    x: Any,
    y: Any,
    ax: Axes | None = None,
    names: Sequence[str] | None = None,
) -> Axes:
    """Colour the plane of two features by the predicted class, and draw the rows on it.

    Args:
        predict: maps rows (n, 2) float32 to class numbers (n,) or to scores (n, classes).
        x: rows (n, 2).
        y: classes (n,), numbered from 0.
        names: one name per class.

    Raises ValueError when shapes or lengths do not fit.
    """
    x, y = read_points(x, y, features=2)
    low, high = x.min(axis=0), x.max(axis=0)
    margin = np.where(high > low, 0.1 * (high - low), 1.0)
    first, second = (
        np.linspace(*ends, _GRID) for ends in zip(low - margin, high + margin, strict=True)
    )
    grid = np.stack(np.meshgrid(first, second), axis=-1)  # (second, first, 2)
    predicted = read_classes(predict(grid.reshape(-1, 2).astype(np.float32)), _GRID * _GRID)
    count = 1 + int(max(y.max(), predicted.max()))
    names = read_names(names, count)
    ax = _axes(ax)
    regions = predicted.reshape(_GRID, _GRID)
    tints = ListedColormap([_tint(_colour(c)) for c in range(count)])
    levels = np.arange(count + 1) - 0.5
    ax.pcolormesh(
        first, second, regions, cmap=tints, vmin=levels[0], vmax=levels[-1], rasterized=True
    )
    for c in range(count):  # one outline per class: a line between 0 and 2 is drawn once each
        inside = regions == c
        if inside.any() and not inside.all():
            ax.contour(first, second, inside, levels=[0.5], colors="black", linewidths=0.8)
    _scatter(ax, x, y, names)
    ax.legend()
    return ax


def class_scatter(
    x: Any,
    y: Any,
    feature_names: Sequence[str],
    class_names: Sequence[str],
    features: tuple[int, int] = (2, 3),
    ax: Axes | None = None,
) -> Axes:
    """Draw two features of rows x (n, features) against each other, one marker per class y (n,).

    Raises ValueError when lengths do not fit or a feature does not exist.
    """
    x, y = read_points(x, y, features=len(feature_names))
    class_names = read_names(class_names, 1 + int(y.max()))
    if len(features) != 2 or not all(0 <= i < x.shape[1] for i in features):
        raise ValueError(
            say(
                "Choose two features from 0 to {last}; got {features}.",
                last=x.shape[1] - 1,
                features=features,
            )
        )
    ax = _axes(ax)
    _scatter(ax, x[:, list(features)], y, class_names)
    ax.set_xlabel(say(feature_names[features[0]]))
    ax.set_ylabel(say(feature_names[features[1]]))
    ax.legend()
    return ax


def scatter_matrix(
    x: Any, y: Any, feature_names: Sequence[str], class_names: Sequence[str]
) -> Figure:
    """Draw every pair of features of rows x (n, features), and each alone as a histogram per class.

    Raises ValueError when lengths do not fit.
    """
    x, y = read_points(x, y, features=len(feature_names))
    class_names = read_names(class_names, 1 + int(y.max()))
    size = len(feature_names)
    side = _PANEL * size + sum(_MARGINS)  # inches
    figure, grid = plt.subplots(size, size, squeeze=False, figsize=(side, side))
    low, high = _MARGINS[0] / side, 1 - _MARGINS[1] / side
    # Placed by hand: to compute a layout, matplotlib measures every text of all axes several times.
    figure.subplots_adjust(low, low, high, high, wspace=0.2, hspace=0.1)
    for row in range(size):
        for column in range(size):
            ax = grid[row, column]
            if row == column:
                _histograms(ax, x[:, row], y, class_names)
            else:
                _scatter(ax, x[:, [column, row]], y, class_names, size=10)
            # Most of the time goes into ticks, and they are the same along a row or column.
            if row == size - 1:
                ax.set_xlabel(say(feature_names[column]))
            else:
                ax.set_xticks([])
            if column != int(row == 0):
                ax.set_yticks([])
            if column == 0:
                ax.set_ylabel(say(feature_names[row]))
    figure.align_ylabels(grid[:, 0])
    figure.legend(handles=_handles(class_names), loc="upper center", ncols=len(class_names))
    return figure


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def _scatter(ax: Axes, points: np.ndarray, y: np.ndarray, names: list[str], size: int = 36) -> None:
    for c, (name, marker) in enumerate(zip(names, cycle(MARKERS))):
        rows = points[y == c]
        if len(rows):
            ax.scatter(
                rows[:, 0],
                rows[:, 1],
                s=size,
                marker=marker,
                color=_colour(c),
                edgecolors="black",
                linewidths=0.5,
                label=name,
            )


def _histograms(ax: Axes, values: np.ndarray, y: np.ndarray, names: list[str]) -> None:
    ax.set_yticks([])  # the row's label names a feature, not a count
    edges = np.histogram_bin_edges(values, bins=12).tolist()
    for c, (_, line) in enumerate(zip(names, cycle(LINE_STYLES))):
        ax.hist(
            values[y == c], edges, histtype="step", color=_colour(c), linestyle=line, linewidth=1.8
        )


def _handles(names: list[str]) -> list[Line2D]:
    looks = zip(names, cycle(MARKERS), cycle(LINE_STYLES))
    return [
        Line2D([], [], color=_colour(c), linestyle=line, marker=marker, label=name)
        for c, (name, marker, line) in enumerate(looks)
    ]


def _colour(number: int) -> str:
    return str(COLOURS[number % len(COLOURS)])


def _tint(colour: str) -> tuple[float, ...]:
    return tuple(_TINT * part + (1 - _TINT) for part in to_rgb(colour))
