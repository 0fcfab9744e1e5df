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
    # One array for all: the compiler then sees that they do not overlap.
    held = np.empty((4, BLOCK), drive.dtype)
    V = held[0]
    g = held[1]
    count = held[2]
    top = held[3]
    one = drive.dtype.type(1)
    zero = drive.dtype.type(0)
    for first in range(0, drive.shape[1], BLOCK):
        n = min(BLOCK, drive.shape[1] - first)
        V[:] = c.V_reset
        g[:] = zero
        count[:] = zero
        top[:] = -np.inf
        for t in range(steps):
            current = drive[t * moves, first:first + n]
            if t == steps - 1:
                last[first:first + n] = count[:n]
            for j in range(n):
                v = V[j]
                v = v - c.step_V * ((v - c.V_L) + (c.share * g[j]) * (v - c.V_E))
                g[j] = g[j] + c.step_g * (current[j] - g[j])
                top[j] = v if v > top[j] else top[j]
                count[j] += one if v > c.V_th else zero
                V[j] = v
            if keep:
                row = spikes[t, first:first + n]
                for j in range(n):
                    row[j] = one if V[j] > c.V_th else zero
            for j in range(n):
                V[j] = c.V_reset if V[j] > c.V_th else V[j]
        for j in range(n):
            counts[first + j] = count[j]
            last[first + j] = count[j] - last[first + j]
            potentials[first + j] = V[j]
            largest[first + j] = top[j]


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
