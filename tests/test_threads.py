"""Threads that share a network: the same bits, and what they do not share."""

import os
import re
from functools import partial

import numpy as np
import pytest
from brian2 import NeuronGroup, TimedArray, get_device, ms

from models.dense import dense_synapses, sharing, threads
from models.dense.step import Step
from models.devices import compile_network
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.shared.resources import check_threads
from protocols import datasets
from protocols.diehl_cook_sl import learner
from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.runs.command import main
from tests.commands import asked
from tests.conftest import assert_same_state, needs_compiler, small_architecture
from tests.dense_networks import codes_of, dense_device  # noqa: F401  (fixture)
from tests.tiny import write_data

TWO = pytest.mark.skipif(not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
                         reason="needs two processors")


@pytest.fixture(autouse=True)
def small_groups_are_shared(monkeypatch):
    monkeypatch.setattr(sharing, "SMALLEST", 100)


def with_waves(architecture):
    """The network, and a group whose equations look up an array."""
    description = build(architecture)
    waves = TimedArray(np.arange(50) % 3, dt=1 * ms, name="spell")
    more = NeuronGroup(150, "dv/dt = (waves(t) - v)/(10*ms) : 1", threshold="v > 0.9",
                       reset="v = 0", method="euler", clock=description.clock, name="waving",
                       namespace={"waves": waves})
    description.network.add(more)
    description.state["waving.v"] = (more, "v")
    return description


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Three easy classes, as a file."""
    return write_data(tmp_path_factory.mktemp("data") / "few.npz")


def trained(path):
    """The network that `test_the_command` trains with a data set, so that it is compiled once."""
    data = datasets.load(str(path))
    settings = asked(PROTOCOL, "--dataset", path, "--hidden", 130)
    phase, = settings.course(len(data.x_train)).phases
    capacity = learner.DiehlCookLearner(settings, data, np.arange(len(data.x_train))).capacity
    return settings.architecture(data, phase, capacity=capacity)


@pytest.fixture(scope="module")
def pair(digits, few):
    """``pair(name)``: an architecture, and its network with one thread and with two."""
    made = {}
    forms = {
        "whole": (build, "float64", trained(few)),
        "testing": (build, "float32",
                    small_architecture(digits, hidden=(130,), learn=frozenset())),
        "two layers": (with_waves, "float32", small_architecture(digits, hidden=(130, 200))),
    }

    def get(name):
        if name not in made:
            make, precision, architecture = forms[name]
            made[name] = architecture, [
                learner.compile_network(partial(make, architecture), precision=precision,
                                        threads=n)
                for n in (1, 2)]
        return made[name]

    return get


@TWO
@needs_compiler
@pytest.mark.parametrize("name", [
    "whole", pytest.param("testing", marks=pytest.mark.slow)])
def test_same_bits(pair, stimuli, name):
    """State, counts and spike times of 130 neurons; the first thread has 64 of them.

    The network that only tests is slow: its loops are some of those of the one that learns.
    """
    architecture, networks = pair(name)
    state = initial_state(architecture, 1)
    (a, one), (b, two) = (network(state, stimuli(5)) for network in networks)
    assert_same_state(a, b)
    assert one.slots["hidden1.count"].sum() > 25
    for record, counts in one.slots.items():
        assert np.array_equal(counts, two.slots[record]), record


@pytest.mark.slow  # test_same_bits is the same comparison of one hidden layer.
@TWO
@needs_compiler
def test_inputs_and_two_hidden_layers(pair, stimuli):
    """All groups but the readout are shared, and there is another order of waiting."""
    architecture, networks = pair("two layers")
    state = initial_state(architecture, 2) | {"waving.v": np.zeros(150)}
    (a, one), (b, two) = (network(state, stimuli(5)) for network in networks)
    assert_same_state(a, b)
    assert a["waving.v"].all()
    assert one.slots["hidden1.count"].sum() > 25
    assert np.array_equal(one.slots["hidden2.count"], two.slots["hidden2.count"])


@TWO
@needs_compiler
@pytest.mark.slow
def test_no_data_race(digits, stimuli, monkeypatch, tmp_path):
    """gcc's ThreadSanitizer watches the program, and sees a wait that is left out."""
    monkeypatch.setenv("CXX", "g++ -fsanitize=thread")
    monkeypatch.setenv("SNN_CACHE", str(tmp_path))
    architecture = small_architecture(digits, hidden=(130,))
    lines = threads.SharedStep.lines

    def run():
        network = StandaloneNetwork(lambda: with_waves(architecture), threads=2)
        try:
            network.wait()
        except SuiteError:
            pytest.skip("this compiler has no ThreadSanitizer")
        state, _ = network(initial_state(architecture, 1) | {"waving.v": np.zeros(150)}, stimuli(1))
        assert state["waving.v"].all()

    run()
    monkeypatch.setattr(threads.SharedStep, "lines", lambda step: [
        line for k, line in enumerate(lines(step)) if line != "_wait();" or k < 60])
    with pytest.raises(SuiteError, match="exit status 66"):
        run()


@TWO
@needs_compiler
def test_what_the_threads_do(pair):
    """The large loops are shared, and three waits a step are enough."""
    _, (_, network) = pair("whole")
    text = (network.directory / "main.cpp").read_text()
    step = text[text.index("for (int _step"):text.index("step_clock.tick()")]
    shared = set(re.findall(r"_part_(\w+?)_codeobject\w*\(_(?:low|from)", step))
    assert shared >= {"hidden1_stateupdater", "hidden1_spike_thresholder", "input_hidden1_pre",
                      "input_hidden1_post", "lateral1_pre", "inhibitory1_stateupdater"}
    assert sum(name.startswith("input_hidden1_run_regularly") for name in shared) == 2
    assert not {name for name in shared if "readout" in name or name.startswith("gate")}
    once_a_slot = sum(block.count("_wait();") for block in re.findall(
        r"if \(_step == 0\) \{(.*?)_wait\(\);\n\s*\}", step, re.S)) + 1
    assert step.count("_wait();") - once_a_slot == 2   # the third follows the clock's tick


