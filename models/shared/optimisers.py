"""Gradient descent. The state is a dict of arrays, so that a checkpoint can hold it."""

import numpy as np

from models.errors import SuiteError
from models.shared.array_module import module_of


class SGD:
    """Plain steps against the gradient.

    Parameters
    ----------
    rate : float
    """

    def __init__(self, rate=0.1):
        self.rate, self.state = rate, {}

    def step(self, parameters, gradients):
        """Change the parameters in place.

        Parameters
        ----------
        parameters, gradients : list of dict of str to ndarray
            From `models.stbp.network.Network`.
        """
        for own, by in zip(parameters, gradients):
            for name, value in own.items():
                value -= self.rate * by[name]


class Adam:
    """Kingma & Ba (2014); the text's optimiser, with their decay rates.

    Parameters
    ----------
    rate : float
        Not in the text; 1e-3 in the authors' code.
    decay, decay_squares : float
        beta1 and beta2.
    kernels : {'numpy', 'numba'}
        What computes on the CPU; the same up to rounding.

    Attributes
    ----------
    state : dict of str to ndarray
        ``'LAYER.NAME.mean'``, ``'LAYER.NAME.square'``, and the number of ``steps``.
    """

    def __init__(self, rate=1e-3, decay=0.9, decay_squares=0.999,
                 kernels="numpy"):
        self.rate, self.decay, self.decay_squares = rate, decay, decay_squares
        self._compiled = None
        if kernels == "numba":
            from models.stbp.kernels import adam_step, fits
            self._compiled, self._fits = adam_step, fits
        self.state = {"steps": 0}

    def step(self, parameters, gradients):
        """As `SGD.step`.

        Raises
        ------
        SuiteError
            If the state is of another network.
        """
        self.state["steps"] += 1
        k, b1, b2 = int(self.state["steps"]), self.decay, self.decay_squares
        scale = self.rate * (1 - b2**k) ** 0.5 / (1 - b1**k)
        # Epsilon as in the algorithm's faster order of computation.
        epsilon = 1e-8 * (1 - b2**k) ** 0.5
        for layer, (own, by) in enumerate(zip(parameters, gradients)):
            for name, value in own.items():
                g, xp = by[name], module_of(value)
                mean, square = (
                    self.state.setdefault(f"{layer}.{name}.{kind}", xp.zeros_like(value))
                    for kind in ("mean", "square"))
                if mean.shape != value.shape or square.shape != value.shape:
                    raise SuiteError(f"the optimiser's state of {name} in layer {layer} is of "
                                     f"shape {mean.shape}, the weights are of {value.shape}")
                if (self._compiled and isinstance(value, np.ndarray)
                        and self._fits(value, g, mean, square)):
                    self._compiled(value, g, mean, square, 1 - b1, 1 - b2, scale, epsilon)
                    continue
                mean += (1 - b1) * (g - mean)
                square += (1 - b2) * (g * g - square)
                value -= scale * mean / (xp.sqrt(square) + epsilon)
