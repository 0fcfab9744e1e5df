"""The network as a GeNN project: what is written, and that it is the same network."""

import importlib.util
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from brian2 import defaultclock, get_device, prefs

from models.devices import compile_network
from models.devices.arguments import check_arguments
from models.devices.genn.project import generate
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.shared.counter_random import counter_uniform
from tests import short_slots
from tests.conftest import needs_compiler
from tests.short_slots import N_CLASSES, N_HIDDEN, N_INPUT, SAMPLES, STIMULI

LEARN = {"training": frozenset({"hidden", "readout"}), "testing": frozenset()}
INPUT_GROUPS = {"training": {"input", "readout"}, "testing": {"input"}}


def architecture(mode, genn=True):
    return short_slots.architecture(LEARN[mode], genn)


def shown(network):
    return {name: STIMULI[name] for name in [*network.arrays, "stream", "first"]}


def unescaped(text):
    return text.replace("\\n\\\n", "\n").replace('\\"', '"')


class Project:
    """A generated project and the parts of its model description."""

    def __init__(self, directory, mode):
        self.directory = directory
        self.mode = mode
        self.description, self.program_files = generate(
            lambda: build(architecture(mode)), directory, use_gpu=False)
        self.files = [path for path in directory.rglob("*") if path.is_file()]
        self.makefile = (directory / "makefile").read_text()
        self.main = (directory / "main.cpp").read_text()
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


def test_another_release_of_brian2genn_is_refused(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "brian2genn", SimpleNamespace(__version__="1.8"))
    with pytest.raises(SuiteError, match="1.8 is installed, its release 1.7.0 is needed"):
        generate(lambda: None, tmp_path)


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
    assert {"makefile", "magicnetwork_model.cpp", "engine.cpp", "main.cpp", "objects.cpp",
            "b2glib/convert_synapses.h", "brianlib/randomkit/randomkit.cc",
            *(f"code_objects/{name}_codeobject.cpp" for name in runs_on_host)} <= names
    sources = re.search("^SRCS = (.*)$", project.makefile, re.M)[1].split()
    assert "main.cpp" in sources and set(sources) <= paths


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


def test_values_enter_when_the_program_starts(project, tmp_path):
    """By names that it knows; after the synapses are made, before GeNN's arrays are filled."""
    state = initial_state(architecture(project.mode), 1)
    arguments = check_arguments(project.description, state, shown(project.description))
    words = project.program_files.write(arguments, tmp_path)
    names = {word.partition("=")[0] for word in words}
    scalars = {f"{group}.{name}" for group in INPUT_GROUPS[project.mode]
               for name in ("stream", "first")}
    timed = {f"{name}.values" for name in project.description.arrays}
    assert names == {*state, *timed, *scalars, "input.n_samples"}
    objects = (project.directory / "objects.cpp").read_text()
    for name in names:
        assert f'if (name == "{name}")' in objects
    assert f"var_size = {SAMPLES * N_INPUT};" in objects
    order = [project.main.index(text) for text in (
        "brian::results_dir = given[1]", "_load_arrays()",
        "_run_input_hidden1_synapses_create_generator", "brian::set_variable_by_name(",
        "convert_dynamic_arrays_2_dense_matrix(", "std::copy_n(brian::_array_hidden1_V",
        "initializeSparse()", "eng.run(", "_write_arrays()")]
    assert order == sorted(order)


def test_the_program_ends_when_all_samples_were_shown(project):
    """It asks GeNN before each slot how far the network has come, and says nothing."""
    loop = re.search(r"for \(;;\)\n.*?eng\.run\(100 \* DT\);", project.main, re.S)[0]
    asked, _, _ = loop.partition("if (!(")
    for name in ("cursor", "accepted", "attempt"):
        assert f"pull{name}inputFromDevice();" in asked
        assert f"std::copy_n({name}input, {N_INPUT}, brian::_array_input_{name});" in asked
    condition = re.search(r"if \(!\((.*)\)\)\n", loop)[1]
    assert condition.endswith("< _array_input_n_samples[0]")
    assert "_array_input_attempt[0] + 1 >= 31" in condition
    assert "totalTime" not in project.main and "fprintf" not in project.main
    assert project.main.count("cerr") == loop.count("cerr") == 1


@needs_compiler
def test_lost_weights_stay_lost(project, tmp_path):
    """On their way to GeNN's matrix; brian2genn itself writes 0 in place of NaN."""
    source = tmp_path / "lost.cpp"
    source.write_text("""
#include <cassert>
#include <cstdio>
#include <vector>
using namespace std;
#include "b2glib/convert_synapses.h"
int main()
{
    vector<int32_t> source {0, 0, 1, 1}, target {0, 1, 0, 1};
    vector<double> weights {1, NAN, 3, 4};
    double matrix[4];
    convert_dynamic_arrays_2_dense_matrix(source, target, weights, matrix, 2, 2);
    for (double w : matrix) printf("%g ", w);
}
""")
    subprocess.run(["g++", "-std=c++11", "-w", f"-I{project.directory}", "-o", tmp_path / "lost",
                    source], check=True)
    said = subprocess.run([tmp_path / "lost"], check=True, capture_output=True, text=True).stdout
    assert said == "1 nan 3 4 "


def test_what_is_compiled(project):
    """NaN is not assumed away, and GeNN's part is compiled like ours."""
    assert "-O3" in project.makefile and "finite-math-only" not in project.makefile
    assert "genn-buildmodel.sh\" -c magicnetwork_model.cpp" in project.makefile
    assert 'CXXFLAGS="-c -fPIC $(OPTIMISATIONS)"' in project.makefile


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
    """And the same network has the same source again: it is compiled once."""
    names = ("codegen.loop_invariant_optimisations", "core.network.default_schedule")
    before = [prefs[name] for name in names], defaultclock.dt, get_device()
    generate(lambda: build(architecture(project.mode)), tmp_path)
    after = [prefs[name] for name in names], defaultclock.dt, get_device()
    assert after == before
    assert (tmp_path / "main.cpp").read_text() == project.main
    assert (tmp_path / "engine.cpp").read_text() == project.engine
    assert "GENN_PREFERENCES" in (tmp_path / "magicnetwork_model.cpp").read_text()
    assert "GENN_PREFERENCES" not in project.model
    assert "genn-buildmodel.sh\"  magicnetwork_model.cpp" in (tmp_path / "makefile").read_text()


def test_a_network_for_other_devices_is_refused(project, tmp_path):
    with pytest.raises(SuiteError, match="GeNN cannot run this network: Multiple clocks"):
        generate(lambda: build(architecture(project.mode, genn=False)), tmp_path)
