"""The network of text is Algorithm 1: every spike and every bit of the weights, on every device."""

import os

import numpy as np
import pytest

from models.dense import sharing, threads
from models.emstdp.architecture import initial_state
from models.emstdp.reference import Reference
from models.errors import SuiteError
from tests.conftest import assert_same_state, needs_compiler
from tests.emstdp_networks import architecture, network, reference, stimuli

LARGE = (784, 60, 60, 10)
SMALL = (40, 9, 8, 4)

TWO = pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
                         reason="needs two processors")

LARGE_CASES = [
    ("adapted", "sw", "float32"), ("literal", "fa", "float64"), ("adapted", "dfa", "float32"),
    pytest.param("literal", "sw", "float64", marks=pytest.mark.slow),
    pytest.param("adapted", "fa", "float32", marks=pytest.mark.slow),
    pytest.param("literal", "dfa", "float64", marks=pytest.mark.slow),
]

# Each switch differs from the forms' in one of them at least.
SWITCHES = {
    "sw": {"feedback": "sw", "bias": True, "coding": "regular", "reset_forward": "subtraction",
           "target_period": 2, "theta_loss": 1.0, "output_factor": 2.0, "gated": False},
    "fa": {"feedback": "fa", "bias": True, "windows": 3, "presynaptic": "all", "gated": True,
           "wait": 0, "gamma": 0.75, "w_max": 0.3},
    "dfa": {"feedback": "dfa", "form": "literal", "coding": "shared", "clear": True, "skip": 2,
            "wait": 1, "bounded": True, "w_loss": 2.0, "windows": 3, "w_max": np.inf},
}


def small(name, **changes):
    """A small network with some of the switches."""
    return architecture(SMALL, steps=16, **SWITCHES[name] | changes)


def assert_equals_reference(chosen, n, precision, state=None, threads=1):
    """Spikes of all groups, counts and weights; all groups fire, and the weights change."""
    given = stimuli(chosen, n)
    before = state or initial_state(chosen, 1)
    state, records = network(chosen, precision=precision, threads=threads)(before, given)
    expected, counts, spikes = reference(chosen, before, given, precision)
    assert_same_state(state, expected)
    for name, count in counts.items():
        assert name.startswith("input") or np.array_equal(records.slots[name], count), name
    for group, (neuron, time) in records.spikes.items():
        step = np.rint(1e3 * time).astype(int)
        assert sorted(zip(step, neuron)) == sorted(spikes[group]), group
        assert len(step), group
    if chosen.learns:
        assert all((np.abs(state[name] - before[name]) > 1e-4).any() for name in state
                   if name.endswith((".w", ".b")))


@needs_compiler
@pytest.mark.parametrize("form, feedback, precision", LARGE_CASES)
def test_fifty_images(form, feedback, precision):
    """784-60-60-10, bit for bit, in both precisions."""
    assert_equals_reference(architecture(LARGE, feedback, form, steps=40), 50, precision)


@needs_compiler
@pytest.mark.parametrize("name", SWITCHES)
def test_switches(name):
    """All others of the network's switches."""
    assert_equals_reference(small(name), 60, "float64")


@needs_compiler
@pytest.mark.parametrize("chosen", [
    architecture((40, 4), steps=16, bias=True),
    architecture(SMALL, "dfa", learns=False, steps=16, bias=True, reset_forward="subtraction"),
], ids=["one layer", "testing"])
def test_other_networks(chosen):
    """Without a hidden layer; without the error network."""
    state = initial_state(chosen, 1) | {"output.b": np.array([0.05, -0.1, 0.2, 0])}
    assert_equals_reference(chosen, 60, "float32", state)


@pytest.mark.parametrize("form", ["adapted", "literal"])
def test_a_bias_is_the_weight_of_a_neuron_that_always_fires(form):
    """Whatever steps and phases the update counts."""
    chosen = architecture((40, 4), form=form, steps=16, bias=True)
    before = initial_state(chosen, 1)
    trains = np.random.default_rng(0).random((5, 16, 40)) < 0.3
    trains[:, :, 0] = True
    after, _, _ = Reference(chosen, "float64")(before, trains, [0, 1, 2, 3, 0], np.full(5, 0.1))
    change = after["output.b"] - before["output.b"]
    assert np.abs(change).max() > 1e-3
    np.testing.assert_allclose(after["input_output.w"][0] - before["input_output.w"][0], change,
                               rtol=1e-12)


