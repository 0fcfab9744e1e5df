"""STBP (Wu et al. 2018) in NumPy: layers, neurons, gradients, optimisers.

A network is a list of layers. Each takes and returns an array (time steps, samples, ...) and
goes through time by itself, so that products with weights run over all steps at once. What
forward keeps for backward is returned, not stored: a layer holds its parameters alone.
"""

from models.shared.optimisers import SGD, Adam
from models.stbp.convolution import AveragePool, Convolution
from models.stbp.layers import Dense, Flatten
from models.stbp.network import Network, rate_loss
from models.stbp.neuron import GRADIENTS, Neurons
from models.stbp.surrogates import SURROGATES

__all__ = ["SGD", "SURROGATES", "Adam", "AveragePool", "Convolution", "Dense", "Flatten",
           "GRADIENTS", "Network", "Neurons", "rate_loss"]
