"""Draw results that vary from run to run: one row per setting, its middle and its spread."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from tandem.arrays import to_array
from tandem.messages import say
from tandem.plot import COLOURS, MARKERS, label


def rows(
    results: Mapping[str, Mapping[str, Any]], xlabel: str = "loss", ax: Axes | None = None
) -> Axes:
    """Draw each setting as a row: per series the median of its runs and a bar over all of them.

    Args:
        results: setting -> series -> numbers (runs,); each series has a marker of its own.
        xlabel: what the numbers are; it, the settings and the series are translated.

    Rows stand in the order given, the first on top. Raises ValueError where there is none, where
    the settings have different series, or where a series has no runs.
    """
    names = [list(series) for series in results.values()]
    if not names or any(series != names[0] for series in names):
        raise ValueError(say("Every setting needs the same series, one at least."))
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.9 + 0.45 * len(names)), layout="constrained")
    offsets = (np.arange(len(names[0])) - (len(names[0]) - 1) / 2) * 0.22
    for number, (name, offset) in enumerate(zip(names[0], offsets, strict=True)):
        runs = [to_array(series[name]) for series in results.values()]
        if any(values.ndim != 1 or values.size == 0 for values in runs):
            raise ValueError(say('The series "{name}" needs one number per run.', name=name))
        middle = np.array([np.median(values) for values in runs])
        reach = np.array([[values.min(), values.max()] for values in runs]).T
        ax.errorbar(
            middle,
            np.arange(len(runs)) + offset,
            xerr=np.abs(reach - middle),
            fmt=MARKERS[number],
            color=COLOURS[number],
            markeredgecolor="black",
            capsize=3,
            label=say(name),
        )
    ax.set_yticks(range(len(names)), [say(name) for name in results])
    ax.invert_yaxis()
    ax.grid(axis="y", alpha=0.3)
    ax.legend()
    return label(ax, xlabel)
