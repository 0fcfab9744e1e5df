"""One sample through both phases of a window, on the reference in NumPy.

The reference spikes as the compiled network does. It needs no compiling, whatever the T, and takes
a tenth of a second or so for a sample.
"""

import numpy as np

from models.emstdp.architecture import Architecture
from models.emstdp.reference import Reference, input_spikes


def show(architecture: Architecture, precision: str, state: dict, pattern: np.ndarray, label: int,
         number: int) -> tuple[dict, dict]:
    """Show a sample with its label; nothing is learned.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    precision : {'float32', 'float64'}
    state : dict of str to ndarray
        Of the network that learns.
    pattern : ndarray, shape (inputs,)
        Intensities.
    label : int
    number : int
        Of the random stream of the input spikes.

    Returns
    -------
    counts : dict of str to ndarray, shape (neurons,)
        ``'LAYER.h'``, ``'LAYER.h_hat'``, ``'LAYER_plus.count'`` and ``'LAYER_minus.count'``.
    spikes : dict of str to list of (int, int)
        Step and neuron of each spike, by group.
    """
    train = input_spikes(architecture, pattern, number, 0, precision)
    reference = Reference(architecture, precision)
    _, counts, spikes = reference(state, train[None], [label], [0.0])
    return {name: rows[0] for name, rows in counts.items()}, spikes
