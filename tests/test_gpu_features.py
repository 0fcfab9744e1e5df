"""What equations and objects may hold in a kernel, and what is refused in words.

Kernels are compiled by g++ here (tests/shimmed_cupy.py), the text is that of a GPU; and by pocl.
"""

import sys

import numpy as np
import pytest
from brian2 import (
    Hz, NeuronGroup, PoissonGroup, PopulationRateMonitor, SpikeGeneratorGroup, SpikeMonitor,
    StateMonitor, Synapses, TimedArray, linked_var, ms,
)

from models.dense import Convolution, MatrixOf, dense_synapses
from models.devices import compile_network
from models.devices.standalone import StandaloneNetwork
from models.errors import SuiteError
from tests.conftest import needs_compiler
from tests.dense_networks import DT, neurons
from tests.gpu_networks import SLOT, described, differences, needs_pocl
from tests.shimmed_cupy import ShimmedCupy
from tests.test_dense import build_network, dependent_iterations, drawn

pytestmark = needs_compiler

STIMULI = {"nothing": np.zeros(6), "first": 0}
STEP = DT * ms


@pytest.fixture(scope="module")
def cupy():
    """The stand-in for CuPy, by which kernels are compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", ShimmedCupy())
        yield sys.modules["cupy"]


def random_networks():
    """Networks of the dense tests, in one program; the last one's iterations see each other."""
    drawn_ones = [thing for k, network in enumerate(drawn(3))
                  for thing in build_network(**network, name=f"n{k}_")]
    return drawn_ones + dependent_iterations()


def everything():
    """Objects and statements of many kinds, each with an effect on what is compared."""
    shown = TimedArray(np.linspace(0, 2, 12).reshape(6, 2), dt=SLOT * ms, name="shown")
    common = TimedArray(np.arange(60) % 3, dt=1 * ms, name="common")
    sometimes = TimedArray(np.arange(24).reshape(12, 2) % 5 == 0, dt=1 * ms, name="sometimes")
    a = neurons(45, "a", refractory=0.5)
    a.v[10:20] = "0.5 + 0.01*i"
    a.drive["i > 40"] = "1.2 + 0.01*(i % 3)"
    b = NeuronGroup(
        12, """dv/dt = (shown(t, i % 2) + g - v)/(5*ms) : 1 (unless refractory)
               g : 1
               x : 1
               y : 1
               seen : integer
               total : 1
               flag : boolean
               level : 1 (shared)
               drive : 1 (linked)""",
        threshold="v > 1", reset="v = 0\nseen += 1", refractory=0.3 * ms, method="euler", name="b",
        dt=STEP, namespace={"shown": shown, "common": common,
                            "sometimes": sometimes},
        events={"high": "v > 0.9 and flag"})
    b.drive = linked_var(a, "drive", index=np.arange(12) * 3)
    b.flag = "i % 3 > 0"
    b.run_on_event("high", "x += exp(-abs(v - 1))*common(t) + sometimes(t, i % 2)")
    b.run_regularly("""y = (t_in_timesteps // 7) % 5 - sign(v - 0.5) + int(i > 5) + drive**2
                       y = clip(y, -2, 3) + (v % 0.3) + sqrt(abs(v)) + v**1.5*int(v > 0)""",
                    dt=STEP, name="b_each")
    b.run_regularly("level += 0.125", dt=SLOT * ms, name="b_level")
    b.run_regularly("total = level*(1 + i)", dt=SLOT * ms, order=1, name="b_total")
    forward = dense_synapses(a, b, "w : 1", on_pre="g_post += w", name="forward")
    forward.w = "0.002*(i + j)"
    back = dense_synapses(b, a, pattern=MatrixOf(forward, transposed=True), values={"w": forward},
                          on_pre="g_post += 0.1*w\nw = clip(w + 0.001, 0, 1)", name="back")
    pattern = Convolution((5, 9, 1), size=4, maps=1)
    kernel = NeuronGroup(pattern.kernel_size, "w : 1", name="kernel", dt=STEP)
    kernel.w = "0.001*i"
    c = NeuronGroup(12, "g : 1\nx : 1", threshold="g > 0.1", reset="g = 0\nx += 1", name="c",
                    dt=STEP)
    filtered = dense_synapses(a, c, pattern=pattern, values={"w": kernel},
                              on_pre="g_post += w", name="filtered", delay=0.4 * ms)
    on_event = dense_synapses(b, c, on_pre="x_post += 0.01*(i + 1)", on_event="high",
                              name="on_event")
    return [a, b, c, kernel, forward, back, filtered, on_event]


def monitors(objects):
    """Spikes of a group and of a part of one."""
    a, b = objects[:2]
    return {"a": SpikeMonitor(a[3:40], name="spikes_a"), "b": SpikeMonitor(b, name="spikes_b")}


