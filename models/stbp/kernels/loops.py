"""Compiled loops over one sample at a time, all its time steps together.

Arrays are (samples, T, ...) here. Functions that call each other are in one file, since Numba's
cache on disk looks at the file of a function alone.

Weighted sums go by events (`models.stbp.kernels.events`): what an input deviates at a step from
the value that it has at most of the sample's steps. Each sum has a fixed order, so that results
are the same bits in every run.
"""

import numba
import numpy as np

from models.stbp.kernels.vectors import add_rows, add_scaled, fetch

compiled = numba.njit(cache=True, nogil=True, error_model="numpy")

WIDE, NARROW = 64, 16
"""Columns of a block of weights: its rows stay in the L2 cache, one sum in eight registers."""


@compiled
def rows_added(out, at, rows, index, value, start, stop):
    """`add_rows` for either width."""
    if rows.shape[1] == WIDE:
        add_rows(out, at, rows, index, value, start, stop, WIDE)
    else:
        add_rows(out, at, rows, index, value, start, stop, NARROW)


@compiled
def leak(u, before, lif):
    """Eq. 4 for some neurons: u, so far the weighted input, after the step `before`."""
    for j in range(u.shape[0]):
        u[j] += before[j] * (lif.kept_fired if before[j] >= lif.threshold else lif.kept)


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
    # A loop for each curve: one with all of them would be compiled without vectors.
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


@compiled
def move(to, values):
    """Copy a row. Through views, since Numba asks of a computed index whether it is negative."""
    for j in range(to.shape[0]):
        to[j] = values[j]


@compiled
def add(to, values):
    """Add a row."""
    for j in range(to.shape[0]):
        to[j] += values[j]


@compiled
def spikes(o, u, lif):
    """Eq. 5 for some neurons."""
    for j in range(o.shape[0]):
        o[j] = u[j] >= lif.threshold


@compiled
def dense_forward(code, w, b, lif, u, o):
    """Fully connected neurons: u and spikes from events.

    Parameters
    ----------
    code : models.stbp.kernels.events.Code
    w : ndarray, shape (inputs, neurons)
    b : ndarray, shape (neurons,)
    lif : models.stbp.kernels.constants.Constants
    u : ndarray, shape (samples, T, neurons)
    o : ndarray of uint8, shape of u
    """
    samples, steps, neurons = u.shape
    width = WIDE if neurons > NARROW else NARROW
    block, x = np.zeros((len(w), width), w.dtype), np.zeros((steps, width), w.dtype)
    first, flat = np.zeros(width, w.dtype), x.reshape(-1)
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
            # Not before: waiting for memory at each step takes as long as all sums.
            for t in range(steps):
                move(u[s, t, c:c + n], x[t])
                spikes(o[s, t, c:c + n], x[t], lif)


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
    block, d = np.empty((len(w), width), w.dtype), np.zeros((steps + 1, width), w.dtype)
    potential = np.zeros((steps, width), w.dtype)
    sums, flat = np.zeros((1, width), w.dtype), block.reshape(-1)
    first, bias = np.zeros(1, np.uint32), np.zeros(width, w.dtype)
    flat_du, flat_u = du.reshape(-1), u.reshape(-1)
    for c in range(0, neurons, width):
        n = min(width, neurons - c)
        block[:] = 0
        d[:] = 0
        bias[:] = 0
        for s in range(samples):
            sums[:] = 0
            # The next sample's, which lie apart in memory: waiting for them took half the time
            # of 800 neurons.
            for t in range(steps if s + 1 < samples else 0):
                at = ((s + 1) * steps + t) * neurons + c
                fetch(flat_du, at, n)
                fetch(flat_u, at, n)
            for t in range(steps):
                move(d[t, :n], du[s, t, c:c + n])
                move(potential[t, :n], u[s, t, c:c + n])
            for t in range(steps - 1, -1, -1):
                through_neurons(d[t], potential[t], d[t + 1], lif)
                add(sums[0], d[t])
            add(bias, sums[0])
            if needed:
                for t in range(steps):
                    move(du[s, t, c:c + n], d[t])
            for k in range(code.usual[s], code.usual[s + 1]):
                rows_added(flat, np.intp(code.usual_index[k]) * width, sums, first,
                           code.usual_value[k:k + 1], 0, 1)
            for k in range(code.inputs[s], code.inputs[s + 1]):
                rows_added(flat, np.intp(code.input_index[k]) * width, d, code.when,
                           code.amount, code.input_start[k], code.input_start[k + 1])
        for i in range(len(w)):
            move(w[i, c:c + n], block[i])
        move(b[c:c + n], bias)


