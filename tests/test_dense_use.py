"""Dense projections are used like Brian2's Synapses; what has no dense form is refused."""

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError, Equations, Network, NeuronGroup, StateMonitor, get_device, ms,
    set_device,
)
from brian2.core.base import BrianObjectException
from brian2.devices.device import reset_device

from models.dense import DenseSynapses, dense_synapses
from models.errors import SuiteError
from tests.conftest import needs_compiler
from tests.dense_networks import neurons, run_on


@needs_compiler
def test_weights_as_a_matrix(tmp_path):
    """(presynaptic, postsynaptic), initialised by text or by an array, on every device."""
    values = np.arange(12.0).reshape(3, 4)

    def make():
        a, b = neurons(3, "a"), neurons(4, "b")
        first = dense_synapses(a, b, "w : 1", name="s0")
        first.w = "i + 10*j"
        second = dense_synapses(a, b, "w : 1", name="s1")
        second.w = values.ravel()
        return [a, b, first, second]

    for device in ("cpp_dense", "cpp_standalone", "runtime"):
        found = run_on(device, make, tmp_path, duration=1)
        expected = np.add.outer(np.arange(3), 10 * np.arange(4))
        assert np.array_equal(found["s0.matrix"], expected)
        assert np.array_equal(found["s1.matrix"], values)


@needs_compiler
def test_recording_and_indexing(tmp_path):
    """A StateMonitor on synapses, subexpressions, and weights by neuron, as for Synapses."""
    def make():
        a, b = neurons(3, "a"), neurons(4, "b")
        synapses = dense_synapses(a, b, "w : 1\ntwice = 2*w : 1", on_pre="w += 1\ng_post += twice",
                                  delay=0.3 * ms, name="s0")
        synapses.w = "i + 10*j"
        made["monitor"] = StateMonitor(synapses, ["w", "twice"], [0, 6, 7], dt=5 * ms)
        made["synapses"] = synapses
        return [a, b, synapses, made["monitor"]]

    found, made = {}, {}
    for device in ("cpp_dense", "cpp_standalone"):
        run_on(device, make, tmp_path)
        found[device] = made["monitor"].w
        np.testing.assert_array_equal(made["monitor"].twice, 2 * found[device])
        assert np.ptp(found[device]) > 20
        synapses = made["synapses"]
        np.testing.assert_array_equal(synapses.w[1, 2:], synapses.matrix()[1, 2:])
        if device == "cpp_dense":
            assert synapses[1, 2:].tolist() == [6, 7]
    np.testing.assert_array_equal(*found.values())


@needs_compiler
def test_values_at_the_programs_start(tmp_path):
    """Weights and initial values come from run_args, as an array or from a file."""
    weights, start = np.linspace(0, 0.02, 12), np.array([0.1, 0.9, 0.5])
    start.tofile(tmp_path / "v")
    weights.tofile(tmp_path / "w")

    def make():
        a, b = neurons(3, "a"), neurons(4, "b")
        synapses = dense_synapses(a, b, "w : 1", on_pre="g_post += w", name="s0")
        synapses.w = "i"
        return [a, b, synapses]

    def arrays(objects):
        return {objects[2].w: weights, objects[0].v: start}

    def files(objects):
        return [f"s0.w={tmp_path / 'w'}", f"a.v={tmp_path / 'v'}"]

    a, b = (run_on("cpp_dense", make, tmp_path / form.__name__, run_args=form)
            for form in (arrays, files))
    for name, values in a.items():
        assert np.array_equal(b[name], values), name
    assert np.array_equal(a["s0.matrix"].ravel(), weights)
    assert a["b.seen"].sum() and not np.array_equal(a["a.v"], start)


@pytest.fixture
def dense_device():
    """Groups made in the test are the dense device's."""
    set_device("cpp_dense", build_on_run=False, directory=None)
    get_device().reinit()
    get_device().activate(build_on_run=False, directory=None)
    yield
    reset_device()


@pytest.mark.parametrize("keywords, message", [
    ({"model": "dw/dt = -w/(10*ms) : 1"}, "trace of the neurons"),
    ({"model": "dw/dt = -w/(10*ms) : 1 (event-driven)"}, "trace of the neurons"),
    ({"model": "w : 1\ntotal_post = w : 1 (summed)"}, "summed"),
    ({"on_pre": {"one": "g_post += 1", "two": "g_post += 2"}}, "one pathway per side"),
    ({"condition": "i < j"}, "brian2.Synapses"),
    ({"connect": "i + 1"}, "brian2.Synapses"),
    ({"on_pre": "g_post += 1", "delay": np.arange(12) * ms}, "one time for all"),
    ({"delay": 1 * ms}, "without on_pre"),
    ({"connect": "i"}, "no one-to-one"),
    ({"condition": "i != j"}, "no one-to-one"),
    ({"multisynaptic_index": "k"}, "no dense form of multisynaptic_index"),
    ({"on_pre": "g_post += 1", "on_event": "wake"}, "no event 'wake'"),
    ({"model": "drive : 1"}, "drive_syn"),
])
def test_what_has_no_dense_form_is_refused(dense_device, keywords, message):
    """By name, with the way out."""
    with pytest.raises(SuiteError, match=message):
        dense_synapses(neurons(3, "a"), neurons(4, "b"), **keywords)


def test_unstored_synapses_have_no_variables(dense_device):
    """'i != j' keeps no matrix."""
    a = neurons(3, "a")
    with pytest.raises(SuiteError, match="not stored"):
        dense_synapses(a, a, "w : 1", condition="i != j")
    with pytest.raises(SuiteError, match="not all to all"):
        dense_synapses(a, a, condition="i != j", on_pre="g_post += 1").matrix()


def test_units_are_checked(dense_device):
    """Text stays text: Brian2 finds the wrong unit."""
    a, b = neurons(3, "a"), neurons(4, "b")
    wrong = dense_synapses(a, b, Equations("w : volt"), on_pre="g_post += w")
    assert isinstance(wrong, DenseSynapses)
    with pytest.raises(BrianObjectException) as caught:
        Network(a, b, wrong).run(1 * ms, namespace={})
    assert isinstance(caught.value.__cause__, DimensionMismatchError)


def test_same_source_in_every_process(dense_device):
    """Clocks are a set to Brian2; in the source, by which programs are found again, they are not."""
    groups = [NeuronGroup(1, "dv/dt = 1/second : 1", dt=(k + 1) * ms, method="euler", name=f"g{k}")
              for k in range(8)]
    Network(groups).run(840 * ms, namespace={})
    lines = [line[1][0] for line in get_device().main_queue if line[0] == "set_by_single_value"]
    times = [name for name in lines if name.endswith("_clock_timestep")]
    assert len(times) == 8 and times == sorted(times)
