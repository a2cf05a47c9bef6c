"""Do live curves stay one figure, and does its last drawing show every epoch?"""

from typing import Any

from matplotlib import pyplot as plt

from tandem.live import LiveCurves


class Screen:
    """A stand-in for IPython's display that notes what each drawing showed."""

    def __init__(self) -> None:
        self.shown: list[int] = []  # epochs in each drawing
        self.figures: list[Any] = []

    def __call__(self, figure: Any, display_id: bool) -> "Screen":
        assert display_id
        assert not self.shown, "a second figure"
        self.update(figure)
        return self

    def update(self, figure: Any) -> None:
        self.figures.append(figure)
        self.shown.append(len(figure.axes[0].get_lines()[0].get_xdata()))


def curves(screen: Screen, pause: float, epochs: int) -> LiveCurves:
    plt.switch_backend("agg")
    live = LiveCurves(pause, screen)
    for epoch in range(epochs):
        live.add(loss=1 / (epoch + 1), val_loss=2 / (epoch + 1))
    return live


def test_is_one_figure_redrawn_after_each_epoch() -> None:
    screen = Screen()
    curves(screen, pause=0, epochs=3).finish()
    assert screen.shown == [1, 2, 3, 3]
    assert len(set(map(id, screen.figures))) == 1
    assert len(screen.figures[0].axes) == 1


def test_does_a_pause_spare_drawings_but_not_the_last() -> None:
    screen = Screen()
    curves(screen, pause=3600, epochs=5).finish()
    assert screen.shown == [1, 5]


def test_does_pyplot_keep_no_figure() -> None:
    before = plt.get_fignums()
    curves(Screen(), pause=0, epochs=1).finish()
    assert plt.get_fignums() == before


def test_is_nothing_drawn_where_nothing_was_added() -> None:
    screen = Screen()
    curves(screen, pause=0, epochs=0).finish()
    assert screen.shown == []
