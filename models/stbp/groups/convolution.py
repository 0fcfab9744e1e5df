"""Convolutions whose synapses share the elements of one kernel."""

import numpy as np
from brian2 import Synapses, get_device, ms

from equations import wu2018
from models.dense.synapses import DenseSynapses


def convolution(source, target, kernel, layer, **keywords):
    """Connect two groups by a kernel, in the form that suits the active device.

    Each synapse has the number of its kernel element, ``tap``, and reads the weight ``w`` of
    ``kernel`` there: the value exists once.

    Parameters
    ----------
    source, target, kernel : NeuronGroup
        Neurons in the order (row, column, channel), elements in the order (row, column, channel,
        map).
    layer : models.stbp.architecture.Layer
    on_pre, clock, name
        As for ``brian2.Synapses``.

    Returns
    -------
    KernelSynapses or brian2.Synapses
        The latter, with lists of synapses, on all devices but the dense one.
    """
    if getattr(get_device(), "dense_projections", False):
        return KernelSynapses(source, target, kernel, layer, **keywords)
    synapses = Synapses(source, target, wu2018.TAP, delay=0 * ms, **keywords)
    synapses.variables.add_reference("w", kernel, "w", index="tap")
    i, j, tap = connections(layer)
    synapses.connect(i=i, j=j)
    synapses.tap = tap
    return synapses


class KernelSynapses(DenseSynapses):
    """A convolution on the dense device: for each spike, loops over the kernel's rows.

    Maps are the fastest index of neurons and kernel: the innermost loop adds a row of the
    kernel to a row of neurons, and no list of synapses is stored.
    """

    def __init__(self, source, target, kernel, layer, **keywords):
        self.kernel, self.layer = kernel, layer
        super().__init__(source, target, pattern="kernel", **keywords)

    def _count(self):
        return len(connections(self.layer)[0])

    def _neurons(self):
        return connections(self.layer)[:2]

    def _declare(self, equations, dtype):
        super()._declare(equations, dtype)
        self.variables.add_auxiliary_variable("tap", dtype=np.int32)
        self.variables["tap"].unique = False
        self.variables.add_reference("w", self.kernel, "w", index="tap")


def connections(layer):
    """Which neurons a convolution connects, and by which element of its kernel.

    Parameters
    ----------
    layer : models.stbp.architecture.Layer

    Returns
    -------
    pre, post, tap : ndarray of int
        One element per synapse, in the order of the presynaptic neurons.
    """
    height, width, channels = layer.source
    rows, columns, maps = layer.shape
    y, x, channel, i, j, k = np.ogrid[:height, :width, :channels, :layer.size, :layer.size, :maps]
    row, column = y - i, x - j
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    shape = (height, width, channels, layer.size, layer.size, maps)
    inside = np.broadcast_to(inside, shape)
    return tuple(np.broadcast_to(number, shape)[inside] for number in (
        (y*width + x)*channels + channel,
        (row*columns + column)*maps + k,
        ((i*layer.size + j)*channels + channel)*maps + k))