def same_spikes(records, others):
    """Counts and spikes of two calls are the same; all groups have fired."""
    for name, count in others.slots.items():
        assert np.array_equal(records.slots[name], count), name
    for group, (neuron, time) in others.spikes.items():
        assert len(neuron), group
        assert np.array_equal(records.spikes[group][0], neuron), group
        assert np.array_equal(np.rint(1e3 * records.spikes[group][1]), np.rint(1e3 * time)), group


@needs_compiler
@pytest.mark.parametrize("device, n, name", [
    *(("runtime", 3, name) for name in SWITCHES if name != "fa"),
    ("plain", 30, "fa"),
    pytest.param("runtime", 3, "fa", marks=pytest.mark.slow),
    pytest.param("plain", 30, "sw", marks=pytest.mark.slow),
    pytest.param("plain", 30, "dfa", marks=pytest.mark.slow),
])
def test_devices(name, device, n):
    """Brian2's own Synapses, on NumPy and compiled: the same bits.

    Compiled they take long to compile. One of three stands for that device, since the text that
    both devices translate is compared with the dense one for all three on NumPy; the others are
    slow.
    """
    chosen = small(name)
    before = initial_state(chosen, 1)
    state, records = network(chosen)(before, stimuli(chosen, n))
    other, other_records = network(chosen, device)(before, stimuli(chosen, n))
    assert_same_state(state, other)
    same_spikes(records, other_records)


def test_both_groups_of_errors_hold_one_number():
    """Positive and negative error neurons: the same number, but for its sign, to the last bit."""
    for name in SWITCHES:
        chosen = small(name)
        running = network(chosen, "runtime")
        running(initial_state(chosen, 1), stimuli(chosen, 2))
        groups = {each.name: each for each in running.description.network.objects}
        for layer in chosen.layers[1:]:
            plus, minus = (groups[f"{layer}_{sign}"].E[:] for sign in ("plus", "minus"))
            assert np.array_equal(plus, -minus)
        assert groups["hidden1_plus"].E[:].any()


@needs_compiler
@pytest.mark.parametrize("name", SWITCHES)
def test_chunks_do_not_matter(name):
    """Sixty samples in one call, or in two: sums over windows go on in the second one."""
    chosen = small(name)
    run = network(chosen)
    before = initial_state(chosen, 1)
    whole, records = run(before, stimuli(chosen, 60))
    half, first = run(before, stimuli(chosen, 25))
    assert chosen.rules.windows == 1 or half["input_hidden1.dw"].any()
    half, second = run(half, stimuli(chosen, 35, first=25))
    assert_same_state(whole, half)
    for name, count in records.slots.items():
        if name != "input.cursor":
            parts = [first.slots[name], second.slots[name]]
            assert np.array_equal(np.concatenate(parts), count), name


# -- threads ------------------------------------------------------------------------------------

def wide(**changes):
    """Layers of which each thread has a part."""
    return architecture((150, 140, 130, 10), steps=16, wait=0, **changes)


@TWO
@needs_compiler
def test_threads_change_no_bit(monkeypatch):
    """Two threads: weights are read in both directions, and written by one thread alone.

    The bits are the reference's, as one thread's are in all other tests.
    """
    monkeypatch.setattr(sharing, "SMALLEST", 100)
    chosen = wide()
    assert_equals_reference(chosen, 60, "float64", threads=2)
    text = (network(chosen, threads=2).directory / "main.cpp").read_text()
    for shared in ("feedback_hidden2_minus_hidden1_plus_pre", "input_hidden1_pre"):
        assert f"_part_{shared}_codeobject" in text
    assert "_part_learn_input_hidden1_pre" not in text


@TWO
@needs_compiler
@pytest.mark.slow
def test_no_data_race(monkeypatch, tmp_path):
    """gcc's ThreadSanitizer watches the program, and sees that waits are left out."""
    monkeypatch.setattr(sharing, "SMALLEST", 100)
    monkeypatch.setenv("CXX", "g++ -fsanitize=thread")
    monkeypatch.setenv("SNN_CACHE", str(tmp_path))
    lines = threads.SharedStep.lines

    def run(capacity):
        chosen = wide(capacity=capacity)
        compiled = network(chosen, threads=2)
        try:
            compiled.wait()
        except SuiteError:
            pytest.skip("this compiler has no ThreadSanitizer")
        compiled(initial_state(chosen, 1), stimuli(chosen, 6))

    run(6)
    monkeypatch.setattr(threads.SharedStep, "lines", lambda step: [
        line for k, line in enumerate(lines(step)) if line != "_wait();" or k < 60])
    with pytest.raises(SuiteError, match="exit status 66"):
        run(7)
