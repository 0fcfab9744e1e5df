"""The companion on CuPy: only what both array modules have, and no waiting in the step loop.

Where a GPU is at hand the last test trains on it.
"""

import sys
from dataclasses import replace

import numpy as np
import pytest

from equations.wu2018 import IterativeLIF
from equations.zhao2020.baselines import METHODS, baseline_numbers
from models.baselines import baseline
from models.shared.array_module import to_numpy
from models.shared.layered import Outer, one_hot
from models.stbp import GRADIENTS, SGD, SURROGATES, Adam
from models.stbp.architecture import layers_of
from models.stbp.build import build, initial_weights
from models.stbp.neuron import GATES
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.run import run
from protocols.stbp.protocol import PROTOCOL
from protocols.stbp.settings import STBPSettings
from tests import strict_cupy

NETWORKS = {"9-5": (12,), "4C3-P2-3C2-6-5": (6, 6, 2)}


@pytest.fixture
def cupy(monkeypatch):
    """The stand-in, found where an array's module is looked for."""
    monkeypatch.setattr(strict_cupy.ndarray, "__module__", "strict_cupy")
    monkeypatch.setitem(sys.modules, "strict_cupy", strict_cupy)
    return strict_cupy


def trained(xp, network, steps=6, optimiser=Adam, gradient="exact", **parameters):
    """Losses and weights after three batches."""
    rng = np.random.default_rng(0)
    layers = layers_of(network, NETWORKS[network])
    weights = {k: xp.array(2 * v) for k, v in initial_weights(layers, rng, np.float64).items()}
    net = build(layers, weights, IterativeLIF(**parameters), gradient)
    step = optimiser()
    losses = []
    for _ in range(3):
        shown = (rng.random((steps, 4, *NETWORKS[network])) < 0.4).astype(np.uint8)
        targets = np.eye(5)[rng.integers(0, 5, 4)]
        loss, gradients, outputs = net.gradients(xp.asarray(shown), xp.asarray(targets))
        step.step(net.parameters, gradients)
        losses.append(float(loss))
        assert outputs.mean(0).argmax(1).shape == (4,)
    return losses, {k: to_numpy(v) for k, v in weights.items()}


def assert_equal(one, other, tolerance=0):
    assert one[1].keys() == other[1].keys()
    np.testing.assert_allclose(one[0], other[0], rtol=tolerance)
    for name in one[1]:
        np.testing.assert_allclose(one[1][name], other[1][name], rtol=tolerance, atol=tolerance,
                                   err_msg=name)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("gate", GATES)
def test_gradients_keep_to_the_shared_functions(cupy, network, gradient, gate):
    choice = {"gradient": gradient, "gate": gate}
    assert_equal(trained(cupy, network, **choice), trained(np, network, **choice))


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_surrogates_keep_to_the_shared_functions(cupy, surrogate):
    choice = {"surrogate": surrogate, "optimiser": SGD}
    assert_equal(trained(cupy, "9-5", **choice), trained(np, "9-5", **choice))


@pytest.mark.parametrize("network", NETWORKS)
def test_the_step_loop_never_waits_for_the_device(cupy, network):
    waits = []
    for steps in (4, 12):
        strict_cupy.syncs = 0
        trained(cupy, network, steps)
        waits.append(strict_cupy.syncs)
    assert waits[0] == waits[1]


@pytest.mark.parametrize("method", METHODS)
def test_baselines_keep_to_the_shared_functions(cupy, method):
    """Three steps of each rule, with what is drawn at random: equal bits."""
    sizes = (6, 5, 4, 3)
    states = []
    for xp in (np, cupy):
        rule = baseline(method, sizes, baseline_numbers(method, 2), 0, np.float64, xp)
        rng = np.random.default_rng(0)
        for _ in range(3):
            inputs = xp.asarray(rng.random((7, 6)))
            lesson = rule.lesson(inputs, one_hot(rng.integers(0, 3, 7), 3, inputs), rng)
            for name, gradient in lesson.gradients.items():
                step = gradient.dense() if isinstance(gradient, Outer) else gradient
                rule.arrays[name] -= 0.1 * step
        states.append({name: to_numpy(value) for name, value in rule.arrays.items()})
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name], err_msg=name)


def test_the_stand_in_refuses_what_cupy_refuses(cupy):
    x = cupy.asarray(np.ones(3))
    with pytest.raises(TypeError):
        x + np.ones(3)
    with pytest.raises(TypeError):
        np.ones(3) * x
    with pytest.raises(TypeError):
        np.exp(x)
    with pytest.raises(TypeError):
        np.asarray(x)
    assert not hasattr(cupy, "bincount_along_axis") and float((2 * x).sum()) == 6


@pytest.mark.gpu
@pytest.mark.parametrize("network", NETWORKS)
def test_cupy(network):
    cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
    if not cupy.is_available():
        pytest.skip("no GPU")
    assert_equal(trained(cupy, network), trained(np, network), 1e-9)


@pytest.mark.parametrize("units, steps", [("spiking", 4), ("rectified", STBPSettings.steps)])
def test_a_whole_run_keeps_to_the_shared_functions(cupy, monkeypatch, tmp_path, units, steps):
    """Training, tests, checkpoints, resume and what the figures need: equal bits."""
    modules = {"numpy": np, "cupy": cupy}
    monkeypatch.setattr("protocols.stbp.learner.array_module", modules.get)
    states = []
    for name in modules:
        settings = STBPSettings(network="4C3-P2-8-10", units=units, epochs=1, steps=steps,
                                train_samples=60, batch=20, kernels="numpy", array_module=name)
        out = tmp_path / name
        run(PROTOCOL, settings, out, "test", quiet=True)
        run(PROTOCOL, replace(settings, epochs=2), out, "test", resume=True, quiet=True)
        arrays = read_checkpoint(out / "checkpoint.npz").arrays
        with np.load(out / "activity.npz") as activity:
            arrays |= dict(activity)
        states.append(arrays | {"answers": np.loadtxt(out / "predictions.csv", delimiter=",",
                                                      skiprows=1)})
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name], err_msg=name)
