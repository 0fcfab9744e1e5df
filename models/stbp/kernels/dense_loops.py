"""Compiled loops of fully connected layers: one sample at a time, all its time steps together.

Arrays are (samples, T, ...) here. Weighted sums go by events (`models.stbp.kernels.events`): what
an input deviates at a step from the value that it has at most of the sample's steps. Each sum has
a fixed order, so that results are the same bits in every run.
"""

import numpy as np

from models.shared.kernels import compiled
from models.shared.kernels.vectors import add_rows, fetch
from models.stbp.kernels.neuron_loops import add, leak, move, spikes, through_neurons

WIDE = 64
"""Columns of a block of weights: its rows stay in the L2 cache, one sum in eight registers."""
NARROW = 16
"""The same for a layer of few neurons."""


@compiled
def rows_added(out, at, rows, index, value, start, stop):
    """`add_rows` for either width."""
    if rows.shape[1] == WIDE:
        add_rows(out, at, rows, index, value, start, stop, WIDE)
    else:
        add_rows(out, at, rows, index, value, start, stop, NARROW)


@compiled
def dense_forward(code, w, b, lif, u, o):
    """Fully connected neurons: u and spikes from events.

    Parameters
    ----------
    code : models.stbp.kernels.events.Code
    w : ndarray, shape (inputs, neurons)
    b : ndarray, shape (neurons,)
    lif : models.stbp.kernels.neuron_constants.Constants
    u : ndarray, shape (samples, T, neurons)
    o : ndarray of uint8, shape of u
    """
    samples, steps, neurons = u.shape
    width = WIDE if neurons > NARROW else NARROW
    block = np.zeros((len(w), width), w.dtype)
    x = np.zeros((steps, width), w.dtype)
    flat = x.reshape(-1)
    first = np.zeros(width, w.dtype)
    for c in range(0, neurons, width):
        n = min(width, neurons - c)
        block[:, n:] = 0
        for i in range(len(w)):
            move(block[i, :n], w[i, c:c + n])
        for s in range(samples):
            move(first[:n], b[c:c + n])
            first[n:] = 0
            rows_added(first, 0, block, code.usual_index, code.usual_value,
                       code.usual[s], code.usual[s + 1])
            for t in range(steps):
                move(x[t], first)
                k = s * steps + t
                rows_added(flat, t * width, block, code.index, code.value,
                           code.step[k], code.step[k + 1])
                if t:
                    leak(x[t], x[t - 1], lif)
            # This is not done before: waiting for memory at each step takes as long as all sums.
            for t in range(steps):
                move(u[s, t, c:c + n], x[t])
                spikes(o[s, t, c:c + n], x[t], lif)


@compiled
def fetch_columns(flat, at, rows, length, n):
    """Begin to read n columns from the place `at` on, in some rows of that length."""
    for k in range(rows):
        fetch(flat, at + k * length, n)


@compiled
def neurons_backward(du, u, sums, lif):
    """dL/du of some neurons through all steps, in du, and its sum.

    Parameters
    ----------
    du : ndarray, shape (T + 1, neurons)
        dL/do along spatial paths, and zeros for the step after the last; overwritten by dL/du.
    u : ndarray, shape (T, neurons)
    sums : ndarray, shape (neurons,)
        Overwritten.
    lif : models.stbp.kernels.neuron_constants.Constants
    """
    sums[:] = 0
    for t in range(u.shape[0] - 1, -1, -1):
        through_neurons(du[t], u[t], du[t + 1], lif)
        add(sums, du[t])


@compiled
def outer_products(flat, width, code, s, sums, first, du):
    """Add a sample's inputs times dL/du to a block of weights.

    Parameters
    ----------
    flat : ndarray, shape (inputs*width,)
    width : int
    code : models.stbp.kernels.events.Code
        With events by input.
    s : int
        The sample.
    sums : ndarray, shape (1, width)
        Sum of `du` over the steps, for the usual values.
    first : ndarray of int, shape (1,)
        0, the row of `sums`.
    du : ndarray, shape (T + 1, width)
    """
    for k in range(code.usual[s], code.usual[s + 1]):
        rows_added(flat, np.intp(code.usual_index[k]) * width, sums, first,
                   code.usual_value[k:k + 1], 0, 1)
    for k in range(code.inputs[s], code.inputs[s + 1]):
        rows_added(flat, np.intp(code.input_index[k]) * width, du, code.when,
                   code.amount, code.input_start[k], code.input_start[k + 1])


@compiled
def dense_backward(code, lif, u, du, needed, w, b):
    """Gradients of fully connected neurons.

    Parameters
    ----------
    code, lif, u
        As `dense_forward`; code with events by input.
    du : ndarray, shape of u
        dL/do along spatial paths; overwritten by dL/du if that is needed.
    needed : bool
    w, b : ndarray
        Overwritten by the gradients.
    """
    samples, steps, neurons = u.shape
    width = WIDE if neurons > NARROW else NARROW
    block = np.empty((len(w), width), w.dtype)
    flat = block.reshape(-1)
    d = np.zeros((steps + 1, width), w.dtype)
    potential = np.zeros((steps, width), w.dtype)
    sums = np.zeros((1, width), w.dtype)
    bias = np.zeros(width, w.dtype)
    first = np.zeros(1, np.uint32)
    flat_du = du.reshape(-1)
    flat_u = u.reshape(-1)
    for c in range(0, neurons, width):
        n = min(width, neurons - c)
        block[:] = 0
        d[:] = 0
        bias[:] = 0
        for s in range(samples):
            if s + 1 < samples:
                # The next sample's numbers lie apart in memory; waiting for them took half the
                # time of 800 neurons.
                at = (s + 1) * steps * neurons + c
                fetch_columns(flat_du, at, steps, neurons, n)
                fetch_columns(flat_u, at, steps, neurons, n)
            for t in range(steps):
                move(d[t, :n], du[s, t, c:c + n])
                move(potential[t, :n], u[s, t, c:c + n])
            neurons_backward(d, potential, sums[0], lif)
            add(bias, sums[0])
            if needed:
                for t in range(steps):
                    move(du[s, t, c:c + n], d[t])
            outer_products(flat, width, code, s, sums, first, d)
        for i in range(len(w)):
            move(w[i, c:c + n], block[i])
        move(b[c:c + n], bias)
