"""Does a row show the middle and the reach of its runs, and does bad input get a sentence?"""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from tandem import spread

RESULTS = {
    "none": {"training": [0.1, 0.2, 0.6], "test": [1.0, 1.5, 1.1]},
    "dropout": {"training": [0.4, 0.5, 0.6], "test": [0.8, 0.9, 1.3]},
}


def test_are_median_lowest_and_highest_drawn_for_each_setting() -> None:
    plt.switch_backend("agg")
    ax = spread.rows(RESULTS, "cross-entropy")
    first, second = ax.containers
    np.testing.assert_allclose(first[0].get_xdata(), [0.2, 0.5])
    np.testing.assert_allclose(second[0].get_xdata(), [1.1, 0.9])
    np.testing.assert_allclose(
        [s[:, 0] for s in first[2][0].get_segments()], [[0.1, 0.6], [0.4, 0.6]]
    )
    assert first[0].get_marker() != second[0].get_marker()
    assert [text.get_text() for text in ax.get_yticklabels()] == list(RESULTS)
    assert ax.get_xlabel() == "cross-entropy"
    top, bottom = ax.transData.transform([(0, 0), (0, 1)])[:, 1]
    assert top > bottom
    plt.close("all")


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ({}, "the same series"),
        ({"a": {"x": [1]}, "b": {"y": [1]}}, "the same series"),
        ({"a": {"x": []}}, "one number per run"),
        ({"a": {"x": [[1.0]]}}, "one number per run"),
    ],
)
def test_is_what_cannot_be_drawn_refused(results: dict, message: str) -> None:
    plt.switch_backend("agg")
    with pytest.raises(ValueError, match=message):
        spread.rows(results)
    plt.close("all")
