"""Dense projections are used like Brian2's Synapses; what has no dense form is refused."""

import numpy as np
import pytest
from brian2 import (
    DimensionMismatchError, Equations, Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor,
    get_device, ms,
)
from brian2.core.base import BrianObjectException

from models.dense import DenseSynapses, dense_synapses
from models.errors import SuiteError
from tests.conftest import needs_compiler
from tests.dense_networks import (  # noqa: F401  (a fixture)
    assert_same_values, dense_device, neurons, run_on,
)

WEIGHTS = np.linspace(0, 0.02, 12)
START = np.array([0.1, 0.9, 0.5])


def weights_as_a_matrix():
    """Weights initialised by text, by an array and by a matrix."""
    a = neurons(3, "a")
    b = neurons(4, "b")
    text, flat, matrix = (dense_synapses(a, b, "w : 1", name=f"s{k}") for k in range(3))
    text.w = "i + 10*j"
    flat.w = np.arange(12.0)
    matrix.w = np.arange(12.0).reshape(3, 4)
    return [a, b, text, flat, matrix]


def recorded():
    """A StateMonitor on synapses, and a subexpression."""
    a = neurons(3, "rec_a")
    b = neurons(4, "rec_b")
    synapses = dense_synapses(a, b, "w : 1\ntwice = 2*w : 1", on_pre="w += 1\ng_post += twice",
                              delay=0.3 * ms, name="rec_s")
    synapses.w = "i + 10*j"
    monitor = StateMonitor(synapses, ["w", "twice"], [0, 6, 7], dt=5 * ms, name="rec_m")
    return [a, b, synapses, monitor]


def given_values():
    """A network whose values the program takes at its start."""
    a = neurons(3, "given_a")
    b = neurons(4, "given_b")
    synapses = dense_synapses(a, b, "w : 1", on_pre="g_post += w", name="given_s")
    synapses.w = "i"
    return [a, b, synapses]


def degrees():
    """Numbers of synapses of a neuron, in text: of all patterns, and of parts of groups."""
    a = neurons(5, "deg_a")
    b = neurons(5, "deg_b")
    text = "g_post += 0.01*(N_incoming + 1)/(1.0*N_outgoing)"
    everyone = dense_synapses(a, b[1:4], "w : 1", on_pre=text, name="deg_all")
    everyone.w = "1.0/N_incoming + N_outgoing"
    one = dense_synapses(a, b, on_pre=text, connect="i", name="deg_own")
    others = dense_synapses(a, a, on_pre=text, condition="i != j", name="deg_others")
    others.run_regularly("total_post += N_incoming", dt=10 * ms, name="deg_sum")
    return [a, b, everyone, one, others]


def delayed():
    """The delay set as an attribute."""
    source = SpikeGeneratorGroup(1, [0], [1] * ms, name="delayed_a", dt=0.1 * ms)
    target = NeuronGroup(1, "x : 1\ny : 1", name="delayed_b", dt=0.1 * ms)
    late = dense_synapses(source, target, on_pre="x_post += t/ms", name="delayed_s0")
    late.delay = 2 * ms
    later = dense_synapses(source, target, on_pre="y_post += t/ms", delay=2 * ms,
                           name="delayed_s1")
    later.pre.delay = 3 * ms
    return [source, target, late, later]


def looked_at(objects):
    """Synapses by number and by their neurons; synapses of each neuron."""
    named = {thing.name: thing for thing in objects}
    found = {"delay": float(np.max(named["delayed_s0"].delay))}
    if "rec_s" in named:
        found["by neuron"] = named["rec_s"].w[1, 2:]
        found["of the matrix"] = named["rec_s"].matrix()[1, 2:]
    for name in ("deg_all", "deg_own", "deg_others"):
        synapses = named[name]
        found |= {f"{name} in": np.array(synapses.N_incoming[:]),
                  f"{name} out": np.array(synapses.N_outgoing[:]),
                  f"{name} post": synapses.N_incoming_post,
                  f"{name} pre": synapses.N_outgoing_pre,
                  f"{name} from 1": np.array(synapses.j[1, :])}
    return found


EVERYWHERE = [(weights_as_a_matrix, 1), (degrees, 20), (delayed, 8)]
# Arguments are taken before the first part runs.
PARTS = [(given_values, 60), (recorded, 60), *EVERYWHERE]


def as_arrays(objects):
    """Arguments of a program: arrays."""
    named = {thing.name: thing for thing in objects}
    return {named["given_s"].w: WEIGHTS, named["given_a"].v: START}


