"""The network of Wu et al. (2018) as Brian2 groups, against the companion in NumPy."""

import subprocess
import sys

import numpy as np
import pytest
from brian2 import Clock, Network, NeuronGroup, SpikeMonitor, Synapses, ms, prefs

from equations.wu2018 import IterativeLIF
from models.devices import compile_network
from models.errors import SuiteError
from models.stbp import Adam
from models.stbp.architecture import layers_of
from models.stbp.build import balance, build, initial_weights
from models.stbp.groups import (
    BrianNetwork, read_weights, state_of, stbp_network, weights_of, write_weights,
)
from models.stbp.initial import bernoulli
from protocols.benchmarks.images import load_images
from tests.conftest import needs_compiler

STEPS = 6
SAMPLES = 7
MLP = "9-7-4", (5,)
CNN = "4C3-P2-5C2-7-3", (8, 8, 2)
POOLS = "P2-3C2-P3-P2-4", (14, 14, 2)


def alive(architecture, gate="linear", seed=0):
    """Layers, neurons, balanced weights with biases, and input (T, samples, ...)."""
    rng = np.random.default_rng(seed)
    layers = layers_of(*architecture)
    lif = IterativeLIF(gate=gate, tau=0.4)
    inputs = bernoulli(rng, rng.uniform(0.2, 0.8, (SAMPLES, *architecture[1])), STEPS, np.float64)
    weights = initial_weights(layers, rng, np.float64)
    balance(layers, weights, lif, inputs)
    for name, value in weights.items():
        if name.endswith(".b"):
            value[...] = rng.uniform(-0.1, 0.3, value.shape)
    return layers, lif, weights, inputs


def companion(layers, lif, weights, inputs):
    """Values of each layer, by name, shape (samples, T, ...)."""
    found = {}
    for made in build(layers, weights, lif).layers:
        inputs, _ = made.forward(inputs)
        if type(made).__name__ != "Flatten":
            found[layers[len(found)].name] = inputs.swapaxes(0, 1)
    assert len(found) == len(layers)
    return found


def assert_equal_spikes(layers, lif, weights, inputs, network):
    """Every neuron of every layer in every step; returns how many were compared."""
    expected = companion(layers, lif, weights, inputs)
    found = network.spikes(weights, inputs.swapaxes(0, 1))
    for name, values in expected.items():
        assert 0.005 < (values > 0).mean() < 0.995, name
        assert np.array_equal(found[name], values > 0), name
    return sum(values.size for values in expected.values())


def test_a_network_that_is_never_run_warns_of_nothing():
    """As where the training fails; Brian2 would warn of every group, after the clear line."""
    program = """
from equations.wu2018 import IterativeLIF
from models.stbp.architecture import layers_of
from models.stbp.groups import BrianNetwork
BrianNetwork(layers_of("4C3-P2-3", (8, 8, 1)), IterativeLIF(gate="linear", tau=0.4), 2, "runtime")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("architecture", [MLP, CNN, POOLS])
@pytest.mark.parametrize("gate", ["linear", "exponential"])
def test_runtime_equals_companion(architecture, gate):
    """All spikes, on Brian2's own synapses, in two chunks."""
    case = alive(architecture, gate)
    network = BrianNetwork(*case[:2], STEPS, "runtime", observe=True, capacity=4)
    compared = assert_equal_spikes(*case, network)
    assert compared == SAMPLES * STEPS * sum(np.prod(layer.shape) for layer in case[0])


@needs_compiler
@pytest.mark.parametrize("architecture, gate", [(MLP, "exponential"), (CNN, "linear")])
def test_compiled_equals_companion(architecture, gate):
    """All spikes, and the counts of the output, in two chunks of one program."""
    case = alive(architecture, gate)
    layers, lif, weights, inputs = case
    network = BrianNetwork(layers, lif, STEPS, observe=True, capacity=4)
    assert_equal_spikes(*case, network)
    assert network.cpu_seconds > 0
    # Other weights, the same program; images may come flattened.
    other = {name: value * 1.1 for name, value in weights.items()}
    output = companion(layers, lif, other, inputs)["output"]
    flat = inputs.swapaxes(0, 1).reshape(SAMPLES, STEPS, -1)
    assert np.array_equal(network.counts(other, flat), output.sum(1))


def live(layers, lif, weights, capacity=SAMPLES):
    """Groups on the runtime device, with weights."""
    prefs.codegen.target = "numpy"
    description = stbp_network(layers, lif, STEPS, capacity)
    write_weights(description, layers, weights)
    return description


@pytest.mark.parametrize("architecture", [MLP, CNN])
def test_companion_trains_on_from_live_groups(architecture):
    """Weights that Brian2 has changed are read, trained on, and run in Brian2 again."""
    layers, lif, weights, inputs = alive(architecture, seed=1)
    description = live(layers, lif, weights)
    for owner, variable in description.state.values():
        setattr(owner, variable, f"1.05*{variable} + 0.01")
    changed = read_weights(description, layers)
    for name, value in weights.items():
        np.testing.assert_allclose(changed[name], 1.05 * value + 0.01, rtol=1e-12)
    network = build(layers, changed, lif)
    adam = Adam(0.01)
    losses = []
    classes = layers[-1].shape[0]
    targets = np.eye(classes)[np.arange(SAMPLES) % classes]
    for _ in range(40):
        loss, gradients, _ = network.gradients(inputs, targets)
        losses.append(float(loss))
        adam.step(network.parameters, gradients)
    assert losses[-1] < 0.8 * losses[0]
    again = BrianNetwork(layers, lif, STEPS, "runtime")
    counts = again.counts(changed, inputs.swapaxes(0, 1))
    assert np.array_equal(counts, network.forward(inputs)[0].sum(0))


