"""Section 4.1: a pre- and a postsynaptic neuron, and the STDP that their spikes are given to.

The neurons and the synapse are those of the network (`neurons`, `plasticity`). In phase 1 the
postsynaptic neuron is driven alone, which gives h. In phase 2 the same drive begins anew and the
presynaptic neuron fires, which gives h_hat and the presynaptic count for Eq. 12. Each phase lasts
as long as the experiment, so that a window has twice as many steps.

The text names "a basic two-factor event-based STDP rule with an STDP window of 10ms" and Bi & Poo
(1998), no more. `RULES` are its usual forms. All of them change a weight by +1 for a presynaptic
spike before a postsynaptic one, weighted by a kernel of their distance, and by -1 for the other
order. Spikes of one time step are no pair: a presynaptic spike acts one step later.
"""

from dataclasses import dataclass

from equations.shrestha2019.neurons import ADD_BIAS, BIAS, CLEAR, FORWARD, FORWARD_THRESHOLD
from equations.shrestha2019.presentation import CODINGS, IN_PHASE_2, PHASE_2

# The presynaptic neuron: Poisson spikes in phase 2.
PRE = """
level : integer (constant)   # probability of a spike in a step: 2**30 is 1
key : integer (constant)     # of this neuron's random numbers
h : 1                        # spikes of phase 1: none
h_hat : 1                    # spikes of phase 2
"""
PRE_THRESHOLD = f"{PHASE_2} and {CODINGS['poisson']['threshold']}"
PRE_COUNT = f"h_hat += {IN_PHASE_2}\n"

# The postsynaptic neuron: Eq. 1 with "an externally driven voltage or some intrinsic bias". The
# external voltage comes in pulses of one threshold, at random, the same ones in both phases.
POST = FORWARD + BIAS + """
level : integer (constant)   # probability of a pulse in a step: 2**30 is 1
key : integer (constant)     # of this neuron's random numbers
"""
ADD_PULSES = "U += theta*int(counter_bits(key, t_in_timesteps % half) < level)\n"
POST_EACH_STEP = CLEAR + ADD_BIAS + ADD_PULSES
DRIVES = ("bias", "external")
"""What makes the postsynaptic neuron fire."""

# STDP sees the spikes of phase 2.
PAIRED = f"{PHASE_2} and {FORWARD_THRESHOLD}"

# Each spike leaves a trace, x that of the presynaptic and y that of the postsynaptic neuron.
EXPONENTIAL = """
dx/dt = -x/window : 1 (event-driven)
dy/dt = -y/window : 1 (event-driven)
window : second (constant)
change : 1
"""
RECTANGULAR = """
x : 1
y : 1
window : second (constant)
change : 1
"""


@dataclass(frozen=True)
class Rule:
    """A form of event-based pair STDP.

    Attributes
    ----------
    model : str
        Variables of a synapse; ``change`` is what it has been changed by.
    on_pre, on_post : str
        What a spike changes, by the trace of the other neuron.
    leave : str
        What a spike leaves in a ``{trace}``, after all spikes of the step have seen the traces.
    expire : str or None
        What is done about it a window later, after the spikes of that step.
    """

    model: str
    on_pre: str
    on_post: str
    leave: str
    expire: str | None = None


_ALL = {"on_pre": "change -= y", "on_post": "change += x"}
_NEAREST = {"on_pre": "change -= int(y > 0)", "on_post": "change += int(x > 0)"}
_COUNTED = {"model": RECTANGULAR, "leave": "{trace} += 1", "expire": "{trace} -= 1"}

RULES = {
    # exp(-distance/window) for all pairs; the window of Bi & Poo is an exponential.
    "exponential-all": Rule(EXPONENTIAL, **_ALL, leave="{trace} += 1"),
    # The same with the nearest earlier spike alone.
    "exponential-nearest": Rule(EXPONENTIAL, **_ALL, leave="{trace} = 1"),
    # 1 for all pairs up to a window apart: a trace is the number of spikes in the last window.
    "rectangular-all": Rule(**_ALL, **_COUNTED),
    # 1 if there is an earlier spike up to a window before.
    "rectangular-nearest": Rule(**_NEAREST, **_COUNTED),
}
