"""Where a vectorised loop could mean something else than Brian2: the same numbers as there."""

import re
from pathlib import Path

import numpy as np
import pytest
from brian2 import (
    Hz, Network, NeuronGroup, PoissonGroup, Quantity, SpikeGeneratorGroup, defaultclock, get_device,
    linked_var, ms, prefs, run, second, seed, set_device,
)
from brian2.core.base import BrianObjectException
from brian2.devices.device import reset_device

from models.dense import Convolution, DenseDevice, dense_synapses, fusion
from models.errors import SuiteError
from models.programs.single_source import join_sources
from tests.conftest import needs_compiler
from tests.dense_networks import (  # noqa: F401  (a fixture)
    assert_same_values, compiled_with, dense_device, neurons, run_on,
)

STEP = 0.1 * ms


def random_numbers():
    """Thresholds, statements and synapses that draw, some under a condition."""
    seed(3)
    a = PoissonGroup(90, 500 * Hz, name="ra", dt=STEP)
    b = NeuronGroup(90, "v : 1\nseen : integer\nflag : boolean", name="rb", dt=STEP,
                    threshold="flag and rand() < 0.04", reset="seen += 1")
    b.flag = "i % 3 > 0"
    b.run_regularly("v = int(flag)*rand()", name="rb_draw", dt=STEP)
    c = NeuronGroup(70, "dv/dt = -v/(5*ms) + 0.3*xi*(5*ms)**-0.5 : 1\nseen : integer",
                    threshold="v > 0.4", reset="seen += 1", method="euler", name="rc", dt=STEP)
    d = NeuronGroup(20, "v : 1", name="rd", dt=STEP)
    into = dense_synapses(a, d, on_pre="v_post += rand()", name="rs0")
    return [a, b, c, d, into]


def one_of_each():
    """Delays off the time step, times set by another event, large products, odd statements."""
    source = NeuronGroup(3, "v : 1", threshold="t_in_timesteps % 30 == 5 + i", name="a", dt=STEP)
    target = NeuronGroup(4, "g : 1\nx : 1\nlate : 1", name="b", dt=STEP)
    half = dense_synapses(source, target, "w : 1", on_pre="x_post += w*t/ms", name="s0",
                          delay=0.25 * ms)
    half.w = "i + 0.1*j"
    other = dense_synapses(source, target, on_pre="late_post += t/ms", name="s1", delay=1 * ms)
    other.pre.delay = 0.45 * ms
    scale = 2  # noqa: F841  (in the text below)
    some = dense_synapses(source, target, "w : 1", name="s2", on_pre="g_post += w")
    some.w = "i"
    some.w["i > j"] = 3
    some.w["j == 3 and i < scale"] = "10*i + scale"
    whole = dense_synapses(source, target, "w : 1", name="s3")
    whole.w[:] = "i*0.1 + j"
    matrix = dense_synapses(source, target, "w : 1", name="s4")
    matrix.w = np.arange(12.0).reshape(3, 4)
    events = NeuronGroup(5, "next_spike : integer\nseen : integer\nx : 1", name="c", dt=STEP,
                         threshold="t_in_timesteps == next_spike", reset="seen += 1",
                         events={"wake": "t_in_timesteps % 20 == 5"})
    events.run_on_event("wake", "next_spike = t_in_timesteps + 3")
    events.run_regularly("x = (t_in_timesteps*100000000) % 1000007", name="c_large", dt=STEP)
    events.x["i > 2"] = "7*i"
    masked = NeuronGroup(3, "flag : boolean\nx : 1\ny : 1", name="d", dt=STEP)
    masked.flag = "i == 2"
    masked.y = "i - 1.5"
    masked.run_regularly("x = int(flag)*log(y)", name="d_mask", dt=STEP)
    return [source, target, half, other, some, whole, matrix, events, masked]


def with_a_step_set_later():
    """A delay is counted when the network is run."""
    source = SpikeGeneratorGroup(1, [0], [1] * ms, name="later_a")
    target = NeuronGroup(1, "x : 1", name="later_b")
    synapses = dense_synapses(source, target, on_pre="x_post += t/ms", delay=2 * ms,
                              name="later_s")
    defaultclock.dt = 0.5 * ms
    return [source, target, synapses]


