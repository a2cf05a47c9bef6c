"""Architectures compared on the same footing; the best is named by validation."""

from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import read_layers, several
from tandem.checks import AnswerError
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree
from tandem.labs.mnist.posed import LEARNT, READ_ROWS, Posed, rows, tensors
from tandem.messages import later, say
from tandem.networks import LOSS_TOLERANCE
from tandem.verdict import Verdict

_LEAST, _MOST = 3, 6


class Compare(Posed):
    """One point for three honest measurements, one for naming the best."""

    name = "compare"
    points = 2
    training = 800
    hints = (
        later(
            "What must be the same for all, so that only the architecture can make the difference?"
        ),
        later(
            "A loop over hidden sizes: build, train as always, keep the model and its validation "
            "loss."
        ),
        later(
            "Return [(model, val_loss), …], best, where best is the position of the lowest "
            "val_loss."
        ),
    )
    _call = "compare(x_train, y_train, x_val, y_val)"

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        candidates, best = several(answer(*tensors(probe, td)), 2, self._call)
        if type(candidates) not in (list, tuple) or not _LEAST <= len(candidates) <= _MOST:
            raise AnswerError(
                say(
                    "{call} should return a list of {least} to {most} pairs (model, val_loss).",
                    call=self._call,
                    least=_LEAST,
                    most=_MOST,
                )
            )
        evidence: Arrays = {}
        for i, candidate in enumerate(candidates):
            model, val_loss = several(
                candidate, 2, say("{call}, candidate {i}", call=self._call, i=i)
            )
            evidence |= read_layers(
                model, rows(probe["x_val"][:READ_ROWS]), td, self._call, f"_{i}"
            )
            evidence[f"val_loss_{i}"] = np.array(self._number(val_loss, "val_loss"))
        return evidence | {"best": np.array(int(self._number(best, "best")))}

    def _number(self, value: Any, name: str) -> float:
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise AnswerError(
                say(
                    "{call} returned {kind} as {name}; expected a number.",
                    call=self._call,
                    kind=type(value).__name__,
                    name=name,
                )
            ) from error

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        count = sum(f"val_loss_{i}" in evidence for i in range(_MOST))
        x_val, y_val = rows(probe["x_val"]).astype(np.float64), probe["y_val"]
        measured, shapes = [], set()
        for i in range(count):
            call = say("candidate {i}", i=i)
            network = self.network(evidence, probe, call, f"_{i}")
            stated = evidence.floats(f"val_loss_{i}", (), call)
            measured.append(network.cross_entropy(x_val, y_val))
            shapes.add(tuple(weight.shape for weight in network.weights))
            if not agree(stated, np.array(measured[-1]), LOSS_TOLERANCE):
                raise Fault(
                    say(
                        "{call}: the stated validation loss is {stated:.3f}, that of its weights "
                        "{measured:.3f}.",
                        call=call,
                        stated=float(stated),
                        measured=measured[-1],
                    )
                )
            if measured[-1] > LEARNT:
                raise Fault(
                    say(
                        "{call} has learnt nothing: validation loss {loss:.2f}.",
                        call=call,
                        loss=measured[-1],
                    )
                )
            self.require_unseen(network, probe, truth, call)
        if len(shapes) < _LEAST:
            raise Fault(
                say(
                    "{call} compares {n} different architectures; at least {least} are needed.",
                    call=self._call,
                    n=len(shapes),
                    least=_LEAST,
                )
            )
        best = evidence.raw("best")
        if best.shape != () or best != int(np.argmin(measured)):
            raise Fault(
                say(
                    "{call} names candidate {best}; candidate {right} has the lowest validation "
                    "loss.",
                    call=self._call,
                    best=best,
                    right=int(np.argmin(measured)),
                ),
                1,
            )
        return self.right()
