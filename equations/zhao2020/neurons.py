"""Neurons: Eq. 2-3 of Zhao et al. (2020), and those of the authors' published variant.

All variables are dimensionless. Times are in seconds; the paper names no unit, and ratios alone
matter. A step of forward Euler gives Eq. 3 from Eq. 2: V takes g_E of the step before.

Eq. 2-3 as printed have lost their minus signs. With the printed signs V would run away from V_L and
from V_E, and g_E would grow without any input.
"""

# Eq. 2. `I` is what Eq. 3 sums: weighted activities of the layer below, and the bias.
CONDUCTANCE = """
dV/dt = -((V - V_L) + g_E/g_L*(V - V_E))/tau_m : 1    # membrane potential
dg_E/dt = (-g_E + I)/tau_E : 1                        # excitatory conductance
"""
# The authors' published variant (BrainCog): no conductance, V += (I - V)/2 in a step.
CURRENT = "dV/dt = (I - V)/tau_V : 1    # membrane potential\n"
MODELS = {"conductance": CONDUCTANCE, "current": CURRENT}
"""Equations by `equations.zhao2020.settings.Form.neuron`."""
METHOD = "euler"

STATE = """
J : 1            # weighted activities of the layer below that have come
b : 1            # bias
I : 1            # current: what Eq. 3 sums
delta : 1        # whether the neuron fires in this step
n : integer      # spikes of this sample
S_now : 1        # S of this step (Eq. 3)
S_sum : 1        # sum of it over the steps
S : 1            # what is passed on
S_read : 1       # what is learned from
V_end : 1        # potential after the last step
"""
SAMPLE_START = "J = 0\nI = 0\ndelta = 0\nn = 0\nS_sum = 0\nS = 0\n"
REST = {"conductance": "V = V_reset\ng_E = 0\n", "current": "V = V_reset\n"}

TAKE_INPUT = "I = J + b\nJ = 0\n"
# Eq. 3. S of the step takes the spike of the step.
THRESHOLD = "V > V_th"
RESET = "V = V_reset\ndelta = 1\nn += 1\n"
ACTIVITY = "S_now = current*I + spikes*tau*delta\nS_sum += S_now\ndelta = 0\n"

READ = {"last": "S_now", "mean": "S_sum/steps"}
"""What is learned from, by `equations.zhao2020.settings.Form.reading`."""
