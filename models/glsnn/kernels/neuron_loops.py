"""Compiled loops over neurons: some neurons at a time, which go through all steps in the cache.

The steps have the numbers of `models.glsnn.neurons`, bit for bit.
"""

import numpy as np

from models.shared.kernels import compiled

BLOCK = 128
"""Neurons of a block."""


@compiled
def conductance_steps(drive, moves, c, steps, counts, last, potentials, largest, spikes, keep):
    """Eq. 3 from rest.

    Parameters
    ----------
    drive : ndarray, shape (1 or steps, neurons)
    moves : int
        1 if the current is another one in each step, else 0.
    c : models.glsnn.constants.ConductanceConstants
    steps : int
    counts, last, potentials, largest : ndarray, shape (neurons,)
        Overwritten, as `models.glsnn.neurons.Response`.
    spikes : ndarray, shape (steps, neurons) if `keep`
    keep : bool
    """
    # One array for V, g_E, n and the largest V: the compiler sees at once that they do not overlap,
    # and takes eight neurons at a time.
    held = np.empty(4 * BLOCK, drive.dtype)
    one = drive.dtype.type(1)
    zero = drive.dtype.type(0)
    for first in range(0, drive.shape[1], BLOCK):
        n = min(BLOCK, drive.shape[1] - first)
        held[:BLOCK] = c.V_reset
        held[BLOCK:3 * BLOCK] = zero
        held[3 * BLOCK:] = -np.inf
        for t in range(steps):
            current = drive[t * moves, first:first + n]
            if t == steps - 1:
                last[first:first + n] = held[2 * BLOCK:2 * BLOCK + n]
            for j in range(n):
                g = held[BLOCK + j]
                v = held[j]
                v = v - c.step_V * ((v - c.V_L) + (c.share * g) * (v - c.V_E))
                top = held[3 * BLOCK + j]
                held[BLOCK + j] = g + c.step_g * (current[j] - g)
                held[2 * BLOCK + j] += one if v > c.V_th else zero
                held[3 * BLOCK + j] = v if v > top else top
                held[j] = c.V_reset if v > c.V_th else v
            if keep:
                # A spike is what the count has grown by.
                spikes[t, first:first + n] = held[2 * BLOCK:2 * BLOCK + n]
        potentials[first:first + n] = held[:n]
        counts[first:first + n] = held[2 * BLOCK:2 * BLOCK + n]
        largest[first:first + n] = held[3 * BLOCK:3 * BLOCK + n]
        for j in range(first, first + n):
            last[j] = counts[j] - last[j]
    if keep:
        for t in range(steps - 1, 0, -1):
            for j in range(drive.shape[1]):
                spikes[t, j] -= spikes[t - 1, j]


@compiled
def current_steps(drive, moves, c, steps, counts, last, potentials, largest, slopes, spikes, keep):
    """The neurons of the authors' published variant from rest.

    Parameters
    ----------
    drive, moves, steps, counts, last, potentials, largest, spikes, keep
        Of `conductance_steps`.
    c : models.glsnn.constants.CurrentConstants
    slopes : ndarray, shape (neurons,)
        Overwritten.
    """
    one = drive.dtype.type(1)
    zero = drive.dtype.type(0)
    for j in range(drive.shape[1]):
        V = c.V_reset
        fired = zero
        by_drive = zero
        slope = zero
        count = zero
        top = drive.dtype.type(-np.inf)
        for t in range(steps):
            v = V + c.step_V * (drive[t * moves, j] - V)
            by_drive = c.step_V + c.kept * ((one - fired) * by_drive)
            curve = c.peak - c.slope * abs(v - c.V_th)
            slope = slope + (curve if curve > zero else zero) * by_drive
            top = v if v > top else top
            fired = one if v > c.V_th else zero
            count += fired
            V = c.V_reset if v > c.V_th else v
            if keep:
                spikes[t, j] = fired
        counts[j] = count
        last[j] = fired
        potentials[j] = V
        largest[j] = top
        slopes[j] = slope
