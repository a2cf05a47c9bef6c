"""Let a figure be drawn for its picture alone: pyplot draws each once more when a cell ends.

That is meant for a window, which redraws when it finds the time (`draw_idle`). In a kernel there is
none, and `display` draws the figure anyway. `canvas.draw()` and `savefig` draw as ever.
"""

from typing import Any


def draw_when_shown() -> None:
    """Turn what a window would redraw into nothing, for figures that become pictures."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    def not_now(canvas: FigureCanvasAgg, *args: Any, **kwargs: Any) -> None:
        """Wait for whoever shows the figure."""

    FigureCanvasAgg.draw_idle = not_now
