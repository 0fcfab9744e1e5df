"""Forms in which the text of a neuron and of a learning rule stands, a paper's or one's own.

A network is put together from these texts. What the protocol adds, such as counting spikes, stands
beside them, so that another neuron or another rule need not repeat it.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Parameter:
    """A number of one's own text.

    Attributes
    ----------
    name : str
    value : str or float
        As text with its unit, such as ``"20*ms"``, or a number without one.
    source : str
        Where it is from.
    """

    name: str
    value: str | float
    source: str = ""


@dataclass(frozen=True)
class Neuron:
    """Text of a spiking neuron.

    Attributes
    ----------
    equations : str
        Model equations.
    threshold : str
        Condition of a spike.
    reset : str
        What a spike does.
    refractory : str
        How long the neuron neither integrates nor fires after a spike, an expression of dimension
        time; empty: not at all. The rest of that time is the variable `HOLD`.
    adaptation : str
        What a spike does besides, while the layer learns.
    bounds : tuple of (str, str, str)
        Variable, lowest and highest value, where it is cut after each step.
    """

    equations: str
    threshold: str
    reset: str
    refractory: str = ""
    adaptation: str = ""
    bounds: tuple[tuple[str, str, str], ...] = ()


HOLD = "hold"
"""What is left of the refractory period: a variable that a spike sets and that runs down to 0. So
it is part of the state, and the loop over the neurons stays without integer arithmetic."""
HOLD_EQUATION = f"d{HOLD}/dt = -int({HOLD} > 0*ms) : second     # what is left of the refractory \
period\n"
OFF_HOLD = f"{HOLD} <= 0*ms"


@dataclass(frozen=True)
class Rule:
    """Text of a learning rule: what spikes do to a weight, and the traces that they read.

    All synapses of a neuron share its traces, so these are variables of the neuron: where it is
    presynaptic a rule reads them as ``NAME_pre``, where it is postsynaptic as ``NAME_post``.

    In a time step presynaptic spikes come first: `on_pre` reads the traces, then `spike_pre`
    changes those of the presynaptic neuron. Postsynaptic spikes follow: `on_post`, then
    `spike_post`. So neither reads what its own spike has left, and of two spikes in one step the
    postsynaptic one sees the presynaptic one.

    Attributes
    ----------
    on_pre, on_post : str
        What a presynaptic and a postsynaptic spike does to the synapse.
    traces_pre, traces_post : str
        Model equations of the traces of the two neurons.
    spike_pre, spike_post : str
        What a spike does to the traces of its own neuron.
    scaled : bool
        Weights are scaled before every presentation (Hao et al. 2020, Eq. 7).
    initial : tuple of (str, str or float)
        Values of traces at the beginning; 0 where nothing is said.
    parameters : tuple of Parameter
    """

    on_pre: str = ""
    on_post: str = ""
    traces_pre: str = ""
    traces_post: str = ""
    spike_pre: str = ""
    spike_post: str = ""
    scaled: bool = True
    initial: tuple[tuple[str, str | float], ...] = ()
    parameters: tuple[Parameter, ...] = field(default=())
