"""The MNIST lab: multi-layer networks, overfitting and its remedies."""

from tandem.checks import Lab
from tandem.labs.mnist.compare import Compare
from tandem.labs.mnist.networks import Build, Count, Prepare
from tandem.labs.mnist.overfitting import EarlyStopping, Overfit, TurningPoint
from tandem.labs.mnist.regularise import Regularise
from tandem.labs.mnist.training import Fit, Train

LAB = Lab.of(
    "mnist",
    Prepare(),
    Build(),
    Count(),
    Train(),
    Fit(),
    Overfit(),
    TurningPoint(),
    EarlyStopping(),
    Regularise(),
    Compare(),
)
