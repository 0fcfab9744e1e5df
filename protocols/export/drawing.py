"""How large and how thick a data set's images are drawn, so that the reader's look like them."""

from __future__ import annotations

import numpy as np

LENGTH = 2.2
"""Of the line of a digit, in heights of the digit; a rough mean of the ten."""


def size_of(images: np.ndarray) -> float:
    """Share of the image's height that its content takes.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)

    Returns
    -------
    float
        The median over images of the larger side of the box around the pixels of more than a
        quarter of the full intensity.
    """
    inked = images > 64
    heights = _extent(inked.any(2))
    widths = _extent(inked.any(1))
    return float(np.median(np.maximum(heights, widths)) / images.shape[1])


def _extent(inked):
    """From the first to the last inked row of each image, shape (n,)."""
    n = inked.shape[1]
    first = inked.argmax(1)
    last = n - 1 - inked[:, ::-1].argmax(1)
    return np.where(inked.any(1), last - first + 1, n)


def brush_of(images: np.ndarray) -> float:
    """Thickness of a line in heights of the image, by which a drawing has as much ink as an image.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)

    Returns
    -------
    float
    """
    return float(images.mean() / 255 / (LENGTH * size_of(images)))
