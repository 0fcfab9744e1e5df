"""Blocks of neurons that sleep: which groups may, what wakes them, and the same bits."""

import re

import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeMonitor, Synapses, get_device, linked_var, ms

from models.dense import dense_synapses, sleep
from models.dense.step import Step
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from tests.conftest import assert_same_state, needs_compiler, small_architecture
from tests.dense_networks import codes_of, dense_device  # noqa: F401  (fixture)

N = 64
DECAY = "dg/dt = -g/(4*ms) : 1\ndv/dt = (g - v)/(10*ms) : 1\n"


def group(name, model=DECAY, threshold="v > 1", n=N, reset="v = 0", **keywords):
    return NeuronGroup(n, model, threshold=threshold, reset=reset, method="euler", name=name,
                       **keywords)


@pytest.fixture
def wakers(dense_device):  # noqa: F811
    """``wakers(objects)``: by the names of groups that may sleep, what wakes them and how."""
    def get(objects):
        codes = codes_of(objects)
        step = Step(get_device())
        lines = step.let_sleep(step.together(codes))
        found = {sleeper.codes[0].owner.name: {
            re.sub(r"_codeobject(_\d+)?$", "", name): how
            for name, how in sleeper.wakers.items()}
            for sleeper in step._sleepers.values()}
        assert len(lines) == len(found)
        return found

    return get


def driven(name="b", **keywords):
    """A group that wakes by its reset and by one-to-one synapses."""
    a = group("a", threshold="v > 0.5", n=N)
    b = group(name, **keywords)
    return a, b, dense_synapses(a, b, on_pre="g_post += 1", connect="i", name="s")


def test_spikes_wake_the_neurons_that_they_reach(wakers):
    a, b, s = driven()
    assert wakers([a, b, s, SpikeMonitor(b)]) == {
        "a": {"a_spike_resetter": "spikes"},
        "b": {"b_spike_resetter": "spikes", "s_pre": "spikes"}}


@pytest.mark.parametrize("n, how", [(sleep.FEW, "any"), (sleep.FEW + 1, None)])
def test_spikes_that_reach_all(wakers, n, how):
    """Those of few neurons wake all; those of many would not let them sleep."""
    few = group("few", n=n)
    a = group("a")
    found = wakers([few, a, dense_synapses(few, a, on_pre="g_post += 1", name="all")])
    assert found.get("a", {}).get("all_pre") == how
    assert ("a" in found) == (how is not None)


@pytest.mark.parametrize("dt, how", [(2, "all"), (0.1, None)])
def test_what_is_executed_now_and_then(wakers, dt, how):
    a = group("a")
    regular = a.run_regularly("g += 1", dt=dt * ms)
    found = wakers([a])
    assert found.get("a", {}).get(regular.name) == how
    assert ("a" in found) == (how is not None)


@pytest.mark.parametrize("kind", ["time", "random", "refractory", "shared", "linked", "small",
                                  "time of the threshold", "delay", "subgroup", "plain synapses"])
def test_who_never_sleeps(wakers, kind):
    """Whose update is not a function of its own variables alone, or who is woken unseen."""
    if kind == "plain synapses":
        a, b, _ = driven()
        plain = Synapses(a, b, on_pre="g_post += 1", name="plain")
        plain.connect(j="i")
        assert "b" not in wakers([a, b, plain])
        return
    model = {"time": DECAY.replace("-g/", "(sin(t/ms) - g)/"),
             "random": DECAY.replace("-g/(4*ms)", "-g/(4*ms) + xi/second**0.5"),
             "shared": DECAY.replace("-g/", "(drive - g)/") + "drive : 1 (shared)",
             "linked": DECAY.replace("-g/", "(other - g)/") + "other : 1 (linked)"}
    keywords = {"refractory": {"refractory": 1 * ms}, "small": {"n": sleep.SMALLEST - 1},
                "time of the threshold": {"threshold": "v > 1 and t > 3*ms"}}.get(kind, {})
    b = group("b", model.get(kind, DECAY), **keywords)
    objects = [b]
    if kind == "linked":
        b.other = linked_var(b, "v", index=np.arange(N)[::-1])
    elif kind == "delay":
        objects.append(dense_synapses(b, b, on_pre="g_post += 1", connect="i", delay=1 * ms))
    elif kind == "subgroup":
        objects.append(dense_synapses(b[:8], b[8:16], on_pre="g_post += 1", connect="i"))
    assert wakers([*objects, group("c")]) == {"c": {"c_spike_resetter": "spikes"}}


def test_too_little_to_sleep(wakers):
    """One variable that decays is let alone; with a threshold to test it may sleep."""
    decay = "dv/dt = -v/(10*ms) : 1"
    trace = NeuronGroup(N, decay, method="exact", name="trace")
    assert wakers([trace, group("c", decay)]) == {"c": {"c_spike_resetter": "spikes"}}


@needs_compiler
def test_same_bits(digits, stimuli, monkeypatch):
    """The network with and without it; inhibitory neurons are at rest most of the time."""
    monkeypatch.setattr(sleep, "SMALLEST", 16)
    architecture = small_architecture(digits)
    networks = [StandaloneNetwork(lambda: build(architecture), without=without)
                for without in ((), ("sleep",))]
    (a, records), (b, others) = (
        network(initial_state(architecture, 1), stimuli(6)) for network in networks)
    assert_same_state(a, b)
    assert records.slots["hidden1.count"].sum() > 20
    for name, counts in records.slots.items():
        assert np.array_equal(counts, others.slots[name]), name
    texts = [(network.directory / "main.cpp").read_text() for network in networks]
    assert re.search(r"_asleep_inhibitory1_stateupdater_codeobject\w*\[2\]", texts[0])
    assert "_asleep_" not in texts[1]

