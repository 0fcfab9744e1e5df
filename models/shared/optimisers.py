"""Gradient descent. The state is a dict of arrays, so that a checkpoint can hold it."""

from typing import Any

import numpy as np

from models.errors import SuiteError
from models.shared.array_module import module_of

Arrays = list[dict[str, Any]]
"""Arrays of NumPy or CuPy by layer and name."""


class SGD:
    """Plain steps against the gradient.

    Parameters
    ----------
    rate : float

    Attributes
    ----------
    state : dict
        Empty.
    """

    def __init__(self, rate: float = 0.1):
        self.rate = rate
        self.state = {}

    def step(self, parameters: Arrays, gradients: Arrays) -> None:
        """Change the parameters in place.

        Parameters
        ----------
        parameters, gradients : list of dict of str to ndarray
            By layer and name, each gradient of its parameter's shape.
        """
        for own, by in zip(parameters, gradients):
            for name, value in own.items():
                value -= self.rate * by[name]


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
        ``'LAYER.NAME.mean'``, ``'LAYER.NAME.square'``, and the number of ``steps``.

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
        for layer, (own, by) in enumerate(zip(parameters, gradients)):
            for name, value in own.items():
                mean, square = self._moments(layer, name, value)
                self._move(value, by[name], mean, square, scale, epsilon)

    def _moments(self, layer, name, value):
        """Running means of a parameter's gradient and of its square."""
        for kind in ("mean", "square"):
            if f"{layer}.{name}.{kind}" not in self.state:
                self.state[f"{layer}.{name}.{kind}"] = module_of(value).zeros_like(value)
        mean = self.state[f"{layer}.{name}.mean"]
        square = self.state[f"{layer}.{name}.square"]
        if mean.shape != value.shape or square.shape != value.shape:
            raise SuiteError(f"the optimiser's state of {name} in layer {layer} is of "
                             f"shape {mean.shape}, the weights are of {value.shape}")
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
