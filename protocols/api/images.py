"""Images as a script gives them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.errors import SuiteError
from protocols import datasets
from protocols.datasets.arrays import as_uint8


def as_images(images: NDArray | Sequence, data: datasets.Description, resize: bool = False
              ) -> NDArray[np.uint8]:
    """One image or several, as a network takes them.

    Parameters
    ----------
    images : ndarray or sequence of ndarray or path-like
        Of `protocols.api.ShownNetwork.show`.
    data : protocols.datasets.Description
        Of the data that the network is for.
    resize : bool
        Bring files of another size to the one of the data.

    Returns
    -------
    ndarray of uint8, shape (n, height, width) or (n, height, width, 3)

    Raises
    ------
    SuiteError
        If the network is for no images, there are none, a file cannot be read, or shape or values
        do not fit.
    """
    if data.kind != "images":
        raise SuiteError(f"this model is for {data.kind}; single images cannot be shown to it")
    shape = tuple(data.image_shape)
    if isinstance(images, (str, Path)):
        images = [images]
    if not isinstance(images, np.ndarray):
        images = _stacked([each if isinstance(each, np.ndarray)
                           else datasets.image_file(each, shape, resize) for each in images])
    if images.shape == shape:
        images = images[None]
    if images.shape[1:] != shape or not len(images):
        raise SuiteError(f"images of shape {images.shape}; this model takes "
                         f"(n, {', '.join(map(str, shape))})")
    return as_uint8(images, "the array of images")


def _stacked(images):
    """Images of one shape as one array."""
    shapes = {image.shape for image in images}
    if len(shapes) > 1:
        raise SuiteError(f"images of different shapes, {' and '.join(map(str, sorted(shapes)))}: "
                         "show those of one shape at a time")
    return np.array(images)
