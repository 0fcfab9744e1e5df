"""The network as a GeNN project: what is written, and that it is the same network."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from brian2 import defaultclock, get_device, prefs

from equations.wu2018 import IterativeLIF
from models.devices import compile_network
from models.shared.counter_random import counter_uniform
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.devices.genn import generate, with_values
from models.stbp.architecture import layers_of
from models.stbp.groups import stbp_network
from tests import short_slots
from tests.conftest import needs_compiler
from tests.short_slots import N_CLASSES, N_HIDDEN, N_INPUT, PIXELS, STIMULI

LEARN = {"training": frozenset({"hidden", "readout"}), "testing": frozenset()}
INPUT_GROUPS = {"training": {"input", "readout"}, "testing": {"input"}}


def architecture(mode, genn=True):
    return short_slots.architecture(LEARN[mode], genn)


def shown(network):
    return {name: STIMULI[name] for name in [*network.arrays, "stream", "first"]}


def build_with_values(mode):
    network = build(architecture(mode))
    return with_values(network, initial_state(architecture(mode), 1), shown(network))


def unescaped(text):
    return text.replace("\\n\\\n", "\n").replace('\\"', '"')


class Project:
    """A generated project and the parts of its model description."""

    def __init__(self, directory, mode):
        self.directory = directory
        self.mode = mode
        self.files = generate(lambda: build_with_values(mode), directory, use_gpu=False)
        self.model = (directory / "magicnetwork_model.cpp").read_text()
        self.engine = (directory / "engine.cpp").read_text()

    def code(self, owner, part):
        """Device code, such as ``code('hiddenNEURON', 'RESET_CODE')``."""
        body = re.search(rf"class {owner} :.*?^\}};", self.model, re.S | re.M)[0]
        return unescaped(re.search(rf'SET_{part}\("(.*?)"\);', body, re.S)[1])

    def populations(self):
        return {name: int(n) for name, n in re.findall(
            r'addNeuronPopulation<\w+>\("(\w+)", (\d+),', self.model)}

    def projections(self):
        found = re.findall(
            r'addSynapsePopulation<.*?>\(\s*"(\w+)".*?"(\w+)", "(\w+)",', self.model, re.S)
        return {name: (source, target) for name, source, target in found}

    def host(self, name):
        """Host code; Brian2 numbers its objects while those of other networks live."""
        found, = self.directory.glob(f"code_objects/{name}_codeobject*.cpp")
        return found.read_text()


@pytest.fixture(scope="module", params=["training", "testing"])
def project(request, tmp_path_factory):
    if importlib.util.find_spec("brian2genn") is None:
        pytest.skip("brian2genn, which writes GeNN projects, is not installed")
    return Project(tmp_path_factory.mktemp(request.param), request.param)


def test_without_brian2genn_the_user_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "brian2genn", None)
    with pytest.raises(SuiteError, match="pip install --no-deps brian2genn==1.7.0"):
        generate(lambda: None, tmp_path)


def test_values_are_set_as_the_description_says():
    """Stimuli of several rows a sample, scalars of any name, and checked like those of a call."""
    layers = layers_of("4-3", (2,))
    description = stbp_network(layers, IterativeLIF(), steps=5, capacity=3)
    spikes = np.random.default_rng(1).uniform(size=(2, 5, 2)) < 0.5
    state = {name: np.full(shape, 0.25) for name, shape in description.shapes().items()}
    assert with_values(description, state, {"spikes": spikes}) is description
    values = description.arrays["spikes"].values
    np.testing.assert_array_equal(values[:10], spikes.reshape(10, 2))
    assert not values[10:].any()
    assert description.follower.n_samples == 2
    for owner, variable in description.state.values():
        assert (owner.variables[variable].get_value() == 0.25).all()
    with pytest.raises(SuiteError, match="spikes has shape"):
        with_values(description, state, {"spikes": spikes[:, :4]})


@pytest.mark.parametrize("mode", LEARN)
def test_the_variant_for_genn_is_the_same_network(mode):
    dt = defaultclock.dt
    outcome = {}
    for genn in (False, True):
        network = compile_network(lambda: build(architecture(mode, genn)), "runtime")  # noqa: B023
        outcome[genn] = network(initial_state(architecture(mode), 1), shown(network.description))
    assert defaultclock.dt == dt
    state, records = outcome[False]
    assert records.slots["hidden1.count"].sum() > 0
    for name, rows in records.slots.items():
        np.testing.assert_array_equal(outcome[True][1].slots[name], rows)
    # g_I is a sum in another order.
    for name, value in state.items():
        np.testing.assert_allclose(outcome[True][0][name], value, rtol=1e-12, atol=1e-15)


def test_all_files_of_a_project_are_written(project):
    paths = {str(path.relative_to(project.directory)) for path in project.files}
    names = {re.sub(r"_codeobject_\d+", "_codeobject", path) for path in paths}
    runs_on_host = {"input_run_regularly", "hidden1_run_regularly", "gate_run_regularly"}
    if project.mode == "training":
        runs_on_host |= {"input_hidden1_run_regularly", "hidden1_readout_run_regularly"}
    assert {"Makefile", "magicnetwork_model.cpp", "engine.cpp", "main.cpp", "objects.cpp",
            "b2glib/convert_synapses.h", "brianlib/randomkit/randomkit.cc",
            *(f"code_objects/{name}_codeobject.cpp" for name in runs_on_host)} <= names
    sources = set(re.findall(r"\S+\.cpp", (project.directory / "Makefile").read_text()))
    assert sources <= paths


def test_groups_and_projections(project):
    assert project.populations() == {
        "input": N_INPUT, "hidden1": N_HIDDEN, "inhibitory1": N_HIDDEN, "readout": N_CLASSES,
        "gate": 1}
    expected = {
        "input_hidden1": ("input", "hidden1"),
        "hidden1_inhibitory1": ("hidden1", "inhibitory1"),
        "lateral1": ("inhibitory1", "hidden1"),
        "hidden1_readout": ("hidden1", "readout"),
        "hidden_gate": ("hidden1", "gate"),
    } | {f"gate_{name}": ("gate", name) for name in INPUT_GROUPS[project.mode]}
    if project.mode == "training":
        expected |= {f"{name}_trace": (name, name) for name in ("hidden1", "readout")}
    assert project.projections() == expected
    assert "model.setDT(0.0005)" in project.model
    # The inhibitory neurons spare their own partner only; the layers are all to all.
    connect = {name: re.findall(r"const char _cond = (.*);",
                                project.host(f"{name}_synapses_create_generator"))
               for name in expected}
    assert connect["lateral1"] == ["i != _k"]
    assert connect["input_hidden1"] == connect["hidden1_readout"] == ["true"]


def test_stdp(project):
    # brian2genn marks the connected pairs of a matrix, here all, with ones.
    transmit = "$(addToInSyn,$(_hidden_weightmatrix) * $(w));"
    potentiate = "$(w) = _clip($(w) + ($(nu) * $(x_pre))"
    for name in ("input_hidden1", "hidden1_readout"):
        on_pre = project.code(f"{name}WEIGHTUPDATE", "SIM_CODE")
        on_post = project.code(f"{name}WEIGHTUPDATE", "LEARN_POST_CODE")
        if project.mode == "training":
            assert "$(w) = _clip($(w) + ($(nu) * $(y_post)), 0, $(w_max));" in on_pre
            assert potentiate in on_post
        else:
            assert re.fullmatch(r"if \(\S+ != 0.0\) \{\s*" + re.escape(transmit) + r"\s*\}", on_pre)
            assert not on_post
    # The teacher drives the SL layer while it learns.
    assert transmit in project.code("input_hidden1WEIGHTUPDATE", "SIM_CODE")
    silent = transmit not in project.code("hidden1_readoutWEIGHTUPDATE", "SIM_CODE")
    assert silent == (project.mode == "training")


def test_all_to_all_projections_are_matrices(project):
    found = re.findall(r'"(\w+)", SynapseMatrixType::(\w+)_INDIVIDUALG', project.model)
    dense = {name for name, kind in found if kind == "DENSE"}
    assert dense == {"input_hidden1", "hidden1_readout"}
    # What brian2genn writes for a matrix and GeNN does not compile or accept.
    assert not re.search(r"[({]\s*,", project.model), "an empty element of a list"
    spans = re.findall(r"DENSE_INDIVIDUALG[^}]*\{\}, \{\}\);\s*syn->setSpanType", project.model)
    assert "setSpanType" in project.model and not spans


def test_weights_go_back_to_the_device_after_scaling(project):
    pushed = set(re.findall(r"push(\w*?w(?:input_hidden1|hidden1_readout))ToDevice",
                            project.engine))
    names = {"winput_hidden1", "whidden1_readout"}
    assert pushed == (names if project.mode == "training" else set())


def test_scaling_runs_on_the_host_once_per_slot(project):
    scaled = {"input_hidden1", "hidden1_readout"} if project.mode == "training" else set()
    found = set(re.findall(r"_run_(\w+_\w+)_run_regularly_codeobject\w*\(\)", project.engine))
    assert found == scaled
    assert set(re.findall(r"if \(i % (\d+) == 0\)", project.engine)) == {"100"}
    for name in scaled:
        code = project.host(f"{name}_run_regularly")
        assert re.search(r"w \*= .*column_total\(i, j, w\);", code)
        assert f"brian::_dynamic_array_{name}_w[synapse++]" in code


def test_nothing_is_written_that_genn_cannot_run(project):
    # Brian2's step counter is not kept; only t is.
    assert "t_in_timesteps" not in project.model + project.engine
    for name in project.projections():
        assigned = [
            set(re.findall(r"\$\((\w+)\) [-+*/]?=", project.code(f"{name}WEIGHTUPDATE", part)))
            for part in ("SIM_CODE", "LEARN_POST_CODE")]
        assert set.union(*assigned) <= {"w"}
    # Shared variables are copied to the device before the run alone.
    for name in ("stream", "first", "n_samples"):
        assert not re.search(rf"_array_\w+_{name}\b", project.engine)
    # Operations on synapses touch the weights alone.
    names = "|".join(project.projections())
    copied = re.findall(rf"brian::_dynamic_array_(?:{names})_(\w+)", project.engine)
    assert set(copied) <= {"w", "_synaptic_pre", "_synaptic_post"}


def test_initial_values_are_in_the_project(project):
    arrays = {path.name: path for path in project.files if path.parent.name == "static_arrays"}
    weights = np.fromfile(arrays["_static_array__dynamic_array_input_hidden1_w"])
    np.testing.assert_array_equal(
        weights, initial_state(architecture(project.mode), 1)["input_hidden1.w"].ravel())
    images = [np.fromfile(path) for name, path in arrays.items() if name == "pattern_values"]
    assert any(np.array_equal(values, PIXELS.ravel()) for values in images)
    for name in INPUT_GROUPS[project.mode]:
        assert re.search(rf"_array_{name}_stream\[\S+\] = 77;", project.model)


@needs_compiler
def test_device_code_draws_the_same_waiting_times(project, tmp_path):
    reset = project.code("inputNEURON", "RESET_CODE")
    reset = re.sub(r"\$\((\w+)\)", r"\1", reset)
    source = tmp_path / "reset.cpp"
    source.write_text(f"""
