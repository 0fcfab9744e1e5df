"""Dense projections: the bits of Brian2's Synapses, whatever the equations."""

import re
import subprocess
import sysconfig

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError, Equations, Network, NeuronGroup, get_device, ms, set_device,
)
from brian2.core.base import BrianObjectException
from brian2.devices.device import all_devices, reset_device
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.dense import DenseSynapses, dense_synapses
from models.dense.passes import PASSES, active
from models.errors import SuiteError
from models.standalone import FLAGS
from models.unity import join_sources
from tests.conftest import needs_compiler

DT = 0.1

GROUP = """
dv/dt = (drive + g - v)/(10*ms) : 1
dg/dt = -g/(4*ms) : 1
dx/dt = -x/(15*ms) : 1
dy/dt = -y/(20*ms) : 1
drive : 1
seen : integer
total : 1
"""


def neurons(n, name, refractory=0):
    group = NeuronGroup(
        n, GROUP, threshold="v > 1", reset="v = 0\nx += 0.1\nseen += int(t >= 5*ms)",
        method="euler", name=name, dt=DT * ms, refractory=refractory * ms)
    group.v = "0.9*i/N"
    group.drive = "1.05 + 0.3*i/N"
    return group


def run_on(device, make, directory, duration=60, run_args=lambda objects: {}):
    """All variables of a network after a run.

    Parameters
    ----------
    device : {'cpp_dense', 'cpp_standalone', 'runtime'}
    make : callable
        Returns the objects of the network.
    run_args : callable
        What the program is given at its start, of the objects.
    """
    standalone = device != "runtime"
    set_device(device, **({"build_on_run": False, "directory": None} if standalone else {}))
    try:
        if standalone:
            get_device().reinit()
            get_device().activate(build_on_run=False, directory=None)
        objects = make()
        Network(objects).run(duration * ms, namespace={})
        if standalone:
            get_device().build(directory=str(directory / device), compile=False, run=False)
            source = join_sources(directory / device)
            # As in models.standalone: the flag for denormals is for the linker alone.
            for arguments in (["-c", *FLAGS, "-I.", f"-I{sysconfig.get_path('include')}", source],
                              ["all.o", "-o", "main", "-ffast-math"]):
                subprocess.run(["g++", *arguments], cwd=directory / device, check=True)
            get_device().run(str(directory / device), "results", with_output=False,
                             run_args=run_args(objects))
        found = {f"{thing.name}.matrix": thing.matrix() for thing in objects
                 if "w" in thing.variables and hasattr(thing, "pattern")}
        for thing in objects:
            for name, variable in thing.variables.items():
                if name in ("v", "g", "x", "y", "drive", "seen", "total", "w") and \
                        variable.owner.name == thing.name:
                    found[f"{thing.name}.{name}"] = np.array(
                        thing.variables[name].get_value())
        return found
    finally:
        reset_device()


def assert_equal_bits(make, directory, **keywords):
    """The dense device against Brian2's own; something must have happened."""
    dense = run_on("cpp_dense", make, directory, **keywords)
    plain = run_on("cpp_standalone", make, directory, **keywords)
    assert dense.keys() == plain.keys()
    for name, values in plain.items():
        assert np.array_equal(dense[name], values), name
    assert sum(v.sum() for k, v in plain.items() if k.endswith("seen")) > 0
    return dense


RULES = [
    ("g_post += w", ""),
    ("g_post += w\nw = clip(w + 0.02*y_post, 0, 0.2)", "w = clip(w + 0.02*x_pre, 0, 0.2)\n"),
    ("w = clip(w - 0.01*y_post, -0.1, 0.1)", "w = clip(w + 0.03*x_pre, -0.1, 0.1)"),
    ("g_post += w*int(g_post < 2)", "w *= 0.99"),
    ("drive_post = clip(drive_post + 0.01*w*v_pre, 0, 2)", "w += 1e-3*v_pre"),
]


@st.composite
def projections(draw):
    """A projection: rule, sign, delay, parts of groups, direction."""
    part = st.tuples(st.integers(0, 3), st.integers(0, 3))
    return {
        "rule": draw(st.sampled_from(RULES)), "sign": draw(st.sampled_from([1, -1])),
        "delay": draw(st.sampled_from([None, 0, 1, 7])), "from": draw(part), "to": draw(part),
        "back": draw(st.booleans()), "condition": draw(st.sampled_from([None, None, "i != j"])),
        "scaled": draw(st.booleans()),
    }


def build_network(sizes, refractory, specs):
    """Two groups and several projections between them or parts of them."""
    a, b = neurons(sizes[0], "a"), neurons(sizes[1], "b", refractory)
    objects = [a, b]
    for k, spec in enumerate(specs):
        source, target = (b, a) if spec["back"] else (a, b)
        condition, keywords = spec["condition"], {}
        if condition:
            target = source
        else:
            source, target = (
                group[cut[0]:len(group) - cut[1]] if any(cut) else group
                for group, cut in ((source, spec["from"]), (target, spec["to"])))
        if spec["delay"] is not None:
            keywords["delay"] = spec["delay"] * DT * ms
        on_pre, on_post = spec["rule"]
        if condition:
            objects.append(dense_synapses(source, target, on_pre="g_post += 0.01*(1 + y_post)",
                                          condition=condition, name=f"s{k}", **keywords))
            continue
        synapses = dense_synapses(
            source, target, "w : 1", on_pre=on_pre, name=f"s{k}",
            **({"on_post": on_post} if on_post else {}), **keywords)
        synapses.w = f"{spec['sign']}*(0.01*i + 0.005*j + 0.01)"
        if spec["scaled"]:
            synapses.run_regularly("total_post += w", dt=10 * ms, name=f"s{k}_sum")
        objects.append(synapses)
    return objects


