"""Networks as NIR: written, read again, and integrated as NIR's equations say, spike for spike."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import correlate

from equations.wu2018 import IterativeLIF
from equations.zhao2020.settings import form
from models.errors import SuiteError
from models.glsnn.network import SpikingNetwork
from models.glsnn.nir_graph import nir_graph as glsnn_graph
from models.shared.layered import layered_shapes
from models.stbp.architecture import layers_of
from models.stbp.build import build, initial_weights
from models.stbp.nir_graph import nir_graph as stbp_graph
from protocols.api import from_preset

nir = pytest.importorskip("nir")


def through_a_file(graph, folder):
    """A graph as another program reads it."""
    nir.write(folder / "network.nir", graph)
    return nir.read(folder / "network.nir")


def integrated(graph, inputs):
    """Output of a graph without loops for each step, by forward Euler.

    This knows NIR's definitions of its nodes and nothing of the suite.

    Parameters
    ----------
    graph : nir.NIRGraph
    inputs : ndarray, shape (T, ...)

    Returns
    -------
    ndarray, shape (T, ...)
    """
    dt = float(graph.metadata["dt"])
    potentials = {name: np.zeros_like(node.v_leak) for name, node in graph.nodes.items()
                  if isinstance(node, nir.LIF)}
    found = []
    for given in inputs:
        values = {"input": given}
        while "result" not in values:
            for name, node in graph.nodes.items():
                below = [source for source, target in graph.edges if target == name]
                if name in values or not all(source in values for source in below):
                    continue
                x = sum(values[source] for source in below)
                values[name] = passed(node, x, potentials, name, dt)
        found.append(values["result"])
    return np.array(found)


def passed(node, x, potentials, name, dt):
    """What a node makes of its input in a step."""
    if isinstance(node, nir.Affine):
        return node.weight @ x + node.bias
    if isinstance(node, nir.Scale):
        return node.scale * x
    if isinstance(node, nir.Flatten):
        return x.reshape(-1)
    if isinstance(node, nir.Conv2d):
        return np.array([correlate(x, kernel, mode="valid")[0] + bias
                         for kernel, bias in zip(node.weight, node.bias)])
    if isinstance(node, nir.AvgPool2d):
        size = node.kernel_size[0]
        channels, height, width = x.shape
        return x.reshape(channels, height // size, size, width // size, size).mean((2, 4))
    if isinstance(node, nir.LIF):
        v = potentials[name]
        v = v + dt / node.tau * (node.v_leak - v + node.r * x)
        spikes = v > node.v_threshold
        potentials[name] = np.where(spikes, node.v_reset, v)
        return spikes.astype(float)
    assert isinstance(node, nir.Output)
    return x


# ---- STBP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, shape", [
    ("14-12-10", (6, 7, 2)),
    ("5C3-P2-6", (8, 10, 2)),
    ("4C3-3C2-20-6", (6, 7, 1)),
    ("P2-12-5", (6, 8, 2)),
])
def test_stbp(text, shape, tmp_path):
    """Images that are not square show that no axis is exchanged."""
    rng = np.random.default_rng(3)
    layers = layers_of(text, shape)
    weights = {name: rng.normal(0.05, 0.5, value.shape)
               for name, value in initial_weights(layers, rng, np.dtype(float)).items()}
    neurons = IterativeLIF(tau=0.3)
    spikes = (rng.random((12, 3, *shape)) < 0.4).astype(float)
    expected = build(layers, weights, neurons, "exact", "numpy").forward(spikes)[0]
    graph = through_a_file(stbp_graph(layers, weights, neurons, 12), tmp_path)
    assert graph.metadata["steps"] == 12
    assert 0.1 < expected.mean() < 0.9
    for k in range(3):
        shown = spikes[:, k].reshape(12, -1)
        if text[1] in "C2":
            shown = spikes[:, k].transpose(0, 3, 1, 2)
        assert np.array_equal(integrated(graph, shown), expected[:, k]), k


def test_stbp_fires_at_the_threshold(tmp_path):
    """u >= V_th of the paper, v > v_threshold of NIR: the same at equality, and below it."""
    layers = layers_of("1", (1,))
    neurons = IterativeLIF(V_th=0.5)
    for drive, fires in ((0.5, 1), (np.nextafter(0.5, 0), 0)):
        weights = {"output.w": np.array([[drive]]), "output.b": np.zeros(1)}
        graph = stbp_graph(layers, weights, neurons, 1)
        lif = graph.nodes["output"]
        assert (drive > lif.v_threshold[0]) == fires
        assert build(layers, weights, neurons, "exact", "numpy").forward(
            np.ones((1, 1, 1)))[0].item() == fires


@pytest.mark.parametrize("changes, cause", [
    ({"gate": "exponential"}, "gate 'exponential'"), ({"tau": 1.0}, "tau = 1")])
def test_stbp_refused(changes, cause):
    layers = layers_of("4-2", (3,))
    weights = initial_weights(layers, np.random.default_rng(0), np.dtype(float))
    with pytest.raises(SuiteError, match=cause):
        stbp_graph(layers, weights, IterativeLIF(**changes), 5)


# ---- GLSNN --------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [
    {}, {"hidden_current": True}, {"output_current": True, "tau": 0.4},
    {"output_current": True, "output_spikes": False},
    {"hidden_current": True, "hidden_spikes": False}])
@pytest.mark.parametrize("reading", ["mean", "last"])
def test_glsnn(changes, reading, tmp_path):
    """What is learned from, of all outputs."""
    rng = np.random.default_rng(5)
    sizes = (9, 12, 11, 5)
    arrays = {name: rng.normal(0.2, 0.5, shape) for name, shape in layered_shapes(sizes).items()}
    chosen = replace(form("rate"), passing="steps", reading=reading, T=0.2, **changes)
    image = rng.random(9)
    forward = SpikingNetwork(sizes, arrays, chosen).forward(image[None])
    graph = through_a_file(glsnn_graph(sizes, arrays, chosen), tmp_path)
    found = integrated(graph, np.tile(image, (chosen.steps, 1)))
    assert str(graph.metadata["reading"]) == reading, graph.metadata
    found = found.mean(0) if reading == "mean" else found[-1]
    assert 0 < np.mean([counts.mean() for counts in forward.details["counts"]]) < chosen.steps
    np.testing.assert_allclose(found, forward.outputs[0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name, passing, cause", [
    ("literal", "steps", "conductance"), ("conductance", "layers", "conductance"),
    ("rate", "layers", "mean over time")])
def test_glsnn_refused(name, passing, cause):
    sizes = (3, 4, 2)
    arrays = {key: np.zeros(shape) for key, shape in layered_shapes(sizes).items()}
    with pytest.raises(SuiteError, match=cause):
        glsnn_graph(sizes, arrays, replace(form(name), passing=passing))


# ---- files --------------------------------------------------------------------------------------


def test_export(tmp_path, digits):
    """A model's file answers as the model."""
    model = from_preset("stbp", network="20-10", steps=10, kernels="numpy")
    graph = nir.read(model.export(tmp_path / "network.nir"))
    learner = model.learner_of(digits.x_test[0])
    spikes = learner.showing("predict").stimuli(0)["spikes"][0]
    shown, = model.network().show(digits.x_test[0])
    assert shown.counts["output.count"].any()
    assert integrated(graph, spikes).sum(0).tolist() == shown.counts["output.count"].tolist()
    assert [path.name for path in tmp_path.iterdir()] == ["network.nir"]
