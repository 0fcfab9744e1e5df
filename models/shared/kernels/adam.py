"""Adam's step in one pass over memory."""

import numpy as np
from numpy.typing import NDArray

from models.shared.kernels import compiled


@compiled
def _step(value, gradient, mean, square, change, change_square, scale, epsilon):
    for j in range(value.shape[0]):
        g = gradient[j]
        mean[j] += change * (g - mean[j])
        square[j] += change_square * (g * g - square[j])
        value[j] -= scale * mean[j] / (np.sqrt(square[j]) + epsilon)


def fits(*arrays: NDArray[np.floating]) -> bool:
    """Whether `adam_step` takes them: of one type, in memory one number after the other."""
    return (all(a.flags.c_contiguous for a in arrays)
            and len({(a.shape, a.dtype) for a in arrays}) == 1)


def adam_step(value: NDArray[np.floating], gradient: NDArray[np.floating],
              mean: NDArray[np.floating], square: NDArray[np.floating], change: float,
              change_square: float, scale: float, epsilon: float) -> None:
    """One step for an array of parameters, in place.

    Parameters
    ----------
    value, gradient, mean, square : ndarray
        Of one shape and type, contiguous (C order): `fits`.
    change, change_square, scale, epsilon : float
        As `models.shared.optimisers.Adam.step`.
    """
    real = value.dtype.type
    _step(*(a.reshape(-1) for a in (value, gradient, mean, square)),
          *map(real, (change, change_square, scale, epsilon)))