def traces(objects):
    """Variables of neurons and of synapses in every step."""
    forward = objects[4]
    b = StateMonitor(objects[1], ["v", "y"], record=[0, 5, 11], dt=STEP, name="trace_b")
    w = StateMonitor(forward, "w", record=forward[2, 3:6], dt=STEP, name="trace_w")
    return {"v": (b, "v"), "y": (b, "y"), "w": (w, "w")}


NETWORKS = {"random": (random_networks, {}),
            "everything": (everything, {"spikes": monitors, "traces": traces})}
SIZES = {"cuda": ((1, "ascending"), (7, "shuffled")), "opencl": ((1, None),)}
ROUNDED = {"cuda": set(), "opencl": {"b.y", "y"}}
"""What pow is in, which pocl's library rounds otherwise than the C library."""


# pocl takes ten seconds to compile the random networks, which are compared in CUDA anyhow.
@pytest.mark.parametrize("kind, device", [
    ("random", "cuda"), pytest.param("random", "opencl", marks=[needs_pocl, pytest.mark.slow]),
    ("everything", "cuda"), pytest.param("everything", "opencl", marks=needs_pocl)])
def test_equal_to_the_program_for_cpus(cupy, kind, device):
    """State, spikes and traces are the same bits, whatever the order of the threads."""
    make, observed = NETWORKS[kind]
    kernel = compile_network(lambda: described(make, **observed), device)
    state = kernel.untouched_state()
    expected = StandaloneNetwork(lambda: described(make, **observed))(state, STIMULI)
    for kernel.group_size, order in SIZES[device]:
        cupy.order = order or cupy.order
        found = kernel(state, STIMULI)
        assert {*differences(found, expected)} <= ROUNDED[device]
        for name in ROUNDED[device] & state.keys():
            np.testing.assert_allclose(found[0][name], expected[0][name], rtol=1e-14)
    changed = [name for name in state if not np.array_equal(state[name], expected[0][name])]
    assert len(changed) > 5
    if observed:
        assert {"b.x", "b.y", "b.total", "c.x", "forward.w"} <= {*changed}
        assert all(len(times) for _, times in expected[1].spikes.values())


def refused(make):
    """Build a network of some objects for a kernel."""
    compile_network(lambda: described(make), "cuda")


def _poisson():
    return [PoissonGroup(4, 50 * Hz, dt=STEP, name="noise")]


def _noise():
    return [NeuronGroup(4, "dv/dt = xi*ms**-0.5 : 1", method="euler", dt=STEP, name="noisy")]


def _drawing():
    return [NeuronGroup(4, "v : 1", threshold="rand() < 0.1", reset="", dt=STEP, name="drawing")]


def _listed():
    group = NeuronGroup(4, "v : 1", threshold="v > 1", reset="v = 0", dt=STEP, name="group")
    synapses = Synapses(group, group, on_pre="v_post += 1", name="listed")
    synapses.connect()
    return [group, synapses]


def _generator():
    return [SpikeGeneratorGroup(2, [0, 1], [1, 2] * ms, dt=STEP, name="given")]


def _rate():
    group = neurons(4, "watched")
    return [group, PopulationRateMonitor(group, name="rate")]


@pytest.mark.parametrize("make, said", [
    (_poisson, r"noise.*rand\(\).*counter_uniform"), (_noise, r"noisy.*randn\(\)"),
    (_drawing, r"drawing.*rand\(\)"), (_listed, "Synapses.*dense_synapses"),
    (_generator, "SpikeGeneratorGroup.*TimedArray"),
    (_rate, "PopulationRateMonitor.*SpikeMonitor")])
def test_refused_in_words(cupy, make, said):
    """One line that names the object, the feature and what to use instead."""
    with pytest.raises(SuiteError, match=said) as told:
        refused(make)
    assert "\n" not in str(told.value)
    assert "cpp_standalone" in str(told.value)


def test_functions_without_a_text_are_refused(cupy):
    """A function for C++ alone is named; one for kernels is used."""
    from brian2 import Function

    def group(target):
        made = Function(_twice, arg_units=[1], return_unit=1)
        made.implementations.add_implementation(
            target, f"{'DEVICE' if target == 'kernel' else 'static'} double twice(double x) "
            "{ return 2*x; }")
        thing = NeuronGroup(3, "v : 1", name="doubled", dt=STEP, namespace={"twice": made})
        thing.run_regularly("v = twice(v + 1)", dt=SLOT * ms, name="doubling")
        return [thing]

    with pytest.raises(SuiteError, match="doubled: the function twice has no text for kernels"):
        refused(lambda: group("cpp"))
    network = compile_network(lambda: described(lambda: group("kernel"), slots=6), "cuda")
    state, _ = network({"doubled.v": np.zeros(3)}, STIMULI)
    assert state["doubled.v"].tolist() == [126] * 3


def _twice(x):
    return 2 * x
