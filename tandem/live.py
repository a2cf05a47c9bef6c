"""What moves while a network trains: learning curves, one figure redrawn in its place; a bar.

A lesson's Keras or Lightning callback calls `add` after each epoch and `finish` at the end. The
figure belongs to no pyplot state, so a notebook does not show it a second time, and what remains is
one picture, also where the notebook is run without a browser.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from IPython.display import HTML, display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from tandem import plot

Show = Callable[..., Any]  # IPython's display: with display_id=True it returns a handle to update

T = TypeVar("T")


def bar(items: Iterable[T], after: float = 1.0, show: Show = display) -> Iterator[T]:
    """Yield the items, and show how many are done; the bar goes when all are.

    IPython's own ProgressBar comes at once and stays; a widget's is missing from a saved notebook.

    Args:
        after: seconds before there is a bar, for what is done by then needs none; a tenth of it
            passes between two of its steps.
        show: what shows it; IPython's `display`, unless a test brings its own.
    """
    every, handle, drawn = list(items), None, time.monotonic()
    for done, item in enumerate(every):
        now = time.monotonic()
        if now - drawn >= (after if handle is None else after / 10):
            text = HTML(
                f'<progress max="{len(every)}" value="{done}" aria-label="{done}/{len(every)}">'
                f"</progress> {done}/{len(every)}"
            )
            if handle is None:
                handle = show(text, display_id=True)
            else:
                handle.update(text)
            drawn = now
        yield item
    if handle is not None:
        handle.update(HTML(""))


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
