"""Does `tandem.torch.set_weights` write weights into a model's layers, all or none?"""

import numpy as np
import pytest
from torch import nn

import tandem.torch as td

pytestmark = pytest.mark.pytorch


def test_are_weights_written_in_the_order_of_the_layers() -> None:
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((4, 5), (5,), (5, 3), (3,))]
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    td.set_weights(model, weights)
    found = td.layers(model, rng.normal(size=(2, 4)))
    for written, read in zip(weights[::2], found.weights, strict=True):
        np.testing.assert_array_equal(written.astype(np.float32), read)
    for written, read in zip(weights[1::2], found.biases, strict=True):
        np.testing.assert_array_equal(written.astype(np.float32), read)


@pytest.mark.parametrize("shapes", [[], [(4, 5), (5,)], [(5, 4), (5,), (5, 3), (3,)]])
def test_are_weights_that_do_not_fit_refused_before_any_is_written(
    shapes: list[tuple[int, ...]],
) -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    before = td.layers(model, np.zeros((1, 4))).weights[0]
    with pytest.raises(ValueError, match="Expected weights of shapes"):
        td.set_weights(model, [np.ones(shape) for shape in shapes])
    np.testing.assert_array_equal(before, td.layers(model, np.zeros((1, 4))).weights[0])
