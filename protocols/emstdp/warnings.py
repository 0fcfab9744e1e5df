"""What is wrong with a network, told from its first answers."""

import numpy as np

from models.emstdp.architecture import Architecture

MOST_ACTIVE = 0.95
"""Share of a hidden layer's neurons that fire for a sample; above it nothing is selected."""


def warnings(architecture: Architecture, counts: dict[str, np.ndarray]) -> list[str]:
    """Lines about layers of which nothing or nearly all fires.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    counts : dict of str to ndarray, shape (n, neurons)
        Spikes by layer.
    """
    found = []
    for layer in architecture.layers[1:]:
        threshold = architecture.thresholds[layer]
        parameter = "beta_output" if layer == "output" else "beta_hidden"
        if not counts[layer].any():
            found.append(f"no neuron of {layer} has fired: lower its threshold of "
                         f"{threshold:.3g} (--parameter {parameter}=...)")
            # What lies above gets no spikes, either.
            break
        share = float((counts[layer] > 0).mean())
        if layer != "output" and share > MOST_ACTIVE:
            found.append(f"{100 * share:.0f} % of {layer} fires for a sample: raise its threshold "
                         f"of {threshold:.3g} (--parameter {parameter}=...)")
    return found
