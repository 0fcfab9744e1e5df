"""Layered networks on arrays, and rules by which they learn: (network, batch) -> gradients.

A network is asked forward alone. A rule asks it, and says how every array should change. So each
method of credit assignment is a rule, and one optimiser and one learner serve them all.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from models.shared.array_module import module_of

Array = Any
"""Of NumPy or CuPy."""
Arrays = dict[str, Array]
"""Weights ``'BELOW_ABOVE.w'`` of shape (below, above), biases ``'LAYER.b'``, and a rule's own."""


def layer_names(sizes: tuple[int, ...]) -> list[str]:
    """Names of the layers of so many units, from the input to the output."""
    return ["input", *(f"hidden{k}" for k in range(1, len(sizes) - 1)), "output"]


def layered_shapes(sizes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights and biases of a network by name."""
    names = layer_names(sizes)
    found = {}
    for below, above, n, m in zip(names, names[1:], sizes, sizes[1:]):
        found[f"{below}_{above}.w"] = (n, m)
        found[f"{above}.b"] = (m,)
    return found


def untrained(sizes: tuple[int, ...], draw: Callable[[str, tuple[int, int]], np.ndarray],
              dtype: DTypeLike = np.float32) -> dict[str, np.ndarray]:
    """Weights and biases of an untrained network.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.
    draw : callable
        ``draw(name, shape)`` returns the weights of a name.
    dtype : numpy dtype

    Returns
    -------
    dict of str to ndarray
        Of NumPy, of the shapes of `layered_shapes`; biases are 0.
    """
    found = {}
    for name, shape in layered_shapes(sizes).items():
        drawn = draw(name, shape) if name.endswith(".w") else np.zeros(shape)
        found[name] = drawn.astype(dtype)
    return found


@dataclass
class Forward:
    """What a network did with some inputs.

    Attributes
    ----------
    activities : list of ndarray, shape (samples, units)
        What each layer passes on, the inputs first; the last are the outputs.
    slopes : list of ndarray, shape (samples, units)
        Derivatives of the activities by the drive, of the layers behind the input; what stands for
        them where units spike.
    details : dict of str to list of ndarray
        The network's own, by layer: spike counts, potentials.
    """

    activities: list
    slopes: list
    details: dict = field(default_factory=dict)

    @property
    def outputs(self) -> Array:
        """Activities of the last layer."""
        return self.activities[-1]


@dataclass
class Outer:
    """A gradient of weights: the mean over a batch of products of two activities.

    An optimiser may add it to the weights without making the matrix.

    Attributes
    ----------
    below : ndarray, shape (samples, units below)
    above : ndarray, shape (samples, units above)
    """

    below: Array
    above: Array

    def dense(self) -> Array:
        """The matrix, shape (units below, units above)."""
        return self.below.T @ (self.above / len(self.above))


@dataclass
class Lesson:
    """What a rule says of a batch.

    Attributes
    ----------
    loss : float
        Mean over the samples, before learning.
    gradients : dict of str to ndarray or Outer
        By the names of `Rule.arrays`; an array that does not change is absent.
    forward : Forward
        Before learning.
    """

    loss: float
    gradients: dict
    forward: Forward


class LayeredNetwork(ABC):
    """Layers, each connected to the next one.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.
    arrays : dict of str to ndarray
        Of the shapes that `layered_shapes` gives; an optimiser changes them in place.
    """

    def __init__(self, sizes: tuple[int, ...], arrays: Arrays):
        self.sizes = sizes
        self.arrays = arrays
        self.layers = layer_names(sizes)

    def weights(self, k: int) -> Array:
        """Weights onto the k-th layer behind the input (the first is 0), shape (below, above)."""
        return self.arrays[f"{self.layers[k]}_{self.layers[k + 1]}.w"]

    def bias(self, k: int) -> Array:
        """Its biases, shape (units,)."""
        return self.arrays[f"{self.layers[k + 1]}.b"]

    def drive(self, k: int, below: Array) -> Array:
        """Its inputs by what the layer below passes on, shape (samples, units)."""
        return below @ self.weights(k) + self.bias(k)

    @abstractmethod
    def forward(self, inputs: Array) -> Forward:
        """Activities of all layers.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs), in [0, 1]
        """

    @abstractmethod
    def loss(self, forward: Forward, targets: Array) -> tuple[float, Array]:
        """Loss of what the network did, and its derivative by the drive of the output units.

        Parameters
        ----------
        forward : Forward
        targets : ndarray, shape (samples, outputs)
            1 for the class of a sample and 0 elsewhere.

        Returns
        -------
        loss : float
            Mean over the samples.
        error : ndarray, shape (samples, outputs)
            For each sample by itself. Where units spike, the output's slopes stand for the
            derivative of its activities.
        """

    def gradients(self, activities: list, deltas: list) -> dict:
        """Gradients by name, of what each layer behind the input should lose of its drive.

        Parameters
        ----------
        activities : list of ndarray
            Of `Forward`.
        deltas : list of ndarray or None, shape (samples, units)
            Of the layers behind the input; None for a layer that does not learn.
        """
        found = {}
        for k, (below, delta) in enumerate(zip(activities, deltas)):
            if delta is None:
                continue
            found[f"{self.layers[k]}_{self.layers[k + 1]}.w"] = Outer(below, delta)
            found[f"{self.layers[k + 1]}.b"] = delta.mean(0)
        return found


class Rule(ABC):
    """How a network learns.

    Parameters
    ----------
    network : LayeredNetwork

    Attributes
    ----------
    arrays : dict of str to ndarray
        All that learns: the network's arrays, and the rule's own where it has some (such as
        feedback weights that learn). An optimiser changes them in place; checkpoints hold them.
    """

    def __init__(self, network: LayeredNetwork):
        self.network = network
        self.arrays = dict(network.arrays)

    @abstractmethod
    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """What a batch teaches.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs), in [0, 1]
        targets : ndarray, shape (samples, outputs)
        rng : numpy.random.Generator
            For rules that need random numbers; a function of seed and position.
        """


def one_hot(labels: np.ndarray, outputs: int, like: Array) -> Array:
    """Targets of some labels, shape (samples, outputs), of the type of another array."""
    xp = module_of(like)
    return xp.asarray(np.eye(outputs, dtype=like.dtype)[labels])
