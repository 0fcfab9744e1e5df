"""Which Diehl & Cook network to build, and the state of an untrained one."""

from dataclasses import dataclass, field

import numpy as np

from equations.hao2020.settings import Settings
from models.shared.resources import check_fits


@dataclass(frozen=True)
class Architecture:
    """Which network to build.

    Attributes
    ----------
    n_input, n_classes : int
    hidden : tuple of int
        Neurons of each hidden layer; empty for input -> SL.
    learn : frozenset of str
        Subset of {'hidden', 'readout'}: whose in-synapses (and thresholds) are plastic.
        While the readout learns, the teacher drives it.
    readout : bool
        Whether there is an SL layer.
    rule : {'symmetric', 'asymmetric'}
        STDP of the hidden layers' in-synapses.
    theta_decay : {'exact', 'single-precision'}
        `equations.hao2020.neurons.THETA_DECAYS`.
    capacity : int
        Samples of one call.
    observe : bool
        Record spikes of all groups and V of some hidden neurons.
    genn : bool
        Keep to what GeNN's backend takes.

    Raises
    ------
    SuiteError
        If the network is too large for this machine.
    """

    settings: Settings
    n_input: int
    hidden: tuple
    n_classes: int
    learn: frozenset = field(default_factory=frozenset)
    readout: bool = True
    rule: str = "symmetric"
    theta_decay: str = "exact"
    capacity: int = 250
    observe: bool = False
    genn: bool = False

    def __post_init__(self):
        sizes = self.sizes
        check_fits(sum(sizes[source] * sizes[target]
                       for source, target in zip(self.layers, self.layers[1:])))

    @property
    def layers(self):
        """Names of the layers in order."""
        names = ["input", *(f"hidden{k + 1}" for k in range(len(self.hidden)))]
        return names + ["readout"] * self.readout

    @property
    def sizes(self):
        """Neurons of each layer, by name."""
        return dict(zip(self.layers, (self.n_input, *self.hidden, self.n_classes)))

    def projections(self):
        """``{name: (source layer, target layer, STDP parameters, learns)}``."""
        out = {}
        for source, target in zip(self.layers, self.layers[1:]):
            # What the input drives has the input's parameters: in a network without hidden
            # layer those of hidden -> SL drive all SL neurons to their highest rate (27 % on
            # MNIST where 57.74 % is published; the parameters are not).
            if source == "input":
                stdp = self.settings.input_stdp
            elif target == "readout":
                stdp = self.settings.readout_stdp
            else:
                stdp = self.settings.hidden_stdp
            learns = ("readout" if target == "readout" else "hidden") in self.learn
            out[f"{source}_{target}"] = (source, target, stdp, learns)
        return out


def initial_state(architecture, seed):
    """State of an untrained network.

    Returns
    -------
    dict of str to ndarray
        ``'group.variable'`` to SI values: weights w_max*U[0, w_init), theta =
        theta_init, V at rest, traces 1, conductances 0.
    """
    state, sizes = {}, architecture.sizes
    for name, (source, target, stdp, learns) in architecture.projections().items():
        draw = np.random.default_rng([seed, *name.encode()])
        shape = (sizes[source], sizes[target])
        state[f"{name}.w"] = stdp.w_max * draw.uniform(0, stdp.w_init, shape)
        if learns:
            state[f"{source}.x"] = np.ones(sizes[source])
            state[f"{target}.y"] = np.ones(sizes[target])
    parameters = architecture.settings
    for layer in architecture.layers:
        n = sizes[layer]
        if layer.startswith("hidden"):
            cell = parameters.excitatory
            state[f"{layer}.V"] = np.full(n, float(cell.E_rest))
            state[f"{layer}.g_E"] = np.zeros(n)
            state[f"{layer}.g_I"] = np.zeros(n)
            state[f"{layer}.theta"] = np.full(n, float(parameters.threshold.theta_init))
            k = layer.removeprefix("hidden")
            state[f"{layer}.hold"] = np.zeros(n)
            state[f"inhibitory{k}.hold"] = np.zeros(n)
            state[f"inhibitory{k}.V"] = np.full(n, float(parameters.inhibitory.E_rest))
            state[f"inhibitory{k}.g_E"] = np.zeros(n)
        elif layer == "readout" and "readout" not in architecture.learn:
            state["readout.V"] = np.full(n, float(parameters.readout.E_rest))
            state["readout.g_E"] = np.zeros(n)
    return state
