"""The network of Wu et al. (2018) as Brian2 groups, equal to `models.stbp` spike for spike."""

from models.stbp.groups.evaluate import BrianNetwork
from models.stbp.groups.network import stbp_network
from models.stbp.groups.weights import read_weights, state_of, weights_of, write_weights

__all__ = ["BrianNetwork", "read_weights", "state_of", "stbp_network", "weights_of",
           "write_weights"]
