"""The array module of an array: NumPy's or CuPy's functions, one source for both."""

import importlib
import sys
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import SuiteError


def module_of(array: Any) -> ModuleType:
    """The package that an array belongs to.

    Parameters
    ----------
    array : numpy.ndarray or cupy.ndarray

    Returns
    -------
    module
    """
    return sys.modules[type(array).__module__.partition(".")[0]]


def array_module(name: str) -> ModuleType:
    """The array module of a name.

    Parameters
    ----------
    name : {'numpy', 'cupy'}

    Returns
    -------
    module

    Raises
    ------
    SuiteError
        If it is not installed, or CuPy finds no GPU.
    """
    try:
        xp = importlib.import_module(name)
        if name == "cupy":
            xp.cuda.runtime.getDeviceCount()
    except ImportError:
        raise SuiteError(f"{name} is not installed: pip install cupy-cuda12x (for CUDA 12), or "
                         "leave out --array-module") from None
    except Exception as error:
        # CuPy's own class of errors cannot be named where CuPy is absent.
        raise SuiteError(f"CuPy finds no GPU ({error}); leave out --array-module") from None
    return xp


def to_numpy(array: Any) -> NDArray[Any]:
    """A NumPy array of an array of either module, or of a number."""
    return array.get() if hasattr(array, "get") else np.asarray(array)
