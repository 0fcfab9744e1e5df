"""A compiled network is a pure function, the same one on every device."""

import copy
import signal
from dataclasses import replace

import brian2
import numpy as np
import pytest
from brian2 import Network

from equations.hao2020.settings import settings
from models.devices import compile_network, standalone
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import Architecture, initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from protocols.benchmarks.images import load_images
from tests.conftest import assert_same_state, needs_compiler, small_architecture, soon_flags

pytestmark = [needs_compiler, pytest.mark.usefixtures("as_shipped")]


def test_devices_agree(compiled, stimuli):
    """Same input spikes: equal spikes, weights to 1e-5 (to rounding, in fact)."""
    results = {}
    for device in ("cpp_standalone", "runtime"):
        architecture, network = compiled(device)
        results[device] = network(initial_state(architecture, 1), stimuli(2))
    (state, records), (state_r, records_r) = results.values()
    for name in records.slots:
        assert np.array_equal(records.slots[name], records_r.slots[name]), name
    assert_same_state(state, state_r, exact=False)
    assert records.slots["hidden1.count"].sum() > 20
    np.testing.assert_allclose(state["input_hidden1.w"], state_r["input_hidden1.w"], atol=1e-12)


@pytest.mark.slow  # Training is compared above; there both groups of neurons fire, too.
def test_devices_agree_spike_by_spike_in_testing(soon, compiled, stimuli):
    """The SL layer's LIF neurons and all other spikes, with their times."""
    found = {}
    for device in ("cpp_standalone", "runtime"):
        architecture, network = compiled(device, learn=frozenset(), observe=True)
        _, found[device] = network(initial_state(architecture, 1), stimuli(2))
    a, b = found.values()
    for group in a.spikes:
        for values, others in zip(a.spikes[group], b.spikes[group]):
            np.testing.assert_allclose(values, others, atol=1e-9, err_msg=group)
    assert len(a.spikes["readout"][0]) and len(a.spikes["inhibitory1"][0])
    np.testing.assert_allclose(a.traces["hidden1.V"], b.traces["hidden1.V"], atol=1e-9)


def test_interrupted_call_returns_nothing(compiled, stimuli, monkeypatch):
    """Ctrl-C ends a call on NumPy at once; the next call is not affected."""
    architecture, network = compiled("runtime")
    whole, _ = network(initial_state(architecture, 1), stimuli(1))
    steps = iter(range(10 ** 6))
    next_clocks = Network._nextclocks

    def interrupt(running):
        if next(steps) == 500:
            signal.raise_signal(signal.SIGINT)
        return next_clocks(running)

    before = signal.signal(signal.SIGINT, brian2._InterruptHandler(signal.default_int_handler))
    try:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Network, "_nextclocks", interrupt)
            network(initial_state(architecture, 1), stimuli(1))
    finally:
        signal.signal(signal.SIGINT, before)
    assert next(steps) == 501
    again, _ = network(initial_state(architecture, 1), stimuli(1))
    assert_same_state(again, whole)


def test_asymmetric_rule_is_another(compiled, stimuli):
    """The classic rule changes the hidden layer's weights otherwise, from the same start."""
    weights = []
    for changes in ({}, {"rule": "asymmetric"}):
        architecture, network = compiled(**changes)
        assert architecture.rule == changes.get("rule", "symmetric")
        state, _ = network(initial_state(architecture, 1), stimuli(5))
        weights.append(state["input_hidden1.w"])
    assert not np.allclose(*weights)


def test_chunks_do_not_matter(compiled, stimuli):
    """Twelve samples at once, or five and seven: the same bits."""
    architecture, network = compiled()
    whole, records = network(initial_state(architecture, 1), stimuli(12))
    half, first = network(initial_state(architecture, 1), stimuli(5))
    half, second = network(half, stimuli(7, first=5))
    assert_same_state(whole, half)
    parts = [r.per_sample("hidden1.count") for r in (first, second)]
    assert np.array_equal(records.per_sample("hidden1.count"), np.concatenate(parts))