@needs_compiler
@settings(max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.tuples(st.integers(8, 70), st.integers(8, 70)),
       refractory=st.sampled_from([0, 1, 3]),
       specs=st.lists(projections(), min_size=1, max_size=4))
def test_random_networks(tmp_path_factory, sizes, refractory, specs):
    """Sizes, signs, delays, subgroups, several projections onto one target, both directions."""
    assert_equal_bits(lambda: build_network(sizes, refractory, specs),
                      tmp_path_factory.mktemp("net"))


@needs_compiler
@pytest.mark.slow
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.tuples(st.integers(8, 130), st.integers(8, 130)),
       refractory=st.sampled_from([0, 1, 3]),
       specs=st.lists(projections(), min_size=1, max_size=5))
def test_many_random_networks(tmp_path_factory, sizes, refractory, specs):
    """The same at length."""
    assert_equal_bits(lambda: build_network(sizes, refractory, specs),
                      tmp_path_factory.mktemp("net"))


@needs_compiler
def test_dependent_iterations_get_a_plain_loop(tmp_path):
    """Code whose iterations see each other: no ivdep there, and still the same bits.

    A presynaptic variable written by on_pre, a postsynaptic one by on_post, and a group
    connected to itself that writes what it reads.
    """
    def make():
        a = neurons(37, "a")
        total = dense_synapses(a, a, "w : 1", on_pre="total_pre += w\ng_post += 0.01*w",
                               on_post="y_post += 0.01*w", name="s0")
        total.w = "0.01*i + 0.001*j"
        spread = dense_synapses(a, a, on_pre="drive_post = 0.999*drive_post + 0.001*drive_pre",
                                name="s1")
        free = dense_synapses(a, a, on_pre="g_post += 0.01*i/(j + 1)", name="s2",
                              condition="i != j")
        return [a, total, spread, free]

    assert_equal_bits(make, tmp_path)
    folder = tmp_path / "cpp_dense/code_objects"
    code = {k: next(folder.glob(f"{k}_codeobject*.cpp")).read_text()
            for k in ("s0_pre", "s0_post", "s1_pre", "s2_pre")}
    assert {k for k, text in code.items() if "ivdep" in text} == {"s2_pre"}


@needs_compiler
def test_event_times_changed_from_outside(tmp_path):
    """Thresholds on a stored time step look ahead; every other writer must wake them.

    The time is set by the reset, by run_regularly on another clock, by synapses and by a
    string before the run; some neurons' reset leaves it in the past.
    """
    def make():
        a = NeuronGroup(
            90, "next_spike : integer\nseen : integer\nv : 1", dt=DT * ms, name="a",
            threshold="t_in_timesteps == next_spike",
            reset="seen += 1\nnext_spike = t_in_timesteps + 3 + 20*i*int(i < 60)")
        a.next_spike = "2 + i % 7"
        # Times further ahead than the calendar is long come round in it.
        a.run_regularly("next_spike = t_in_timesteps + i % 5 + 1024*int(i % 9 == 8)",
                        dt=130 * ms, name="a_kick")
        b = neurons(20, "b")
        wake = dense_synapses(b, a, on_pre="next_spike_post = t_in_timesteps + j % 4",
                              name="s0")
        drive = dense_synapses(a, b, on_pre="g_post += 0.02", name="s1")
        return [a, b, wake, drive]

    assert_equal_bits(make, tmp_path, duration=300)
    main = (tmp_path / "cpp_dense/main.cpp").read_text()
    assert len(re.findall(r"add\(&\w+, _moved_a_spike_thresholder", main)) == 2


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


def two_groups():
    """Neurons of all kinds: with a refractory period, with known event times, plastic synapses."""
    a, b = neurons(70, "a"), neurons(33, "b", refractory=1)
    c = NeuronGroup(40, "next_spike : integer\nx : 1", threshold="t_in_timesteps == next_spike",
                    reset="x += 1\nnext_spike = t_in_timesteps + 5 + i", dt=DT * ms, name="c")
    first = dense_synapses(a, b, "w : 1", on_pre="g_post += w\nw = clip(w + 0.02*y_post, 0, 0.2)",
                           on_post="w = clip(w + 0.02*x_pre, 0, 0.2)", name="s0")
    first.w = "0.001*(i + j)"
    return [a, b, c, first, dense_synapses(c, b, on_pre="g_post += 0.1", name="s1")]


@needs_compiler
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PASSES.keys() - {"fusion"}))
def test_no_pass_changes_a_result(tmp_path, name):
    """Without it the code is another one, the bits are the same."""
    code = {}
    for without in ((), (name,)):
        all_devices["cpp_dense"].without = without
        try:
            assert_equal_bits(two_groups, tmp_path)
        finally:
            all_devices["cpp_dense"].without = ()
        code[without] = (tmp_path / "cpp_dense/all.cpp").read_text()
    assert len(set(code.values())) == 2


def test_unknown_pass():
    with pytest.raises(KeyError):
        active("fast")


@needs_compiler
def test_recording_and_indexing(tmp_path):
    """A StateMonitor on synapses, subexpressions, and weights by neuron, as for Synapses."""
    from brian2 import StateMonitor

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
