"""The network of Zhao et al. (2020) as Brian2 groups, equal to `models.glsnn` spike for spike."""

from models.glsnn.groups.evaluate import BrianNetwork
from models.glsnn.groups.network import glsnn_network

__all__ = ["BrianNetwork", "glsnn_network"]
