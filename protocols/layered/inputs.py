"""Images as intensities of the input units."""

import math

import numpy as np

from models.errors import SuiteError
from protocols.datasets import Dataset


def pixels(dataset: Dataset, split: str, taken: str = "images") -> np.ndarray:
    """Intensities of the images of a data set.

    Parameters
    ----------
    dataset : protocols.datasets.Dataset
    split : {'train', 'test'}
    taken : str
        What the protocol takes, for the error message.

    Returns
    -------
    ndarray of float32, shape (n, inputs), in [0, 1]

    Raises
    ------
    SuiteError
        If the set holds no images.
    """
    if dataset.kind != "images":
        raise SuiteError(f"{dataset.name} holds {dataset.kind}; this protocol takes {taken}")
    samples = getattr(dataset, f"x_{split}")
    flat = samples.reshape(len(samples), math.prod(samples.shape[1:]))
    return flat.astype(np.float32) / 255
