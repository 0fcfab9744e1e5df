"""Pedestrians and other patches of street scenes, 28 x 28 pixels.

Wu et al. (2018) tell the size of their set (1509 training, 631 test images) but never
published its images. This one stands in for it: patches cut from the Daimler pedestrian
classification benchmark, S. Munder, D. M. Gavrila, "An experimental study on pedestrian
classification", IEEE TPAMI 28(11):1863-1868 (2006), in the same numbers; class balance and
choice are not the authors'.
"""

import pathlib

from protocols.datasets.dataset import Dataset
from protocols.datasets.files import find
from protocols.datasets.own import read_arrays

FILE = "pedestrian_28x28.npz"
FILES = f"{FILE} (x_train, y_train, x_test, y_test; label 1 is pedestrian)"
ORIGIN = (
    "the Daimler pedestrian classification benchmark (Munder and Gavrila 2006), its patches "
    "resized to 28 x 28"
)


def read(folder: pathlib.Path) -> Dataset:
    """Read the set from a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Holds `FILES`.

    Returns
    -------
    Dataset
        Images (n, 28, 28).

    Raises
    ------
    SuiteError
        If the file is missing or damaged.
    """
    path = find(folder, (FILE,), ORIGIN)
    return read_arrays(path, "pedestrian", ("non-pedestrian", "pedestrian"))
