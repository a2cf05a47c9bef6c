"""Learning curves: the numbers drawn and their labels, never the looks."""

from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tandem.checks import AnswerError, Check
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree
from tandem.messages import later, say
from tandem.verdict import Verdict

_MOST_LINES = 8


class LearningCurves(Check):
    """Both series drawn against the epoch, each line labelled."""

    name = "learning-curves"
    points = 1
    hints = (
        later('Draw history["loss"] and history["val_loss"] into the same axes.'),
        later("Each ax.plot takes label=…; ax.legend() shows the labels. Return the axes."),
    )
    _call = "learning_curves(history)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        epochs = 12
        fall = np.exp(-np.arange(epochs) / 4)
        return {
            "loss": fall + rng.uniform(0.1, 0.2, epochs),
            "val_loss": fall + rng.uniform(0.3, 0.5, epochs),
        }, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        before = set(plt.get_fignums())
        try:
            axes = answer({name: values.tolist() for name, values in probe.items()})
            if not isinstance(axes, Axes):
                raise AnswerError(
                    say(
                        "{call} returned {kind}; expected the Matplotlib axes it drew into.",
                        call=self._call,
                        kind=type(axes).__name__,
                    )
                )
            evidence: Arrays = {}
            for i, line in enumerate(axes.get_lines()[:_MOST_LINES]):
                label = _label(axes, i, line).encode()[:200]
                evidence[f"y_{i}"] = np.array(line.get_ydata(), np.float64)
                evidence[f"label_{i}"] = np.frombuffer(label, np.uint8)
            return evidence
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        labels = {}
        for i in range(_MOST_LINES):
            if f"y_{i}" not in evidence:
                continue
            drawn = evidence.raw(f"y_{i}")
            for name, values in probe.items():
                if drawn.shape == values.shape and agree(drawn, values, 1e-6):
                    labels[name] = evidence.text(f"label_{i}")
        missing = [name for name in probe if name not in labels]
        if missing:
            raise Fault(
                say("{call} draws no line for {name}.", call=self._call, name=", ".join(missing))
            )
        if any(not label.strip() or label.startswith("_") for label in labels.values()):
            raise Fault(say("{call} draws both lines; each needs a label.", call=self._call))
        if labels["loss"] == labels["val_loss"]:
            raise Fault(say("{call} gives both lines the same label.", call=self._call))
        return self.right()


def _label(axes: Axes, i: int, line: Line2D) -> str:
    """Return a line's own label, or the text that `axes.legend([…])` shows for it."""
    label, legend = str(line.get_label()), axes.get_legend()
    if not label.startswith("_") or legend is None:
        return label
    texts = [text.get_text() for text in legend.get_texts()]
    unlabelled = all(str(other.get_label()).startswith("_") for other in axes.get_lines())
    return texts[i] if unlabelled and i < len(texts) else label
