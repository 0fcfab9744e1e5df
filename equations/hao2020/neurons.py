"""Conductance-based leaky integrate-and-fire neurons with adaptive threshold.

Equation numbers are those of Hao et al. (2020), A biologically plausible supervised
learning method for spiking neural networks using the symmetric STDP rule. Conductances
are relative to the leak conductance, hence dimensionless.
"""

from dataclasses import dataclass

from brian2.units import mV, ms

from equations.parameters import parameter

# Eq. 1-3. Two time constants: the text gives 1 ms for both conductances, the authors'
# code 2 ms for the inhibitory one.
# The refractory period is a variable that a spike sets and that runs down, not Brian2's
# `refractory` (time since the last spike): so it is part of the state, and the loop over
# the neurons has no integer arithmetic that would keep it from being vectorised.
EXCITATORY = """
dV/dt = int(hold <= 0*ms)*((E_rest - V) + g_E*(E_exc - V) + g_I*(E_inh - V))/tau_m : volt
dhold/dt = -int(hold > 0*ms) : second     # what is left of the refractory period
dg_E/dt = -g_E/tau_gE : 1
dg_I/dt = -g_I/tau_gI : 1
count : integer     # spikes of this presentation
"""

THETA = "theta : volt\n"
# Eq. 5 between spikes, dtheta/dt = -theta/tau_theta, integrated once, at the start of a slot,
# while theta is plastic; within a slot theta is at most 8e-5 of itself too low (tau_theta =
# 6e6 ms). Two forms:
# - exact;
# - as the authors' program computes it: in single precision and in steps of dt, each rounded
#   to the next float32 of theta in mV (spacing 1.9e-6 mV from 16 to 32 mV, twice that from 32
#   to 64 mV). A step takes theta*dt/tau_theta. With tau_theta = 6e6 ms that is .7 to 1.4
#   spacings, hence always one: too fast or too slow by up to 40 %. With 2e7 ms (N = 6400 and
#   10,000) it is less than half a spacing at every theta, since dt/tau_theta < 2**-25: the
#   published networks of these sizes have thresholds that never decay.
THETA_DECAYS = {
    "exact": "theta *= exp(-slot/tau_theta)\n",
    "single-precision": """
spacing = 2**(floor(log(clip(theta/mV, 1e-6, 1e6))/log(2)) - 23)*mV
theta -= slot_steps*spacing*floor(theta*(slot/slot_steps/tau_theta)/spacing + 0.5)
""",
}

# Eq. 4
EXCITATORY_THRESHOLD = "V > V_const + theta and hold <= 0*ms"

EXCITATORY_RESET = """
V = E_reset
hold = refractory
count += int(t_in_timesteps % slot_steps < presentation_steps)
"""
# Eq. 5 at a spike. The authors' code integrates the delta function over one step of its
# Euler scheme, so the jump is alpha*dt/tau_theta (0.07 mV for N = 400) times the scaling
# factor; Eq. 5 read literally would give alpha*(1 ms)/tau_theta, twice that.
THETA_INCREMENT = "theta += alpha*(dt/tau_theta)*theta_init/abs(2*theta - theta_init)\n"

# Eq. 1-2 without inhibition: the inhibitory layer.
INHIBITORY = """
dV/dt = int(hold <= 0*ms)*((E_rest - V) + g_E*(E_exc - V))/tau_m : volt
dhold/dt = -int(hold > 0*ms) : second
dg_E/dt = -g_E/tau_gE : 1
"""
INHIBITORY_THRESHOLD = "V > V_threshold and hold <= 0*ms"
INHIBITORY_RESET = """
V = E_reset
hold = refractory
"""

# The loop of lateral inhibition: E -> I one to one, I -> all other E.
EXCITE = "g_E_post += w_EI"
INHIBIT = "g_I_post += w_IE"

# At the start of every slot.
COUNT_START = "count = 0\n"

# The SL layer in testing: the same without refractory period.
READOUT = """
dV/dt = ((E_rest - V) + g_E*(E_exc - V))/tau_m : volt
dg_E/dt = -g_E/tau_gE : 1
count : integer     # spikes of this presentation
"""
READOUT_THRESHOLD = "V > V_threshold"
READOUT_RESET = """
V = E_reset
count += int(t_in_timesteps % slot_steps < presentation_steps)
"""


@dataclass(frozen=True)
class Excitatory:
    """Excitatory neurons of a hidden layer.

    ``refractory`` is 2 ms in the text; the authors' code ("timer > 2" at dt = 0.5 ms)
    freezes V for 5 steps, which is 2.5 ms here. ``tau_gI`` is 1 ms in the
    text and 2 ms in the code. ``E_floor``: V is cut at the inhibitory equilibrium
    potential, since forward Euler would overshoot it.
    """

    tau_m: object = parameter(100 * ms)      # section 2
    E_rest: object = parameter(-65 * mV)     # section 2
    E_reset: object = parameter(-65 * mV)    # section 2
    E_exc: object = parameter(0 * mV)        # section 2
    E_inh: object = parameter(-100 * mV)     # section 2
    E_floor: object = parameter(-100 * mV)   # authors' code
    tau_gE: object = parameter(1 * ms)       # section 2
    tau_gI: object = parameter(2 * ms)       # authors' code (text: 1 ms)
    refractory: object = parameter(2.5 * ms)   # authors' code (text: 2 ms)
    V_const: object = parameter(-72 * mV)    # section 2, Eq. 4


@dataclass(frozen=True)
class Inhibitory:
    """Inhibitory neurons, one per excitatory neuron (authors' code; not in the text)."""

    tau_m: object = parameter(10 * ms)
    E_rest: object = parameter(-60 * mV)
    E_reset: object = parameter(-45 * mV)
    E_exc: object = parameter(0 * mV)
    tau_gE: object = parameter(1 * ms)
    V_threshold: object = parameter(-40 * mV)
    refractory: object = parameter(2 * ms)


@dataclass(frozen=True)
class Readout:
    """SL neurons in testing (authors' code): no refractory period, no inhibition."""

    tau_m: object = parameter(10 * ms)
    E_rest: object = parameter(-60 * mV)
    E_reset: object = parameter(-45 * mV)
    E_exc: object = parameter(0 * mV)
    tau_gE: object = parameter(1 * ms)
    V_threshold: object = parameter(-40 * mV)


@dataclass(frozen=True)
class AdaptiveThreshold:
    """Dynamic threshold (Eq. 5); values of Table 1 for 100 and 400 neurons."""

    theta_init: object = parameter(20 * mV)
    tau_theta: object = parameter(6e6 * ms)
    alpha: object = parameter(8.4e5 * mV)


@dataclass(frozen=True)
class LateralInhibition:
    """Weights of the loop E -> I -> all other E (authors' code; not in the text)."""

    w_EI: float = 10.4
    w_IE: float = 17.0
