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
