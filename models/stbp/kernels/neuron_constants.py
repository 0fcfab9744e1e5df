"""A layer's neurons as numbers for the compiled loops, all of the weights' type."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.stbp.neuron import GATES, Neurons


class Constants(NamedTuple):
    """Numbers of a layer's neurons.

    Attributes
    ----------
    threshold
        V_th.
    kept, kept_fired
        f(o) for o = 0 and 1, forward.
    kept_back, kept_back_fired
        The same backward.
    slope, slope_fired
        f'(o) for o = 0 and 1.
    curve : int
        Number of the surrogate's curve in the loops.
    p, q
        The curve's two constants there.
    zero
        0 of the weights' type.
    """

    threshold: np.floating
    kept: np.floating
    kept_fired: np.floating
    kept_back: np.floating
    kept_back_fired: np.floating
    slope: np.floating
    slope_fired: np.floating
    curve: int
    p: np.floating
    q: np.floating
    zero: np.floating


def _rectangular(a):
    return 0, 0.5 * a, 1 / a


def _polynomial(a):
    return 1, 0.5 * math.sqrt(a), 0.25 * a


def _sigmoid(a):
    return 2, a, 1.0


def _gaussian(a):
    return 3, 0.5 / a, 1 / math.sqrt(2 * math.pi * a)


CURVES = {
    "rectangular": _rectangular,
    "polynomial": _polynomial,
    "sigmoid": _sigmoid,
    "gaussian": _gaussian,
}
"""By a surrogate's name, a function of its width: `Constants.curve`, `p` and `q`."""


def at_edge(c: Constants, b: NDArray[np.floating]) -> bool:
    """Whether a silent neuron lies exactly on the edge of the rectangular surrogate, u = 0.

    There a rounding error of its input decides whether its gradient is 0, so the sum of no input
    must be exactly 0. As soon as all biases are other than 0 no neuron is there.

    Parameters
    ----------
    c : Constants
    b : ndarray
        Biases.

    Returns
    -------
    bool
    """
    return bool(c.curve == 0 and abs(c.threshold - c.p) <= 1e-6 * c.p and (b == 0).any())


def constants(neurons: Neurons, real: type) -> Constants:
    """Numbers of a layer's neurons.

    Parameters
    ----------
    neurons : models.stbp.neuron.Neurons
        Of the gradient 'exact', 'detached' or 'spatial'.
    real : type
        numpy.float32 or numpy.float64.

    Returns
    -------
    Constants
    """
    parameters = neurons.parameters
    kept, slope = GATES[parameters.gate](parameters.tau)
    kept_back = kept
    if neurons.gradient == "spatial":
        kept_back = (0.0, 0.0)
    if neurons.gradient != "exact":
        slope = (0.0, 0.0)
    curve, p, q = CURVES[parameters.surrogate](parameters.width)
    return Constants(*map(real, (parameters.V_th, *kept, *kept_back, *slope)), curve,
                     real(p), real(q), real(0))
