"""Answers of a trained network, by the companion or by its Brian2 groups."""

from dataclasses import dataclass

import numpy as np

from models.shared.array_module import to_numpy

CHUNK = 100
"""Samples at a time. Fixed: the input spikes of a test depend on it."""


@dataclass(frozen=True)
class Evaluation:
    """Output of a network for some samples.

    Attributes
    ----------
    rates : ndarray, shape (n, outputs)
        Spikes per time step; of the non-spiking twin its activities.
    n_classes : int
        A network may have more outputs (object detection: 10); they give no answer.
    """

    rates: np.ndarray
    n_classes: int

    @property
    def answers(self):
        """The class whose output fired most; the first of several."""
        return self.rates[:, :self.n_classes].argmax(1)

    def accuracy(self, labels):
        """Per cent correct."""
        return 100 * float(np.mean(self.answers == labels))


def chunks(inputs, index, seed):
    """Inputs of a test, chunk by chunk: the same spikes for whatever evaluates them.

    Parameters
    ----------
    inputs : protocols.stbp.inputs.Images or Events
    index : ndarray of int
    seed : list of int

    Yields
    ------
    ndarray, shape (T, samples, height, width, channels)
    """
    for k in range(0, len(index), CHUNK):
        yield inputs.show(index[k:k + CHUNK], np.random.default_rng([*seed, k // CHUNK]))


def evaluate(network, inputs, index, seed, n_classes, xp=np):
    """Show samples to a network of the companion.

    Parameters
    ----------
    network : models.stbp.Network
    inputs, index, seed
        Of `chunks`.
    n_classes : int
    xp : module
        NumPy or CuPy, as the network's weights.

    Returns
    -------
    Evaluation
    """
    rates = [to_numpy(network.forward(xp.asarray(shown))[0].mean(0))
             for shown in chunks(inputs, index, seed)]
    return Evaluation(np.concatenate(rates), n_classes)
