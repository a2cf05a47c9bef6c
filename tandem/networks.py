"""Judge a trained network from its layers: infer activations, replay, recompute its loss."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_softmax, ndtr, softmax

from tandem.evidence import Arrays
from tandem.judging import Evidence, Fault, agree, require_agreement, require_shape
from tandem.layers import Layers
from tandem.messages import say

MOST_LAYERS = 8
MOST_PARAMETERS = 10_000_000
MOST_EPOCHS = 10_000
REPLAY_TOLERANCE = 1e-4  # float32 against float64, a few layers deep
LOSS_TOLERANCE = 0.01
ACTIVATIONS = {
    "identity": lambda z: z,
    "softmax": lambda z: softmax(z, axis=1),
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": expit,
    "tanh": np.tanh,
    "log_softmax": lambda z: log_softmax(z, axis=1),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),  # PyTorch's slope
    "leaky_relu 0.2": lambda z: np.where(z > 0, z, 0.2 * z),  # that of Keras' function
    "leaky_relu 0.3": lambda z: np.where(z > 0, z, 0.3 * z),  # that of Keras' layer
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "selu": lambda z: (
        1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))
    ),
    "gelu": lambda z: z * ndtr(z),
    "silu": lambda z: z * expit(z),
    "softplus": lambda z: np.logaddexp(0, z),
}
PROBABILITIES = ("identity", "softmax", "log_softmax")  # what a classifier may end in


@dataclass(frozen=True)
class Network:
    """A fully connected network in float64: weights (inputs, outputs), biases (outputs,), names."""

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    activations: list[str]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Compute the outputs (n, classes) for rows x (n, inputs)."""
        for weight, bias, activation in zip(
            self.weights, self.biases, self.activations, strict=True
        ):
            x = ACTIVATIONS[activation](x @ weight + bias)
        return x

    def accuracy(self, x: np.ndarray, classes: np.ndarray | int) -> float:
        """Return the fraction of rows whose largest output is their class."""
        return float(np.mean(self.forward(x).argmax(axis=1) == classes))

    def cross_entropy(self, x: np.ndarray, classes: np.ndarray) -> float:
        """Return the mean negative log-likelihood, from probabilities or from logits."""
        outputs = self.forward(x)
        if self.activations[-1] == "softmax":
            logs = np.log(np.maximum(outputs, np.finfo(np.float64).tiny))
        else:
            logs = log_softmax(outputs, axis=1)
        return float(-logs[np.arange(len(classes)), classes].mean())


def layers_evidence(layers: Layers, suffix: str = "") -> Arrays:
    """Name the arrays of a network that was read by `tandem.torch.layers` or its twin."""
    arrays = {"outputs" + suffix: layers.outputs}
    for i, (weight, bias, inputs) in enumerate(
        zip(layers.weights, layers.biases, layers.inputs, strict=True)
    ):
        arrays |= {
            f"weight_{i}{suffix}": weight,
            f"bias_{i}{suffix}": bias,
            f"input_{i}{suffix}": inputs,
        }
    return arrays


def weights_in(arrays: Arrays, suffix: str = "") -> list[np.ndarray]:
    """Return the weights that `layers_evidence` named, in the order of their layers, unchecked."""
    names = (f"weight_{i}{suffix}" for i in range(MOST_LAYERS))
    return [arrays[name] for name in names if name in arrays]


def read_network(
    evidence: Evidence, x: np.ndarray, classes: int, call: str, suffix: str = ""
) -> Network:
    """Rebuild a network from evidence and prove that it reproduces the model's outputs on `x`.

    Args:
        x: the rows (n, inputs) on which the model was read.
        classes: the number of outputs that it must have.

    Raises Fault when shapes do not chain, an activation is none we know, or the outputs differ.
    """
    count = sum(f"weight_{i}{suffix}" in evidence for i in range(MOST_LAYERS + 1))
    if not 1 <= count <= MOST_LAYERS:
        raise Fault(
            say(
                "{call} has no layers that can be read, or more than {n}.", call=call, n=MOST_LAYERS
            )
        )
    outputs = evidence.floats("outputs" + suffix, (len(x), classes), call)
    network = Network([], [], [])
    current = x
    for i in range(count):
        inputs = evidence.floats(f"input_{i}{suffix}", current.shape, call)
        weight, bias = _layer(evidence, i, suffix, current.shape[1], call)
        if i == 0:
            require_agreement(
                inputs,
                x,
                REPLAY_TOLERANCE,
                say("the input of the first layer of {call}", call=call),
            )
        scores = inputs @ weight + bias
        after = f"input_{i + 1}{suffix}" if i + 1 < count else "outputs" + suffix
        target = evidence.floats(after, scores.shape, call)
        network.weights.append(weight)
        network.biases.append(bias)
        network.activations.append(_activation(scores, target, i, call))
        current = ACTIVATIONS[network.activations[-1]](scores)
    require_agreement(outputs, network.forward(x), REPLAY_TOLERANCE, call)
    return network


def require_validation_loss(
    history: np.ndarray, network: Network, inputs: list[np.ndarray], classes: np.ndarray, call: str
) -> None:
    """Raise Fault unless the history's last or smallest entry is the network's own validation loss.

    Args:
        history: validation loss per epoch, (epochs,).
        inputs: the validation rows, standardised in each way that counts as right.
    """
    recomputed = [network.cross_entropy(x, classes) for x in inputs]
    stated = [history[-1], history.min()]
    if any(agree(np.array(s), np.array(r), LOSS_TOLERANCE) for s in stated for r in recomputed):
        return
    raise Fault(
        say(
            'The last "val_loss" of {call} is {stated:.4g}; the mean cross-entropy of the returned '
            "weights on the validation set is {recomputed:.4g}.",
            call=call,
            stated=history[-1],
            recomputed=recomputed[0],
        )
    )


def _layer(
    evidence: Evidence, i: int, suffix: str, inputs: int, call: str
) -> tuple[np.ndarray, np.ndarray]:
    name = say("layer {i} of {call}", i=i + 1, call=call)
    shape = evidence.raw(f"weight_{i}{suffix}").shape
    if len(shape) != 2 or shape[0] != inputs or np.prod(shape) > MOST_PARAMETERS:
        raise Fault(
            say(
                "The weights of {name} have shape {shape}; expected ({inputs}, outputs).",
                name=name,
                shape=shape,
                inputs=inputs,
            )
        )
    weight = evidence.floats(f"weight_{i}{suffix}", shape, name)
    bias = evidence.raw(f"bias_{i}{suffix}")
    require_shape(bias, (shape[1],), name)
    return weight, evidence.floats(f"bias_{i}{suffix}", (shape[1],), name)


def _activation(scores: np.ndarray, target: np.ndarray, i: int, call: str) -> str:
    for name, function in ACTIVATIONS.items():
        if agree(target, function(scores), REPLAY_TOLERANCE):
            return name
    name = say("What follows layer {i} of {call}", i=i + 1, call=call)
    if agree(target, softmax(scores, axis=0), REPLAY_TOLERANCE):
        raise Fault(
            say(
                "{name} is softmax over the wrong axis: each column adds up to 1, not each row.",
                name=name,
            )
        )
    if agree(target, softmax(softmax(scores, axis=1), axis=1), REPLAY_TOLERANCE):
        raise Fault(say("{name} is softmax applied twice.", name=name))
    raise Fault(
        say(
            "{name} is none of the activations known here ({names}): is dropout still on?",
            name=name,
            names=", ".join(ACTIVATIONS),
        )
    )
