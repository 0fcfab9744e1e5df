"""Compiled loops against NumPy's form of the same network."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from equations.wu2018 import IterativeLIF
from models.errors import SuiteError
from models.stbp import (
    GRADIENTS, SURROGATES, Adam, AveragePool, Convolution, Dense, Flatten, Network, Neurons,
)
from models.stbp.initial import bernoulli, normalised_uniform
from models.stbp.neuron import GATES

pytest.importorskip("numba")

ROOT = str(Path(__file__).parents[1])
STEPS = 7
SAMPLES = 5
CLASSES = 3
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-12}


def dense(rng, sizes, neurons, dtype):
    return [Dense(normalised_uniform(rng, (a, b), dtype), rng.uniform(0, 0.3, b).astype(dtype),
                  neurons(k == len(sizes) - 2)) for k, (a, b) in enumerate(zip(sizes, sizes[1:]))]


def convolution(rng, shape, neurons, dtype):
    return Convolution(normalised_uniform(rng, shape, dtype),
                       rng.uniform(0, 0.3, shape[-1]).astype(dtype), neurons)


def layers(kind, dtype, gradient="exact", smooth=False, **parameters):
    """Layers of a network and the shape of its inputs."""
    rng = np.random.default_rng(0)
    lif = IterativeLIF(**{"tau": 0.4, **parameters})

    def neurons(output=False):
        return Neurons(lif, gradient, output, smooth)

    if kind == "dense":
        # Wider than a block of columns, and not a multiple of one.
        return dense(rng, [21, 150, 13, CLASSES], neurons, dtype), (21,)
    if kind == "convolution":
        return [convolution(rng, (3, 2, 2, 4), neurons(), dtype), AveragePool(2),
                convolution(rng, (2, 2, 4, 11), neurons(), dtype), Flatten(),
                *dense(rng, [2 * 2 * 11, CLASSES], neurons, dtype)], (8, 7, 2)
    # Pooling of the input, and twice: no convolution before it.
    return [AveragePool(2), convolution(rng, (3, 3, 1, 5), neurons(), dtype), AveragePool(3),
            AveragePool(2), Flatten(), *dense(rng, [20, CLASSES], neurons, dtype)], (28, 28, 1)


def both(kind, dtype, **keywords):
    """The network in both forms, and a batch with uint8 spikes."""
    made, shape = layers(kind, dtype, **keywords)
    rng = np.random.default_rng(1)
    # Some pixels are always black or white.
    pixels = np.clip(rng.uniform(-0.4, 1.4, (SAMPLES, *shape)), 0, 1)
    targets = np.eye(CLASSES, dtype=dtype)[rng.integers(0, CLASSES, SAMPLES)]
    return (Network(made), Network(made, "numba"), bernoulli(rng, pixels, STEPS, np.uint8),
            targets)


def compare(found, expected, dtype):
    """Loss, gradients and outputs."""
    np.testing.assert_array_equal(found[2], expected[2])
    assert found[2].dtype == dtype
    assert float(found[0]) == pytest.approx(float(expected[0]), rel=TOLERANCE[dtype])
    assert len(found[1]) == len(expected[1])
    for a, b in zip(found[1], expected[1]):
        assert list(a) == list(b)
        for name in b:
            assert a[name].shape == b[name].shape and a[name].dtype == b[name].dtype == dtype
            scale = np.linalg.norm(b[name])
            assert scale > 0
            assert np.linalg.norm(a[name] - b[name]) < TOLERANCE[dtype] * scale


KINDS = ["dense", "convolution", "pool"]


@pytest.mark.parametrize("kind, dtype", [
    ("dense", np.float32), ("dense", np.float64), ("convolution", np.float32), ("pool", np.float64),
    # The same comparison of a layer and a precision that are compared above with others.
    pytest.param("convolution", np.float64, marks=pytest.mark.slow),
    pytest.param("pool", np.float32, marks=pytest.mark.slow)])
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_surrogates_and_gates(kind, dtype, surrogate):
    for gate in GATES:
        plain, fast, inputs, targets = both(kind, dtype, surrogate=surrogate, gate=gate,
                                            width=0.7)
        expected = plain.gradients(inputs, targets)
        assert 0 < expected[2].mean() < 1
        compare(fast.gradients(inputs, targets), expected, dtype)


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("kind", KINDS)
def test_gradient_variants(kind, gradient):
    plain, fast, inputs, targets = both(kind, np.float64, gradient=gradient)
    compare(fast.gradients(inputs, targets), plain.gradients(inputs, targets), np.float64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_silence_on_the_edge_of_the_surrogate(kind, dtype):
    """Without biases u = 0 lies on the edge of h1: the sum of no input must be 0, not 1e-8."""
    plain, fast, inputs, targets = both(kind, dtype, V_th=0.5, width=1.0)
    for layer in plain.layers:
        if hasattr(layer, "b"):
            layer.b[:] = 0
    inputs[:4] = 1
    inputs[4:] = 0
    inputs[5, :, 3:] = 1
    expected = plain.gradients(inputs, targets)
    assert 0 < expected[2].mean() < 1
    compare(fast.gradients(inputs, targets), expected, dtype)


@pytest.mark.parametrize("kind", KINDS)
def test_smooth_networks_stay_plain(kind):
    plain, fast, inputs, targets = both(kind, np.float64, smooth=True)
    compare(fast.gradients(inputs, targets), plain.gradients(inputs, targets), np.float64)


@pytest.mark.parametrize("kind", KINDS)
def test_types_of_inputs(kind):
    """Spikes of any type are the same spikes, and graded inputs are allowed."""
    plain, fast, inputs, targets = both(kind, np.float64)
    expected = fast.gradients(inputs, targets)
    for network in (plain, fast):
        for dtype in (bool, np.uint8, np.int64, np.float16, np.float32, np.float64):
            compare(network.gradients(inputs.astype(dtype), targets), expected, np.float64)
    graded = inputs * np.random.default_rng(3).uniform(0.5, 1.5, inputs.shape)
    compare(fast.gradients(graded, targets), plain.gradients(graded, targets), np.float64)


@pytest.mark.parametrize("kind", KINDS)
def test_same_bits_every_time(kind):
    _, fast, inputs, targets = both(kind, np.float32)
    first, second = (fast.gradients(inputs, targets) for _ in range(2))
    for a, b in zip(first[1], second[1]):
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])


def test_backward_of_an_earlier_forward():
    """What forward keeps is not overwritten by the next."""
    _, fast, inputs, targets = both("convolution", np.float32)
    spatial = np.full((STEPS, SAMPLES, CLASSES), 0.1, np.float32)
    _, kept = fast.forward(inputs)
    expected = fast.backward(spatial, kept)
    fast.forward(inputs[::-1])
    for a, b in zip(fast.backward(spatial, kept), expected):
        for name in b:
            np.testing.assert_array_equal(a[name], b[name])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adam(dtype):
    """In one pass and in NumPy's steps."""
    rng = np.random.default_rng(0)
    results = []
    start = rng.normal(size=(6, 5)).astype(dtype)
    gradients = rng.normal(size=(4, 6, 5)).astype(dtype)
    for kernels in ("numpy", "numba"):
        adam = Adam(0.01, kernels=kernels)
        value = start.copy()
        for g in gradients:
            adam.step([{"w": value}], [{"w": g}])
        results.append([value, adam.state["0.w.mean"], adam.state["0.w.square"]])
        assert adam.state["steps"] == 4
    for a, b in zip(*results):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=10 * TOLERANCE[dtype])


