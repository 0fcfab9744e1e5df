"""The trained network of Zhao et al. (2020) as a graph of NIR, in the forms for which there is one.

=========================================  ==================================================
here                                       in NIR
=========================================  ==================================================
weighted activities and bias, I of Eq. 3   Affine
tau_V dV/dt = I - V (``--form rate``)      LIF with tau = tau_V, r = 1, v_leak = 0
spike at V > V_th, then V = V_reset        v_threshold, v_reset
tau*delta of S, Eq. 3                      Scale behind the LIF
current I of S, Eq. 3                      an edge past the LIF
=========================================  ==================================================

The differential equation is the same. So are the numbers where it is integrated by forward Euler
with the step ``dt`` of the metadata. Several edges into one node are added. S of the output is what
leaves the graph in each step. What is learned from is its last value or its mean, as the metadata's
``reading`` says.

Refused: neurons with a conductance (Eq. 2, all forms but rate), since NIR has no product of a
conductance and a potential; activities that are passed on after a layer has run (``--passing
layers``), since NIR has no mean over time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from equations.zhao2020.settings import Form, Neurons, RateNeurons
from models.errors import SuiteError
from models.shared.layered import Arrays, layer_names
from models.shared.nir_nodes import INTEGRATION, affine, leaky_neurons, nir_package

if TYPE_CHECKING:
    import nir


def nir_graph(sizes: tuple[int, ...], arrays: Arrays, form: Form) -> nir.NIRGraph:
    """A graph with the same spikes and activities.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of the input, of the hidden layers and of the output.
    arrays : dict of str to ndarray
        Weights and biases, of the shapes of `models.shared.layered.layered_shapes`.
    form : equations.zhao2020.settings.Form

    Returns
    -------
    nir.NIRGraph
        Nodes ``input`` (pixels from 0 to 1, the same in all steps), ``BELOW_LAYER``, ``LAYER``,
        ``LAYER_S`` and ``result``; a layer that passes on its current alone has no neurons, since
        nothing depends on their spikes. Metadata: ``dt`` in seconds, ``integration``, ``steps``,
        ``reading``.

    Raises
    ------
    SuiteError
        If NIR has no primitives that are equal to the form, or the package nir is missing.
    """
    if form.neuron != "current":
        raise SuiteError("NIR has no neurons with a conductance (Eq. 2): export to .npz instead, "
                         "or train --form rate --passing steps")
    if form.passing != "steps":
        raise SuiteError("NIR has no mean over time, which a layer passes on after it has run: "
                         "export to .npz instead, or train with --passing steps")
    nir = nir_package()
    layers = layer_names(sizes)
    nodes = {"input": nir.Input(input_type={"input": np.array([sizes[0]])})}
    edges = []
    sources = ["input"]
    for below, name in zip(layers, layers[1:]):
        own, inside, sources_of_next = _layer(below, name, arrays, form)
        edges += [(source, f"{below}_{name}") for source in sources] + inside
        nodes |= own
        sources = sources_of_next
    nodes["result"] = nir.Output(output_type={"output": np.array([sizes[-1]])})
    edges += [(source, "result") for source in sources]
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata={
        "dt": Neurons().dt, "integration": INTEGRATION, "steps": form.steps,
        "reading": form.reading})


def _layer(below, name, arrays, form):
    """Nodes of a layer, the edges among them, and the nodes whose sum is its S."""
    numbers = RateNeurons()
    w = np.asarray(arrays[f"{below}_{name}.w"])
    b = np.asarray(arrays[f"{name}.b"])
    current, spikes = ((form.output_current, form.output_spikes) if name == "output" else
                       (form.hidden_current, form.hidden_spikes))
    drive = f"{below}_{name}"
    nodes = {drive: affine(w, b)}
    edges = []
    sources = [drive] if current else []
    if spikes:
        nodes[name] = leaky_neurons(b.shape, numbers.tau_V, 1, numbers.V_th, numbers.V_reset,
                                    w.dtype)
        nodes[f"{name}_S"] = nir_package().Scale(scale=np.full(b.shape, form.tau, w.dtype))
        edges += [(drive, name), (name, f"{name}_S")]
        sources.append(f"{name}_S")
    return nodes, edges, sources
