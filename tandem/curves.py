"""Losses of every step, side by side with the twin's: the proof that both frameworks agree.

A lesson's training starts from the same weights and sees the same batches in both frameworks.
`side_by_side` draws its losses with those that the twin's notebook computed. The twin's are shipped
in `assets/curves/<unit>-<framework>.json`, written by `python -m authoring curves`, which runs the
notebooks; a test runs them again and compares.
"""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from tandem.arrays import to_array
from tandem.messages import say
from tandem.plot import COLOURS

FOLDER = Path(__file__).parent / "assets" / "curves"
TITLES = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}

recorded: dict[str, list[float]] = {}  # what this process has shown: for the builder and the tests


def side_by_side(name: str, losses: Any, framework: ModuleType, ax: Axes | None = None) -> Axes:
    """Draw one training's losses and the twin's, and print how far apart they are.

    Args:
        name: the unit and the training, `training/sgd` say.
        losses: one number per step; numbers, or tensors of one number.
        framework: `tandem.torch` or `tandem.tensorflow`, which computed them.

    Raises ValueError for a name without a unit, or losses that are not one number per step.
    """
    own = record(name, losses)
    other = next(key for key in TITLES if key != framework.NAME)
    twin = shipped(name, other)
    ax = plt.subplots(layout="constrained")[1] if ax is None else ax
    _draw(ax, own, TITLES[framework.NAME], color=COLOURS[0], linestyle="-", linewidth=3, alpha=0.6)
    if len(twin):
        _draw(ax, twin, TITLES[other], color="black", linestyle="--", linewidth=1)
        steps = min(len(own), len(twin))
        print(
            say(
                "{steps} steps; largest relative difference {error:.1e}",
                steps=steps,
                error=relative_difference(own[:steps], twin[:steps]),
            )
        )
    else:
        print(say("The twin's losses are not shipped yet: run `python -m authoring curves`."))
    ax.set_xlabel(say("step"))
    ax.set_ylabel(say("loss"))
    ax.legend(
        loc="upper right"
    )  # losses fall; to look for the best place takes long for many steps
    return ax


def record(name: str, losses: Any) -> np.ndarray:
    """Keep one training's losses (steps,), which a test compares with the twin's; return them.

    Raises ValueError for a name without a unit, or losses that are not one number per step.
    """
    if name.count("/") != 1:
        raise ValueError(say("A curve is named `unit/training`; got {name}.", name=repr(name)))
    own = to_array([float(loss) for loss in losses])
    if own.ndim != 1 or own.size == 0:
        raise ValueError(say("Expected one loss per step; got shape {shape}.", shape=own.shape))
    recorded[name] = [float(np.float32(loss)) for loss in own]
    return own


def shipped(name: str, framework: str) -> np.ndarray:
    """Return the shipped losses (steps,) of a framework's notebook; empty where there are none."""
    unit, training = name.split("/")
    file = FOLDER / f"{unit}-{framework}.json"
    if not file.is_file():
        return np.zeros(0)
    return np.array(json.loads(file.read_text(encoding="utf-8")).get(training, []), np.float64)


def differences(name: str, losses: Any, framework: ModuleType) -> np.ndarray:
    """Return |a - b| / max(|a|, |b|) of each step's loss and the twin's, (steps,).

    Arguments as for `side_by_side`. Not a number where the twin's loss is not shipped yet.
    """
    own = record(name, losses)
    other = next(key for key in TITLES if key != framework.NAME)
    twin = shipped(name, other)[: len(own)]
    apart = np.full(len(own), np.nan)
    apart[: len(twin)] = _differences(own[: len(twin)], twin)
    return apart


def relative_difference(a: np.ndarray, b: np.ndarray) -> float:
    """Return the largest |a - b| / max(|a|, |b|) of two arrays of one shape; 0 where both are 0."""
    return float(np.max(_differences(a, b)))


def _differences(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    size = np.maximum(np.abs(a), np.abs(b))
    return np.asarray(np.abs(a - b) / np.where(size == 0, 1, size))


def _draw(ax: Axes, losses: np.ndarray, label: str, **look: Any) -> None:
    ax.plot(np.arange(1, len(losses) + 1), losses, label=label, **look)
