"""A layer's neurons as numbers for the compiled loops, all of the weights' type."""

import math
from collections import namedtuple

from models.stbp.neuron import GATES

Constants = namedtuple("Constants", "threshold kept kept_fired kept_back kept_back_fired "
                                    "slope slope_fired curve p q zero")
"""f(o) for o = 0 and 1 forward and backward, f'(o) likewise, and the surrogate's curve."""

CURVES = {
    # Number in the loops and the two constants p and q there, for a width.
    "rectangular": lambda a: (0, 0.5 * a, 1 / a),
    "polynomial": lambda a: (1, 0.5 * math.sqrt(a), 0.25 * a),
    "sigmoid": lambda a: (2, a, 1.0),
    "gaussian": lambda a: (3, 0.5 / a, 1 / math.sqrt(2 * math.pi * a)),
}


def at_edge(c, b):
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


def constants(neurons, real):
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
    p = neurons.parameters
    kept, slope = GATES[p.gate](p.tau)
    back = (0.0, 0.0) if neurons.gradient == "spatial" else kept
    slope = slope if neurons.gradient == "exact" else (0.0, 0.0)
    curve, *shape = CURVES[p.surrogate](p.width)
    return Constants(*map(real, (p.V_th, *kept, *back, *slope)), curve, *map(real, shape), real(0))
