"""Dense projections: text equations at the speed of a hand-written loop."""

from models.dense.device import DenseDevice
from models.dense.synapses import DenseSynapses, ListedSynapses, dense_synapses

__all__ = ["DenseDevice", "DenseSynapses", "ListedSynapses", "dense_synapses"]
