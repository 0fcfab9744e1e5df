"""Passes that leave out work or group it: the bits of a network stay, its code changes."""

import numpy as np
import pytest
from brian2 import NeuronGroup, ms

from models.dense import MatrixOf, dense_synapses
from models.devices.precision import float_type
from tests.conftest import needs_compiler
from tests.dense_networks import DT, GROUP, assert_same_values, generated, run_on

PASSES = ("four_spikes", "idle", "block_scan")


def volleys(n, name, threshold="v > 1", refractory=0, model=""):
    """Neurons of which up to nine fire in the same step."""
    group = NeuronGroup(
        n, GROUP + model, threshold=threshold, method="euler", name=name, dt=DT * ms,
        reset="v = 0\nx += 0.1\nseen += 1", refractory=refractory * ms)
    group.v = 0.9 * (np.arange(n) // 9) / (n // 9 + 1)
    group.drive = 1.1 + 0.3 * (np.arange(n) // 9) / n
    return group


def many_spikes():
    """More than one block of neurons, more than four spikes a step; most of what a spike can do."""
    a = volleys(150, "a")
    b = volleys(131, "b", refractory=1)
    adds = dense_synapses(a, b, "w : 1", on_pre="g_post += w", name="adds")
    adds.w = "0.001*(1 + (7*i + 3*j) % 11)"
    writes = dense_synapses(
        a, b, "w : 1", name="writes", on_post="w = clip(w + 0.02*x_pre, 0, 0.2)",
        on_pre="g_post += w\nw = clip(w + 0.02*y_post, 0, 0.2)\ny_post += 0.01*w")
    writes.w = "0.0001*(i + j)"
    back = dense_synapses(b, a, pattern=MatrixOf(writes, transposed=True), values={"w": writes},
                          on_pre="total_post += w\nw *= 0.99", on_post="y_pre += 0.01*w",
                          name="back")
    part = dense_synapses(a[10:100], b[3:120], "w : 1", on_pre="y_post += w*x_pre", name="part")
    part.w = "0.001*i"
    late = dense_synapses(b, a, "w : 1", on_pre="total_post = 0.99*total_post + w",
                          delay=0.4 * ms, name="late")
    late.w = "0.01*j - 0.001*i"
    dependent = dense_synapses(a, a, "w : 1", on_pre="drive_pre += 1e-4*w\ntotal_post += drive_pre",
                               name="dependent")
    dependent.w = "1 + 0.1*j"
    own = dense_synapses(a, a, on_pre="g_post += 0.001", condition="i != j", name="own")
    return [a, b, adds, writes, back, part, late, dependent, own]


# What is the same for all neurons, and what looks like it.
CONDITIONS = ["t_in_timesteps % 50 >= 25 and v > 1", "v > 1 and t > 3*ms", "on and v > 1",
              "v > 1 and (on or g > 0.1) and gain > 0.5", "not on and v > 1 and i > 5",
              "t > 5*ms or v > 1", "on and gain > 0.5", "(v > 1 and t > 3*ms) and N > 3"]


def conditions():
    """Thresholds, with events beside spikes, which only a part of the time can be reached."""
    made = []
    for k, condition in enumerate(CONDITIONS):
        group = volleys(70, f"g{k}", condition, refractory=k % 3,
                        model="on : boolean (shared)\ngain : 1 (shared)")
        group.on = True
        group.gain = 1.0
        group.run_regularly("on = not on\ngain = 1.2 - gain", dt=7 * ms)
        made.append(group)
    group = NeuronGroup(70, GROUP, threshold="v > 1", reset="v = 0\nseen += 1", method="euler",
                        name="eventful", dt=DT * ms,
                        events={"late": "t_in_timesteps % 100 > 90 and v > 0.5"})
    group.drive = 1.2
    group.run_on_event("late", "total += 1\nv += 0.01*i")
    listens = dense_synapses(group, made[0], on_pre="g_post += 0.001", on_event="late",
                             name="listens")
    return [*made, group, listens]


PARTS = [(many_spikes, 40), (conditions, 40)]


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """``computed(device, precision, *passes left out)``: values, and the program's text."""
    made = {}

    def get(device, precision, *without):
        key = (device, precision, *without)
        if key not in made:
            folder = tmp_path_factory.mktemp("passes")
            with float_type(precision):
                values = run_on(device, PARTS, folder, without=without)
            made[key] = values, generated(folder) if device == "cpp_dense" else ""
        return made[key]

    return get


@needs_compiler
def test_equal_to_brian2s_loops(computed):
    """With all passes, in double precision; all groups have fired, and not all at all times."""
    values, _ = computed("cpp_dense", "float64")
    assert_same_values(values, computed("cpp_standalone", "float64")[0])
    seen = {name: count.sum() for name, count in values.items() if name.endswith(".seen")}
    assert len(seen) == 3 + len(CONDITIONS)
    assert all(seen.values()), seen
    assert values["eventful.total"].any()


@needs_compiler
@pytest.mark.parametrize("precision, without", [
    ("float64", ("four_spikes",)), pytest.param("float64", ("idle",), marks=pytest.mark.slow),
    ("float32", PASSES)])
def test_no_bit_changes(computed, precision, without):
    """Without a pass, or without all of them; the code is another one.

    One pass more is slow: it is left out with all of them, too.
    """
    values, text = computed("cpp_dense", precision)
    others, other_text = computed("cpp_dense", precision, *without)
    assert_same_values(values, others)
    assert text != other_text


@needs_compiler
def test_where_spikes_are_taken_by_four(computed):
    """Where iterations do not see each other, and all neurons of the group can fire."""
    _, text = computed("cpp_dense", "float64")
    functions = text.split("static void _part_")[1:]
    taken = {function.partition("_codeobject")[0] for function in functions
             if "_k + 4 <=" in function.partition("\n}")[0]}
    assert taken == {"adds_pre", "writes_pre", "writes_post", "back_pre", "back_post", "late_pre",
                     "listens_pre"}
