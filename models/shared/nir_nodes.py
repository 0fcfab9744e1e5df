"""Nodes of the neuromorphic intermediate representation (NIR) that several networks need.

Pedersen et al. (2024), Neuromorphic intermediate representation: a unified instruction set for
interoperable brain-inspired computing. Nature Communications 15, 8122. The package is nir.

A NIR graph is of differential equations and has no time step. The networks here are recursions.
Both are the same where a reader integrates by forward Euler with the step ``dt`` of the graph's
metadata, in seconds.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.errors import SuiteError

if TYPE_CHECKING:
    import nir

INTEGRATION = "forward Euler"


def nir_package() -> ModuleType:
    """The package nir, which takes h5py with it.

    Raises
    ------
    SuiteError
        If it is not installed.
    """
    try:
        import nir
    except ImportError:
        raise SuiteError("the package nir is not installed: pip install nir") from None
    return nir


def affine(weights: NDArray, biases: NDArray) -> nir.Affine:
    """All to all, y = W x + b.

    Parameters
    ----------
    weights : ndarray, shape (inputs, neurons)
    biases : ndarray, shape (neurons,)
    """
    return nir_package().Affine(weight=np.ascontiguousarray(weights.T), bias=biases)


def leaky_neurons(shape: tuple[int, ...], tau: float, r: float, v_threshold: float,
                  v_reset: float, dtype: np.dtype) -> nir.LIF:
    """Neurons of tau dv/dt = -v + r I with v = `v_reset` after a spike, which is at v > threshold.

    Parameters
    ----------
    shape : tuple of int
    tau : float
        In seconds.
    r, v_threshold, v_reset : float
        Without unit.
    dtype : numpy dtype
        Of the weights.
    """
    def each(value):
        return np.full(shape, value, dtype)

    return nir_package().LIF(tau=each(tau), r=each(r), v_leak=each(0),
                             v_threshold=each(v_threshold), v_reset=each(v_reset))
