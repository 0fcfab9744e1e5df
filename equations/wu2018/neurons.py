"""Iterative leaky integrate-and-fire neurons, and their parameters.

Equation numbers are those of Wu et al. (2018). All variables are dimensionless. Within a time
step a layer is updated after all spikes of the layer below have added their weights to I.
"""

from dataclasses import dataclass

from equations.parameters import parameter

NEURON = """
u : 1    # membrane potential
I : 1    # weighted spikes of this time step
"""
BIAS = "b : 1\n"
MAP_BIAS = "b : 1 (linked)\n"          # one bias for all neurons of a map
SAMPLE_START = "u = 0\nI = 0\n"

# Eq. 3-5. The neuron's own spike has acted on u before, in RESETS.
UPDATE = "u = (I + b) + tau*u\nI = 0"
THRESHOLD = "u >= V_th"
# Eq. 8 and Eq. 6: what the forget gate leaves of u after a spike, but for tau, which is in UPDATE.
RESETS = {
    "linear": "u = 0\n",
    "exponential": "u *= exp(-1/tau)\n",
}

# The output layer counts its spikes, since the rates are the answer (Eq. 9).
SPIKE_COUNT = "count : integer         # spikes since the sample began\n"
COUNT_SPIKE = "count += 1\n"
COUNT_START = "count = 0"

# Average pooling has no spikes but a graded value, which is passed on where it is not 0.
POOL = """
I : 1    # sum over the square
p : 1    # mean over the square
"""
POOL_UPDATE = "p = I/square\nI = 0"
POOL_THRESHOLD = "p > 0"


@dataclass(frozen=True)
class IterativeLIF:
    """A layer's neurons and the curve that stands for the derivative of their spikes.

    The printed parameters are dead. With Eq. 29-30, V_th = 1.5, b = 0 and the rectangular
    curve hidden neurons fire at a rate of 0.0003, output neurons never, and all gradients
    are exactly 0. The default V_th = 0.5 is alive.

    Attributes
    ----------
    V_th : float
        Threshold. MNIST 1.5 or 0.5 (the sources conflict), object detection 2.0 (text), N-MNIST
        0.2.
    tau : float
        Forget gate: what is left of u after a step without spike.
    gate : {'linear', 'exponential'}
        tau*(1 - o) of Eq. 8, or tau*exp(-o/tau) of Eq. 6, which it stands for.
    surrogate : {'rectangular', 'polynomial', 'sigmoid', 'gaussian'}
        h1 to h4 of Eq. 23-26.
    width : float
        Their a1 to a4.
    """

    V_th: float = parameter(0.5, "authors' code")
    tau: float = parameter(0.1, "MNIST; a re-implementation's comments")
    gate: str = parameter("linear", "Eq. 8, and the authors' code")
    surrogate: str = parameter("rectangular", "Eq. 23, and the authors' code")
    width: float = parameter(1.0, "a re-implementation's comments, and the authors' code")
