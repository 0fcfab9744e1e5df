"""Dense projections: text equations at the speed of a hand-written loop."""

from models.dense.convolution import Convolution
from models.dense.device import DenseDevice
from models.dense.patterns import Pattern
from models.dense.projection import DenseSynapses
from models.dense.shared_matrix import MatrixOf
from models.dense.synapses import ListedSynapses, dense_synapses

__all__ = ["Convolution", "DenseDevice", "DenseSynapses", "ListedSynapses", "MatrixOf",
           "Pattern", "dense_synapses"]
