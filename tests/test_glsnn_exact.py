"""GLSNN's network: compiled loops, CuPy's functions and Brian2 groups against NumPy."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from equations.zhao2020.settings import FORMS, form, walk
from models.errors import SuiteError
from models.glsnn import neurons
from models.glsnn.architecture import initial_arrays
from models.glsnn.constants import constants
from models.glsnn.groups import BrianNetwork
from models.glsnn.network import SpikingNetwork
from models.glsnn.rule import GLSNN
from models.shared.array_module import to_numpy
from models.shared.layered import one_hot
from models.shared.optimisers import SGD, Adam
from protocols.benchmarks.images import load_images
from tests import strict_cupy
from tests.conftest import needs_compiler

SIZES = (16, 12, 9, 5)
# The printed numbers but for g_L: current and spikes are passed on together.
BOTH = replace(form("literal"), name="both", g_L=0.5)
ALL = [*FORMS.values(), BOTH]


def named(forms):
    """Forms by their names, for pytest."""
    return [pytest.param(chosen, id=chosen.name) for chosen in forms]


def case(chosen, samples=5, dtype=np.float64):
    """Weights and inputs with which neurons of all layers fire, where they can."""
    rng = np.random.default_rng(1)
    arrays = {}
    for name, value in initial_arrays(SIZES, 0, chosen.output_bias, dtype).items():
        bias = rng.uniform(-0.05, 0.3, value.shape).astype(dtype)
        arrays[name] = 2.5 * value if name.endswith(".w") else value + bias
    return arrays, rng.uniform(0, 1, (samples, SIZES[0])).astype(dtype)


# -- compiled loops -------------------------------------------------------------------------------

@pytest.mark.parametrize("chosen", [*named(FORMS.values()), *(
    pytest.param(chosen, id=words) for words, chosen in walk()[1:-1])])
@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_compiled_neurons_have_the_same_bits(chosen, real):
    from models.glsnn.kernels import respond

    rng = np.random.default_rng(0)
    own = constants(chosen, real)
    for shape in ((3, 150), (chosen.steps, 3, 150)):
        drive = rng.normal(0.5, 2, shape).astype(real)
        for keep in (False, True):
            plain = neurons.respond(drive, chosen, own, keep)
            fast = respond(drive, chosen, own, keep)
            for name, value in vars(plain).items():
                other = getattr(fast, name)
                assert (value is None) == (other is None), name
                if value is not None:
                    assert value.dtype == other.dtype == real, name
                    assert np.array_equal(value, other), name


@pytest.mark.parametrize("chosen", named(ALL))
@pytest.mark.parametrize("samples", [10, 40])
def test_compiled_network(chosen, samples):
    """Products of few samples sum in another order: equal spikes, the rest to rounding."""
    arrays, inputs = case(chosen, samples)
    plain, fast = (SpikingNetwork(SIZES, arrays, chosen, kernels).forward(inputs)
                   for kernels in ("numpy", "numba"))
    for name in ("activities", "slopes"):
        for one, other in zip(getattr(plain, name), getattr(fast, name)):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, err_msg=name)
    for one, other in zip(plain.details["counts"], fast.details["counts"]):
        assert np.array_equal(one, other)


# -- CuPy -----------------------------------------------------------------------------------------

@pytest.fixture
def cupy(monkeypatch):
    """The stand-in, found where an array's module is looked for."""
    monkeypatch.setattr(strict_cupy.ndarray, "__module__", "strict_cupy")
    monkeypatch.setitem(sys.modules, "strict_cupy", strict_cupy)
    return strict_cupy


def learned(xp, chosen, kernels="numpy"):
    """Weights after three batches."""
    arrays, inputs = case(chosen, 12, np.float32)
    arrays = {name: xp.asarray(value.copy()) for name, value in arrays.items()}
    rule = GLSNN(SpikingNetwork(SIZES, arrays, chosen, kernels), 0)
    optimiser = Adam() if chosen.optimiser == "adam" else SGD(0.01)
    x = xp.asarray(inputs)
    targets = one_hot(np.arange(12) % 5, 5, x)
    for _ in range(3):
        optimiser.step(rule.arrays, rule.lesson(x, targets, None).gradients)
    return {name: to_numpy(value) for name, value in arrays.items()}


