"""Handwritten digits which come with scikit-learn: no download, seconds to train on.

The test part of E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI
Machine Learning Repository (1998): 1797 images of 8 x 8 pixels.
"""

import numpy as np

from protocols.datasets.dataset import Dataset
from protocols.datasets.splits import SPLIT_SEED, stratified_split

N_TEST = 360
CLASS_NAMES = tuple("0123456789")
LARGEST = 16
"""Each pixel counts the inked cells in a 4 x 4 block of the scan."""


def read() -> Dataset:
    """Load the set and split it.

    Returns
    -------
    Dataset
        1437 training and 360 test images (8, 8), scaled from 0 .. 16 to 0 .. 255 and
        rounded; the split is fixed, each class with its share in both parts.
    """
    # scikit-learn takes seconds to import.
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / LARGEST)).astype(np.uint8)
    labels = digits.target.astype(np.int64)
    train, test = stratified_split(labels, N_TEST, SPLIT_SEED, "digits", CLASS_NAMES)
    return Dataset(
        name="digits",
        kind="images",
        x_train=images[train],
        y_train=labels[train],
        x_test=images[test],
        y_test=labels[test],
        class_names=CLASS_NAMES,
    )
