"""Spikes of a slot that are found at its beginning: whose may, and the same bits."""

import re

import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeMonitor, StateMonitor, get_device, ms

from equations.hao2020 import presentation
from models.dense import ahead, dense_synapses
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from tests.conftest import assert_same_state, needs_compiler, small_architecture
from tests.dense_networks import codes_of, dense_device  # noqa: F401  (fixture)

MODEL = "next_spike : integer\ndraws : integer\nrate : 1\nx : 1"
RESET = "draws += 1\nnext_spike = t_in_timesteps + 2 + int(rate*draws)\nx += 1"
THRESHOLD = "t_in_timesteps == next_spike"
SLOT = 50 * ms


@pytest.fixture
def found(dense_device):  # noqa: F811
    """``found(objects)``: names of the groups whose spikes are found ahead, and the parts."""
    def get(objects):
        codes = codes_of(objects)
        device = get_device()
        return {device.code_objects[threshold].owner.name: device.touched.ahead[reset]
                for threshold, reset in ahead.found_ahead(codes, device.touched).items()}

    return get


def timed(reset=RESET, model=MODEL, threshold=THRESHOLD, **keywords):
    return NeuronGroup(40, model, threshold=threshold, reset=reset, name="timed", **keywords)


def slow(group, text, **keywords):
    return group.run_regularly(text, dt=SLOT, name="slow", **keywords)


def test_a_reset_is_divided(found):
    """Into what tells the next spike, and what the spike does beside."""
    group = timed()
    slow(group, "next_spike = t_in_timesteps + i\ndraws = 0")
    target = NeuronGroup(5, "v : 1", name="target")
    part = found([group, target, dense_synapses(group, target, on_pre="v_post += x_pre"),
                  SpikeMonitor(group)])["timed"]
    assert part.due == "next_spike"
    assert {v.name for v in part.own} == {"next_spike", "draws"}
    assert "rate" in {v.name for v in part.given}
    assert not any("x" in re.findall(r"\w+", line) for line in part.each)
    assert not any("draws" in line for line in part.rest)
    assert any("x += 1" in line for line in part.rest)


def test_what_stays_the_same_is_computed_once(found):
    part = found([timed("draws += 1\nnext_spike = t_in_timesteps + int(exp(rate)*log(draws + 1))")])
    lines = part["timed"].load
    assert [line for line in lines if "exp" in line] == [
        "const auto _kept_0 = exact_exp(rate);"]
    assert not any("exact_log" in line for line in lines)
    assert any("exact_log" in line and "_kept_0" in line for line in part["timed"].each)


def test_a_quotient_of_integers_stays_one(found):
    """An integer is not given a name, which would not tell that it is one; what it is made of is."""
    part = found([timed("draws += 1\nnext_spike = t_in_timesteps + 2 + int(9*int(exp(rate))/draws)")])
    line, = (line for line in part["timed"].each if line.startswith("next_spike = "))
    assert "1.0f*(9*int_(_kept_0))/draws" in line.replace(" * ", "*")


@pytest.mark.parametrize("reset", [
    "x += 1",
    "next_spike = t_in_timesteps + 2 + int(10*rand())",
    "next_spike = t_in_timesteps + 2 + int(t/ms)",
    "next_spike += 2\nx += draws\ndraws += 1\nnext_spike += draws",
])
def test_resets_that_are_executed_in_their_step(found, reset):
    """They do not tell the next spike, or not by the neuron and its time alone."""
    assert not found([timed(reset)])


def test_a_shared_variable_is_read(found):
    part = found([timed("next_spike += pause", MODEL + "\npause : integer (shared)")])["timed"]
    assert any("pause" in line for line in part.scalar)


@pytest.mark.parametrize("kind", ["monitor", "every step", "synapses", "late", "another event",
                                  "refractory", "reset first"])
def test_groups_that_others_touch(found, kind):
    """What a neuron depends on is written, or read, elsewhere than at the beginning of a slot."""
    keywords = {"refractory": {"refractory": 1 * ms},
                "another event": {"events": {"wake": "x > 5"}}}.get(kind, {})
    group = timed(**keywords)
    objects = [group]
    if kind == "monitor":
        objects.append(StateMonitor(group, "draws", record=True))
    elif kind == "every step":
        group.run_regularly("rate = 1")
    elif kind == "synapses":
        source = NeuronGroup(5, "v : 1", threshold="v > 1", reset="v = 0", name="source")
        objects += [source, dense_synapses(source, group, on_pre="rate_post += 0.1")]
    elif kind == "late":
        slow(group, "rate = 1", when="end")
    elif kind == "another event":
        group.run_on_event("wake", "next_spike = t_in_timesteps + 1")
    elif kind == "reset first":
        group.resetter["spike"].when = "start"
    assert not found(objects)


def test_a_monitor_once_a_slot_reads_what_is_true(found):
    group = timed()
    assert found([group, StateMonitor(group, "draws", record=True, dt=SLOT, when="start")])


def networks(architecture, **keywords):
    """A network whose spikes are found ahead, one whose spikes are not, and Brian2's own loops."""
    kinds = ({}, {"without": ("ahead",)}, {"plain": True})
    return [StandaloneNetwork(lambda: build(architecture), **kind, **keywords) for kind in kinds]


def assert_same_results(results):
    """States and what was recorded agree bit for bit."""
    state, records = results[0]
    for other_state, others in results[1:]:
        assert_same_state(state, other_state)
        for kind in ("slots", "spikes"):
            for name, values in getattr(records, kind).items():
                for a, b in zip(np.atleast_1d(values), np.atleast_1d(getattr(others, kind)[name])):
                    assert np.array_equal(a, b), name


@needs_compiler
def test_same_bits(digits, stimuli):
    """Training, with every spike recorded."""
    architecture = small_architecture(digits, observe=True)
    made = networks(architecture)
    results = [network(initial_state(architecture, 1), stimuli(4)) for network in made]
    assert_same_results(results)
    assert results[0][1].slots["hidden1.count"].sum() > 20
    texts = [(network.directory / "main.cpp").read_text() for network in made]
    assert ["_ahead_input" in text for text in texts] == [True, False, False]


@needs_compiler
def test_spikes_beyond_a_slot(digits, stimuli, monkeypatch):
    """A neuron that does not fire again in the slot does so in a later one, or never."""
    monkeypatch.setattr(presentation, "FIRST_SPIKE", """
draw += 1
next_spike = next_spike*int(next_spike >= t_in_timesteps) \
+ (t_in_timesteps + i % 9)*int(next_spike < t_in_timesteps and i % 7 != 3) \
- int(next_spike < t_in_timesteps and i % 7 == 3)
""")
    monkeypatch.setattr(presentation, "NEXT_SPIKE", """
draw += 1
next_spike = t_in_timesteps + 1 + (37*i + 11*draw) % 60 + 1500*int(draw % 23 == 0) \
- 3000*int(draw % 41 == 40)
""")
    architecture = small_architecture(digits, observe=True)
    results = [network(initial_state(architecture, 1), stimuli(4))
               for network in networks(architecture)]
    assert_same_results(results)
    assert results[0][1].spikes["input"][0].size > 2000
