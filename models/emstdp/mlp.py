"""BP-MLP and EMSTDP-MLP, the networks without spikes (`equations.shrestha2019.mlp`), on NumPy.

Both give gradients, so that one optimiser serves both. Those of EMSTDP-MLP are the negative
updates of Eq. 12: descent on the local loss of Eq. 11.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import DTypeLike, NDArray

from equations.shrestha2019.mlp import BPRules, EMSTDPRules
from models.emstdp.architecture import (
    feedback_matrix, feedback_source, forward_matrix, layer_names,
)

Arrays = dict[str, NDArray]
"""Weights and biases by name: ``'BELOW_ABOVE.w'``, shape (below, above), and ``'LAYER.b'``."""


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
    found = {}
    for name, shape in mlp_shapes(sizes).items():
        projection, _, kind = name.rpartition(".")
        drawn = forward_matrix(seed, projection, shape, scale) if kind == "w" else np.zeros(shape)
        found[name] = drawn.astype(dtype)
    return found


def mlp_shapes(sizes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights and biases by name."""
    names = layer_names(sizes)
    found = {}
    for below, above, n, m in zip(names, names[1:], sizes, sizes[1:]):
        found[f"{below}_{above}.w"] = (n, m)
        found[f"{above}.b"] = (m,)
    return found


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


class MLP(ABC):
    """What both networks share.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Of `initial_mlp`; an optimiser changes them in place.

    Attributes
    ----------
    parameters : list of dict
        ``{'w': ndarray, 'b': ndarray}`` by layer, the arrays themselves.
    layers : list of str
        Names of the layers behind the input.
    """

    def __init__(self, arrays: Arrays):
        weights = [name for name in arrays if name.endswith(".w")]
        self.layers = [name.removesuffix(".w").split("_")[1] for name in weights]
        self.parameters = [{"w": arrays[name], "b": arrays[f"{layer}.b"]}
                           for name, layer in zip(weights, self.layers)]

    @abstractmethod
    def activities(self, inputs: NDArray) -> list[NDArray]:
        """Activities of all layers, the inputs first.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs), in [0, 1]

        Returns
        -------
        list of ndarray, shape (samples, units)
        """

    @abstractmethod
    def gradients(self, inputs: NDArray, labels: NDArray) -> tuple[float, list[Arrays], NDArray]:
        """What an optimiser takes, as means over a batch.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs)
        labels : ndarray of int, shape (samples,)

        Returns
        -------
        loss : float
        gradients : list of dict of str to ndarray
            As `parameters`.
        outputs : ndarray, shape (samples, outputs)
            Before learning.
        """

    def _drive(self, k: int, below: NDArray) -> NDArray:
        """Inputs u of the units of a layer (the first is 0)."""
        own = self.parameters[k]
        return below @ own["w"] + own["b"]

    @staticmethod
    def _outer(activities: list[NDArray], deltas: list[NDArray]) -> list[Arrays]:
        """Means of the products of what lies below a weight and above it, by layer."""
        n = len(activities[0])
        return [{"w": below.T @ (delta / n), "b": delta.mean(0)}
                for below, delta in zip(activities, deltas)]


class BPMLP(MLP):
    """Rectified units, a softmax at the output and exact gradients of its cross-entropy.

    Parameters
    ----------
    arrays : dict of str to ndarray
    """

    def activities(self, inputs: NDArray) -> list[NDArray]:
        """As `MLP.activities`; the outputs are probabilities."""
        found = [inputs]
        for k in range(len(self.parameters) - 1):
            found.append(np.maximum(self._drive(k, found[-1]), 0))
        u = self._drive(len(self.parameters) - 1, found[-1])
        powers = np.exp(u - u.max(1, keepdims=True))
        return [*found, powers / powers.sum(1, keepdims=True)]

    def gradients(self, inputs: NDArray, labels: NDArray) -> tuple[float, list[Arrays], NDArray]:
        """As `MLP.gradients`; the loss is the cross-entropy."""
        found = self.activities(inputs)
        outputs = found[-1]
        rows = np.arange(len(labels))
        chance = outputs[rows, labels]
        # A probability that single precision cannot hold has a loss nevertheless.
        loss = -np.log(np.maximum(chance, np.finfo(outputs.dtype).tiny)).mean()
        delta = outputs.copy()
        delta[rows, labels] -= 1
        deltas = [delta]
        for own, activity in zip(self.parameters[:0:-1], found[-2:0:-1]):
            deltas.insert(0, (deltas[0] @ own["w"].T) * (activity > 0))
        return float(loss), self._outer(found, deltas), outputs


class EMSTDPMLP(MLP):
    """Activities without and with errors; weights move the first ones towards the second ones.

    Parameters
    ----------
    arrays : dict of str to ndarray
    rules : equations.shrestha2019.mlp.EMSTDPRules
    feedback : {'sw', 'fa', 'dfa'}
    matrices : dict of str to ndarray
        Of `feedback_matrices`.
    """

    def __init__(self, arrays: Arrays, rules: EMSTDPRules, feedback: str, matrices: Arrays):
        super().__init__(arrays)
        self.rules = rules
        self.feedback = feedback
        self.matrices = matrices

    def activities(self, inputs: NDArray) -> list[NDArray]:
        """As `MLP.activities`, those of phase 1."""
        return self._phase_1(inputs)[0]

    def gradients(self, inputs: NDArray, labels: NDArray) -> tuple[float, list[Arrays], NDArray]:
        """As `MLP.gradients`; the loss is half the squared deviation from the targets."""
        activities, drives = self._phase_1(inputs)
        outputs = activities[-1]
        deviation = np.eye(outputs.shape[1], dtype=outputs.dtype)[labels] - outputs
        deltas = []
        for a, u, e in zip(activities[1:], drives, self.errors(activities, deviation)):
            a_hat = np.clip(u + self.rules.gamma * e, 0, 1)
            deltas.append(a - a_hat)
        loss = 0.5 * (deviation * deviation).sum(1).mean()
        return float(loss), self._outer(activities, deltas), outputs

    def errors(self, activities: list[NDArray], deviation: NDArray) -> list[NDArray]:
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
        for k in range(len(self.layers) - 2, -1, -1):
            if self.feedback == "sw":
                error = found[0] @ self.parameters[k + 1]["w"].T
            else:
                source = loss if self.feedback == "dfa" else found[0]
                error = source @ self.matrices[self.layers[k]]
            if self.rules.gated:
                error *= activities[k + 1] > 0
            found.insert(0, error)
        return found

    def _phase_1(self, inputs):
        """Activities of all layers, and the inputs u of the units behind the first one."""
        activities = [inputs]
        drives = []
        for k in range(len(self.parameters)):
            drives.append(self._drive(k, activities[-1]))
            activities.append(np.clip(drives[-1], 0, 1))
        return activities, drives


def build_mlp(arrays: Arrays, rules: BPRules | EMSTDPRules, feedback: str = "sw",
              matrices: dict[str, NDArray] | None = None) -> MLP:
    """The network of some rules.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Of `initial_mlp`.
    rules : BPRules or EMSTDPRules
    feedback, matrices
        Of `EMSTDPMLP`.
    """
    if isinstance(rules, BPRules):
        return BPMLP(arrays)
    return EMSTDPMLP(arrays, rules, feedback, matrices or {})
