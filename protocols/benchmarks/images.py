"""Images of 28 x 28 pixels without any download."""

import os
from pathlib import Path

import numpy as np
import pooch

from equations.hao2020.settings import MNIST_DRIVE
from protocols import datasets
from protocols.datasets.catalogue import CACHE
from protocols.diehl_cook_sl.evaluation import patterns

SIDE = 28


def load_images(n):
    """Patterns and labels of ``n`` images of 28 x 28 pixels, without any download.

    Parameters
    ----------
    n : int
        If there are not as many, they begin again.

    Returns
    -------
    patterns : ndarray, shape (n, 784), in [0, 1]
    labels : ndarray of int, shape (n,)
    source : str
        For the title.
    """
    places = [os.environ.get("SNN_DATA"), pooch.os_cache(CACHE)]
    if any(place and Path(place, "mnist").is_dir() for place in places):
        dataset = datasets.load("mnist")
        mean = None
        source = "MNIST images"
        images = dataset.x_train
    else:
        # Each pixel is shown three times each way inside a margin of two; on average the
        # images are as bright as those of MNIST.
        dataset = datasets.load("digits")
        mean = MNIST_DRIVE / SIDE**2
        images = np.pad(dataset.x_train.repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2)))
        source = "scikit-learn's digits enlarged to 28 x 28 (no MNIST in $SNN_DATA or the cache)"
    index = np.arange(n) % len(images)
    return patterns(images[index], mean), dataset.y_train[index], source