@pytest.mark.parametrize("chosen", named(ALL))
def test_learning_keeps_to_the_shared_functions(cupy, chosen):
    on_numpy = learned(np, chosen)
    start = case(chosen, 12, np.float32)[0]
    for name, value in learned(cupy, chosen, "numba").items():
        np.testing.assert_allclose(value, on_numpy[name], rtol=0, atol=1e-6, err_msg=name)
        assert not np.array_equal(value, start[name]), name


# -- groups ---------------------------------------------------------------------------------------

def differing(network, groups, inputs):
    """(layer, neurons of samples whose counts differ, largest difference of V and of S)."""
    found = []
    forward = network.forward(inputs)
    shown = groups(network.arrays, inputs)
    for k, name in enumerate(network.layers[1:]):
        wrong = int((shown.counts[k] != forward.details["counts"][k]).sum())
        V = np.abs(shown.potentials[k] - forward.details["potentials"][k]).max()
        S = np.abs(shown.activities[k] - forward.activities[k + 1]).max()
        found.append((name, wrong, float(V), float(S)))
    return found


def assert_equal(network, groups, inputs):
    """No count differs, V and S agree to rounding."""
    for name, wrong, V, S in differing(network, groups, inputs):
        assert wrong == 0, name
        assert V < 1e-9 and S < 1e-9, name


def assert_equal_spikes(network, groups, inputs):
    """Every neuron in every step."""
    found = groups.spikes(network.arrays, inputs)
    for spikes, layer in zip(found, network.run(inputs, keep=True)):
        assert np.array_equal(spikes, layer.response.spikes), layer.name


@pytest.mark.parametrize("chosen", named(ALL))
def test_runtime_equals_companion(chosen):
    """On Brian2's own synapses, in two chunks."""
    arrays, inputs = case(chosen, 3)
    network = SpikingNetwork(SIZES, arrays, chosen)
    fired = [counts.mean() for counts in network.forward(inputs).details["counts"]]
    if chosen.name != "literal":
        assert min(fired) > 0.05
    groups = BrianNetwork(SIZES, chosen, "runtime", observe=True, capacity=2)
    assert_equal(network, groups, inputs)
    assert_equal_spikes(network, groups, inputs)


@needs_compiler
@pytest.mark.parametrize("chosen", named([form("conductance"), BOTH]))
def test_compiled_groups_equal_companion(chosen):
    """One program, with two sets of weights, in two chunks."""
    arrays, inputs = case(chosen, 20)
    groups = BrianNetwork(SIZES, chosen, observe=True, capacity=15)
    for factor in (1, 1.2):
        network = SpikingNetwork(SIZES, {k: factor * v for k, v in arrays.items()}, chosen)
        assert_equal(network, groups, inputs)
        assert_equal_spikes(network, groups, inputs)
    assert groups.cpu_seconds > 0


def test_what_groups_refuse():
    chosen = form("conductance")
    arrays, inputs = case(chosen)
    groups = BrianNetwork(SIZES, chosen, "runtime", capacity=2)
    with pytest.raises(SuiteError, match="takes .samples, 16 pixels"):
        groups(arrays, inputs[:, 1:])
    with pytest.raises(SuiteError, match="make it with observe=True"):
        groups.spikes(arrays, inputs)


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("chosen", named(FORMS.values()))
def test_groups_equal_companion_on_mnist(chosen, as_shipped):
    """1,000 images before and after learning: no spike differs, V does by rounding alone."""
    x, y, _ = load_images(11000)
    shown = x[10000:]
    sizes = (784, 100, 80, 10)
    network = SpikingNetwork(sizes, initial_arrays(sizes, 0, chosen.output_bias, np.float64),
                             chosen, "numba")
    groups = BrianNetwork(sizes, chosen, capacity=250)
    assert_equal(network, groups, shown)
    rule = GLSNN(network, 0)
    optimiser = Adam() if chosen.optimiser == "adam" else SGD()
    optimiser.rate = chosen.eta_w
    for first in range(0, 10000, chosen.batch):
        part = slice(first, first + chosen.batch)
        lesson = rule.lesson(x[part], one_hot(y[part], 10, x), None)
        optimiser.step(rule.arrays, lesson.gradients)
    assert_equal(network, groups, shown)
    answers = groups(network.arrays, shown).activities[-1].argmax(1)
    assert (answers == y[10000:]).mean() > 0.75
