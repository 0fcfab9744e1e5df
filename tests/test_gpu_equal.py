"""Kernels give the bits of the program for CPUs: training, evaluation, replicas.

On pocl through pyopencl, and the CUDA text through g++ (tests/shimmed_cupy.py), where the threads
of a block take turns in any order.
"""

import dataclasses
import sys
from functools import partial

import numpy as np
import pytest
from brian2 import ms

from models.devices import compile_network
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.emstdp.architecture import initial_state as untrained_emstdp
from models.emstdp.network import build as build_emstdp
from models.errors import SuiteError
from models.gpu.layout import FIXED
from tests import emstdp_networks as emstdp
from tests.conftest import needs_compiler, small_architecture
from tests.gpu_networks import differences, needs_pocl
from tests.shimmed_cupy import ShimmedCupy

pytestmark = needs_compiler

CAPACITY = 12
DEVICES = ["cuda", pytest.param("opencl", marks=needs_pocl)]
SIZES = {"cuda": ((1, "ascending"), (7, "descending"), (3, "shuffled")),
         "opencl": ((1, None), (5, None))}
"""Threads of a work-group, and in which order those of the shim run."""


@pytest.fixture(scope="module")
def cupy():
    """The stand-in for CuPy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", ShimmedCupy())
        yield sys.modules["cupy"]


@pytest.fixture(scope="module")
def made(cupy):
    """``made(build, device, precision)``: a compiled network, once in this file."""
    kept = {}

    def get(build, device, precision="float64"):
        key = (repr(build.args[0]), device, precision)
        if key not in kept:
            kept[key] = (StandaloneNetwork(build, precision=precision)
                         if device == "cpp_standalone" else
                         compile_network(build, device, precision=precision))
        return kept[key]

    return get


@pytest.fixture(scope="module")
def retrying(digits):
    """A network of 20 hidden neurons that shows samples again until they have fired 16 times."""
    whole = small_architecture(digits, capacity=CAPACITY)
    timing = dataclasses.replace(whole.settings.presentation, min_spikes=16, max_attempts=4)
    return dataclasses.replace(
        whole, settings=dataclasses.replace(whole.settings, presentation=timing))


def each_size(network, device, cupy, most=3):
    """Set one size of work-groups after the other."""
    for network.group_size, order in SIZES[device][:most]:
        cupy.order = order or cupy.order
        yield network.group_size


@pytest.mark.parametrize("device", DEVICES)
def test_training(made, retrying, stimuli, cupy, device):
    """Two chunks with retries: slots, weights, thresholds, potentials."""
    kernel, reference = (made(partial(build, retrying), name)
                         for name in (device, "cpp_standalone"))
    for _ in each_size(kernel, device, cupy):
        state = initial_state(retrying, 1)
        for first in (0, CAPACITY):
            given = stimuli(CAPACITY, first)
            expected = reference(state, given)
            found = kernel(state, given)
            assert differences(found, expected) == []
            assert len(found[1].samples) > CAPACITY
            state = found[0]
    assert not np.array_equal(state["hidden1.theta"], initial_state(retrying, 1)["hidden1.theta"])


@pytest.mark.parametrize("device", DEVICES)
def test_replicas(made, retrying, stimuli, cupy, device):
    """Side by side, each as alone: other states, streams, samples, and numbers of retries."""
    kernel, reference = (made(partial(build, retrying), name)
                         for name in (device, "cpp_standalone"))
    states = [initial_state(retrying, seed) for seed in range(4)]
    given = [stimuli(12), stimuli(3, first=5, seed=3), stimuli(7, first=40, seed=1),
             stimuli(5, first=100, seed=2)]
    expected = [reference(*each) for each in zip(states, given)]
    assert len({len(records.samples) - len(each["label"])
                for (_, records), each in zip(expected, given)}) > 2
    kernel.group_size = SIZES[device][1][0]
    for found in kernel.replicas(states, given), reference.replicas(states, given):
        for one, other in zip(found, expected):
            assert differences(one, other) == []


@pytest.fixture(scope="module")
def other_numbers(retrying):
    """The network with another step of learning, trace, threshold and leak."""
    settings = retrying.settings
    # A neuron has one trace for all of its projections.
    stdp = dataclasses.replace(settings.input_stdp, nu=0.7 * settings.input_stdp.nu,
                               tau_trace=35 * ms)
    readout = dataclasses.replace(settings.readout_stdp, tau_trace=35 * ms)
    neurons = dataclasses.replace(settings.excitatory, tau_m=80 * ms)
    threshold = dataclasses.replace(settings.threshold, tau_theta=1e4 * ms)
    return dataclasses.replace(retrying, settings=dataclasses.replace(
        settings, input_stdp=stdp, readout_stdp=readout, excitatory=neurons,
        threshold=threshold))


@pytest.mark.parametrize("device", DEVICES)
def test_replicas_of_other_numbers(made, retrying, other_numbers, stimuli, cupy, device):
    """Networks that differ in numbers of their equations are one kernel, and run side by side."""
    chosen = (retrying, other_numbers, retrying)
    kernels = [made(partial(build, each), device) for each in chosen]
    references = [made(partial(build, each), "cpp_standalone") for each in chosen]
    for kernel in kernels:
        kernel.group_size = SIZES[device][1][0]
    assert kernels[0] is not kernels[1]
    assert kernels[0].likeness == kernels[1].likeness
    states = [initial_state(each, 1) for each in chosen]
    given = [stimuli(9), stimuli(9), stimuli(3, first=30)]
    expected = [reference(*each) for reference, *each in zip(references, states, given)]
    assert differences(*expected[:2]) != []
    found = kernels[0].replicas(states, given, kernels)
    for one, other in zip(found, expected):
        assert differences(one, other) == []
    # Programs for CPUs need not be the same.
    for one, other in zip(references[0].replicas(states, given, references), expected):
        assert differences(one, other) == []


def test_networks_of_other_shapes_are_not_alike(made, retrying, cupy):
    """They cannot be replicas of one kernel."""
    testing = dataclasses.replace(retrying, learn=frozenset())
    assert (made(partial(build, retrying), "cuda").likeness
            != made(partial(build, testing), "cuda").likeness)


def test_launches_and_memory_do_not_matter(made, retrying, stimuli, cupy, monkeypatch):
    """Room for the records of few slots, or for few replicas: the same bits in more launches."""
    kernel = made(partial(build, retrying), "cuda")
    kernel.group_size = 1
    states = [initial_state(retrying, seed) for seed in range(3)]
    given = [stimuli(4, first=10 * seed) for seed in range(3)]
    whole = kernel.replicas(states, given)
    launched = []
    launch = kernel._processor.launch

    def noting(*words):
        launched.append(words[5])
        launch(*words)

    monkeypatch.setattr(kernel._processor, "launch", noting)
    monkeypatch.setattr(kernel.program, "slots", 2)
    monkeypatch.setattr(kernel._processor, "memory", 2 * max(kernel.program.layout.sizes.values()))
    parts = kernel.replicas(states, given)
    assert {*launched} == {1, 2} and len(launched) > 4
    for one, other in zip(parts, whole):
        assert differences(one, other) == []
    monkeypatch.setattr(kernel._processor, "memory", 1000)
    with pytest.raises(SuiteError, match="needs .* MB in one piece, shim gives 0"):
        kernel(states[0], given[0])


def test_evaluation(made, retrying, stimuli, cupy, monkeypatch):
    """Pieces of the test set as replicas that share one copy of the weights."""
    testing = dataclasses.replace(retrying, learn=frozenset())
    kernel, reference = (made(partial(build, testing), name)
                         for name in ("cuda", "cpp_standalone"))
    kernel.group_size = 4
    state = initial_state(testing, 2)
    given = [stimuli(6, first) for first in (0, 6, 12, 18)]
    expected = [reference(state, each) for each in given]
    stacks = []
    upload = kernel._processor.upload

    def noting(blocks):
        stacks.append(blocks.shape)
        return upload(blocks)

    monkeypatch.setattr(kernel._processor, "upload", noting)
    found = kernel.replicas([state] * 4, given)
    assert [count for count, size in stacks if size == kernel.program.layout.sizes[FIXED]] == [1]
    for one, other in zip(found, expected):
        assert differences(one, other) == []
    # Replicas with other weights have blocks of their own.
    states = [state, initial_state(testing, 3)]
    for found, start in zip(kernel.replicas(states, given[:2]), states):
        assert np.array_equal(found[0]["input_hidden1.w"], start["input_hidden1.w"])
    assert differences(kernel.replicas(states, given[:2])[1], reference(states[1], given[1])) == []


@pytest.mark.parametrize("device", DEVICES)
def test_emstdp(made, cupy, device):
    """Matrices read forward and backward, weights that change at the end of a window."""
    chosen = emstdp.architecture((40, 13, 10), "sw", capacity=20, observe=False)
    kernel, reference = (made(partial(build_emstdp, chosen), name)
                         for name in (device, "cpp_standalone"))
    states = [untrained_emstdp(chosen, seed) for seed in range(2)]
    given = [emstdp.stimuli(chosen, 20), emstdp.stimuli(chosen, 7, first=3, rate=0.5)]
    expected = [reference(*each) for each in zip(states, given)]
    # pocl compiles a kernel anew for every size.
    for _ in each_size(kernel, device, cupy, most=1 if device == "opencl" else 3):
        for one, other in zip(kernel.replicas(states, given), expected):
            assert differences(one, other) == []
    assert not np.array_equal(expected[0][0]["hidden1_output.w"], states[0]["hidden1_output.w"])


def test_emstdp_in_testing(made, cupy):
    """The forward network alone."""
    chosen = emstdp.architecture((40, 13, 10), "sw", learns=False, capacity=20, observe=False)
    kernel, reference = (made(partial(build_emstdp, chosen), name)
                         for name in ("cuda", "cpp_standalone"))
    state = untrained_emstdp(chosen, 1)
    given = emstdp.stimuli(chosen, 20)
    kernel.group_size = 5
    found = kernel(state, given)
    assert differences(found, reference(state, given)) == []
    assert found[1].slots["output.h"].sum() > 0


def test_single_precision(made, retrying, stimuli, cupy):
    """Sums have the same order, so float32 gives the same bits, too."""
    kernel, reference = (made(partial(build, retrying), name, "float32")
                         for name in ("cuda", "cpp_standalone"))
    state = initial_state(retrying, 1)
    kernel.group_size = 3
    found = kernel(state, stimuli(CAPACITY))
    assert differences(found, reference(state, stimuli(CAPACITY))) == []
    assert found[1].slots["hidden1.count"].sum() > 100


def test_denormal_numbers_become_0(made, retrying, stimuli, cupy):
    """A trace that has decayed below the smallest normal number is 0, as on a CPU."""
    kernel, reference = (made(partial(build, retrying), name)
                         for name in ("cuda", "cpp_standalone"))
    kernel.group_size = 1
    state = initial_state(retrying, 1)
    state["hidden1.g_I"] = np.full(20, 3e-308)
    dark = stimuli(1) | {"pattern": np.zeros((1, 64))}
    found = kernel(state, dark)
    assert differences(found, reference(state, dark)) == []
    assert found[0]["hidden1.g_I"].tolist() == [0] * 20


@pytest.mark.parametrize("states, given, said", [
    ([], [], "0 states and 0 sets"), ([{}], [{}, {}], "1 states and 2 sets")])
def test_replicas_need_states_and_stimuli(made, retrying, states, given, said):
    """As many of the one as of the other."""
    with pytest.raises(SuiteError, match=said):
        made(partial(build, retrying), "cpp_standalone").replicas(states, given)
