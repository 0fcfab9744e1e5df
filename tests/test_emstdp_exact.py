"""The network of text is Algorithm 1: every spike and every bit of the weights, on every device."""

import numpy as np
import pytest

from models.emstdp.architecture import initial_state
from tests.conftest import assert_same_state, needs_compiler
from tests.emstdp_networks import architecture, network, reference, stimuli

LARGE = (784, 60, 60, 10)
SMALL = (40, 9, 8, 4)

LARGE_CASES = [
    ("adapted", "sw", "float32"), ("literal", "sw", "float64"), ("literal", "fa", "float64"),
    ("adapted", "dfa", "float32"),
    pytest.param("adapted", "fa", "float32", marks=pytest.mark.slow),
    pytest.param("literal", "dfa", "float64", marks=pytest.mark.slow),
]

# Each switch differs from the forms' in one of them at least.
SWITCHES = {
    "sw": {"feedback": "sw", "bias": True, "coding": "regular", "reset_forward": "subtraction",
           "target_period": 3, "output_factor": 2.0, "gated": False},
    "fa": {"feedback": "fa", "bias": True, "windows": 3, "presynaptic": "all", "gated": True,
           "gamma": 0.75, "w_max": 0.3},
    "dfa": {"feedback": "dfa", "form": "literal", "coding": "shared", "clear": True, "skip": 2,
            "bounded": True, "w_loss": 2.0, "windows": 3, "w_max": np.inf},
}


def small(name, **changes):
    """A small network with some of the switches."""
    return architecture(SMALL, steps=16, **SWITCHES[name] | changes)


def assert_equals_reference(chosen, n, precision):
    """Spikes of all groups, counts and weights; all groups fire, and the weights change."""
    given = stimuli(chosen, n)
    before = initial_state(chosen, 1)
    state, records = network(chosen, precision=precision)(before, given)
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
