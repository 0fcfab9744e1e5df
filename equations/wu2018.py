"""Iterative leaky integrate-and-fire neurons of Wu et al. (2018), and their parameters.

Spatio-temporal backpropagation for training high-performance spiking neural networks
(Eq. 3-8 and 23-26). The companion that trains them is `models.stbp`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class IterativeLIF:
    """A layer's neurons and the curve that stands for the derivative of their spikes.

    The printed parameters are dead: with Eq. 29-30, V_th = 1.5, b = 0 and the rectangular
    curve hidden neurons fire at a rate of 0.0003, output neurons never, and all gradients
    are exactly 0. The default V_th = 0.5 (one of the two values in the sources) is alive.

    Attributes
    ----------
    V_th : float
        Threshold. MNIST 1.5 or 0.5 (sources conflict), object detection 2.0 (text),
        N-MNIST 0.2.
    tau : float
        Forget gate: what is left of u after a step without spike. MNIST 0.1.
    gate : {'linear', 'exponential'}
        tau*(1 - o) or tau*exp(-o/tau) (Eq. 6).
    surrogate : {'rectangular', 'polynomial', 'sigmoid', 'gaussian'}
        h1 to h4 (Eq. 23-26).
    width : float
        Their a1 to a4; 1 in the text's experiments.
    """

    V_th: float = 0.5
    tau: float = 0.1
    gate: str = "linear"
    surrogate: str = "rectangular"
    width: float = 1.0


# The trained network as Brian2 groups (`models.stbp.groups`). Within a time step a layer is
# updated after all spikes of the layer below have added their weights to I.
INPUT = """
cursor : integer                       # sample of this chunk on show (-1 before the first)
attempt : integer                      # 0: every sample is shown once
accepted : integer                     # 1, likewise
n_samples : integer (shared, constant)
"""
INPUT_ADVANCE = "cursor += 1"
INPUT_THRESHOLD = "spikes(t, i) > 0"

NEURON = """
u : 1    # membrane potential
I : 1    # weighted spikes of this time step
"""
BIAS = "b : 1\n"
MAP_BIAS = "b : 1 (linked)\n"          # one bias for all neurons of a map
SPIKE_COUNT = "count : integer         # spikes since the sample began\n"
SAMPLE_START = "u = 0\nI = 0\n"

# Eq. 3-5; the neuron's own spike has acted on u before, in RESETS.
UPDATE = "u = (I + b) + tau*u\nI = 0"
THRESHOLD = "u >= V_th"
RESETS = {                             # Eq. 6: what the forget gate leaves of u after a spike
    "linear": "u = 0\n",
    "exponential": "u *= exp(-1/tau)\n",
}
COUNT_SPIKE = "count += 1\n"

# Average pooling has no spikes but a graded value, passed on where it is not 0.
POOL = """
I : 1    # sum over the square
p : 1    # mean over the square
"""
POOL_UPDATE = "p = I/square\nI = 0"
POOL_THRESHOLD = "p > 0"

WEIGHT = "w : 1"
TRANSMIT = {                           # (graded source, weighted projection)
    (False, True): "I_post += w",
    (True, True): "I_post += w*p_pre",
    (False, False): "I_post += 1",
    (True, False): "I_post += p_pre",
}
