"""STDP with neuron-level traces, and synaptic scaling.

Eq. 6 of Hao et al. (2020), dopamine-modulated (symmetric) STDP: a pair of spikes at
distance Delta t raises the weight by A exp(-|Delta t|/tau), whichever comes first. Here it
is written with traces. Each neuron carries an exponentially decaying trace that a spike
raises by ``A``. A presynaptic spike adds nu times the postsynaptic trace to the weight, and
a postsynaptic spike nu times the presynaptic trace. All synapses of a neuron share its
trace, so it is a variable of the neuron, not of the synapse.

Two spikes in the same step count once: presynaptic spikes are handled first and read the
postsynaptic trace before that step's spike has raised it.
"""

from dataclasses import dataclass

from brian2.units import Quantity, ms

from equations.forms import Rule
from equations.parameters import parameter

# Traces of a neuron: x is read where it is presynaptic, y where it is postsynaptic.
_TRACES = {
    "traces_pre": "dx/dt = -x/tau_trace : 1\n",
    "traces_post": "dy/dt = -y/tau_trace : 1\n",
    "spike_pre": "x += A\n",
    "spike_post": "y += A\n",
    "initial": (("x", 1.0), ("y", 1.0)),
}

WEIGHT = "w : 1"

# Eq. 6. The symmetric rule only ever raises a weight, so the lower bound of the clip is never met.
RULES = {
    "symmetric": Rule(
        on_pre="w = clip(w + nu*y_post, 0, w_max)\n",
        on_post="w = clip(w + nu*x_pre, 0, w_max)\n",
        **_TRACES),
    # This is the classic pair STDP of Diehl & Cook (2015) and Fig. 1: post before pre
    # depresses. The ratio of depression to potentiation is that of their learning rates.
    "asymmetric": Rule(
        on_pre="w = clip(w - depression*nu*y_post, 0, w_max)\n",
        on_post="w = clip(w + nu*x_pre, 0, w_max)\n",
        **_TRACES),
}

# Eq. 2: what a spike does to the target's conductance.
TRANSMIT = "g_E_post += w\n"

# Eq. 7, before every presentation: w' = w * beta*N_in / sum(w) over each neuron's
# in-synapses. It takes four steps, in this order. The equation holds for weights relative to
# their maximum: the sums of the authors' code are beta*N_in*w_max (78.4 for the input of
# MNIST, 0.8 N for the SL layer).
SCALING_FACTOR = "w_scale : 1     # sum of the in-synaptic weights, then their factor\n"
SCALING_CLEAR = "w_scale = 0"
SCALING_SUM = "w_scale_post += w"
SCALING_DIVIDE = "w_scale = scaled_total/w_scale"
SCALING_APPLY = "w *= w_scale_post"
# All four in one, with the sum as a function: for devices without a variable of the neuron that
# synapses can write.
SCALING_AT_ONCE = "w *= scaled_total/column_total(i, j, w)"

# The pairing experiment of Fig. 1: one presynaptic and one postsynaptic neuron are made to
# spike once each, and the change of the weight between them is measured. A spike of the drive
# makes a neuron fire in the same step.
PAIRED = "spike_now : 1\n"
PAIRED_DRIVE = "spike_now_post = 1"
PAIRED_THRESHOLD = "spike_now > 0.5"
PAIRED_RESET = "spike_now = 0\n"


@dataclass(frozen=True)
class STDP:
    """Parameters of one plastic projection.

    Attributes
    ----------
    nu : float
        Learning rate; by projection and network size (`equations.hao2020.settings`).
    w_max : float
        Largest weight; likewise.
    beta : float
        Scaling factor of Eq. 7; likewise.
    A : float
        What a spike adds to a trace.
    tau_trace : Quantity
        Time constant of the traces.
    depression : float
        Ratio of depression to potentiation, for the asymmetric rule alone: nu_pre/nu_post =
        1e-4/1e-2.
    w_init : float
        Initial weights are w_max*U[0, w_init).
    """

    nu: float = parameter(source="authors' code")
    w_max: float = parameter(1.0, "section 3")
    beta: float = parameter(0.1, "section 3")
    A: float = parameter(0.1, "authors' code")
    tau_trace: Quantity = parameter(20 * ms, "authors' code")
    depression: float = parameter(0.01, "Diehl & Cook (2015)")
    w_init: float = parameter(0.3, "section 3")
