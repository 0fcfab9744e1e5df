"""Statements at the edge of what a pass may rewrite: still what Brian2 computes."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, get_device, ms, seed
from brian2.codegen.statements import Statement
from brian2.core.base import BrianObjectException

from models.dense import dense_synapses
from models.dense.expressions import fits
from models.devices.precision import float_type
from tests.conftest import needs_compiler
from tests.dense_networks import (  # noqa: F401  (a fixture)
    assert_same_values, dense_device, neurons, run_on,
)

STEP = 0.1 * ms
NEVER = -2147483647


def corners():
    """Sentinels, divisions behind a condition, sums over synapses, quotients of integers."""
    never = NeuronGroup(1, "last : integer\nseen : integer\nv : 1", name="a", dt=STEP,
                        threshold="v > 1 and t_in_timesteps - last > 20",
                        reset="last = t_in_timesteps\nseen += 1")
    never.last = NEVER
    never.run_regularly("v += 0.02", name="a_rise", dt=STEP)
    counted = NeuronGroup(1, "seen : integer", name="b", dt=STEP)
    since = dense_synapses(never, counted, "last_one : integer", name="s0", on_pre="""
        seen_post += int(t_in_timesteps - last_one > 10)
        last_one = t_in_timesteps""")
    since.last_one = NEVER
    rare = NeuronGroup(6, "period : integer\nseen : integer\nx : 1", name="c", dt=STEP,
                       threshold="period > 0 and t_in_timesteps % period == 0", reset="seen += 1")
    rare.period = "i"
    rare.run_regularly("x += int(period > 1 and t_in_timesteps // period > 3)", name="c_x", dt=STEP)
    # The event time is written by the template of a sum, not by a statement.
    due = NeuronGroup(4, "due : integer\nseen : integer", name="d", dt=STEP,
                      threshold="t_in_timesteps == due", reset="seen += 1")
    clock = NeuronGroup(3, "k : integer", name="e", dt=STEP)
    clock.run_regularly("k = t_in_timesteps//3 + 3", dt=3 * ms, name="e_k")
    told = Synapses(clock, due, "due_post = k_pre : integer (summed)", name="s1")
    told.connect()
    # Brian2 computes quotients of integers in single precision.
    whole = NeuronGroup(5, "k : integer\nm : integer\nv : 1\nx : 1\ny : 1\ng : 1\ntotal : 1",
                        name="f", dt=STEP)
    whole.k = "i + 1"
    whole.m = "7 - i"
    whole.run_regularly("v = clip(k, 1, 3)/m\nx = int(k > 1)/m\ny = int(g >= 0)*k/m\n"
                        "g = clip(k, 0.5, 2.7)\ntotal = (1.0*int(k > 2) + k)/m", name="f_r",
                        dt=STEP)
    return [never, counted, since, rare, due, clock, told, whole]


def other_events():
    """on_event, for both sides or one."""
    seed(3)
    a, b = (NeuronGroup(3, "v : 1\nx : 1", name=f"wake_{name}", dt=STEP,
                        threshold="t_in_timesteps % 7 == i", events={"wake": "rand() < 2*v"})
            for name in "ab")
    a.v = "0.1*i"
    both = dense_synapses(a, b, name="wake_s0", on_pre="x_post += 1", on_event="wake")
    one = dense_synapses(a, b, name="wake_s1", on_pre="x_post += 100", on_post="x_pre += 1",
                         on_event={"pre": "wake"}, delay={"pre": 0.3 * ms})
    return [a, b, both, one]


def through_the_projection():
    """Neurons' variables, read and set by synapse; subgroups shift their numbers."""
    a = neurons(3, "thr_a")
    b = neurons(7, "thr_b")
    all_to_all = dense_synapses(a, b[2:6], "w : 1", name="thr_s0", on_pre="v_post += w")
    all_to_all.w[[2, 0], :] = 0.01 * np.arange(8)
    all_to_all.g_post = np.arange(12)
    all_to_all.x_pre[1, :] = 5
    one = dense_synapses(a, a, "strength : 1", connect="i", name="thr_s1")
    one.strength[1, 1] = 3
    monitor = StateMonitor(all_to_all, ["v_post", "x_pre"], [0, 5, 11], dt=STEP, name="thr_m")
    return [a, b, all_to_all, one, monitor]


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    """What the dense device computed of all three."""
    return run_on("cpp_dense", [(corners, 20), (other_events, 20), (through_the_projection, 10)],
                  tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What Brian2 computed of the same networks, the last one with NumPy."""
    return run_on("cpp_standalone", [(corners, 20), (other_events, 20)],
                  tmp_path_factory.mktemp("plain"))


@needs_compiler
def test_corners(dense, plain):
    """On the dense device as on Brian2's own."""
    assert_same_values({name: dense[name] for name in plain}, plain)
    assert dense["a.seen"] == dense["b.seen"] == 8
    assert dense["c.seen"].tolist() == [0, 200, 100, 67, 50, 40]
    assert dense["d.seen"].tolist() == [7] * 4
    assert dense["f.v"][0] == float(np.float32(1) / np.float32(7)) != 1 / 7


@needs_compiler
def test_other_events(dense):
    """on_event, for both sides or one (compared with Brian2 in `test_corners`)."""
    assert dense["wake_a.x"].tolist() == [87] * 3
    assert np.ptp(dense["wake_b.x"]) == 0
    assert dense["wake_b.x"][0] > 5000


@needs_compiler
def test_through_the_projection(dense, tmp_path):
    """Neurons' variables, set and recorded by synapse, as with NumPy."""
    plain = run_on("runtime", [(through_the_projection, 10)], tmp_path)
    for name, values in plain.items():
        np.testing.assert_allclose(dense[name], values, rtol=1e-12, err_msg=name)
    assert dense["thr_s0.matrix"][:, 0].tolist() == [0, 0, 0.04]
    assert dense["thr_s1.strength"].tolist() == [0, 3, 0]
    assert np.ptp(dense["thr_m.v_post"]) > 0.5


@pytest.mark.parametrize("expression, op, dtype, right", [
    ("t == due", "=", bool, True), ("t % k < 3 and v > 0", "=", bool, True),
    ("int(t <= last + 5)", "+=", float, True), ("t", "=", float, True),
    ("t + 2 + int(v)", "=", np.int32, True), ("t + 2", "=", float, False),
    ("t - last > 20", "=", bool, False), ("t*k", "=", np.int32, False),
    ("int(t % k > 2)*v", "=", float, True), ("(t % k)*v", "=", float, False),
    ("t", "*=", np.int32, False), ("-t < last", "=", bool, False), ("v + 1", "=", float, True),
])
def test_which_statements_fit_into_32_bits(expression, op, dtype, right):
    """Comparisons and assignments do; sums that are compared, and products, may not."""
    assert fits(Statement("x", op, expression, "", dtype), "t") is right


def test_default_names_are_those_of_synapses(dense_device):  # noqa: F811
    """Names break ties in the order of execution."""
    a = neurons(3, "a")
    assert dense_synapses(a, a).name == "synapses"
    assert get_device().dense_projections


def test_variables_named_like_attributes(dense_device):  # noqa: F811
    """A group may have variables called source and start."""
    a = NeuronGroup(3, "source : 1\nstart : 1\nv : 1", threshold="v > 1", name="a", dt=STEP)
    projection = dense_synapses(a, a, on_pre="v_post += source_pre + start_post")
    assert (projection.pre_start, projection.pre.start, projection.pre.n_parent) == (0, 0, 3)


def test_numbers_of_neurons_are_not_written(dense_device):  # noqa: F811
    """i and j are what the loops count."""
    a = neurons(3, "a")
    with pytest.raises(BrianObjectException) as caught:
        Network([a, dense_synapses(a, a, on_pre="i = 3", name="s")]).run(STEP, namespace={})
    assert "s: i is the number of a neuron" in str(caught.value.__cause__)


@needs_compiler
def test_steps_of_a_time_in_single_precision(tmp_path):
    """`timestep` counts those of the exact time."""
    def make():
        group = NeuronGroup(1, "late : second\nseen : integer", name="a", dt=STEP)
        group.run_regularly("seen += int(timestep(t + late, dt) != t_in_timesteps)", dt=STEP)
        return [group]

    with float_type("float32"):
        assert run_on("cpp_dense", [(make, 5000)], tmp_path)["a.seen"] == 0
