"""Dense projections: the bits of Brian2's Synapses, whatever the equations."""

import re

import pytest
from brian2 import NeuronGroup, ms
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from models.dense import dense_synapses
from models.dense.passes import PASSES, active
from tests.conftest import needs_compiler
from tests.dense_networks import DT, assert_equal_bits, generated, neurons

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


networks = st.fixed_dictionaries({
    "sizes": st.tuples(st.integers(8, 70), st.integers(8, 70)),
    "refractory": st.sampled_from([0, 1, 3]),
    "specs": st.lists(projections(), min_size=1, max_size=4)})


def build_network(sizes, refractory, specs, name=""):
    """Two groups and several projections between them or parts of them."""
    a = neurons(sizes[0], f"{name}a")
    b = neurons(sizes[1], f"{name}b", refractory)
    return [a, b, *(thing for k, spec in enumerate(specs)
                    for thing in build_projection(a, b, spec, f"{name}s{k}"))]


def build_projection(a, b, spec, name):
    """The projection of a specification."""
    source, target = (b, a) if spec["back"] else (a, b)
    keywords = {"name": name}
    if spec["delay"] is not None:
        keywords["delay"] = spec["delay"] * DT * ms
    if spec["condition"]:
        return [dense_synapses(source, source, on_pre="g_post += 0.01*(1 + y_post)",
                               condition=spec["condition"], **keywords)]
    source, target = (
        group[cut[0]:len(group) - cut[1]] if any(cut) else group
        for group, cut in ((source, spec["from"]), (target, spec["to"])))
    on_pre, on_post = spec["rule"]
    synapses = dense_synapses(source, target, "w : 1", on_pre=on_pre, on_post=on_post or None,
                              **keywords)
    synapses.w = f"{spec['sign']}*(0.01*i + 0.005*j + 0.01)"
    if spec["scaled"]:
        synapses.run_regularly("total_post += w", dt=10 * ms, name=f"{name}_sum")
    return [synapses]


def drawn(n):
    """Specifications of n random networks, the same in every run."""
    found = []

    @settings(max_examples=n, deadline=None, derandomize=True, database=None,
              phases=[Phase.generate])
    @given(networks)
    def draw(network):
        found.append(network)

    draw()
    return found


@needs_compiler
def test_random_networks(tmp_path):
    """Sizes, signs, delays, subgroups, several projections onto one target, both directions.

    All in one program; the name of an unequal variable begins with the number of its network.
    """
    specifications = drawn(4)
    assert len(specifications) == 4
    projected = [spec for network in specifications for spec in network["specs"]]
    found = {key: {spec[key] for spec in projected} for key in projected[0]}
    assert found["rule"] == set(RULES) and found["delay"] == {None, 0, 1, 7}
    assert found["sign"] == {1, -1} and found["condition"] == {None, "i != j"}
    assert found["back"] == found["scaled"] == {True, False}
    dense = assert_equal_bits(
        [(lambda k=k, network=network: build_network(**network, name=f"n{k}_"), 60)
         for k, network in enumerate(specifications)], tmp_path)
    for k in range(4):
        assert dense[f"n{k}_a.seen"].sum() + dense[f"n{k}_b.seen"].sum() > 0


@needs_compiler
@pytest.mark.slow
@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.tuples(st.integers(8, 130), st.integers(8, 130)),
       refractory=st.sampled_from([0, 1, 3]),
       specs=st.lists(projections(), min_size=1, max_size=5))
def test_many_random_networks(tmp_path_factory, sizes, refractory, specs):
    """The same at length."""
    assert_equal_bits([(lambda: build_network(sizes, refractory, specs), 60)],
                      tmp_path_factory.mktemp("net"))


def dependent_iterations():
    """Code whose iterations see each other.

    A presynaptic variable written by on_pre, a postsynaptic one by on_post, and a group
    connected to itself that writes what it reads.
    """
    a = neurons(37, "a")
    total = dense_synapses(a, a, "w : 1", on_pre="total_pre += w\ng_post += 0.01*w",
                           on_post="y_post += 0.01*w", name="s0")
    total.w = "0.01*i + 0.001*j"
    spread = dense_synapses(a, a, on_pre="drive_post = 0.999*drive_post + 0.001*drive_pre",
                            name="s1")
    free = dense_synapses(a, a, on_pre="g_post += 0.01*i/(j + 1)", name="s2", condition="i != j")
    return [a, total, spread, free]


def moved_event_times():
    """A threshold on a stored time step, which others write, too.

    The time is set by the reset, by run_regularly on another clock, by synapses and by a
    string before the run; some neurons' reset leaves it in the past.
    """
    timed = NeuronGroup(
        90, "next_spike : integer\nseen : integer\nv : 1", dt=DT * ms, name="t",
        threshold="t_in_timesteps == next_spike",
        reset="seen += 1\nnext_spike = t_in_timesteps + 3 + 20*i*int(i < 60)")
    timed.next_spike = "2 + i % 7"
    # Times further ahead than the calendar is long come round in it.
    timed.run_regularly("next_spike = t_in_timesteps + i % 5 + 1024*int(i % 9 == 8)",
                        dt=130 * ms, name="t_kick")
    other = neurons(20, "u")
    wake = dense_synapses(other, timed, on_pre="next_spike_post = t_in_timesteps + j % 4",
                          name="s3")
    drive = dense_synapses(timed, other, on_pre="g_post += 0.02", name="s4")
    return [timed, other, wake, drive]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Folder of the dense program of both, whose results are Brian2's bit for bit."""
    folder = tmp_path_factory.mktemp("program")
    dense = assert_equal_bits([(dependent_iterations, 60), (moved_event_times, 300)], folder)
    assert dense["a.seen"].sum() > 0
    assert dense["t.seen"].sum() > 0
    return folder / "cpp_dense"


@needs_compiler
def test_dependent_iterations_get_a_plain_loop(program):
    """No ivdep where iterations see each other, and still the same bits."""
    code = {k: next((program / "code_objects").glob(f"{k}_codeobject*.cpp")).read_text()
            for k in ("s0_pre", "s0_post", "s1_pre", "s2_pre")}
    assert {k for k, text in code.items() if "ivdep" in text} == {"s2_pre"}


@needs_compiler
def test_event_times_changed_from_outside(program):
    """Thresholds on a stored time step look ahead; every other writer must wake them."""
    main = (program / "main.cpp").read_text()
    assert len(re.findall(r"add\(&\w+, _moved_t_spike_thresholder", main)) == 2


def two_groups():
    """Neurons of all kinds: with a refractory period, with known event times, plastic synapses."""
    a = neurons(70, "a")
    b = neurons(33, "b", refractory=1)
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
        assert_equal_bits([(two_groups, 60)], tmp_path, without=without)
        code[without] = generated(tmp_path)
    assert len(set(code.values())) == 2


def test_unknown_pass():
    with pytest.raises(KeyError):
        active("fast")
