"""Changes of hidden spikes, which tell whether and how they carry the answer."""

from collections.abc import Callable

import numpy as np

from models.glsnn.network import Change
from models.shared.array_module import module_of, to_numpy

FIRST = "hidden1"
"""Name of the first hidden layer."""


def removed(spikes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """No spikes."""
    return np.zeros_like(spikes)


def permuted(spikes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each neuron fires as another one of its layer would, the same for all samples."""
    return spikes[:, :, rng.permutation(spikes.shape[2])]


def swapped(spikes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each sample has the spikes of another one.

    In the first hidden layer, and so in those behind it. Another shift in a second layer could
    bring samples back to their own spikes.
    """
    samples = spikes.shape[1]
    return spikes[:, (np.arange(samples) + 1 + rng.integers(max(samples - 1, 1))) % samples]


def shuffled(spikes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each neuron fires as often as before, at other steps."""
    return rng.permuted(spikes, axis=0)


LESIONS: dict[str, Callable | None] = {
    "intact": None, "removed": removed, "permuted": permuted, "swapped": swapped,
    "shuffled": shuffled}
"""Functions of spikes, shape (T, samples, neurons), and a generator, by name."""


def lesioned(name: str, rng: np.random.Generator) -> Change | None:
    """What a network's ``forward`` takes to change the spikes of its hidden layers.

    Parameters
    ----------
    name : str
        Of `LESIONS`.
    rng : numpy.random.Generator
    """
    change = LESIONS[name]
    if change is None:
        return None

    def of_layer(layer, spikes):
        if change is swapped and layer != FIRST:
            return spikes
        return module_of(spikes).asarray(change(to_numpy(spikes), rng))

    return of_layer
