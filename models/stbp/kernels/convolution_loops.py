"""Compiled loops of convolutions: one sample at a time, all its time steps together.

Arrays are (samples, T, ...) here, and weighted sums go by events, as in
`models.stbp.kernels.dense_loops`.
"""

import numpy as np

from models.shared.kernels import compiled
from models.shared.kernels.vectors import add_scaled
from models.stbp.kernels.neuron_loops import add, leak, move, spikes, through_neurons


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
        channel = i % channels
        x = (i // channels) % across
        y = i // (channels * across)
        low = max(0, x - width + 1)
        high = min(columns - 1, x)
        n = (high - low + 1) * maps
        skipped = low - (x - width + 1)
        for j in range(max(0, y - rows + 1), min(height - 1, y) + 1):
            to = ((y - j) * columns + low) * maps
            by = ((j * channels + channel) * width + skipped) * maps
            if backward:
                add_scaled(kernels, by, image, to, value[k], n)
            else:
                add_scaled(image, to, kernels, by, value[k], n)


@compiled
def count_spikes(pooled, words, counts, size):
    """Number of spikes in each square of one step.

    Parameters
    ----------
    pooled : ndarray of uint8, shape (rows/size, columns/size, maps)
        Overwritten.
    words : ndarray of uint64, shape (rows, columns, maps/8)
        Eight spikes share a word. Their counts stay below 256.
    counts : ndarray of uint8, shape (maps,)
        Overwritten; its maps may be more than those of `pooled`.
    size : int
    """
    sums = counts.view(np.uint64)
    for row in range(pooled.shape[0]):
        for column in range(pooled.shape[1]):
            for m in range(words.shape[2]):
                total = np.uint64(0)
                for i in range(size):
                    for j in range(size):
                        total += words[row * size + i, column * size + j, m]
                sums[m] = total
            move(pooled[row, column], counts)


@compiled
def share_out(du, spatial, share, size):
    """Give each neuron its share of the derivative by the mean of its square, one step.

    Parameters
    ----------
    du : ndarray, shape (rows, columns, maps)
        Overwritten; 0 where a neuron belongs to no square or map.
    spatial : ndarray, shape (rows/size, columns/size, maps)
    share : float
    size : int
    """
    du[:] = 0
    for row in range(spatial.shape[0]):
        for column in range(spatial.shape[1]):
            one = spatial[row, column]
            for i in range(size):
                for j in range(size):
                    to = du[row * size + i, column * size + j]
                    for m in range(one.shape[0]):
                        to[m] = share * one[m]


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
    first = np.empty((rows * columns, maps), u.dtype)
    fired = np.empty(n, np.uint8)
    words = fired.view(np.uint64).reshape(rows, columns, maps // 8)
    counts = np.zeros(maps, np.uint8)
    for s in range(samples):
        for k in range(rows * columns):
            move(first[k], b)
        flat = first.reshape(-1)
        convolve(flat, code.usual_index, code.usual_value, code.usual[s], code.usual[s + 1],
                 kernels, shape, False)
        for t in range(steps):
            x = u[s, t]
            k = s * steps + t
            move(x, flat)
            convolve(x, code.index, code.value, code.step[k], code.step[k + 1], kernels, shape,
                     False)
            if t:
                leak(x, u[s, t - 1], lif)
            spikes(fired, x, lif)
            count_spikes(pooled[s, t], words, counts, size)


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
    sums = np.empty(n, u.dtype)
    nothing = np.zeros(n, u.dtype)
    kernels[:] = 0
    b[:] = 0
    needed = len(du) == samples and du.shape[1] == steps
    for s in range(samples):
        sums[:] = 0
        after = nothing
        for t in range(steps - 1, -1, -1):
            k = s * steps + t
            now = du[s, t] if needed else du[t % 2, 0]
            share_out(now.reshape(rows, columns, maps), spatial[s, t], share, size)
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
    flat = patches.reshape(-1)
    at = 0
    one = below.dtype.type(1)
    for k in range(images):
        for row in range(rows):
            for column in range(columns):
                for j in range(height):
                    to = (((start + k) * rows_down + row + j) * across + column) * channels
                    add_scaled(below, to, flat, at, one, n)
                    at += n
