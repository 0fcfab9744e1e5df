"""The array module of an array: NumPy's or CuPy's functions, one source for both."""

import sys


def module_of(array):
    """The package that an array belongs to.

    Parameters
    ----------
    array : numpy.ndarray or cupy.ndarray

    Returns
    -------
    module
    """
    return sys.modules[type(array).__module__.partition(".")[0]]
