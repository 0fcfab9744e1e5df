"""The network on which the baselines are compared, Ororbia & Mali (2019): tanh and softmax.

    hidden    a_k = tanh(u_k), u_k = a_{k-1} w_{k-1,k} + b_k
    output    a_n = exp(u_n)/sum(exp(u_n)), loss -log(a_n) of the label
"""

from functools import partial
from types import ModuleType

import numpy as np
from numpy.typing import DTypeLike

from models.errors import SuiteError
from models.shared.array_module import module_of
from models.shared.layered import Array, Arrays, Forward, LayeredNetwork, untrained
from models.shared.random_matrices import orthogonal
from models.shared.softmax import cross_entropy, softmax


def initial_mlp(sizes: tuple[int, ...], seed: int, dtype: DTypeLike = np.float32,
                xp: ModuleType = np) -> Arrays:
    """Weights and biases of an untrained network.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.
    seed : int
    dtype : numpy dtype
    xp : module
        NumPy or CuPy.

    Returns
    -------
    dict of str to ndarray
        Weights are orthogonal, as in Lee et al. (2015) and GLSNN; biases are 0.
    """
    found = untrained(sizes, partial(orthogonal, seed), dtype)
    return {name: xp.asarray(value) for name, value in found.items()}


class TanhMLP(LayeredNetwork):
    """Tanh units, and a softmax with its cross-entropy.

    Parameters
    ----------
    sizes : tuple of int
    arrays : dict of str to ndarray
        Of `initial_mlp`.
    """

    def forward(self, inputs: Array) -> Forward:
        """As `LayeredNetwork.forward`.

        The details are the ``'drives'`` of the layers behind the input. The slopes of the output
        are the diagonal of the derivative of the softmax.
        """
        activities = [inputs]
        drives = []
        slopes = []
        for k in range(len(self.sizes) - 1):
            drives.append(self.drive(k, activities[-1]))
            activity = self.activity(k, drives[-1])
            slopes.append(1 - activity * activity if self.hidden(k) else activity * (1 - activity))
            activities.append(activity)
        return Forward(activities, slopes, {"drives": drives})

    def hidden(self, k: int) -> bool:
        """Whether the k-th layer behind the input is none of the output."""
        return k < len(self.sizes) - 2

    def activity(self, k: int, drive: Array) -> Array:
        """Activities of the k-th layer behind the input, of its drive."""
        return module_of(drive).tanh(drive) if self.hidden(k) else softmax(drive)

    def loss(self, forward: Forward, targets: Array) -> tuple[float, Array]:
        """As `LayeredNetwork.loss`, of the cross-entropy."""
        return cross_entropy(forward.outputs, targets)


def check_tanh(network: LayeredNetwork, method: str) -> None:
    """Refuse a network whose units are not those of the method's paper.

    Raises
    ------
    SuiteError
    """
    if not isinstance(network, TanhMLP):
        raise SuiteError(f"--method {method} has no spiking form: it learns with tanh units; "
                         "--method bp, rfa and dfa take every network")
