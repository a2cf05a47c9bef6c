"""Are Hebrew labels drawn in the order in which they are read, with what Matplotlib is installed?

What is drawn is compared, not what is passed: older versions drew the first letter first, as if the
text ran from left to right.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tandem import plot
from tandem.messages import say, speaking

OVERRIDE, END = "\u202d", "\u202c"  # draws what is between as it stands, from left to right


def drawn(text: str) -> np.ndarray:
    """Draw a label alone; return its pixels."""
    figure, ax = plt.subplots(figsize=(6, 1))
    ax.set_axis_off()
    ax.set_title(text)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba()).copy()  # type: ignore[attr-defined]
    plt.close(figure)
    return pixels


@pytest.mark.parametrize("english", ["training loss", "epoch", "loss"])
def test_is_the_last_letter_drawn_first(english: str) -> None:
    with speaking("he"):
        hebrew = say(english)
        figure, ax = plt.subplots()
        plot.label(ax, x=english)
        assert ax.get_xlabel() == hebrew
        plt.close(figure)
    assert all("א" <= char <= "ת" or char == " " for char in hebrew), hebrew
    turned = f"{OVERRIDE}{hebrew[::-1]}{END}"
    assert np.array_equal(drawn(hebrew), drawn(turned))
    assert not np.array_equal(drawn(hebrew), drawn(f"{OVERRIDE}{hebrew}{END}"))


def test_does_a_value_inside_a_hebrew_label_keep_its_direction() -> None:
    isolated = drawn("שכבה \u2068(32, 1)\u2069")
    assert np.array_equal(isolated, drawn(f"{OVERRIDE}(32, 1) הבכש{END}"))
    assert not np.array_equal(isolated, drawn("שכבה (32, 1)"))