def test_gradients_that_are_not_finite():
    _, fast, inputs, targets = both("dense", np.float64)
    with pytest.raises(SuiteError, match="must be finite"):
        fast.gradients(np.full(inputs.shape, np.nan), targets)
    fast.layers[0].b[:] = np.nan
    with pytest.raises(SuiteError, match="not finite"):
        fast.gradients(inputs, targets)


@pytest.mark.parametrize("shape", [(STEPS, 2, 5), (STEPS, 2, 21, 1), (0, 2, 21), (STEPS, 2), (3,)])
def test_wrong_shapes(shape):
    for network in both("dense", np.float32)[:2]:
        with pytest.raises(SuiteError):
            network.forward(np.zeros(shape, np.uint8))


def test_missing_numba(monkeypatch):
    """One clear line that says what to do."""
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled = ("models.stbp.kernels", "models.shared.kernels")
    for name in [name for name in sys.modules if name.startswith(compiled)]:
        monkeypatch.delitem(sys.modules, name)
    for make in (lambda: Network([], "numba"), lambda: Adam(kernels="numba")):
        with pytest.raises(SuiteError, match="pip install numba"):
            make()


def test_a_change_of_what_a_loop_calls_is_seen(tmp_path):
    """Numba's cache on disk would go on with the old function of the other file."""
    (tmp_path / "caller.py").write_text("""
from callee import term
from models.shared.kernels import compiled

@compiled
def total(n):
    return n + term(n)

print(total(1), *total.stats.cache_hits.values())
""")
    answers = []
    for term in (10, None, 20):
        if term:
            (tmp_path / "callee.py").write_text(f"""
from models.shared.kernels import compiled

@compiled
def term(n):
    return {term}
""")
        done = subprocess.run([sys.executable, "caller.py"], cwd=tmp_path, text=True, check=True,
                              capture_output=True, env=os.environ | {"PYTHONPATH": ROOT})
        answers.append(done.stdout.split())
    # The second process, before which nothing was changed, has compiled nothing.
    assert answers == [["11"], ["11", "1"], ["21"]]


def test_unknown_kernels():
    with pytest.raises(SuiteError, match="numpy, numba"):
        Network([], "fortran")


@pytest.mark.parametrize("order", ["C", "F"])
def test_adam_on_weights_of_any_order(order):
    """As they come from another package: one not contiguous in memory is trained as well."""
    made, _ = layers("dense", np.float64)
    found = []
    for kernels in ("numpy", "numba"):
        values = [{"w": np.array(layer.w, order=order)} for layer in made]
        optimiser = Adam(0.01, kernels=kernels)
        for k in range(3):
            optimiser.step(values, [{"w": np.cos(k + v["w"])} for v in values])
        found.append(values)
    for one, other, layer in zip(*found, made):
        assert np.abs(one["w"] - layer.w).min() > 0.001
        np.testing.assert_allclose(one["w"], other["w"], rtol=1e-12)


def test_adam_with_anothers_state():
    optimiser = Adam(kernels="numba")
    optimiser.state |= {"0.w.mean": np.zeros((3, 3)), "0.w.square": np.zeros((3, 3))}
    with pytest.raises(SuiteError, match="optimiser's state of 0.w"):
        optimiser.step([{"w": np.zeros((4, 2))}], [{"w": np.ones((4, 2))}])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(STEPS, SAMPLES - 1, CLASSES), (STEPS - 1, SAMPLES, CLASSES),
                                   (STEPS, SAMPLES, CLASSES + 1)])
def test_derivatives_of_a_wrong_shape(kind, shape):
    """Compiled loops would read beyond the array, NumPy would repeat or cut it."""
    plain, fast, inputs, _ = both(kind, np.float32)
    for network, message in ((fast, "outputs have"), (plain, "must be alike")):
        _, kept = network.forward(inputs)
        with pytest.raises(SuiteError, match=message):
            network.backward(np.ones(shape, np.float32), kept)
