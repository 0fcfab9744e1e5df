"""How much the neurons fired in a test, and what is wrong with a network in which none does."""

import numpy as np

from equations.zhao2020.settings import Form, Neurons, RateNeurons
from models.glsnn.network import SpikingNetwork
from models.shared.array_module import to_numpy
from models.shared.layered import Forward


class Spikes:
    """Sums over the samples of a test.

    Parameters
    ----------
    network : models.glsnn.network.SpikingNetwork

    Attributes
    ----------
    samples : int
    counts : list of ndarray, shape (neurons,)
        Spikes of each neuron, by layer behind the input.
    largest : list of float
        Largest V of any neuron, likewise.
    """

    def __init__(self, network: SpikingNetwork):
        self.network = network
        self.samples = 0
        self.counts = [np.zeros(size) for size in network.sizes[1:]]
        self.largest = [-np.inf] * len(self.counts)

    def add(self, forward: Forward) -> None:
        """Add what the network did with some samples."""
        self.samples += len(forward.outputs)
        for k, (counts, largest) in enumerate(zip(forward.details["counts"],
                                                  forward.details["largest"])):
            # Sums of single precision would lose spikes.
            self.counts[k] += to_numpy(counts).sum(0, dtype=float)
            self.largest[k] = max(self.largest[k], float(largest.max()))

    def columns(self) -> dict[str, float]:
        """Columns of metrics.csv: spikes per neuron and step, and the share that never fired."""
        found = {}
        for layer, counts in zip(self.network.layers[1:], self.counts):
            shown = self.samples * self.network.form.steps
            found[f"{layer}_rate"] = float(counts.mean()) / shown
            found[f"{layer}_dead"] = float((counts == 0).mean())
        return found

    @property
    def silent(self) -> bool:
        """Whether no hidden neuron has fired."""
        return not any(counts.any() for counts in self.counts[:-1])

    def of_threshold(self) -> float:
        """The largest V of any hidden neuron as a fraction of the threshold."""
        return max(self.largest[:-1]) / threshold(self.network.form)

    def warnings(self) -> list[str]:
        """Lines about hidden layers in which nothing fires."""
        if self.silent:
            return [f"no hidden neuron has fired: the largest V is {self.of_threshold():.2g} of "
                    "V_th; what is passed on is the current alone, and the network is linear "
                    "(a few may fire when weights have grown; those of --form conductance do)"]
        dead = [layer for layer, counts in zip(self.network.layers[1:-1], self.counts)
                if not counts.any()]
        return [f"no neuron of {layer} has fired" for layer in dead]


def threshold(form: Form) -> float:
    """V_th of the neurons of a form."""
    return (RateNeurons() if form.neuron == "current" else Neurons()).V_th