@TWO
@needs_compiler
def test_pointers_to_a_functions_arrays(pair):
    """Each thread has its own; a single one needs none of that."""
    _, networks = pair("two layers")
    for n, network in zip((1, 2), networks):
        lines = [line for line in (network.directory / "all.cpp").read_text().splitlines()
                 if "static " in line and "* _namespace" in line]
        assert any("spell" in line for line in lines)
        assert all(("thread_local" in line) == (n == 2) for line in lines), lines


@pytest.fixture
def tasks(dense_device):  # noqa: F811
    """``tasks(objects)``: the task of each code object, by name."""
    def get(*objects):
        codes = codes_of(objects)
        step = Step(get_device())
        return {re.sub(r"_codeobject\w*", "", pair[-1].name): step.task(pair)
                for _, pair in step.together(codes)}

    return get


def group(name, n=150, model=""):
    return NeuronGroup(n, "dv/dt = (g - v)/(10*ms) : 1\ng : 1\nx : 1\n" + model,
                       threshold="v > 1", reset="v = 0", method="euler", name=name)


def test_what_reaches_other_neurons_is_not_shared(tasks):
    a = group("a")
    b = group("b")
    small = group("small", 99)
    found = tasks(
        a, b, small,
        dense_synapses(a, b, "w : 1", on_pre="g_post += w", on_post="w += x_pre", name="plastic"),
        dense_synapses(a, b, on_pre="x_pre += 0.1", name="backward"),
        dense_synapses(a, a, on_pre="g_post += 0.1*g_pre", name="recurrent"),
        dense_synapses(a, a, on_pre="g_post += 0.1", name="inner", condition="i != j"),
        dense_synapses(a, b, on_pre="g_post += 0.1", name="late", delay=1 * ms),
        dense_synapses(a, b[:120], on_pre="g_post += 0.1", name="partly"),
        dense_synapses(a[:120], b, on_pre="g_post += 0.1", name="from_some"),
        dense_synapses(a, b, on_pre="g_post += rand()", name="random"),
        dense_synapses(a, b, on_pre="g_post += x_pre; x_pre += 1", connect="i", name="own"))
    assert {name for name, task in found.items() if task.shared} == {
        "a_spike_thresholder", "b_spike_thresholder", "plastic_pre", "plastic_post", "inner_pre",
        "from_some_pre", "own_pre"}


def test_where_threads_wait(tasks):
    """For another one's neurons, for the first thread's work and for what is unknown."""
    a, b, c = (group(name) for name in "abc")
    found = tasks(
        a, b, c,
        dense_synapses(a, b, "w : 1", on_pre="g_post += w", name="ab"),
        dense_synapses(c, b, on_pre="g_post += 0.1", name="cb"),
        dense_synapses(b, c, on_pre="g_post += x_pre", name="bc"),
        dense_synapses(a, b, "w : 1", on_post="x_post += 1", name="trace"))

    def waits(one, other):
        answer = found[one].conflicts(found[other])
        assert answer == found[other].conflicts(found[one])
        return answer

    assert not waits("ab_pre", "cb_pre")                 # own conductances
    assert not waits("ab_pre", "b_spike_thresholder")    # own potentials
    assert waits("ab_pre", "a_spike_thresholder")        # another group's spikes
    assert waits("trace_post", "bc_pre")                 # other neurons' traces
    assert waits("b_spike_thresholder", "b_spike_resetter")
    assert not waits("a_spike_resetter", "b_spike_resetter")
    unknown = sharing.Task(False, opaque=True)
    assert unknown.conflicts(found["ab_pre"])
    assert not unknown.conflicts(found["a_spike_resetter"])


@TWO
@needs_compiler
def test_the_command(few, without_figures, tmp_path):
    """The same weights, whatever the number of threads."""
    common = ["--dataset", str(few), "--hidden", "130", "--no-figures", "--epochs", "0.5", "--out"]
    main(PROTOCOL, [*common, str(tmp_path / "one")])
    main(PROTOCOL, [*common, str(tmp_path / "two"), "--threads", "2"])
    one, two = (np.load(tmp_path / n / "checkpoint.npz") for n in ("one", "two"))
    assert one["state:hidden1.theta"].std() > 0
    for name in one.files:
        if name.startswith(("state:", "statistics:")):
            assert np.array_equal(one[name], two[name]), name


@pytest.mark.parametrize("number", [0, -1, 100000])
def test_numbers_that_are_refused(number, capsys):
    with pytest.raises(SuiteError, match="from 1 to"):
        check_threads(number)
    with pytest.raises(SystemExit) as stopped:
        main(PROTOCOL, ["--threads", str(number)])
    assert stopped.value.code == 2 and len(capsys.readouterr().err.splitlines()) == 1


def test_one_thread_in_a_plain_network(digits):
    with pytest.raises(SuiteError, match="one thread"):
        StandaloneNetwork(lambda: build(small_architecture(digits)), plain=True, threads=2)


def test_one_thread_at_runtime(digits):
    with pytest.raises(SuiteError, match="runtime has one thread"):
        compile_network(lambda: build(small_architecture(digits)), "runtime", threads=2)