#include <cmath>
#include <cstdint>
#include <cstdio>
#define SUPPORT_CODE_FUNC inline
#define DT 0.0005
{project.code("inputNEURON", "SUPPORT_CODE")}
int main()
{{
    const int stream = 77, first = 5, cursor = 1, attempt = 2, i = 3, last_step = 1000000;
    const double p = 0.03, t = 0.1, A = 0.1;
    double x = 1;
    int next_spike = 0, draw = 0;
    for (int n = 0; n < 20; n++)
    {{
        {reset}
        printf("%d ", next_spike);
    }}
}}
""")
    subprocess.run(["g++", "-w", "-o", tmp_path / "reset", source], check=True)
    said = subprocess.run([tmp_path / "reset"], check=True, capture_output=True, text=True)
    uniform = counter_uniform(77, 6, 2, 3, np.arange(1, 21))
    expected = 200 + 2 + (np.log(uniform) / np.log(1 - 0.03)).astype(int)
    assert [int(word) for word in said.stdout.split()] == expected.tolist()


@needs_compiler
def test_host_code_compiles(project):
    sources = [path for path in project.files if path.match("input*_run_regularly_codeobject*.cpp")]
    subprocess.run(["g++", "-std=c++11", "-w", "-fsyntax-only", "-I.", "objects.cpp", *sources],
                   cwd=project.directory, check=True)


def test_other_devices_are_left_as_they_were(project, tmp_path):
    names = ("codegen.loop_invariant_optimisations", "core.network.default_schedule")
    before = [prefs[name] for name in names], defaultclock.dt, get_device()
    generate(lambda: build(architecture(project.mode)), tmp_path)
    after = [prefs[name] for name in names], defaultclock.dt, get_device()
    assert after == before
    assert "GENN_PREFERENCES" in (tmp_path / "magicnetwork_model.cpp").read_text()
    assert "GENN_PREFERENCES" not in project.model


def test_a_network_for_other_devices_is_refused(project, tmp_path):
    with pytest.raises(SuiteError, match="GeNN cannot run this network: Multiple clocks"):
        generate(lambda: build(architecture(project.mode, genn=False)), tmp_path)


@pytest.mark.genn
@pytest.mark.skipif("GENN_PATH" not in os.environ, reason="GENN_PATH names no GeNN 4")
def test_genn_finds_the_same_spikes(project):
    network = compile_network(lambda: build(architecture(project.mode, genn=False)), "runtime")
    _, records = network(initial_state(architecture(project.mode), 1), shown(network.description))
    counts = records.slots["hidden1.count"]
    here = project.directory
    subprocess.run(
        [Path(os.environ["GENN_PATH"]) / "bin" / "genn-buildmodel.sh", "-c", "-i",
         f"{here}:{here}/brianlib/randomkit", "magicnetwork_model.cpp"], cwd=here, check=True)
    subprocess.run(["make"], cwd=here, check=True)
    # One slot more: the row of a slot is the value at the start of the next.
    seconds = (len(counts) + 1) * 0.05
    subprocess.run(["./main", "test", str(seconds)], cwd=here, check=True)
    found, = (here / "results").glob("*slots_hidden1_count*")
    rows = np.fromfile(found, np.int32).reshape(-1, N_HIDDEN)
    np.testing.assert_array_equal(rows[1:], counts)
