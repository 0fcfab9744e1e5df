"""Samples as intensities of the input neurons."""

import math

import numpy as np

from models.errors import SuiteError


def intensities(dataset, split: str) -> np.ndarray:
    """Intensities, which are probabilities of a spike per step (section 4.2).

    Parameters
    ----------
    dataset : protocols.datasets.Dataset
    split : {'train', 'test'}

    Returns
    -------
    ndarray of float32, shape (n, inputs), in [0, 1]

    Raises
    ------
    SuiteError
        If the set holds events.
    """
    samples = getattr(dataset, f"x_{split}")
    if dataset.kind != "images":
        raise SuiteError(f"{dataset.name} holds {dataset.kind}; this protocol takes images")
    flat = samples.reshape(len(samples), math.prod(samples.shape[1:]))
    return flat.astype(np.float32) / 255