def test_pure(compiled, stimuli):
    """Arguments are untouched, calls leave nothing behind, seeds decide."""
    architecture, network = compiled()
    state = initial_state(architecture, 1)
    before = copy.deepcopy(state)
    first, _ = network(state, stimuli(3))
    assert_same_state(state, before)
    network(first, stimuli(3, first=3))
    again, _ = network(state, stimuli(3))
    assert_same_state(first, again)
    other, _ = network(state, stimuli(3, seed=1))
    assert not np.array_equal(first["input_hidden1.w"], other["input_hidden1.w"])


@pytest.fixture
def brian2s(monkeypatch):
    """``brian2s(architecture)``: the network with Brian2's own loops, the bits to compare with."""
    def made(architecture):
        with monkeypatch.context() as patch:
            patch.setattr(standalone, "FLAGS", soon_flags())
            return StandaloneNetwork(lambda: build(architecture), plain=True)

    return made


def test_generated_loops_equal_brian2s(compiled, brian2s, stimuli):
    """Rows of the weight matrix give the bits of Brian2's own loops over synapse lists."""
    architecture, network = compiled()
    plain = brian2s(architecture)
    a, records = network(initial_state(architecture, 1), stimuli(12))
    b, plain_records = plain(initial_state(architecture, 1), stimuli(12))
    assert_same_state(a, b)
    assert np.array_equal(records.slots["hidden1.count"], plain_records.slots["hidden1.count"])
    assert records.slots["hidden1.count"].sum() > 50


@pytest.mark.slow  # The same comparison as the one above.
def test_full_size_network_equals_brian2s(brian2s):
    """784-400-10, 100 presentations of training: every spike, theta and weight, bit for bit."""
    images, labels, _ = load_images(100)
    architecture = Architecture(settings("mnist", 400), 784, (400,), 10,
                    learn=frozenset({"hidden", "readout"}), capacity=100)
    shown = {"pattern": images, "label": labels, "stream": 3, "first": 0}
    (a, records), (b, plain_records) = (
        network(initial_state(architecture, 1), shown)
        for network in (StandaloneNetwork(lambda: build(architecture)), brian2s(architecture)))
    assert_same_state(a, b)
    for name, counts in records.slots.items():
        assert np.array_equal(counts, plain_records.slots[name]), name
    assert records.slots["hidden1.count"].sum() > 1000


def test_what_code_objects_share_is_compiled_once(compiled):
    """Brian2 writes its arithmetic once a code object, and a piece of code for each array."""
    _, network = compiled()
    text = (network.directory / "all.cpp").read_text()
    assert text.count("namespace unit_") > 20
    assert text.count("struct _higher_type;") == 1
    assert text.count("    _write_array(") > 40
    assert "ofstream outfile__array" not in text


def test_denormals_are_flushed(compiled, stimuli):
    """Conductances decay to zero, not into denormal numbers."""
    architecture, network = compiled()
    state, _ = network(initial_state(architecture, 1), stimuli(12))
    for name, value in state.items():
        small = np.abs(value[value != 0])
        assert not len(small) or small.min() >= np.finfo(float).tiny, name


def test_rest_is_exact(soon, compiled, stimuli):
    """Input spikes only in the first 350 ms of each 500 ms, and as many slots as records."""
    architecture, network = compiled(learn=frozenset(), observe=True)
    _, records = network(initial_state(architecture, 1), stimuli(4))
    times = records.spikes["input"][1]
    inside = np.round(times / 0.5e-3).astype(int) % 1000
    assert inside.max() < 700 and inside.max() > 650
    n_slots = len(records.slots["input.cursor"])
    assert len(records.traces["hidden1.V"]) == 1000 * n_slots


def test_clocks_coincide():
    """i*0.5 s and 1000*i*0.0005 s are the same float for 2 million slots (runtime device).

    In cpp_standalone the slot clock ticks after every 1,000 steps by construction.
    """
    i = np.arange(2_000_000, dtype=np.int64)
    assert np.array_equal(i * 0.5, (1000 * i) * 0.0005)


def test_a_third_clock_is_refused():
    """The loops know two clocks."""
    from brian2 import Clock, ms

    from models.devices.step_loop import two_clocks

    class Code:
        name = "code"

    step = Clock(0.5 * ms)
    slot = Clock(500 * ms)
    third = Clock(1 * ms)
    with pytest.raises(ValueError, match="clock"):
        two_clocks([(step, Code), (third, Code)], step, slot)


