"""The trained network of Wu et al. (2018) as a graph of NIR.

==============================  =============================================================
here                            in NIR
==============================  =============================================================
fully connected, w and b        Affine
convolution, kernels and b      Conv2d of stride 1 without padding
average pooling                 AvgPool2d
neurons of Eq. 3-5 and 8        LIF with tau = dt/(1 - tau_here), r = 1/(1 - tau_here), v_leak = 0,
                                v_reset = 0
spike at u >= V_th              v_threshold is the number next below V_th: NIR has v > v_threshold
image (height, width, channel)  (channel, height, width), and Flatten in this order; the weights
                                onto a layer behind it are sorted so
==============================  =============================================================

Forward Euler with the step dt makes u(t) = tau_here u(t-1) + I(t) of that, Eq. 3, up to the
rounding of dt/tau*r. All layers act in the time step of their input, as edges of NIR do.

Refused: the gate of Eq. 6 (``--gate exponential``), which leaves u*exp(-1/tau) after a spike, where
NIR has a constant; tau >= 1, which is no leak; rectified units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equations.wu2018 import IterativeLIF
from models.errors import SuiteError
from models.shared.nir_nodes import INTEGRATION, affine, leaky_neurons, nir_package
from models.stbp.architecture import Layer
from models.stbp.build import Weights, check_weights

if TYPE_CHECKING:
    import nir

STEP_SECONDS = 1e-3
"""Time step of the graph; that of the Brian2 groups. The paper has steps alone."""


def nir_graph(layers: list[Layer], weights: Weights, neurons: IterativeLIF,
              steps: int) -> nir.NIRGraph:
    """A graph with the same spikes.

    Parameters
    ----------
    layers : list of models.stbp.architecture.Layer
    weights : dict of str to ndarray
        As `models.stbp.build.build` takes them.
    neurons : equations.wu2018.IterativeLIF
    steps : int
        Time steps T of a sample.

    Returns
    -------
    nir.NIRGraph
        Nodes ``input``, ``LAYER_synapses``, ``LAYER`` and ``result``, which is the spikes of the
        layer ``output``; the input is of shape (channels, height, width), or (inputs,) where the
        first layer is fully connected. Metadata: ``dt`` in seconds, ``integration``, ``steps``.

    Raises
    ------
    SuiteError
        If NIR has no neurons of this kind, the package nir is missing, or weights do not fit.
    """
    if neurons.gate != "linear":
        raise SuiteError(f"NIR sets neurons to a constant after a spike, the gate {neurons.gate!r} "
                         "multiplies what they have: export to .npz instead")
    if neurons.tau >= 1:
        raise SuiteError(f"NIR's neurons leak, with tau = {neurons.tau:g} of 1 or more these do "
                         "not: export to .npz instead")
    check_weights(layers, weights)
    nir = nir_package()
    nodes = {"input": nir.Input(input_type={"input": _shape(layers[0].source)})}
    for k, layer in enumerate(layers):
        below = layers[k - 1].shape if k else layer.source
        nodes |= _nodes(layer, below, weights, neurons)
    nodes["result"] = nir.Output(output_type={"output": _shape(layers[-1].shape)})
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:])), metadata={
        "dt": STEP_SECONDS, "integration": INTEGRATION, "steps": steps})


def _nodes(layer, below, weights, neurons):
    """Nodes of a layer in their order."""
    nir = nir_package()
    if layer.kind == "pool":
        square = np.array([layer.size, layer.size])
        return {layer.name: nir.AvgPool2d(kernel_size=square, stride=square,
                                          padding=np.array([0, 0]))}
    w = np.asarray(weights[f"{layer.name}.w"])
    b = np.asarray(weights[f"{layer.name}.b"])
    found = {}
    if layer.kind == "convolution":
        found[f"{layer.name}_synapses"] = nir.Conv2d(
            input_shape=layer.source[:2], weight=np.ascontiguousarray(w.transpose(3, 2, 0, 1)),
            stride=1, padding=0, dilation=1, groups=1, bias=b)
    else:
        if len(below) == 3:
            found[f"{layer.name}_flatten"] = nir.Flatten(
                input_type={"input": _shape(below)}, start_dim=0, end_dim=-1)
            w = w.reshape(*below, -1).transpose(2, 0, 1, 3).reshape(w.shape)
        found[f"{layer.name}_synapses"] = affine(w, b)
    found[layer.name] = _neurons(layer, neurons, w.dtype)
    return found


def _neurons(layer, neurons, dtype):
    """The spiking neurons of a layer."""
    kept = 1 - neurons.tau
    threshold = np.nextafter(dtype.type(neurons.V_th), dtype.type(-np.inf))
    return leaky_neurons(tuple(_shape(layer.shape)), STEP_SECONDS / kept, 1 / kept, threshold, 0,
                         dtype)


def _shape(shape):
    """NIR's order of the axes of an image."""
    return np.array([shape[2], *shape[:2]] if len(shape) == 3 else shape)
