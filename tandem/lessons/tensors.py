"""The tasks of unit 1: gradients by automatic differentiation, and faults that run silently."""

import numpy as np

from tandem.checks import Lab
from tandem.evidence import Arrays
from tandem.lessons.task import FunctionTask
from tandem.messages import later, say


class Slopes(FunctionTask):
    """The derivative of a function at many places at once."""

    name = "slopes"
    call = "slopes(x)"
    hints = (
        later("A gradient is of one number. Which one number has what you want as its gradient?"),
        later("Each y depends on its own x alone: the gradient of the sum has every slope in it."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [{"x": rng.normal(size=5)}, {"x": rng.normal(size=2)}]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        (x,) = arguments
        return (3 * x**2 - x**3) * np.exp(-x)

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        (x,) = arguments
        right = self.expected(x)
        return [
            (say("these are the values of the function, not its slopes."), x**3 * np.exp(-x)),
            (say("these are the slopes of the mean; take the sum."), right / x.size),
            (say("the product rule: exp(-x) depends on x too."), 3 * x**2 * np.exp(-x)),
        ]


class VectorJacobian(FunctionTask):
    """A weighted sum of the Jacobian's rows, in one backward pass."""

    name = "vector-jacobian"
    call = "vector_jacobian(W, x, v)"
    hints = (
        later("The result has the shape of x: one number for each input."),
        later("Compute y = tanh(W x) with recording on; then hand v to the backward pass."),
        later("The same result is the gradient of the one number (v * y).sum(), v held fixed."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {"W": rng.normal(size=(m, n)), "x": rng.normal(size=n), "v": rng.normal(size=m)}
            for m, n in ((3, 2), (2, 4))
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        W, x, v = arguments
        return W.T @ (v * (1 - np.tanh(W @ x) ** 2))

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        W, x, v = arguments
        y = np.tanh(W @ x)
        return [
            (say("this is the sum of the rows; v weights them."), W.T @ (1 - y**2)),
            (say("tanh has a derivative too."), W.T @ v),
            (say("these are the outputs y."), y),
        ]


class MeanSquaredError(FunctionTask):
    """A loss whose two arguments have shapes that broadcast."""

    name = "squared-error"
    call = "column_error(predicted, wanted)"
    hints = (
        later("Print the shape of the difference before its mean is taken."),
        later("(n, 1) minus (n,) is a table (n, n): give both the same shape first."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {"predicted": rng.normal(size=(n, 1)), "wanted": rng.normal(size=n)} for n in (6, 9)
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        predicted, wanted = arguments
        return np.mean((predicted[:, 0] - wanted) ** 2)

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        predicted, wanted = arguments
        right = self.expected(predicted, wanted)
        every = np.mean((predicted - wanted) ** 2)
        return [
            (say("every prediction was compared with every wanted number."), every),
            (say("this is the sum; the loss is a mean."), right * wanted.size),
        ]


class Fit(FunctionTask):
    """Linear regression by gradient descent, from zero, on all rows at once."""

    name = "fit"
    call = "fit(x, y, learning_rate, steps)"
    hints = (
        later("Take one step by hand on paper, and compare with what fit gives for steps=1."),
        later("If one step is right and two are not: which gradient does the second step use?"),
        later("(before - after) / learning_rate must be the gradient, for w and for b."),
    )

    def cases(self, rng: np.random.Generator) -> list[Arrays]:
        return [
            {
                "x": rng.normal(size=8),
                "y": rng.normal(size=8) + 1,
                "learning_rate": np.array(0.1),
                "steps": np.array(steps),
            }
            for steps in (1, 2, 20)
        ]

    def expected(self, *arguments: np.ndarray) -> np.ndarray:
        return self._descend(*arguments)

    def mistakes(self, *arguments: np.ndarray) -> list[tuple[str, np.ndarray]]:
        return [
            (
                say("the gradients of earlier steps are added up."),
                self._descend(*arguments, kept=1),
            ),
            (say("b never moves."), self._descend(*arguments, b_moves=0)),
            (say("each step goes uphill."), self._descend(*arguments, sign=-1)),
            (
                say("the loss is the mean, not the sum."),
                self._descend(*arguments, scale=len(arguments[0])),
            ),
        ]

    @staticmethod
    def _descend(
        x: np.ndarray,
        y: np.ndarray,
        learning_rate: np.ndarray,
        steps: np.ndarray,
        *,
        kept: float = 0,
        b_moves: float = 1,
        sign: float = 1,
        scale: float = 1,
    ) -> np.ndarray:
        """Return [w, b] after gradient descent; `kept` is the share of the old gradient."""
        point, gradient = np.zeros(2), np.zeros(2)
        for _ in range(int(steps)):
            error = point[0] * x + point[1] - y
            gradient = kept * gradient + 2 * scale * np.array([(error * x).mean(), error.mean()])
            point = point - sign * learning_rate * gradient * [1, b_moves]
        return point


TASKS = Lab.of("tensors", Slopes(), VectorJacobian(), MeanSquaredError(), Fit(), written=False)
