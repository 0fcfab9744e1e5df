"""Neurons: integrate and fire without leak, forward and in the error network.

Equation numbers are those of Shrestha et al. (2019). A neuron adds what its synapses and its bias
give, fires at its threshold, and is set back. There is no unit: weights, potentials and thresholds
are numbers, and time counts in steps.
"""

from equations.shrestha2019.presentation import LOSS_RUNS, PHASE_2, STEP

# Eq. 1, a neuron of a hidden layer or of the output.
FORWARD = """
U : 1            # membrane potential
h : 1            # spikes of phase 1 (Eq. 3)
h_hat : 1        # spikes of phase 2, when the error network drives (Eq. 13)
"""
FORWARD_THRESHOLD = "U >= theta"
# "Reset to the resting potential of 0" is the text. Subtraction keeps what exceeds the threshold,
# so that h = floor(u/theta), Eq. 4, holds for any input.
FORWARD_RESETS = {"zero": "U = 0\n", "subtraction": "U -= theta\n"}
FORWARD_START = """
U = 0
h = 0
h_hat = 0
"""
# At the beginning of phase 2 a residual of phase 1 would make h_hat larger than h without any
# error. The spikes of the step before have arrived by then and are erased, too.
CLEAR = f"U *= int({STEP} != half)\n"

# A learned bias, Eq. 1. The text has it; the author's code keeps it at 0.
BIAS = "b : 1\n"
ADD_BIAS = "U += b\n"

# What learning needs at a postsynaptic neuron.
LEARNING_RATE = "eta : 1        # step of learning\n"
LEARNING_RATE_START = "eta = step_factor*rate(t)/(half*half)\n"

# Eq. 8-9, an error neuron: one group for positive errors and one for negative errors. Both
# accumulate the same error with opposite signs.
ERROR = """
E : 1            # accumulated error
count : integer  # error spikes of this sample
gate : 1         # spikes of the forward neuron in phase 1
"""
# Errors arise in phase 2 only: in phase 1 nobody need look at these neurons.
ERROR_RUNS = f"{PHASE_2} and "
ERROR_THRESHOLD = "E >= theta_e"
# Eq. 5: the derivative of a forward neuron that has not fired is 0.
GATE_IS_OPEN = " and gate > 0"
# Eq. 9 truncates eps/theta, which is subtraction. The text says "reset to 0", which throws away
# what exceeds the threshold. A spike of one sign changes the accumulated error of the other sign,
# too: both are one number.
ERROR_RESETS = {"zero": "E = 0\n", "subtraction": "E -= theta_e\n"}
ERROR_COUNT = "count += 1\n"
ERROR_PARTNERS = {"zero": "E_post = 0\n", "subtraction": "E_post += theta_e\n"}
ERROR_START = """
E = 0
count = 0
gate = 0
"""

# Section 3.4, the target: while the loss circuit runs, the neuron of the label fires in every
# `period`-th step.
TARGET = "on : 1\n"
TARGET_START = "on = int(abs(label(t) - i) < 0.5)\n"
TARGET_THRESHOLD = f"{LOSS_RUNS} and ({STEP} - half - wait) % period == 0 and on > 0"
