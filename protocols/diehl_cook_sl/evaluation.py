"""Showing images to a trained network with plasticity and theta frozen."""

import math
from dataclasses import dataclass

import numpy as np

from models.diehl_cook.architecture import initial_state
from models.shared.counter_random import stream
from protocols.diehl_cook_sl.readout import label_answer, sl_answer
from protocols.runs.chunks import show_chunks


def patterns(images, image_mean=None):
    """Pixels as fractions of the full intensity.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, ...)
    image_mean : float, optional
        Scale each image to this mean pixel and cut at 255 (Fashion-MNIST, authors' code).

    Returns
    -------
    ndarray, shape (n, n_pixels), in [0, 1]
    """
    flat = images.reshape(len(images), math.prod(images.shape[1:])).astype(float)
    if image_mean is not None:
        means = flat.mean(1, keepdims=True)
        flat = np.minimum(flat * image_mean / np.maximum(means, 1e-9), 255)
    return flat / 255


@dataclass(frozen=True)
class Evaluation:
    """Answers of a network to a set of images.

    Attributes
    ----------
    hidden_counts : ndarray of int, shape (n, n_hidden) or None
    sl_counts : ndarray of int, shape (n, n_classes) or None
    attempts : ndarray of int, shape (n,)
        Presentations that each image needed.
    sl, labels : ndarray of int, shape (n,) or None
        Answers of the SL layer and of label statistics.
    label_votes : ndarray, shape (n, n_classes) or None
        Mean spike count of the neurons of each class.
    """

    hidden_counts: object
    sl_counts: object
    attempts: object
    sl: object
    labels: object
    label_votes: object


def testing_state(architecture, learned):
    """The resting state of the testing network, with what has been learned.

    Parameters
    ----------
    architecture : models.diehl_cook.architecture.Architecture
    learned : dict
        State to take weights and theta from; what it lacks stays untrained.

    Returns
    -------
    dict of str to ndarray
    """
    state = initial_state(architecture, 0)
    for name in state:
        if architecture.is_learned(name) and name in learned:
            state[name] = learned[name]
    return state


def evaluate(network, architecture, learned, images, seed, purpose, classes=None, workers=1):
    """Show images to the testing network.

    Every chunk starts from the resting state with the learned weights and thresholds, so
    that chunks are independent and may run side by side; the training state is not
    touched, since a compiled network keeps none. Weights are taken as the last training
    presentation left them; the authors' code scales them (Eq. 7) once more before each test
    image, which concerns only the few neurons that fired in that presentation.

    Parameters
    ----------
    network : models.devices.compiled_network.CompiledNetwork
        Testing network.
    architecture : models.diehl_cook.architecture.Architecture
        What it was built from.
    learned : dict
        State to take weights and theta from.
    images : ndarray, shape (n, n_pixels)
        From `patterns`.
    seed : int
    purpose : str
        Names the random stream, such as ``'test-10000'``.
    classes : ndarray of int, optional
        Label statistics, `protocols.diehl_cook_sl.readout.LabelStatistics.classes`.
    workers : int
        Processes at a time.

    Returns
    -------
    Evaluation
    """
    state = testing_state(architecture, learned)
    number = stream(seed, purpose)

    size = architecture.capacity
    parts = show_chunks(network, state, [
        {"pattern": images[first:first + size], "stream": number, "first": first}
        for first in range(0, len(images), size)], workers)

    def joined(name):
        if name not in parts[0].slots:
            return None
        return np.concatenate([p.per_sample(name) for p in parts])

    hidden = joined(f"hidden{len(architecture.hidden)}.count") if architecture.hidden else None
    sl_counts = joined("readout.count") if architecture.readout else None
    labels = None
    votes = None
    if hidden is not None and classes is not None:
        labels, votes = label_answer(hidden, classes, architecture.n_classes)
    return Evaluation(
        hidden_counts=hidden, sl_counts=sl_counts,
        attempts=joined("input.attempt")[:, 0] + 1,
        sl=None if sl_counts is None else sl_answer(sl_counts), labels=labels,
        label_votes=votes)
