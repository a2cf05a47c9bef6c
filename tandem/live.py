"""Learning curves that grow while a network trains: one figure, redrawn in its place.

A lesson's Keras or Lightning callback calls `add` after each epoch and `finish` at the end. The
figure belongs to no pyplot state, so a notebook does not show it a second time, and what remains is
one picture, also where the notebook is run without a browser.
"""

import time
from collections.abc import Callable
from typing import Any

from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from tandem import plot

Show = Callable[..., Any]  # IPython's display: with display_id=True it returns a handle to update


class LiveCurves:
    """Draw training and validation loss again and again while they come in.

    Args:
        pause: seconds that pass at least between two drawings; drawing takes time from training.
        show: what shows the figure; IPython's `display`, unless a test brings its own.

    Attributes:
        history: what was added, as `plot.learning_curves` takes it.
    """

    def __init__(self, pause: float = 0.5, show: Show = display) -> None:
        self.history: dict[str, list[float]] = {"loss": [], "val_loss": []}
        self._pause, self._show = pause, show
        self._figure: Figure | None = None
        self._handle: Any = None
        self._drawn = 0.0

    def add(self, loss: float, val_loss: float) -> None:
        """Note one epoch's losses; draw unless the last drawing is too recent."""
        self.history["loss"].append(float(loss))
        self.history["val_loss"].append(float(val_loss))
        if self._handle is None or time.monotonic() - self._drawn >= self._pause:
            self._draw()

    def finish(self) -> None:
        """Draw everything that was added; nothing where nothing was."""
        if self.history["loss"]:
            self._draw()

    def _draw(self) -> None:
        if self._figure is None:
            self._figure = plt.figure(layout="constrained")
            plt.close(self._figure)  # else the notebook shows it again at the cell's end
        self._figure.clear()
        plot.learning_curves(self.history, self._figure.add_subplot())
        if self._handle is None:
            self._handle = self._show(self._figure, display_id=True)
        else:
            self._handle.update(self._figure)
        self._drawn = time.monotonic()
