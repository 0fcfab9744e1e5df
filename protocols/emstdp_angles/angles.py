"""Angles between the updates of networks that have the same forward weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.devices.compiled_network import CompiledNetwork
from models.emstdp import piecewise
from models.emstdp.architecture import Architecture
from models.emstdp.reference import input_spikes


@dataclass(frozen=True)
class Batch:
    """Samples that are shown to all networks.

    Attributes
    ----------
    patterns : ndarray, shape (n, inputs)
        Intensities.
    labels : ndarray of int, shape (n,)
    number : int
        Of the random stream of their spikes.
    """

    patterns: NDArray
    labels: NDArray
    number: int

    def parts(self, size: int):
        """The positions of their beginnings, patterns and labels of chunks."""
        for first in range(0, len(self.labels), size):
            yield first, self.patterns[first:first + size], self.labels[first:first + size]


Factors = dict[str, tuple[NDArray, NDArray]]
"""An update before the product: by projection what lies below it, h_pre, and above it, h_hat - h
(Eq. 12), each of shape (n, neurons)."""


def factors(architecture: Architecture, precision: str, network: CompiledNetwork, state: dict,
            batch: Batch) -> Factors:
    """What a network would change for each sample; it changes nothing.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    precision : {'float32', 'float64'}
    network : models.devices.CompiledNetwork
        Of the architecture.
    state : dict of str to ndarray
    batch : Batch

    Returns
    -------
    Factors
    """
    counts = {}
    for first, patterns, labels in batch.parts(architecture.capacity):
        _, records = network(state, {
            "pattern": patterns, "label": labels, "rate": np.zeros(len(labels)),
            "stream": batch.number, "first": first})
        for layer in architecture.layers[1:]:
            for phase in ("h", "h_hat"):
                counts.setdefault((layer, phase), []).append(
                    records.per_sample(f"{layer}.{phase}"))
    counts = {name: np.concatenate(rows).astype(float) for name, rows in counts.items()}
    counts["input", "h"], counts["input", "h_hat"] = input_counts(architecture, precision, batch)
    found = {}
    for name, (below, above) in architecture.projections().items():
        pre = counts[below, "h"]
        if architecture.rules.presynaptic == "all":
            pre = pre + counts[below, "h_hat"]
        found[name] = (pre, counts[above, "h_hat"] - counts[above, "h"])
    return found


def input_counts(architecture: Architecture, precision: str,
                 batch: Batch) -> tuple[NDArray, NDArray]:
    """Input spikes of both phases, which a compiled network does not record.

    Returns
    -------
    h, h_hat : ndarray, shape (n, inputs)
    """
    rules = architecture.rules
    half = rules.steps // 2
    h = np.zeros(batch.patterns.shape)
    h_hat = np.zeros(batch.patterns.shape)
    for sample, pattern in enumerate(batch.patterns):
        spikes = input_spikes(architecture, pattern, batch.number, sample, precision)
        h[sample] = spikes[rules.skip:half].sum(0)
        h_hat[sample] = spikes[half + rules.skip:].sum(0)
    return h, h_hat


def between(one: Factors, other: Factors) -> list[float]:
    """Mean angle between two updates for the same single sample, by projection.

    Samples for which one of both changes nothing do not count. The result is not a number where no
    sample counts.

    Parameters
    ----------
    one, other : Factors

    Returns
    -------
    list of float
        In degrees.
    """
    found = []
    for name, (pre, change) in one.items():
        other_pre, other_change = other[name]
        # The update for a sample is a product, so that its inner products are, too.
        inner = (pre * other_pre).sum(1) * (change * other_change).sum(1)
        norms = np.prod([np.linalg.norm(each, axis=1)
                         for each in (pre, change, other_pre, other_change)], axis=0)
        counts = norms > 0
        cosines = np.clip(inner[counts] / norms[counts], -1, 1)
        found.append(float(np.degrees(np.arccos(cosines)).mean()) if counts.any() else np.nan)
    return found


def descent(architecture: Architecture, state: dict, batch: Batch) -> Factors:
    """Negative gradients of the network without spikes and with the same weights."""
    steps = architecture.rules.steps // 2 - architecture.rules.skip
    activities = piecewise.forward(architecture, state, batch.patterns, steps)
    return piecewise.descent(architecture, state, activities, batch.labels)
