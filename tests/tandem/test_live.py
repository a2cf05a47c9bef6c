"""Do live curves stay one figure, and does its last drawing show every epoch?"""

import time
from typing import Any

from matplotlib import pyplot as plt

from tandem.live import LiveCurves, bar


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


class Words:
    """A stand-in for IPython's display that notes what a bar said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, text: Any, display_id: bool) -> "Words":
        assert display_id
        assert not self.said, "a second bar"
        self.update(text)
        return self

    def update(self, text: Any) -> None:
        self.said.append(text.data)


def test_does_a_bar_count_and_go_at_the_end() -> None:
    words = Words()
    done = []
    for item in bar("abc", after=0, show=words):
        done.append(item)
    assert done == ["a", "b", "c"]
    assert [text[-3:] for text in words.said] == ["0/3", "1/3", "2/3", ""]
    assert 'max="3" value="2"' in words.said[2]


def test_has_what_is_quickly_done_no_bar() -> None:
    words = Words()
    assert list(bar(range(1000), after=60, show=words)) == list(range(1000))
    assert words.said == []


def test_does_a_bar_come_once_it_takes_long() -> None:
    words = Words()
    for _ in bar(range(4), after=0.2, show=words):
        time.sleep(0.15)
    assert words.said[0].endswith("2/4")
    assert words.said[-1] == ""
