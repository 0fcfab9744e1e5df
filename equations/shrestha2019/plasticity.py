"""Synapses of the forward network and of the error network, and the update of the weights.

Equation numbers are those of Shrestha et al. (2019). Signs come in pairs, because positive and
negative errors have neurons of their own: what one of them adds the other one subtracts. It is
written as the addition of a negative number, which is the one change that GeNN allows.
"""

from equations.shrestha2019.presentation import IN_PHASE_1, LAST_STEP, LOSS_RUNS

WEIGHT = "w : 1\n"
# Eq. 1: a spike's contribution to the membrane potential.
TRANSMIT = "U_post += w"

# Section 3.4, loss neurons: the target's spikes count up, the output's count down.
ADD_TARGET = {"plus": "E_post += w_L", "minus": "E_post += -w_L"}
SUBTRACT_OUTPUT = {"plus": f"E_post += -w_L*int({LOSS_RUNS})",
                   "minus": f"E_post += w_L*int({LOSS_RUNS})"}

# Eq. 8: an error spike of the layer above, and the sign it has for each group below. The weight is
# the forward one (SW) or a fixed one (FA, DFA). Negative errors come first, by the names of the
# projections. So both groups sum in the same order and hold the same number but for its sign.
FEEDBACK = {
    ("minus", "minus"): "E_post += {weight}",
    ("minus", "plus"): "E_post += -{weight}",
    ("plus", "minus"): "E_post += -{weight}",
    ("plus", "plus"): "E_post += {weight}",
}
FEEDBACK_WEIGHT = "B : 1\n"

# Eq. 13: an error spike moves the potential of its forward neuron by gamma thresholds. The second
# form has a floor of -theta: a negative error also raises a potential to it that inhibition has
# taken below. Otherwise errors of long standing silence a neuron for good.
CORRECT = {"plus": "U_post += gamma*theta", "minus": "U_post += -gamma*theta"}
CORRECT_BOUNDED = CORRECT | {"minus": "U_post = clip(U_post - gamma*theta, -theta, 1e6*theta)"}

# Eq. 5: a forward spike of phase 1 opens the gate of its error neurons.
OPEN_GATE = f"gate_post += {IN_PHASE_1}"

# Eq. 12, at the end of a window. The presynaptic count is that of phase 1, as in the author's code,
# or of the whole window, as in Algorithm 1. A synapse whose presynaptic neuron was silent does not
# change, so nobody need look at it.
PRESYNAPTIC = {"phase-1": "h_pre", "all": "(h_pre + h_hat_pre)"}
ENDS = {"phase-1": f"{LAST_STEP} and h > 0", "all": LAST_STEP}
UPDATE = "w = clip(w + eta_post*{presynaptic}*(h_hat_post - h_post), -w_max, w_max)\n"
# Sums over several windows before the weights change. Where they do not, the rate is 0.
SUM = "dw : 1\n"
ADD_UP = "dw += {presynaptic}*(h_hat_post - h_post)\n"
LAST_OF_SUM = LAST_STEP + " and rate(t) > 0"
APPLY_SUM = """
w = clip(w + eta_post/windows*dw, -w_max, w_max)
dw = 0
"""
# The bias is a weight from a neuron that fires in every step: `always` is what is counted of it.
UPDATE_BIAS = "b = clip(b + eta*always*(h_hat - h), -w_max, w_max)\n"
BIAS_SUM = "db : 1\n"
UPDATE_BIAS_SUM = """
db += always*(h_hat - h)
b = clip(b + eta/windows*db, -w_max, w_max)
db *= int(eta == 0)
"""
