"""The Iris lab: a single-layer network by hand, then by a high-level API."""

from tandem.checks import Lab
from tandem.labs.iris.curves import LearningCurves
from tandem.labs.iris.fits import Fit, HighLevel
from tandem.labs.iris.gradients import Gradients, GradientStep
from tandem.labs.iris.steps import CrossEntropy, Softmax, Standardise
from tandem.labs.iris.train import Train

LAB = Lab.of(
    "iris",
    Standardise(),
    Softmax(),
    CrossEntropy(),
    Gradients(),
    GradientStep(),
    Train(),
    Fit(),
    HighLevel(),
    LearningCurves(),
)
