"""Adam's step in one pass over memory."""

import numpy as np

from models.stbp.kernels.loops import compiled


@compiled
def _step(value, gradient, mean, square, change, change_square, scale, epsilon):
    for j in range(value.shape[0]):
        g = gradient[j]
        mean[j] += change * (g - mean[j])
        square[j] += change_square * (g * g - square[j])
        value[j] -= scale * mean[j] / (np.sqrt(square[j]) + epsilon)


def adam_step(value, gradient, mean, square, change, change_square, scale, epsilon):
    """One step for an array of parameters, in place.

    Parameters
    ----------
    value, gradient, mean, square : ndarray
        Of one shape and type, contiguous.
    change, change_square, scale, epsilon : float
        As `models.stbp.optimisers.Adam.step`.
    """
    real = value.dtype.type
    _step(*(a.reshape(-1) for a in (value, gradient, mean, square)),
          *map(real, (change, change_square, scale, epsilon)))
