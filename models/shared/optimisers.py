"""Gradient descent. The state is a dict of arrays, so that a checkpoint can hold it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.linalg import blas

from models.errors import SuiteError
from models.shared.array_module import module_of
from models.shared.layered import Outer

Arrays = dict[str, Any] | list[dict[str, Any]]
"""Arrays of NumPy or CuPy, by name, or by layer and name."""


def _pairs(parameters: Arrays, gradients: Arrays) -> Iterator[tuple[str, Any, Any]]:
    """Names, parameters and gradients; in lists the names are ``'LAYER.NAME'``."""
    if isinstance(parameters, dict):
        for name, gradient in gradients.items():
            yield name, parameters[name], gradient
        return
    for layer, (own, by) in enumerate(zip(parameters, gradients)):
        for name, value in own.items():
            yield f"{layer}.{name}", value, by[name]


class SGD:
    """Plain steps against the gradient.

    Parameters
    ----------
    rate : float
    kernels : {'numpy', 'numba'}
        What adds products of few samples on the CPU; the same up to rounding.

    Attributes
    ----------
    state : dict
        Empty.
    """

    def __init__(self, rate: float = 0.1, kernels: str = "numpy"):
        self.rate = rate
        self.state = {}
        self._products = None
        if kernels == "numba":
            from models.shared.kernels import products
            self._products = products

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        """Change the parameters in place.

        Parameters
        ----------
        parameters, gradients : dict of str to ndarray, or list of such dicts by layer
            Each gradient is of its parameter's shape, or a `models.shared.layered.Outer`. In a
            dict, a parameter without a gradient stays as it is.
        """
        for _, value, gradient in _pairs(parameters, gradients):
            if not isinstance(gradient, Outer):
                value -= self.rate * gradient
            elif self._products and self._products.fits(value, gradient.below, gradient.above):
                self._products.subtract_outer(value, gradient.below, gradient.above, self.rate)
            elif _fits(value, gradient):
                _subtract(value, gradient, self.rate)
            else:
                value -= self.rate * gradient.dense()


def _fits(value, gradient):
    """Whether BLAS can add a product to the weights where they lie."""
    arrays = (value, gradient.below, gradient.above)
    return (all(isinstance(a, np.ndarray) for a in arrays)
            and len({a.dtype for a in arrays}) == 1 and value.dtype in (np.float32, np.float64)
            and value.flags.c_contiguous)


def _subtract(value, gradient, rate):
    """value -= rate * gradient, in one pass over the weights.

    A matrix of the size of large weights would not stay in the cache, and making one takes longer
    than the products.
    """
    multiply = blas.sgemm if value.dtype == np.float32 else blas.dgemm
    # BLAS counts along columns: what it is given is the transpose of all.
    multiply(-rate / len(gradient.above), gradient.above.T, gradient.below.T, beta=1, c=value.T,
             trans_b=True, overwrite_c=True)


class Adam:
    """Kingma & Ba (2014), with their decay rates.

    Parameters
    ----------
    rate : float
    decay, decay_squares : float
        beta1 and beta2.
    kernels : {'numpy', 'numba'}
        What computes on the CPU; the same up to rounding.

    Attributes
    ----------
    state : dict of str to ndarray
        ``'NAME.mean'``, ``'NAME.square'``, where parameters come by layer ``'LAYER.NAME.mean'`` and
        so on, and the number of ``steps``.

    Raises
    ------
    SuiteError
        If the kernels are to be Numba's and it is not installed.
    """

    def __init__(self, rate: float = 1e-3, decay: float = 0.9, decay_squares: float = 0.999,
                 kernels: str = "numpy"):
        self.rate = rate
        self.decay = decay
        self.decay_squares = decay_squares
        self.state = {"steps": 0}
        self._compiled = None
        if kernels == "numba":
            from models.shared.kernels import adam
            self._compiled = adam

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        """As `SGD.step`.

        Raises
        ------
        SuiteError
            If the state is of another network.
        """
        self.state["steps"] += 1
        k = int(self.state["steps"])
        scale = self.rate * (1 - self.decay_squares**k) ** 0.5 / (1 - self.decay**k)
        # Epsilon is as in the algorithm's faster order of computation.
        epsilon = 1e-8 * (1 - self.decay_squares**k) ** 0.5
        for name, value, gradient in _pairs(parameters, gradients):
            mean, square = self._moments(name, value)
            if isinstance(gradient, Outer):
                gradient = gradient.dense()
            self._move(value, gradient, mean, square, scale, epsilon)

    def _moments(self, name, value):
        """Running means of a parameter's gradient and of its square."""
        for kind in ("mean", "square"):
            if f"{name}.{kind}" not in self.state:
                self.state[f"{name}.{kind}"] = module_of(value).zeros_like(value)
        mean = self.state[f"{name}.mean"]
        square = self.state[f"{name}.square"]
        if mean.shape != value.shape or square.shape != value.shape:
            raise SuiteError(f"the optimiser's state of {name} is of shape {mean.shape}, the "
                             f"weights are of {value.shape}")
        return mean, square

    def _move(self, value, g, mean, square, scale, epsilon):
        """Change a parameter and its moments in place."""
        change = 1 - self.decay
        change_square = 1 - self.decay_squares
        if (self._compiled and isinstance(value, np.ndarray)
                and self._compiled.fits(value, g, mean, square)):
            self._compiled.adam_step(value, g, mean, square, change, change_square, scale, epsilon)
            return
        mean += change * (g - mean)
        square += change_square * (g * g - square)
        value -= scale * mean / (module_of(value).sqrt(square) + epsilon)
