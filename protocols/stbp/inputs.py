"""Samples as what a network sees: spikes of each time step, or pixels for its twin."""

import numpy as np

from models.errors import SuiteError
from models.stbp.initial import bernoulli


def inputs_of(dataset, part, steps, units="spiking", contrast="set"):
    """What the network sees of a data set.

    Parameters
    ----------
    dataset : protocols.datasets.Dataset
    part : {'train', 'test'}
    steps : int
        Time steps of a presentation.
    units : {'spiking', 'rectified'}
    contrast : {'set', 'image'}
        Of images.

    Returns
    -------
    Images or Events

    Raises
    ------
    SuiteError
        If the set holds series.
    """
    samples = getattr(dataset, f"x_{part}")
    if dataset.kind == "events":
        if units == "rectified":
            raise SuiteError(f"{dataset.name} holds events; the non-spiking twin takes images")
        return Events(samples, dataset.sensor_size, steps)
    if dataset.kind != "images":
        raise SuiteError(f"{dataset.name} holds {dataset.kind}; this protocol takes images or "
                         "events")
    return Images(samples, steps, units, contrast)


def one_hot(labels, outputs, dtype):
    """Targets of the loss: 1 for the output of the class, 0 for the others, (n, outputs)."""
    return np.eye(outputs, dtype=dtype)[labels]


class Images:
    """Pixels as probabilities of spikes (section 3.2.1), drawn anew at each presentation.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width) or (n, height, width, 3)
    steps : int
    units : {'spiking', 'rectified'}
        'rectified': one step, the pixels themselves.
    contrast : {'set', 'image'}
        What pixels are relative to: the full range, 0 to 255, or that of their image. The text
        speaks of normalised pixels and does not say how.

    Attributes
    ----------
    shape : tuple of int
        (height, width, channels).
    """

    def __init__(self, images, steps, units="spiking", contrast="set"):
        self.contrast = contrast
        self.images = images if images.ndim == 4 else images[..., None]
        self.steps = steps
        self.units = units
        self.shape = self.images.shape[1:]

    def __len__(self):
        return len(self.images)

    def show(self, index, rng, change=None):
        """What is shown of some samples.

        Parameters
        ----------
        index : ndarray of int, shape (n,)
        rng : numpy.random.Generator
        change : callable, optional
            ``change(images, rng) -> images``, float32 in [0, 1], such as a distortion.

        Returns
        -------
        ndarray, shape (T, n, height, width, channels)
        """
        pixels = self.images[index].astype(np.float32)
        if self.contrast == "image":
            darkest, brightest = (f(pixels, axis=(1, 2, 3), keepdims=True)
                                  for f in (np.min, np.max))
            # A uniform image stays dark.
            pixels = (pixels - darkest) / np.maximum(brightest - darkest, 1)
        else:
            pixels /= 255
        if change is not None:
            pixels = change(pixels, rng)
        if self.units == "rectified":
            return pixels[None]
        return bernoulli(rng, pixels, self.steps, np.uint8)


class Events:
    """Events of a camera, in T bins of equal length; a pixel spikes at most once in a bin.

    Parameters
    ----------
    samples : list of ndarray
        Fields ``t`` (microseconds), ``x``, ``y``, ``p``.
    sensor_size : tuple of int
        (height, width).
    steps : int
    duration : float
        Microseconds that the bins cover; 300 ms, three saccades of N-MNIST. Later events
        are left out.

    Attributes
    ----------
    shape : tuple of int
        (height, width, 2): off and on events (Fig. 5C).
    """

    def __init__(self, samples, sensor_size, steps, duration=300e3):
        self.shape = (*sensor_size, 2)
        self.steps = steps
        self.starts = np.zeros(len(samples) + 1, np.int64)
        where = []
        height, width, polarities = self.shape
        for k, events in enumerate(samples):
            step = (events["t"] * (steps / duration)).astype(np.int64)
            inside = step < steps
            flat = ((step * height + events["y"]) * width + events["x"]) * polarities + events["p"]
            flat = np.unique(flat[inside]).astype(np.int32)
            where.append(flat)
            self.starts[k + 1] = self.starts[k] + len(flat)
        self.where = np.concatenate(where)

    def __len__(self):
        return len(self.starts) - 1

    def show(self, index, rng=None, change=None):
        """As `Images.show`; nothing is random."""
        out = np.zeros((len(index), self.steps * int(np.prod(self.shape))), np.uint8)
        for row, k in zip(out, index):
            row[self.where[self.starts[k]:self.starts[k + 1]]] = 1
        out = out.reshape(len(index), self.steps, *self.shape)
        return np.ascontiguousarray(out.swapaxes(0, 1))