@pytest.mark.parametrize("change, message", [
    (lambda s: s.pop("hidden1.theta"), "lacks hidden1.theta"),
    (lambda s: s.update({"hidden1.theta": np.zeros(7)}), "shape"),
    (lambda s: s["input_hidden1.w"].__setitem__((0, 0), np.nan), "NaN"),
])
def test_bad_state(compiled, stimuli, change, message):
    """A state of another network, or a damaged one."""
    architecture, network = compiled()
    state = initial_state(architecture, 1)
    change(state)
    with pytest.raises(SuiteError, match=message):
        network(state, stimuli(2))


@pytest.mark.parametrize("name, value, message", [
    ("pattern", np.zeros((3, 5)), "shape"),
    ("pattern", np.full((3, 64), np.nan), "NaN"),
    ("label", np.zeros(2), "rows"),
    ("pattern", np.zeros((13, 64)), "at most"),
    ("pattern", np.full((3, 64), "a"), "expected real numbers"),
    ("pattern", np.zeros((3, 64), complex), "expected real numbers"),
    ("first", 2.7, "no whole number"),
    ("first", 2**31 - 2, "counted up to"),
    ("first", -1, "outside"),
    ("stream", 2**32 + 5, "outside"),
    ("stream", None, "the stimuli lack stream"),
])
def test_bad_stimuli(compiled, stimuli, name, value, message):
    """Wrong shapes, NaN, too many samples, what is missing or does not fit 32 bits."""
    architecture, network = compiled()
    given = {**stimuli(3), name: value}
    if value is None:
        del given[name]
    with pytest.raises(SuiteError, match=message):
        network(initial_state(architecture, 1), given)


def test_spike_times_are_double_in_single_precision(soon, digits, stimuli):
    """Time is counted in steps and is no variable of float32."""
    architecture = small_architecture(digits, capacity=1, observe=True)
    network = compile_network(lambda: build(architecture), "cpp_standalone", precision="float32")
    _, records = network(initial_state(architecture, 1), stimuli(1))
    steps = records.spikes["input"][1] / float(architecture.settings.presentation.dt)
    assert len(steps) and np.abs(steps - np.rint(steps)).max() < 1e-9


def test_unknown_device(digits):
    """The message names the devices."""
    with pytest.raises(SuiteError, match="runtime"):
        compile_network(lambda: build(small_architecture(digits)), "abacus")


def test_retry_and_giving_up(soon, compiled, stimuli):
    """A dim image is shown again at a higher rate, a blank one is given up after 31."""
    architecture, network = compiled(learn=frozenset())
    shown = stimuli(3)
    dim = shown["pattern"].copy()
    dim[1] *= 0.1
    dim[2] = 0
    _, records = network(initial_state(architecture, 1), {**shown, "pattern": dim})
    attempts = records.per_sample("input.attempt")[:, 0] + 1
    limit = architecture.settings.presentation.max_attempts
    assert attempts[0] < attempts[1] < limit and attempts[2] == limit
    counts = records.slots["hidden1.count"].sum(1)
    cursor = records.slots["input.cursor"][:, 0]
    tries = counts[cursor == 1]
    assert (tries[:-1] < 5).all() and tries[-1] >= 5
    assert np.array_equal(np.unique(cursor), [0, 1, 2])


def test_faster_rates_at_each_attempt(soon, digits):
    """Rates follow pixel/255*(63.75 + 31.875*attempt) Hz with a dead step, p/(1 + p)."""
    base = small_architecture(digits, learn=frozenset(), observe=True, n_input=400)
    never = replace(base.settings.presentation, min_spikes=10**6, max_attempts=3)
    architecture = replace(base, settings=replace(base.settings, presentation=never), capacity=1)
    network = compile_network(lambda: build(architecture))
    _, records = network(initial_state(architecture, 1),
                         {"pattern": np.ones((1, 400)), "stream": 5, "first": 0})
    slot = (records.spikes["input"][1] // 0.5).astype(int)
    for attempt in range(3):
        p = (63.75 + 31.875 * attempt) * 0.5e-3
        expected = 700 * 400 * p / (1 + p)
        assert abs((slot == attempt).sum() - expected) < 4 * np.sqrt(expected)