@compiled
def convolve(image, index, value, start, stop, kernels, shape, backward):
    """Events to the neurons that see them, or the neurons' gradients to the kernels.

    Parameters
    ----------
    image : ndarray, shape (rows*columns*maps,)
        Of neurons; added to, or read if `backward`.
    index, value : ndarray
        Events from `start` to `stop`.
    kernels : ndarray, shape (height*channels*width*maps,)
        Mirrored in width, so that an event's neurons in a row meet neighbours. Read, or added
        to if `backward`.
    shape : tuple of int
        Columns of the input, channels, kernels' height and width, rows, columns and maps of the
        neurons. Maps are a multiple of 8.
    """
    across, channels, height, width, rows, columns, maps = shape
    for k in range(start, stop):
        i = np.intp(index[k])
        channel, x, y = i % channels, (i // channels) % across, i // (channels * across)
        low, high = max(0, x - width + 1), min(columns - 1, x)
        n, skipped = (high - low + 1) * maps, low - (x - width + 1)
        for j in range(max(0, y - rows + 1), min(height - 1, y) + 1):
            to, by = ((y - j) * columns + low) * maps, ((j * channels + channel) * width
                                                        + skipped) * maps
            if backward:
                add_scaled(kernels, by, image, to, value[k], n)
            else:
                add_scaled(image, to, kernels, by, value[k], n)


@compiled
def convolution_forward(code, kernels, b, shape, size, lif, u, pooled):
    """Neurons of a convolution and the number of spikes in squares.

    Parameters
    ----------
    code, lif
        As `dense_forward`.
    kernels, shape
        As `convolve`.
    b : ndarray, shape (maps,)
    size : int
        Edge of the squares.
    u : ndarray, shape (samples, T, rows*columns*maps)
    pooled : ndarray of uint8, shape (samples, T, rows/size, columns/size, maps)
        Its maps may be fewer: without those that fill up.
    """
    samples, steps, n = u.shape
    rows, columns, maps = shape[4:]
    first, fired = np.empty((rows * columns, maps), u.dtype), np.empty(n, np.uint8)
    # Eight counts in a word; they stay below 256.
    words = fired.view(np.uint64).reshape(rows, columns, maps // 8)
    counts = np.zeros(maps, np.uint8)
    sums = counts.view(np.uint64)
    for s in range(samples):
        for k in range(rows * columns):
            move(first[k], b)
        flat = first.reshape(-1)
        convolve(flat, code.usual_index, code.usual_value, code.usual[s], code.usual[s + 1],
                 kernels, shape, False)
        for t in range(steps):
            x, k = u[s, t], s * steps + t
            move(x, flat)
            convolve(x, code.index, code.value, code.step[k], code.step[k + 1], kernels, shape,
                     False)
            if t:
                leak(x, u[s, t - 1], lif)
            spikes(fired, x, lif)
            for row in range(pooled.shape[2]):
                for column in range(pooled.shape[3]):
                    for m in range(maps // 8):
                        total = np.uint64(0)
                        for i in range(size):
                            for j in range(size):
                                total += words[row * size + i, column * size + j, m]
                        sums[m] = total
                    move(pooled[s, t, row, column], counts)


@compiled
def convolution_backward(code, shape, size, lif, u, spatial, share, du, kernels, b):
    """Gradients of a convolution.

    Parameters
    ----------
    code, shape, size, lif, u
        As `convolution_forward`.
    spatial : ndarray, shape of pooled
        The loss's derivative by the means over the squares.
    share : float
        Of a neuron in such a mean.
    du : ndarray, shape (samples, T, rows*columns*maps), or (2, 1, ...) where it is not needed
        Overwritten by dL/du.
    kernels, b : ndarray
        Overwritten by the gradients; b of shape (maps,).
    """
    samples, steps, n = u.shape
    rows, columns, maps = shape[4:]
    sums, nothing = np.empty(n, u.dtype), np.zeros(n, u.dtype)
    kernels[:] = 0
    b[:] = 0
    needed = len(du) == samples and du.shape[1] == steps
    for s in range(samples):
        sums[:] = 0
        after = nothing
        for t in range(steps - 1, -1, -1):
            k, now = s * steps + t, du[s, t] if needed else du[t % 2, 0]
            apart = now.reshape(rows, columns, maps)
            apart[:] = 0
            for row in range(spatial.shape[2]):
                for column in range(spatial.shape[3]):
                    one = spatial[s, t, row, column]
                    for i in range(size):
                        for j in range(size):
                            to = apart[row * size + i, column * size + j]
                            for m in range(one.shape[0]):
                                to[m] = share * one[m]
            through_neurons(now, u[s, t], after, lif)
            add(sums, now)
            convolve(now, code.index, code.value, code.step[k], code.step[k + 1], kernels, shape,
                     True)
            after = now
        convolve(sums, code.usual_index, code.usual_value, code.usual[s], code.usual[s + 1],
                 kernels, shape, True)
        for k in range(rows * columns):
            add(b, sums[k * maps:(k + 1) * maps])


@compiled
def add_patches(patches, below, start, shape, rows_down):
    """Sum what belongs to the same input.

    Parameters
    ----------
    patches : ndarray, shape (images, rows, columns, height, width*channels)
        The last axis filled up with zeros to a multiple of 8.
    below : ndarray
        Inputs (images, rows_down, across, channels) one after the other, and 8 more places.
    start : int
        First image.
    shape : tuple of int
        As `convolve`.
    rows_down : int
        Rows of the input.
    """
    across, channels = shape[:2]
    images, rows, columns, height, n = patches.shape
    flat, at, one = patches.reshape(-1), 0, below.dtype.type(1)
    for k in range(images):
        for row in range(rows):
            for column in range(columns):
                for j in range(height):
                    to = (((start + k) * rows_down + row + j) * across + column) * channels
                    add_scaled(below, to, flat, at, one, n)
                    at += n
