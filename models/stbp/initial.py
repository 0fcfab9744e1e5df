"""Initial weights, and images as spikes."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from models.errors import SuiteError


def normalised_uniform(rng: np.random.Generator, shape: tuple[int, ...],
                       dtype: DTypeLike = np.float32) -> NDArray:
    """U[-1, 1], and then the norm of every neuron's in-synaptic weights is made 1 (Eq. 29-30).

    The root of Eq. 30 is missing in our copy of the text. With V_th = 1.5 and no bias neurons
    hardly ever fire (`equations.wu2018.IterativeLIF`).

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        The last axis is that of the neurons or maps.
    dtype : numpy dtype

    Returns
    -------
    ndarray of `shape`
    """
    w = rng.uniform(-1, 1, shape)
    axes = tuple(range(w.ndim - 1))
    return (w / np.sqrt((w * w).sum(axes))).astype(dtype)


def bernoulli(rng: np.random.Generator, images: NDArray, steps: int,
              dtype: DTypeLike = np.float32) -> NDArray:
    """Independent spikes with the probability of each pixel (section 3.2.1).

    Random numbers are drawn only for pixels that are not 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    images : ndarray, shape (samples, ...), in [0, 1]
    steps : int
    dtype : numpy dtype
        Such as uint8, which networks take as well and which is less to read.

    Returns
    -------
    ndarray, shape (steps, samples, ...), of 0 and 1

    Raises
    ------
    SuiteError
        If there is no step or no image, or a pixel is no probability.
    """
    if steps < 1:
        raise SuiteError(f"a presentation needs at least one time step, not {steps}")
    if not images.size:
        raise SuiteError("there are no images to encode")
    if not (np.isfinite(images).all() and images.min() >= 0 and images.max() <= 1):
        raise SuiteError("pixels must be numbers from 0 to 1, the probabilities of spikes")
    spikes = np.zeros((steps, images.size), dtype)
    lit = images.reshape(-1).nonzero()[0]
    spikes[:, lit] = rng.random((steps, len(lit)), dtype=np.float32) < images.reshape(-1)[lit]
    return spikes.reshape(steps, *images.shape)
