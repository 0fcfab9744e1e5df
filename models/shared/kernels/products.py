"""Products of few or sparse activities with large weights, which are read from memory once.

A batch of ten is too narrow for BLAS: it copies the weights before it multiplies. Activities that
are 0 cost nothing here, and where neurons spike many are.
"""

import numpy as np
from numpy.typing import NDArray

from models.shared.kernels import compiled
from models.shared.kernels.vectors import add_parts

FEW = 16
"""Samples up to which these loops are faster than BLAS, whatever the activities are."""
SPARSE = 0.35
"""Share of activities other than 0 up to which they are so for any number of samples (weights of
800 x 800, 10 to 500 samples)."""
WIDE = 64
"""Columns of a part of a row: its sum stays in the registers."""
NARROW = 8
"""The same where fewer columns are left."""
ROWS = 64
"""Rows of weights that are taken at a time: their parts stay in the L1 cache."""


@compiled
def _list(activities, start, index, value):
    """The activities that are not 0: of row r these are from start[r] to start[r + 1]."""
    k = 0
    for r in range(activities.shape[0]):
        start[r] = k
        for i in range(activities.shape[1]):
            if activities[r, i] != 0:
                index[k] = i
                value[k] = activities[r, i]
                k += 1
    start[activities.shape[0]] = k


@compiled
def _add(out, at, rows, index, value, start, stop, length):
    """out[at:at + length] += value[k]*(row index[k]), for k from start to stop."""
    column = 0
    while column + WIDE <= length:
        add_parts(out, at + column, rows, index, value, start, stop, column, length, WIDE)
        column += WIDE
    while column + NARROW <= length:
        add_parts(out, at + column, rows, index, value, start, stop, column, length, NARROW)
        column += NARROW
    for j in range(column, length):
        for k in range(start, stop):
            out[at + j] += value[k] * rows[np.intp(index[k]) * length + j]


@compiled
def _weighted(activities, weights, sums):
    """Add the products of activities (samples, below) with weights to sums (samples, above)."""
    samples, below = activities.shape
    n = sums.shape[1]
    flat = sums.reshape(-1)
    rows = weights.reshape(-1)
    start = np.empty(samples + 1, np.intp)
    index = np.empty(activities.size, np.uint32)
    value = np.empty(activities.size, activities.dtype)
    _list(activities, start, index, value)
    at = start.copy()
    for first in range(0, below, ROWS):
        for s in range(samples):
            stop = at[s]
            while stop < start[s + 1] and index[stop] < first + ROWS:
                stop += 1
            if stop > at[s]:
                _add(flat, s * n, rows, index, value, at[s], stop, n)
            at[s] = stop


@compiled
def _outer(weights, below, above):
    """Add the sum over samples of the products below*above to weights."""
    n = weights.shape[1]
    flat = weights.reshape(-1)
    rows = above.reshape(-1)
    index = np.empty(len(below), np.uint32)
    value = np.empty(len(below), below.dtype)
    for i in range(weights.shape[0]):
        found = 0
        for s in range(below.shape[0]):
            if below[s, i] != 0:
                index[found] = s
                value[found] = below[s, i]
                found += 1
        if found:
            _add(flat, i * n, rows, index, value, 0, found, n)


def fits(weights: NDArray, *activities: NDArray) -> bool:
    """Whether the loops take these arrays, and are faster than BLAS.

    Parameters
    ----------
    weights : ndarray
    *activities : ndarray, shape (samples, units)
        The first ones are those that may be sparse.
    """
    arrays = (weights, *activities)
    if not all(isinstance(a, np.ndarray) and a.ndim == 2 and a.flags.c_contiguous for a in arrays):
        return False
    if len({a.dtype for a in arrays}) > 1 or weights.dtype not in (np.float32, np.float64):
        return False
    first = activities[0]
    return len(first) <= FEW or np.count_nonzero(first) <= SPARSE * first.size


def weighted(activities: NDArray[np.floating], weights: NDArray[np.floating],
             bias: NDArray[np.floating]) -> NDArray[np.floating]:
    """activities @ weights + bias; equal up to rounding, since sums have another order.

    Parameters
    ----------
    activities : ndarray, shape (samples, below)
    weights : ndarray, shape (below, above)
        They must be what `fits` takes.
    bias : ndarray, shape (above,)

    Returns
    -------
    ndarray, shape (samples, above)
    """
    sums = np.empty((len(activities), weights.shape[1]), weights.dtype)
    sums[:] = bias
    _weighted(activities, weights, sums)
    return sums


def subtract_outer(weights: NDArray[np.floating], below: NDArray[np.floating],
                   above: NDArray[np.floating], rate: float) -> None:
    """weights -= rate times the mean over the samples of the products below*above, in place.

    Parameters
    ----------
    weights : ndarray, shape (below, above)
    below : ndarray, shape (samples, below)
    above : ndarray, shape (samples, above)
        All must be what `fits` takes.
    rate : float
    """
    _outer(weights, below, above * weights.dtype.type(-rate / len(above)))
