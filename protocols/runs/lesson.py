"""What a protocol shows to its network, as data: for programs that learn without Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.devices.network_description import NetworkDescription

Terms = tuple[tuple[str, float], ...]
"""Names of variables or records of the network that learns, each with a factor: their sum, neuron
by neuron."""


@dataclass(frozen=True)
class Lesson:
    """A run of one network that learns, from its first sample to its last, and its tests.

    A call of a network gives the same bits however the samples are divided among calls
    (`models.devices.compiled_network`), so both networks take one sample a call here.

    Attributes
    ----------
    training, testing : callable
        Each returns a NetworkDescription of capacity 1.
    state : dict of str to ndarray
        Of the untrained network.
    resting : dict of str to ndarray
        Of the network of testing before the first sample of a chunk, but for what has been learned.
    chunk : int
        Samples of a call in a test. They follow on each other.
    learned : dict of str to str
        Variables that testing takes from training, and the NumPy type by which they come.
    samples : callable
        ``samples(start, stop)``: which training samples are shown from one position to another.
    stimuli : callable
        ``stimuli(start, stop)``: what the network is given with them, as in a call.
    tested : callable
        ``tested(purpose)``: numbers that a test of that purpose is given beside the pattern. Its
        ``first`` counts the test samples.
    patterns : dict of str to ndarray
        Of the splits 'train' and 'test': intensities of the input neurons, shape (n, inputs).
    intensities : ndarray, shape (256,)
        Of each value that a pixel can have.
    votes : str
        Record of the testing network, of which the largest value names the class.
    layers : tuple of str
        Groups of the testing network, from the input to the output.
    fields : str
        Weights from the input.
    fires : Terms
        Spikes of the first hidden layer.
    bars : Terms
        Its thresholds, or what the network has in their place.
    bars_title : str
    """

    training: Callable[[], NetworkDescription]
    testing: Callable[[], NetworkDescription]
    state: dict[str, np.ndarray]
    resting: dict[str, np.ndarray]
    chunk: int
    learned: dict[str, str]
    samples: Callable[[int, int], np.ndarray]
    stimuli: Callable[[int, int], dict]
    tested: Callable[[str], dict[str, int]]
    patterns: dict[str, np.ndarray]
    intensities: np.ndarray
    votes: str
    layers: tuple[str, ...]
    fields: str
    fires: Terms
    bars: Terms
    bars_title: str