PARTS = [(random_numbers, 60), (one_of_each, 20), (with_a_step_set_later, 8)]


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    """What the dense device computed of all of them."""
    return run_on("cpp_dense", PARTS, tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What Brian2's own loops did."""
    return run_on("cpp_standalone", PARTS, tmp_path_factory.mktemp("plain"))


@needs_compiler
def test_random_numbers(dense, plain):
    """Drawn once per neuron and step, in Brian2's order: the same numbers."""
    # 60 of 90 neurons, 600 steps.
    assert dense["rb.seen"].sum() == pytest.approx(60 * 600 * 0.04, rel=0.1)
    # Every spike of the Poisson group adds 0.5 on average.
    assert dense["rd.v"].mean() / 0.5 == pytest.approx(90 * 0.06 * 500, rel=0.1)
    assert dense["rc.seen"].sum() > 100
    assert_same_values(dense, plain)


@needs_compiler
def test_one_of_each(dense, plain):
    """On the dense device as on Brian2's own."""
    assert_same_values(dense, plain)
    assert dense["c.seen"].tolist() == [11] * 5  # one at the start, one per wake-up
    assert dense["s2.matrix"].tolist() == [[0, 0, 0, 2], [3, 1, 1, 12], [3, 3, 2, 2]]
    assert dense["s4.matrix"][1].tolist() == [4, 5, 6, 7]


@needs_compiler
def test_the_time_step_may_be_set_later(dense, plain):
    """A delay is counted when the network is run, on either device."""
    assert dense["later_b.x"] == pytest.approx([3.0])
    assert plain["later_b.x"] == pytest.approx([3.0])


@needs_compiler
def test_built_by_run(tmp_path, monkeypatch):
    """set_device('cpp_dense') alone, as for Brian2's own devices, knows moved times too."""
    generate = DenseDevice.generate_makefile

    def generate_one(device, writer, *arguments, **keywords):
        """Brian2's makefile, of one source file: it compiles sooner than a dozen."""
        generate(device, writer, *arguments, **keywords)
        folder = Path(writer.project_dir)
        source = join_sources(folder)
        makefile = folder / "makefile"
        makefile.write_text(re.sub("^SRCS = .*$", f"SRCS = {source}", makefile.read_text(),
                                   flags=re.M))

    monkeypatch.setattr(DenseDevice, "generate_makefile", generate_one)
    set_device("cpp_dense")
    get_device().reinit()
    get_device().activate(directory=str(tmp_path / "built"))
    preferences = prefs.codegen.cpp.extra_compile_args_gcc
    try:
        prefs.codegen.cpp.extra_compile_args_gcc = compiled_with(["-O0"])
        a = NeuronGroup(5, "due : integer\nseen : integer", dt=STEP, name="a",
                        threshold="t_in_timesteps == due", reset="seen += 1")
        a.due = -1
        a.run_regularly("due = t_in_timesteps + 3", dt=1 * ms)
        run(20 * ms)
        assert a.seen[:].tolist() == [20] * 5
    finally:
        prefs.codegen.cpp.extra_compile_args_gcc = preferences
        reset_device()


@pytest.mark.parametrize("model, message", [
    ("r = v_post : 1 (constant over dt)", "constant over dt"),
    ("v_post : 1", "not free"),
    ("w_pre : 1", "not free"),
    ("delay : second", "not free"),
    ("j : 1", "not free"),
])
def test_models_that_are_refused(dense_device, model, message):  # noqa: F811
    with pytest.raises(SuiteError, match=message):
        dense_synapses(neurons(3, "a"), neurons(4, "b"), model)


def test_flags_are_checked(dense_device):  # noqa: F811
    with pytest.raises(ValueError, match="foo"):
        dense_synapses(neurons(3, "a"), neurons(4, "b"), "w : 1 (foo)")


def test_random_subexpressions_are_refused(dense_device):  # noqa: F811
    """As by Brian2: text that is put in twice would draw twice."""
    a = neurons(3, "a")
    b = neurons(4, "b")
    synapses = dense_synapses(a, b, "r = rand() : 1", on_pre="g_post += r + r")
    with pytest.raises(BrianObjectException) as caught:
        Network(a, b, synapses).run(1 * ms, namespace={})
    assert "stateful" in str(caught.value.__cause__)


@pytest.mark.parametrize("delay", [-0.1 * ms, np.nan * second, [1, 2] * ms, 1.0])
def test_delays_that_are_refused(dense_device, delay):  # noqa: F811
    a = neurons(3, "a")
    b = neurons(4, "b")
    with pytest.raises(SuiteError, match="delay"):
        dense_synapses(a, b, on_pre="g_post += 1", delay=delay)


def test_delays_of_both_sides(dense_device):  # noqa: F811
    """One time or a dictionary, as for Synapses; fixed once there is code."""
    a = neurons(3, "a")
    b = neurons(4, "b")
    both = dense_synapses(a, b, on_pre="g_post += 1", on_post="g_pre += 1",
                          delay={"pre": 1 * ms, "post": 0.5 * ms})
    assert (both.pre.delay, both.post.delay) == (1 * ms, 0.5 * ms)
    assert isinstance(both.pre.delay, Quantity)
    Network(a, b, both).run(1 * ms, namespace={})
    with pytest.raises(SuiteError, match="after the first run"):
        both.pre.delay = 2 * ms


def test_what_text_cannot_choose(dense_device):  # noqa: F811
    a = neurons(3, "a")
    b = neurons(4, "b")
    synapses = dense_synapses(a, b, "w : 1\neta : 1 (shared)", on_pre=None)
    with pytest.raises(SuiteError, match="by a condition"):
        synapses.w[0, :] = "j"
    with pytest.raises(SuiteError, match="chosen by text"):
        synapses["i == 1"]
    with pytest.raises(SuiteError, match="one value"):
        synapses.eta["i == 1"] = 3
    with pytest.raises(SuiteError, match="no spikes"):
        dense_synapses(NeuronGroup(2, "v : 1"), b, on_pre="g_post += 1")
    assert synapses.i[:].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert synapses.j[:].tolist() == [0, 1, 2, 3] * 3


def test_what_a_threshold_writes_itself(dense_device):  # noqa: F811
    """lastspike is in no statement: a state update that reads it keeps its place."""
    model = "dv/dt = (1.2 - v - pull)/(10*ms) : 1\n"
    a = NeuronGroup(20, "dv/dt = (1.2 - v)/(10*ms) : 1 (unless refractory)", threshold="v > 1",
                    reset="v = 0", refractory=1 * ms, method="euler", name="z")
    b = NeuronGroup(20, model + "pull = exp(-(t - last)/ms) : 1\nlast : second (linked)",
                    threshold="v > 1", reset="v = 0", method="euler", name="zz")
    b.last = linked_var(a, "lastspike")
    network = Network([a, b])
    network.run(1 * ms, namespace={})
    device = get_device()
    codes = [(o.clock, code) for o in network.sorted_objects for code in o._code_objects]
    order = [code.name for _, code in codes]
    assert (order.index("zz_stateupdater_codeobject")
            < order.index("z_spike_thresholder_codeobject")
            < order.index("zz_spike_thresholder_codeobject"))
    fused = fusion.fusable(codes, device.touched.reads, device.touched.writes)
    assert {code.owner.name for _, code in codes if code.name in fused} == {"z"}


def test_neurons_of_a_kernels_synapses(dense_device):  # noqa: F811
    """As many as it has; each element at each place (results: tests/test_dense_patterns.py)."""
    pattern = Convolution((3, 3, 1), size=2, maps=2)
    kernel = NeuronGroup(pattern.kernel_size, "w : 1")
    synapses = dense_synapses(neurons(9, "a"), neurons(8, "b"), pattern=pattern,
                              values={"w": kernel}, on_pre="g_post += w")
    assert len(kernel) == 8
    assert len(synapses) == len(synapses.i) == len(synapses.j) == 4 * 4 * 2
    assert synapses.i[synapses.j == 0].tolist() == [0, 1, 3, 4]