def as_files(folder):
    """Arguments of a program: files."""
    START.tofile(folder / "v")
    WEIGHTS.tofile(folder / "w")
    return lambda objects: [f"given_s.w={folder / 'w'}", f"given_a.v={folder / 'v'}"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What a program of all of them computed on the dense device: as it is, arrays, files."""
    folder = tmp_path_factory.mktemp("dense")
    return run_on("cpp_dense", PARTS, folder, look=looked_at,
                  run_args=(None, as_arrays, as_files(folder)))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What Brian2's own loops did, without arguments."""
    return run_on("cpp_standalone", PARTS, tmp_path_factory.mktemp("plain"), look=looked_at)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """And Brian2 with NumPy."""
    return run_on("runtime", EVERYWHERE, tmp_path_factory.mktemp("runtime"), look=looked_at)


@needs_compiler
def test_weights_as_a_matrix(results, plain, runtime):
    """(presynaptic, postsynaptic), initialised by text or by an array, on every device."""
    for found in (results[0], plain, runtime):
        expected = np.add.outer(np.arange(3), 10 * np.arange(4))
        assert np.array_equal(found["s0.matrix"], expected)
        assert np.array_equal(found["s1.matrix"], np.arange(12).reshape(3, 4))
        assert np.array_equal(found["s2.matrix"], np.arange(12).reshape(3, 4))


@needs_compiler
def test_recording(results, plain):
    """A StateMonitor on synapses and subexpressions, as for Synapses."""
    found = results[0]
    assert_same_values(found, plain)
    assert np.array_equal(found["rec_m.twice"], 2 * found["rec_m.w"])
    assert np.ptp(found["rec_m.w"]) > 20


@needs_compiler
def test_indexing(results, plain):
    """Synapses by the numbers of their neurons."""
    assert np.array_equal(results[0]["by neuron"], results[0]["of the matrix"])
    assert np.array_equal(results[0]["by neuron"], plain["by neuron"])


@needs_compiler
def test_synapses_of_a_neuron(results, plain, runtime):
    """N_incoming and N_outgoing in text and as attributes, on every device."""
    assert results[0]["deg_all in"].tolist() == [5] * 15
    assert results[0]["deg_all out"].tolist() == [3] * 15
    assert results[0]["deg_all post"].tolist() == [0, 5, 5, 5]
    assert results[0]["deg_others from 1"].tolist() == [0, 2, 3, 4]
    assert results[0]["deg_a.total"].tolist() == [2 * 4 * 4] * 5
    for name, values in runtime.items():
        if name.startswith("deg"):
            assert np.array_equal(results[0][name], plain[name]), name
            np.testing.assert_allclose(results[0][name], values, rtol=1e-12, err_msg=name)


@needs_compiler
def test_delay_as_an_attribute(results, plain, runtime):
    """``synapses.delay = 2*ms`` and ``synapses.pre.delay``, whatever the device."""
    for found in (results[0], plain, runtime):
        assert found["delayed_b.x"] == pytest.approx([3.0])
        assert found["delayed_b.y"] == pytest.approx([4.0])
        assert found["delay"] == 0.002


@needs_compiler
def test_values_at_the_programs_start(results):
    """Weights and initial values come from run_args, as an array or from a file."""
    without, arrays, files = results
    assert_same_values(files, arrays)
    assert np.array_equal(arrays["given_s.matrix"].ravel(), WEIGHTS)
    assert arrays["given_b.seen"].sum()
    assert not np.array_equal(arrays["given_a.v"], without["given_a.v"])


def test_what_is_changed_before_the_run(dense_device):  # noqa: F811
    """Code, order and delay of a pathway; the neurons of some synapses."""
    a = neurons(3, "a")
    b = neurons(4, "b")
    synapses = dense_synapses(a, b, "w : 1", on_pre="g_post += w")
    synapses.pre.code = "g_post += 2*w"
    assert synapses.pre.abstract_code == synapses.pre.code == "g_post += 2*w"
    synapses.delay[:] = 2 * ms
    assert synapses.delay == synapses.pre.delay == synapses.delay[:] == 2 * ms
    with pytest.raises(SuiteError, match="has no parts"):
        synapses.delay[3] = 1 * ms
    with pytest.raises(SuiteError, match="has no parts"):
        synapses.delay["i == 1"]
    assert synapses.i[1, :].tolist() == [1] * 4
    assert synapses.j[:, 2:].tolist() == [2, 3] * 3
    with pytest.raises(AttributeError, match="a dense projection has no register_variable"):
        synapses.register_variable(synapses.variables["w"])
    with pytest.raises(AttributeError, match="No attribute with name weight"):
        synapses.weight


def test_units_are_checked(dense_device):  # noqa: F811
    """Text stays text: Brian2 finds the wrong unit."""
    a = neurons(3, "a")
    b = neurons(4, "b")
    wrong = dense_synapses(a, b, Equations("w : volt"), on_pre="g_post += w")
    assert isinstance(wrong, DenseSynapses)
    with pytest.raises(BrianObjectException) as caught:
        Network(a, b, wrong).run(1 * ms, namespace={})
    assert isinstance(caught.value.__cause__, DimensionMismatchError)


def test_same_source_in_every_process(dense_device):  # noqa: F811
    """Clocks are a set to Brian2, but sorted in the source, by which programs are found again."""
    groups = [NeuronGroup(1, "dv/dt = 1/second : 1", dt=(k + 1) * ms, method="euler", name=f"g{k}")
              for k in range(8)]
    # What Brian2 queues for a clock when it is made is in the order in which they are made.
    made = len(get_device().main_queue)
    Network(groups).run(840 * ms, namespace={})
    lines = [line[1][0] for line in get_device().main_queue[made:]
             if line[0] == "set_by_single_value"]
    times = [name for name in lines if name.endswith("_clock_timestep")]
    assert len(times) == 8 and times == sorted(times)
