"""Elastic distortion of images (Simard, Steinkraus & Platt 2003), for the convolutional nets.

Wu et al. name it without parameters; sigma 4 and alpha 34 pixels are usual for 28 x 28.
"""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates


def elastic(images, rng, sigma=4.0, alpha=34.0):
    """Move every pixel by a smooth random displacement.

    Parameters
    ----------
    images : ndarray of float32, shape (n, height, width, channels)
    rng : numpy.random.Generator
    sigma : float
        Standard deviation of the Gaussian that smooths the displacements, in pixels.
    alpha : float
        Displacements are drawn from U(-1, 1), smoothed, and multiplied by it.

    Returns
    -------
    ndarray of float32, shape of images
        Bilinear interpolation; 0 from beyond the edges.
    """
    n, height, width, channels = images.shape
    field = rng.uniform(-1, 1, (2, n, height, width)).astype(np.float32)
    field = alpha * gaussian_filter(field, (0, 0, sigma, sigma), mode="constant")
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    sample = np.broadcast_to(np.arange(n, dtype=np.float32)[:, None, None], (n, height, width))
    where = [sample, rows + field[0], columns + field[1]]
    out = np.empty_like(images)
    for c in range(channels):
        out[..., c] = map_coordinates(images[..., c], where, order=1, mode="constant")
    return out