def test_live_groups_run_with_their_weights():
    """As a user would: the groups' network run by itself, spikes counted at the end."""
    layers, lif, weights, inputs = alive(MLP)
    description = live(layers, lif, weights, capacity=1)
    description.arrays["spikes"].values[...] = inputs[:, 2]
    description.network.run(description.slot, namespace={})
    count = description.network["output"].count[:]
    assert np.array_equal(count, companion(layers, lif, weights, inputs)["output"][2].sum(0))
    assert count.sum() > 0


def test_a_kernel_exists_once():
    """Synapses of a convolution hold the number of a kernel element, not a weight."""
    layers, lif, weights, _ = alive(CNN)
    description = live(layers, lif, weights)
    kernel, _ = description.state["conv2.w"]
    synapses = description.network["conv2_synapses"]
    assert len(kernel) == weights["conv2.w"].size < len(synapses)
    assert synapses.variables["w"] is kernel.variables["w"]
    assert len(description.state["conv2.b"][0]) == 5


def test_states_and_weights():
    """There and back."""
    layers, _, weights, _ = alive(CNN)
    state = state_of(weights, layers)
    assert state["conv2.w"].shape == (2 * 2 * 4 * 5,)
    again = weights_of(state, layers)
    assert again.keys() == weights.keys()
    for name, value in weights.items():
        assert np.array_equal(again[name], value)
        assert not np.shares_memory(again[name], value)


def test_what_does_not_fit():
    """One line each."""
    layers, lif, weights, inputs = alive(MLP)
    spikes = inputs.swapaxes(0, 1)
    others, _, other_weights, _ = alive(CNN)
    network = BrianNetwork(layers, lif, STEPS, "runtime", capacity=4)
    description = live(layers, lif, weights)
    state = state_of(weights, layers)
    more = layers_of("9-8-4", (5,))
    for message, call in {
        "lack dense1.w": lambda: network.counts({}, spikes),
        "weights dense1.w are of shape": lambda: network.counts(other_weights, spikes),
        "this network takes": lambda: network.counts(weights, spikes[:, :5]),
        "5 inputs": lambda: network.counts(weights, spikes[:, :, :4]),
        "0 or 1": lambda: network.counts(weights, spikes * 0.5),
        "observe=True": lambda: network.spikes(weights, spikes),
        r"dense2.w is of shape \(9, 7\), the weights need \(9, 8\)":
            lambda: weights_of(state, more),
        "has no conv1.w": lambda: read_weights(description, others),
        r"need \(9, 8\)": lambda: write_weights(description, more, weights),
        r"rows of shape \(6, 5\)": lambda: network._network(state, {"spikes": spikes}),
        "unknown gate": lambda: stbp_network(layers, IterativeLIF(gate="open"), STEPS, 1),
    }.items():
        with pytest.raises(SuiteError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_precision_reaches_the_groups():
    """float32 weights and potentials; spikes given in a byte each."""
    layers, lif, weights, inputs = alive(MLP)
    network = compile_network(lambda: stbp_network(layers, lif, STEPS, SAMPLES), "runtime",
                              precision="float32")
    description = network.description
    assert description.network["dense1"].variables["u"].dtype == np.float32
    assert description.arrays["spikes"].values.itemsize == 1
    state, _ = network(state_of(weights, layers), {"spikes": inputs.swapaxes(0, 1)})
    assert np.array_equal(state["dense1.w"], weights["dense1.w"].astype(np.float32))


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("text, samples, batches", [
    ("800-10", 1000, 100), ("15C5-P2-40C5-P2-300-10", 100, 10)])
def test_full_size_equals_companion(text, samples, batches):
    """The paper's MLP and CNN, trained for a while: MNIST, T = 30, all spikes."""
    rng = np.random.default_rng(0)
    images, labels, _ = load_images(2000)
    layers = layers_of(text, (28, 28, 1))
    lif = IterativeLIF()
    steps = 30
    images = images.reshape(-1, *layers[0].source)

    def shown(part):
        return bernoulli(rng, images[part], steps, np.float64)

    weights = initial_weights(layers, rng, np.float64)
    balance(layers, weights, lif, shown(slice(0, 50)))
    network = build(layers, weights, lif)
    adam = Adam(1e-3)
    for _ in range(batches):
        part = rng.integers(0, len(images), 50)
        _, gradients, _ = network.gradients(shown(part), np.eye(10)[labels[part]])
        adam.step(network.parameters, gradients)
    assert all(np.abs(v).max() > 0 for n, v in weights.items() if n.endswith(".b"))
    brian = BrianNetwork(layers, lif, steps, observe=True, capacity=100)
    compared = 0
    for first in range(0, samples, 100):
        inputs = shown(slice(first, first + 100))
        compared += assert_equal_spikes(layers, lif, weights, inputs, brian)
    assert compared == samples * steps * sum(np.prod(layer.shape) for layer in layers)
    print(f"\n{text}: {compared:,} neuron-steps equal")


def test_the_naive_form_is_silent():
    """What the schedule is for: with Brian2's own and u_post += w, tau acts before the threshold.

    The drive is 3 V_th in every step; each neuron of the network here would fire at every step.
    """
    prefs.codegen.target = "numpy"
    clock = Clock(1 * ms)
    source = NeuronGroup(1, "", threshold="True", reset="", clock=clock)
    naive = NeuronGroup(3, "u : 1", threshold="u >= 0.5", reset="u = 0", clock=clock)
    naive.run_regularly("u = 0.1*u", clock=clock)
    synapses = Synapses(source, naive, on_pre="u_post += 1.5", clock=clock)
    synapses.connect()
    spikes = SpikeMonitor(naive)
    network = Network(source, naive, synapses, spikes)
    network.run(20 * ms, namespace={})
    assert spikes.num_spikes == 0
