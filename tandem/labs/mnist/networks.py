"""Prepare images, build a network of given sizes, count its parameters."""

from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from tandem.answers import array, read_layers, whole_number
from tandem.checks import Check
from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree, require_agreement
from tandem.messages import later, say
from tandem.networks import PROBABILITIES, read_network
from tandem.verdict import Verdict

_TOLERANCE = 1e-6
_MOST_HIDDEN = 4  # hidden layers in a probe


class Prepare(Check):
    """Scale to 0 … 1, flatten, float32."""

    name = "prepare"
    points = 1
    hints = (
        later("What is the largest grey level of a uint8 image, and what should it become?"),
        later("Three steps: to float32, divide by 255, and one row of 784 numbers per image."),
        later("Turn the type before you divide; reshape to (len(images), 784) keeps the order."),
    )
    _call = "prepare(images)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        images = rng.integers(0, 256, (6, 28, 28)).astype(np.uint8)
        images[0] = 255
        return {"images": images}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        returned = answer(probe["images"].copy())
        rows = array(returned, td, self._call)
        return {"rows": rows, "single": np.array(rows.dtype == np.float32)}

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        images = probe["images"]
        expected = images.reshape(len(images), -1) / 255.0
        rows = evidence.floats("rows", expected.shape, self._call)
        if agree(rows, expected * 255, _TOLERANCE):
            raise Fault(say("{call} returned 0 … 255; expected 0 … 1.", call=self._call))
        require_agreement(rows, expected, _TOLERANCE, self._call)
        if not bool(evidence.raw("single").all()):
            raise Fault(
                say("{call} returned the right numbers, but not as float32.", call=self._call)
            )
        return self.right()


class Build(Check):
    """One point each for the sizes, for what stands between layers, for any number of them."""

    name = "build"
    points = 3
    hints = (
        later("Which sizes does each layer connect? Write them down for hidden=[128, 64] first."),
        later("A loop over the hidden sizes adds a fully connected layer and an activation each."),
        later("The last layer goes to `classes` outputs and has no activation, or softmax."),
    )
    evidence_limit = 8_000_000
    _call = "build_mlp(inputs, hidden, classes)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        probe: Arrays = {}
        for i, depth in enumerate((1, 2, 4)):
            inputs, classes = rng.integers(5, 40), rng.integers(3, 12)
            probe[f"sizes_{i}"] = np.array([inputs, *rng.integers(4, 60, depth), classes])
            probe[f"x_{i}"] = rng.normal(size=(40, inputs)).astype(np.float32)
        return probe, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        evidence: Arrays = {}
        for i in range(3):
            inputs, *hidden, classes = probe[f"sizes_{i}"].tolist()
            model = answer(inputs, hidden, classes)
            evidence |= read_layers(model, probe[f"x_{i}"], td, self._call, f"_{i}")
        return evidence

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        points = 0.0
        for i in range(3):
            sizes = probe[f"sizes_{i}"].tolist()
            call = f"build_mlp({sizes[0]}, {sizes[1:-1]}, {sizes[-1]})"
            try:
                network = read_network(
                    evidence, probe[f"x_{i}"].astype(np.float64), sizes[-1], call, f"_{i}"
                )
            except Fault as fault:
                raise Fault(fault.message, points) from fault
            built = [network.weights[0].shape[0], *(w.shape[1] for w in network.weights)]
            if built != sizes:
                raise Fault(
                    say(
                        "{call} has layers {built}; expected {sizes}.",
                        call=call,
                        built=built,
                        sizes=sizes,
                    ),
                    points,
                )
            points = max(points, 1)
            if "identity" in network.activations[:-1]:
                raise Fault(
                    say(
                        "{call} has no activation between two of its layers: together they compute "
                        "no more than one layer can.",
                        call=call,
                    ),
                    points,
                )
            if network.activations[-1] not in PROBABILITIES:
                raise Fault(
                    say(
                        "{call} ends in {activation}; expected logits or softmax.",
                        call=call,
                        activation=network.activations[-1],
                    ),
                    points,
                )
            points = max(points, 2) if i < 2 else 3
        return self.right()


class Count(Check):
    """The number of parameters by formula, for any sizes."""

    name = "count"
    points = 1
    hints = (
        later(
            "How many weights connect 784 inputs with 10 outputs, and how many biases are there?"
        ),
        later("Each layer: inputs × outputs weights and one bias for every output. Add up."),
    )
    _call = "count_parameters(inputs, hidden, classes)"

    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        sizes = [
            np.array([784, 128, 64, 10]),
            *(rng.integers(2, 2000, 2 + depth) for depth in (0, 1, _MOST_HIDDEN)),
        ]
        return {f"sizes_{i}": s for i, s in enumerate(sizes)}, {}

    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        evidence = {}
        for i, sizes in enumerate(probe.values()):
            inputs, *hidden, classes = sizes.tolist()
            evidence[f"count_{i}"] = whole_number(answer(inputs, hidden, classes), self._call)
        return evidence

    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        for i, sizes in enumerate(probe.values()):
            expected = sum(a * b + b for a, b in pairwise(sizes.tolist()))
            weights = sum(a * b for a, b in pairwise(sizes.tolist()))
            inputs, *hidden, classes = sizes.tolist()
            call = f"count_parameters({inputs}, {hidden}, {classes})"
            count = evidence.raw(f"count_{i}")
            if count.shape == () and count == weights:
                raise Fault(
                    say("{call} returned {count}: the biases are missing.", call=call, count=count)
                )
            if count.shape != () or count != expected:
                raise Fault(
                    say(
                        "{call} returned {count}; expected {expected}.",
                        call=call,
                        count=count,
                        expected=expected,
                    )
                )
        return self.right()
