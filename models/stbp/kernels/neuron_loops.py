"""Compiled loops over the neurons of a layer, in one time step.

Callers pass views of what they work on, in `move` and `add` too: Numba asks of every computed
index whether it is negative, but not of one that counts.
"""

import numba
import numpy as np

from models.shared.kernels import compiled


@compiled
def move(to, values):
    """Copy a row."""
    for j in range(to.shape[0]):
        to[j] = values[j]


@compiled
def add(to, values):
    """Add a row."""
    for j in range(to.shape[0]):
        to[j] += values[j]


@compiled
def leak(u, before, lif):
    """Eq. 4 for some neurons: u, so far the weighted input, after the step `before`."""
    for j in range(u.shape[0]):
        u[j] += before[j] * (lif.kept_fired if before[j] >= lif.threshold else lif.kept)


@compiled
def spikes(o, u, lif):
    """Eq. 5 for some neurons."""
    for j in range(o.shape[0]):
        o[j] = u[j] >= lif.threshold


@numba.njit(inline="always")
def _back(du, u, after, h, lif):
    """dL/du from dL/do along spatial paths, u, the next step's dL/du and the surrogate."""
    fired = u >= lif.threshold
    slope = lif.slope_fired if fired else lif.slope
    kept = lif.kept_back_fired if fired else lif.kept_back
    return h * (du + after * u * slope) + after * kept


@compiled
def through_neurons(du, u, after, lif):
    """dL/du of some neurons from dL/do along spatial paths (in du) and the next step's dL/du."""
    # Each curve has a loop: one loop with all of them would be compiled without vectors.
    if lif.curve == 0:
        for j in range(du.shape[0]):
            h = lif.q if abs(u[j] - lif.threshold) < lif.p else lif.zero
            du[j] = _back(du[j], u[j], after[j], h, lif)
    elif lif.curve == 1:
        for j in range(du.shape[0]):
            h = lif.p - lif.q * abs(u[j] - lif.threshold)
            du[j] = _back(du[j], u[j], after[j], h if h > lif.zero else lif.zero, lif)
    elif lif.curve == 2:
        for j in range(du.shape[0]):
            e = np.exp(-abs(u[j] - lif.threshold) / lif.p)
            h = e / (lif.p * (lif.q + e) * (lif.q + e))
            du[j] = _back(du[j], u[j], after[j], h, lif)
    else:
        for j in range(du.shape[0]):
            distance = u[j] - lif.threshold
            h = np.exp(-distance * distance * lif.p) * lif.q
            du[j] = _back(du[j], u[j], after[j], h, lif)
