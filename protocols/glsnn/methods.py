"""Which network and which rule settings ask for."""

import numpy as np

from models.baselines import RULES, baseline_network
from models.baselines.equilibrium import initial_states_network
from models.baselines.mlp import initial_mlp
from models.glsnn.architecture import initial_arrays
from models.glsnn.network import SpikingNetwork
from models.glsnn.rule import GLSNN
from models.shared.layered import Arrays, LayeredNetwork, Rule
from protocols.glsnn.settings import GLSNNSettings


class Method:
    """What settings mean for a network of some sizes.

    Parameters
    ----------
    settings : GLSNNSettings
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.

    Attributes
    ----------
    form : equations.zhao2020.settings.Form or None
        Of the neurons; None where units do not spike.
    numbers : dataclass or None
        Of a method of `equations.zhao2020.baselines`; None of GLSNN.
    """

    def __init__(self, settings: GLSNNSettings, sizes: tuple[int, ...]):
        self.settings = settings
        self.sizes = sizes
        self.form = settings.spiking_form() if settings.spikes else None
        self.numbers = settings.numbers(len(sizes) - 2)

    @property
    def batch(self) -> int:
        """Samples of a batch."""
        return self.settings.batch or (self.form or self.numbers).batch

    @property
    def optimiser(self) -> str:
        """'sgd' or 'adam'."""
        return self.settings.used_optimiser

    def rate(self, epoch: int) -> float:
        """Step of learning in an epoch; the first one is 0."""
        return self.numbers.eta if self.form is None else self.form.rate(epoch)

    def initial(self) -> Arrays:
        """Weights and biases of an untrained network, of NumPy."""
        settings = self.settings
        dtype = np.dtype(settings.precision)
        if self.form is not None:
            return initial_arrays(self.sizes, settings.seed, self.form.output_bias, dtype)
        make = initial_states_network if settings.method == "ep" else initial_mlp
        return make(self.sizes, settings.seed, dtype)

    def network(self, arrays: Arrays) -> LayeredNetwork:
        """A network with some weights and biases."""
        if self.form is not None:
            return SpikingNetwork(self.sizes, arrays, self.form, self.kernels)
        return baseline_network(self.settings.method, self.sizes, arrays, self.numbers)

    @property
    def kernels(self) -> str:
        """What computes on the CPU."""
        on_cpu = self.settings.array_module == "numpy"
        return self.settings.kernels if on_cpu else "numpy"

    def rule(self, arrays: Arrays) -> Rule:
        """A network with some weights and biases, and the rule by which it learns."""
        settings = self.settings
        network = self.network(arrays)
        if settings.method == "glsnn":
            return GLSNN(network, settings.seed, settings.count, settings.feedback_from)
        return RULES[settings.method](network, self.numbers, settings.seed)
