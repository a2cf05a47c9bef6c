"""In the sandbox, is a figure drawn for its picture alone, and whenever it is told to?"""

import pytest

from tests.autograder.kernels import sandboxed

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # jupyter_client's contexts, at exit
]

_COUNTING = """
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
drawn, draw = [], Axes.draw
def counted(ax, *args, **kwargs):
    drawn.append(ax)
    return draw(ax, *args, **kwargs)
Axes.draw = counted
"""
_PICTURES = """
plt.rcdefaults()
fig, ax = plt.subplots()
ax.plot([1, 2, 4], "o-", label="a")
ax.legend()
"""


def test_is_a_figure_that_a_cell_leaves_open_drawn_for_its_picture_alone() -> None:
    with sandboxed() as kernel:
        kernel.tell(_COUNTING)
        kernel.tell(_PICTURES)
        once = int(kernel.tell("print(len(drawn)); drawn.clear()"))
        kernel.tell(
            "from IPython.core.pylabtools import print_figure\n"
            "print_figure(fig, bbox_inches='tight'); shown = len(drawn)"
        )
        assert once == int(kernel.tell("print(shown)")) > 0


def test_does_a_canvas_draw_when_it_is_told_to() -> None:
    with sandboxed() as kernel:
        kernel.tell(_COUNTING)
        found = kernel.tell(_PICTURES + "fig.canvas.draw()\nprint(len(drawn))\nplt.close()")
        assert int(found) == 1
