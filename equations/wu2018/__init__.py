"""Wu, Deng, Li, Zhu & Shi (2018): spatio-temporal backpropagation.

Spatio-temporal backpropagation for training high-performance spiking neural networks. Frontiers
in Neuroscience 12, 331.

- `neurons`: Eq. 3-6, iterative leaky integrate-and-fire neurons, and average pooling
- `presentation`: the spikes that are shown
- `synapses`: dense and convolutional weights

The text is of the trained network as Brian2 groups (`models.stbp.groups`). Its gradients, Eq. 8-28,
are no equations of Brian2: `models.stbp` computes them on arrays.
"""

from equations.wu2018.neurons import IterativeLIF

__all__ = ["IterativeLIF"]
