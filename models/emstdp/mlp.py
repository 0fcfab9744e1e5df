"""BP-MLP and EMSTDP-MLP, the networks without spikes (`equations.shrestha2019.mlp`), on arrays.

Each is a layered network and a rule, so that one optimiser serves both. The gradients of EMSTDP-MLP
are the negative updates of Eq. 12: descent on the local loss of Eq. 11.
"""

import numpy as np
from numpy.typing import DTypeLike

from equations.shrestha2019.mlp import BPRules, EMSTDPRules
from models.baselines.bp import BP
from models.emstdp.architecture import feedback_matrix, feedback_source, forward_matrix
from models.shared.array_module import module_of
from models.shared.layered import (
    Array, Arrays, Forward, LayeredNetwork, Lesson, Rule, layer_names, untrained,
)
from models.shared.softmax import cross_entropy, softmax


def initial_mlp(sizes: tuple[int, ...], scale: float, seed: int,
                dtype: DTypeLike = np.float32) -> Arrays:
    """Weights and biases of an untrained network.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.
    scale : float
        Weights are N(0, scale/fan-in), section 4.
    seed : int
        Each matrix draws its own numbers, those of the spiking network's for the same seed.
    dtype : numpy dtype

    Returns
    -------
    dict of str to ndarray
        Biases are 0.
    """
    def draw(name, shape):
        return forward_matrix(seed, name.removesuffix(".w"), shape, scale)

    return untrained(sizes, draw, dtype)


def feedback_matrices(sizes: tuple[int, ...], feedback: str, width: float, seed: int,
                      dtype: DTypeLike = np.float32) -> Arrays:
    """The fixed matrices that carry errors to the hidden layers.

    Parameters
    ----------
    sizes, seed, dtype
        Of `initial_mlp`.
    feedback : {'sw', 'fa', 'dfa'}
    width : float
        They are U(-width, width)/sqrt(fan-in).

    Returns
    -------
    dict of str to ndarray, shape (source of the error, layer)
        By hidden layer; empty for 'sw'.
    """
    if feedback == "sw":
        return {}
    units = dict(zip(layer_names(sizes), sizes))
    found = {}
    for layer in layer_names(sizes)[1:-1]:
        shape = (units[feedback_source(layer_names(sizes), layer, feedback)], units[layer])
        found[layer] = (width * feedback_matrix(seed, layer, shape)).astype(dtype)
    return found


class RectifiedMLP(LayeredNetwork):
    """Rectified units, and a softmax with its cross-entropy.

    Parameters
    ----------
    sizes : tuple of int
    arrays : dict of str to ndarray
        Of `initial_mlp`.
    """

    def forward(self, inputs: Array) -> Forward:
        """As `LayeredNetwork.forward`; the outputs are probabilities.

        The slopes of the output are the diagonal of the derivative of the softmax.
        """
        activities = [inputs]
        slopes = []
        for k in range(len(self.sizes) - 2):
            activities.append(module_of(inputs).maximum(self.drive(k, activities[-1]), 0))
            slopes.append((activities[-1] > 0).astype(inputs.dtype))
        outputs = softmax(self.drive(len(self.sizes) - 2, activities[-1]))
        return Forward([*activities, outputs], [*slopes, outputs * (1 - outputs)])

    def loss(self, forward: Forward, targets: Array) -> tuple[float, Array]:
        """As `LayeredNetwork.loss`, of the cross-entropy."""
        return cross_entropy(forward.outputs, targets)


class ClippedMLP(LayeredNetwork):
    """Units f(u) = min(max(u, 0), 1) in all layers, those of phase 1.

    Parameters
    ----------
    sizes : tuple of int
    arrays : dict of str to ndarray
        Of `initial_mlp`.
    """

    def forward(self, inputs: Array) -> Forward:
        """As `LayeredNetwork.forward`; the details are the ``'drives'`` u behind the input."""
        activities = [inputs]
        drives = []
        for k in range(len(self.sizes) - 1):
            drives.append(self.drive(k, activities[-1]))
            activities.append(module_of(inputs).clip(drives[-1], 0, 1))
        slopes = [((u > 0) & (u < 1)).astype(u.dtype) for u in drives]
        return Forward(activities, slopes, {"drives": drives})

    def loss(self, forward: Forward, targets: Array) -> tuple[float, Array]:
        """As `LayeredNetwork.loss`, of half the squared deviation from the targets."""
        deviation = forward.outputs - targets
        loss = 0.5 * (deviation * deviation).sum(1).mean()
        return float(loss), deviation * forward.slopes[-1]


class EMSTDP(Rule):
    """Activities without and with errors; weights move the first ones towards the second ones.

    Parameters
    ----------
    network : ClippedMLP
    rules : equations.shrestha2019.mlp.EMSTDPRules
    feedback : {'sw', 'fa', 'dfa'}
    matrices : dict of str to ndarray
        Of `feedback_matrices`.
    """

    def __init__(self, network: ClippedMLP, rules: EMSTDPRules, feedback: str, matrices: Arrays):
        super().__init__(network)
        self.rules = rules
        self.feedback = feedback
        self.matrices = matrices

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """As `Rule.lesson`."""
        forward = self.network.forward(inputs)
        loss, _ = self.network.loss(forward, targets)
        errors = self.errors(forward.activities, targets - forward.outputs)
        deltas = []
        for a, u, e in zip(forward.activities[1:], forward.details["drives"], errors):
            a_hat = module_of(u).clip(u + self.rules.gamma * e, 0, 1)
            deltas.append(a - a_hat)
        return Lesson(loss, self.network.gradients(forward.activities, deltas), forward)

    def errors(self, activities: list[Array], deviation: Array) -> list[Array]:
        """Errors of the layers behind the input, Eq. 8 and section 3.5.

        Parameters
        ----------
        activities : list of ndarray, shape (samples, units)
            Of phase 1, the inputs first.
        deviation : ndarray, shape (samples, outputs)
            Targets less outputs.

        Returns
        -------
        list of ndarray, shape (samples, units)
        """
        loss = self.rules.r * deviation
        found = [loss]
        for k in range(len(activities) - 2, 0, -1):
            if self.feedback == "sw":
                error = found[0] @ self.network.weights(k).T
            else:
                source = loss if self.feedback == "dfa" else found[0]
                error = source @ self.matrices[self.network.layers[k]]
            if self.rules.gated:
                error *= activities[k] > 0
            found.insert(0, error)
        return found


def build_mlp(sizes: tuple[int, ...], arrays: Arrays, rules: BPRules | EMSTDPRules,
              feedback: str = "sw", matrices: Arrays | None = None) -> Rule:
    """The network of some rules, and how it learns.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.
    arrays : dict of str to ndarray
        Of `initial_mlp`; an optimiser changes them in place.
    rules : BPRules or EMSTDPRules
    feedback, matrices
        Of `EMSTDP`.
    """
    if isinstance(rules, BPRules):
        return BP(RectifiedMLP(sizes, arrays))
    return EMSTDP(ClippedMLP(sizes, arrays), rules, feedback, matrices or {})
