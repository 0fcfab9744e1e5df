"""State update and threshold in one pass: where it is right, and the same bits."""

import numpy as np
import pytest
from brian2 import NeuronGroup, SpikeMonitor, get_device, linked_var, ms, prefs

from models.dense import dense_synapses
from models.dense.step import Step
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from tests.conftest import assert_same_state, needs_compiler, small_architecture
from tests.dense_networks import codes_of, dense_device  # noqa: F401  (fixture)


def group(name, model="", threshold="v > 1", **keywords):
    return NeuronGroup(20, "dv/dt = (1.2 - v)/(10*ms) : 1\n" + model, threshold=threshold,
                       reset="v = 0", method="euler", name=name, **keywords)


@pytest.fixture
def parted(dense_device):  # noqa: F811
    """``parted(objects)``: the groups whose two loops become one."""
    def get(objects):
        codes = codes_of(objects)
        together = [pair for _, pair in Step(get_device()).together(codes)]
        assert sorted(code.name for pair in together for code in pair) == sorted(
            code.name for _, code in codes)
        return {pair[1].owner.name for pair in together if len(pair) == 2}

    return get


def test_groups_on_their_own(parted):
    """Other groups' updates and thresholds in between do not matter."""
    a = group("a")
    b = group("b")
    assert parted([a, b, dense_synapses(a, b, on_pre="v_post += 0.1", name="s"),
                   SpikeMonitor(a)]) == {"a", "b"}


def test_what_is_written_in_between(parted):
    """A statement between state update and threshold keeps the two apart."""
    a = group("a")
    b = group("b")
    a.run_regularly("v = clip(v, 0, 2)", when="before_thresholds")
    assert parted([a, b]) == {"b"}


def test_what_is_read_in_between(parted):
    """So does one that reads what the state update writes."""
    a = group("a")
    b = group("b", "total : 1")
    look = dense_synapses(a, b, "w : 1", name="s")
    look.run_regularly("total_post += v_pre", when="before_thresholds", dt=0.1 * ms)
    assert parted([a, b, look]) == {"b"}


def test_neurons_that_read_each_other(parted):
    """The threshold of a neuron reads another one's variable: all must be updated first."""
    a = group("a", "other : 1 (linked)", threshold="v + other > 1")
    a.other = linked_var(a, "v", index=np.arange(20)[::-1])
    assert parted([a, group("b")]) == {"b"}


@pytest.mark.parametrize("kept, expected", [("lastspike", "second"), ("not_refractory", "boolean")])
def test_updates_that_read_each_others_spikes(parted, kept, expected):
    """The update of a neuron reads what another one's threshold is about to write."""
    unit = "1/second" if expected == "second" else "1"
    a = NeuronGroup(20, f"dv/dt = (1.2 - v - 0.1*{unit}*other)/(10*ms) : 1\n"
                        f"other : {expected} (linked)", threshold="v > 1", reset="v = 0",
                    refractory=1 * ms, method="euler", name="a")
    a.other = linked_var(a, kept, index=np.arange(20)[::-1])
    assert parted([a, group("b", refractory=1 * ms)]) == {"b"}


def test_two_events(parted):
    """A group with a second event: its state is updated once."""
    a = group("a", "x : 1", events={"other": "x > 1"})
    a.run_on_event("other", "x = 0")
    assert parted([a]) == {"a"}


def test_known_event_times(parted):
    """Such a threshold does not pass over the neurons at all."""
    a = group("a", "due : integer", threshold="t_in_timesteps == due")
    assert parted([a, group("b")]) == {"b"}


@needs_compiler
def test_same_bits(digits, stimuli):
    """The network with and without it; the code differs."""
    architecture = small_architecture(digits)
    fused, apart = (StandaloneNetwork(lambda: build(architecture), without=without)
                    for without in (("sleep",), ("sleep", "fusion")))
    (a, records), (b, others) = (
        network(initial_state(architecture, 1), stimuli(6)) for network in (fused, apart))
    assert_same_state(a, b)
    assert records.slots["hidden1.count"].sum() > 20
    for name, counts in records.slots.items():
        assert np.array_equal(counts, others.slots[name]), name
    loops = [(network.directory / "main.cpp").read_text().count("_part_")
             for network in (fused, apart)]
    assert loops == [4, 0]


def test_what_is_shared_is_written_once(parted):
    """An update that writes a shared variable is not made once per part."""
    a, b = (NeuronGroup(20, "s : 1 (shared)\nv : 1", threshold="v > 1", reset="v = 0", name=name)
            for name in "ab")
    a.run_regularly("s += 1\nv += 0.1*s")
    b.run_regularly("v += 0.1*s")
    assert parted([a, b]) == {"b"}


def test_conditions_of_writing_are_read(parted):
    """What "(unless refractory)" asks for: threads wait for it."""
    a = group("a")
    b = NeuronGroup(20, "dv/dt = -v/(10*ms) : 1 (unless refractory)", threshold="v > 1",
                    reset="v = 0", refractory=1 * ms, method="euler", name="b")
    to = dense_synapses(a, b, on_pre="v_post += 1", name="s")
    parted([a, b, to])
    code, = to.pre._code_objects
    assert b.variables["not_refractory"] in get_device().touched.reads[code.name]


def test_threads_of_brian2_are_refused(parted):
    """They need code that the dense templates do not write."""
    prefs.devices.cpp_standalone.openmp_threads = 2
    try:
        with pytest.raises(SuiteError, match="openmp_threads = 0"):
            parted([group("a")])
    finally:
        prefs.devices.cpp_standalone.openmp_threads = 0
