"""Conductance-based leaky integrate-and-fire neurons with adaptive threshold.

Equation numbers are those of Hao et al. (2020). Conductances are relative to the leak
conductance, hence dimensionless.
"""

from dataclasses import dataclass

from brian2.units import Quantity, mV, ms

from equations.forms import HOLD_EQUATION, Neuron
from equations.parameters import parameter

THETA = "theta : volt\n"
# Eq. 5 between spikes: dtheta/dt = -theta/tau_theta. It is integrated once a slot, at its
# start, while theta is plastic. Within a slot theta is at most 8e-5 of itself too low
# (tau_theta = 6e6 ms). There are two forms.
# - "exact" is the solution.
# - "single-precision" is what the authors' program computes, in float32 and in steps of dt.
#   Each step is rounded to the next float32 of theta in mV. These are 1.9e-6 mV apart from 16
#   to 32 mV, and twice that from 32 to 64 mV. A step takes theta*dt/tau_theta. With
#   tau_theta = 6e6 ms that is 0.7 to 1.4 spacings, which is rounded to one: theta decays too
#   fast or too slowly by up to 40 %. With 2e7 ms (N = 6400 and 10,000) it is less than half a
#   spacing at every theta, since dt/tau_theta < 2**-25: the published networks of these sizes
#   have thresholds that never decay.
THETA_DECAYS = {
    "exact": "theta *= exp(-slot/tau_theta)\n",
    "single-precision": """
spacing = 2**(floor(log(clip(theta/mV, 1e-6, 1e6))/log(2)) - 23)*mV
theta -= slot_steps*spacing*floor(theta*(slot/slot_steps/tau_theta)/spacing + 0.5)
""",
}

# Eq. 5 at a spike. The authors' code integrates the delta function over one step of its
# Euler scheme, so the jump is alpha*dt/tau_theta (0.07 mV for N = 400) times the scaling
# factor. Eq. 5 read literally would give alpha*(1 ms)/tau_theta, twice that.
THETA_INCREMENT = "theta += alpha*(dt/tau_theta)*theta_init/abs(2*theta - theta_init)\n"

# Eq. 1-4: an excitatory neuron of a hidden layer.
EXCITATORY = Neuron(
    equations="""
dV/dt = int(hold <= 0*ms)*((E_rest - V) + g_E*(E_exc - V) + g_I*(E_inh - V))/tau_m : volt
""" + HOLD_EQUATION + """
dg_E/dt = -g_E/tau_gE : 1
dg_I/dt = -g_I/tau_gI : 1
""" + THETA,
    threshold="V > V_const + theta",
    reset="V = E_reset\n",
    refractory="refractory",
    adaptation=THETA_INCREMENT,
    # Forward Euler overshoots the equilibrium potentials.
    bounds=(("V", "E_floor", "E_exc"),))

# Eq. 1-2 without inhibition: a neuron of the inhibitory layer.
INHIBITORY = Neuron(
    equations="""
dV/dt = int(hold <= 0*ms)*((E_rest - V) + g_E*(E_exc - V))/tau_m : volt
""" + HOLD_EQUATION + """
dg_E/dt = -g_E/tau_gE : 1
""",
    threshold="V > V_threshold",
    reset="V = E_reset\n",
    refractory="refractory")

# Lateral inhibition (Fig. 2): a neuron of E excites its own neuron of I, which inhibits all
# other neurons of E.
EXCITE = "g_E_post += w_EI"
INHIBIT = "g_I_post += w_IE"

# Spikes are counted during the presentation, anew in every slot.
COUNT = "count : integer     # spikes of this presentation\n"
COUNT_SPIKE = "count += int(t_in_timesteps % slot_steps < presentation_steps)\n"
COUNT_START = "count = 0\n"

# Eq. 1-2 without inhibition and refractory period: a neuron of the SL layer in testing.
READOUT = Neuron(
    equations="""
dV/dt = ((E_rest - V) + g_E*(E_exc - V))/tau_m : volt
dg_E/dt = -g_E/tau_gE : 1
""",
    threshold="V > V_threshold",
    reset="V = E_reset\n")


@dataclass(frozen=True)
class Excitatory:
    """Excitatory neurons of a hidden layer.

    Attributes
    ----------
    tau_m : Quantity
        Time constant of the membrane.
    E_rest, E_reset, E_exc, E_inh : Quantity
        Resting and reset potential; equilibrium potentials of the synapses.
    E_floor : Quantity
        V is not let below it: forward Euler would overshoot the inhibitory equilibrium potential.
    tau_gE, tau_gI : Quantity
        Time constants of the conductances.
    refractory : Quantity
        The condition of the authors' code, "timer > 2" at dt = 0.5 ms, freezes V for 5 steps.
    V_const : Quantity
        Constant part of the threshold.
    """

    tau_m: Quantity = parameter(100 * ms, "section 2")
    E_rest: Quantity = parameter(-65 * mV, "section 2")
    E_reset: Quantity = parameter(-65 * mV, "section 2")
    E_exc: Quantity = parameter(0 * mV, "section 2")
    E_inh: Quantity = parameter(-100 * mV, "section 2")
    E_floor: Quantity = parameter(-100 * mV, "authors' code")
    tau_gE: Quantity = parameter(1 * ms, "section 2")
    tau_gI: Quantity = parameter(2 * ms, "authors' code; section 2: 1 ms")
    refractory: Quantity = parameter(2.5 * ms, "authors' code; section 2: 2 ms")
    V_const: Quantity = parameter(-72 * mV, "section 2, Eq. 4")


@dataclass(frozen=True)
class Inhibitory:
    """Inhibitory neurons, one per excitatory neuron; attributes as `Excitatory`."""

    tau_m: Quantity = parameter(10 * ms, "authors' code")
    E_rest: Quantity = parameter(-60 * mV, "authors' code")
    E_reset: Quantity = parameter(-45 * mV, "authors' code")
    E_exc: Quantity = parameter(0 * mV, "section 2")
    tau_gE: Quantity = parameter(1 * ms, "section 2")
    V_threshold: Quantity = parameter(-40 * mV, "authors' code")
    refractory: Quantity = parameter(2 * ms, "section 2 and authors' code")


@dataclass(frozen=True)
class Readout:
    """SL neurons in testing; attributes as `Excitatory`."""

    tau_m: Quantity = parameter(10 * ms, "authors' code")
    E_rest: Quantity = parameter(-60 * mV, "authors' code")
    E_reset: Quantity = parameter(-45 * mV, "authors' code")
    E_exc: Quantity = parameter(0 * mV, "section 2")
    tau_gE: Quantity = parameter(1 * ms, "section 2")
    V_threshold: Quantity = parameter(-40 * mV, "authors' code")


@dataclass(frozen=True)
class AdaptiveThreshold:
    """Dynamic part of the threshold (Eq. 5), with the values of 100 and 400 neurons.

    Attributes
    ----------
    theta_init : Quantity
        Its value before training.
    tau_theta : Quantity
        Time constant of its decay.
    alpha : Quantity
        Largest value of its increment.
    """

    theta_init: Quantity = parameter(20 * mV, "section 2")
    tau_theta: Quantity = parameter(6e6 * ms, "Table 1")
    alpha: Quantity = parameter(8.4e5 * mV, "Table 1")


@dataclass(frozen=True)
class LateralInhibition:
    """Weights of `EXCITE` and `INHIBIT`."""

    w_EI: float = parameter(10.4, "authors' code")
    w_IE: float = parameter(17.0, "authors' code")
