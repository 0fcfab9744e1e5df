"""The devices genn and genn-cpu: what they need, and that they compute what C++ computes."""

import dataclasses
import os
from types import SimpleNamespace

import numpy as np
import pytest

import models.devices.genn.project  # noqa: F401  takes the compiler's options as users get them
from models.devices import compile_network
from models.devices.genn.installation import find
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from tests import short_slots
from tests.conftest import BOTH, assert_same_state, needs_compiler
from tests.tiny import leave_out_figures

needs_genn = [pytest.mark.genn, needs_compiler,
              pytest.mark.skipif("GENN_PATH" not in os.environ, reason="GENN_PATH names no GeNN 4")]

NVCC = "echo Cuda compilation tools, release {release}.1, V{release}.1.99"


def script(path, text):
    """A program of the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def genn(tmp_path, monkeypatch):
    """A folder that looks like GeNN 4.9.0 and one that looks like CUDA 12."""
    path = tmp_path / "genn"
    script(path / "bin" / "genn-buildmodel.sh", "echo model.cpp: error: no such thing; exit 50")
    (path / "version.txt").write_text("4.9.0\n")
    (path / "lib").mkdir()
    for name in ("libgenn.a", "libgenn_single_threaded_cpu_backend.a", "libgenn_cuda_backend.a"):
        (path / "lib" / name).touch()
    script(tmp_path / "cuda" / "bin" / "nvcc", NVCC.format(release=12))
    monkeypatch.setenv("GENN_PATH", str(path))
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "cuda"))
    return path


def test_an_installation_is_found(genn):
    cpu = find(use_gpu=False)
    assert (cpu.path, cpu.version, cpu.cuda) == (genn, "4.9.0", None)
    assert cpu.environment() == {"GENN_PATH": str(genn)}
    gpu = find(use_gpu=True)
    assert gpu.version.startswith("4.9.0, CUDA V12.1.99")
    assert gpu.environment()["CUDA_PATH"] == str(genn.with_name("cuda"))


def write(name, text):
    """Change a file of the folder."""
    return lambda genn, _: (genn / name).write_text(text)


def without(name):
    """Remove a file of the folder."""
    return lambda genn, _: (genn / name).unlink()


@pytest.mark.parametrize("device, damage, words", [
    ("genn-cpu", lambda _, patch: patch.delenv("GENN_PATH"), "names no GeNN: get release 4.9.0"),
    ("genn-cpu", without("bin/genn-buildmodel.sh"), "holds no GeNN 4 .*: get release 4.9.0"),
    ("genn-cpu", without("version.txt"), "no version.txt that can be read: get release"),
    ("genn-cpu", write("version.txt", "new"), "no version.txt that can be read: get release"),
    ("genn-cpu", write("version.txt", "5.4.0"), "GeNN 5.4.0, brian2genn takes 4.2.1 to 4.9: get"),
    ("genn-cpu", write("version.txt", "4.2.0"), "GeNN 4.2.0, brian2genn takes 4.2.1 to 4.9: get"),
    ("genn-cpu", without("lib/libgenn.a"), "is not built, .*/libgenn.a is missing: run make -C"),
    ("genn", without("lib/libgenn_cuda_backend.a"), "is missing: run make -C .* CUDA_PATH="),
    ("genn", without("../cuda/bin/nvcc"), "needs CUDA 12, .* set CUDA_PATH, or use .*genn-cpu"),
    ("genn", write("../cuda/bin/nvcc", f"#!/bin/sh\n{NVCC.format(release=13)}"),
     "is CUDA 13, for which GeNN 4 does not compile; install CUDA 12"),
    ("genn", write("../cuda/bin/nvcc", "#!/bin/sh\n"), "nvcc tells no version; install CUDA 12"),
    ("genn", write("../cuda/bin/nvcc", "#!/no/such/shell\n"), "nvcc cannot be run: No such file"),
])
@needs_compiler
def test_what_is_missing_is_named(genn, monkeypatch, device, damage, words):
    """Before the network is built."""
    damage(genn, monkeypatch)
    with pytest.raises(SuiteError, match=words) as raised:
        compile_network(lambda: pytest.fail("it was built"), device)
    assert "\n" not in str(raised.value)


def test_threads_are_refused():
    with pytest.raises(SuiteError, match="--threads is for .*; genn-cpu has one thread"):
        compile_network(lambda: None, "genn-cpu", threads=2)


@needs_compiler
def test_a_failure_of_genn_is_one_line(genn):
    pytest.importorskip("brian2genn")
    said = []
    network = compile_network(lambda: build(short_slots.architecture(frozenset(), genn=True)),
                              "genn-cpu", "small", announce=said.append)
    assert said == ["compiling the small network (about 30 s)"]
    for _ in range(2):
        with pytest.raises(SuiteError, match=r"GeNN on the small network failed \(exit status 2\): "
                           "model.cpp: error: no such thing; use --device cpp_standalone"):
            network.wait()


def test_a_run_builds_the_network_in_the_form_of_its_device(digits):
    settings = DiehlCookSettings(device="genn")
    assert settings.architecture(digits).genn
    # Others that it makes on the way, such as the one that figures are drawn from.
    assert not settings.architecture(digits, device="runtime").genn
    assert not DiehlCookSettings().architecture(digits).genn
    assert DiehlCookSettings().architecture(digits, device="genn-cpu").genn


# -- with GeNN ------------------------------------------------------------------------------

SAMPLES = 20
CHUNKS = (slice(0, 7), slice(7, 8), slice(8, SAMPLES))


@pytest.fixture(scope="module")
def samples():
    """Every third one is so dark that it needs several attempts."""
    rng = np.random.default_rng(3)
    pixels = rng.uniform(0, 1, (SAMPLES, short_slots.N_INPUT))
    pixels[::3] *= 0.03
    return SimpleNamespace(pixels=pixels, labels=rng.integers(0, short_slots.N_CLASSES, SAMPLES))


def networks(device):
    """Training, which is looked at, and testing."""
    made = {}
    for mode, learn in (("training", BOTH), ("testing", frozenset())):
        architecture = dataclasses.replace(
            short_slots.architecture(learn, genn=device == "genn-cpu"), capacity=12,
            observe=mode == "training")
        network = compile_network(lambda: build(architecture), device, mode)  # noqa: B023
        made[mode] = network, initial_state(architecture, 1)
    return made


@pytest.fixture(scope="module")
def on_genn():
    """On GeNN's CPU backend."""
    return networks("genn-cpu")


@pytest.fixture(scope="module")
def on_cpp():
    """On the C++ device."""
    return networks("cpp_standalone")


def shown(made, samples):
    """State after training chunk by chunk, and the records of training and testing."""
    network, state = made["training"]
    records = []
    for chunk in CHUNKS:
        state, found = network(state, {
            "pattern": samples.pixels[chunk], "label": samples.labels[chunk], "stream": 9,
            "first": chunk.start})
        records.append(found)
    network, fresh = made["testing"]
    learned = {name: state.get(name, value) for name, value in fresh.items()}
    for chunk in CHUNKS:
        _, found = network(learned, {"pattern": samples.pixels[chunk], "stream": 11,
                                     "first": chunk.start})
        records.append(found)
    return state, records


class TestWithGeNN:
    """The same samples on both devices."""

    pytestmark = needs_genn

    def test_training_and_testing_are_those_of_cpp(self, on_genn, on_cpp, samples):
        state, records = shown(on_genn, samples)
        expected, others = shown(on_cpp, samples)
        assert sum(len(found.samples) for found in others) > 2 * SAMPLES
        for found, other in zip(records, others):
            assert found.slots["hidden1.count"].sum() > 0
            for kind in ("slots", "spikes"):
                assert getattr(found, kind).keys() == getattr(other, kind).keys()
            for name, rows in other.slots.items():
                np.testing.assert_array_equal(found.slots[name], rows)
            for name, (neurons, times) in other.spikes.items():
                np.testing.assert_array_equal(found.spikes[name][0], neurons)
                np.testing.assert_allclose(found.spikes[name][1], times, rtol=0, atol=1e-12)
            for name, trace in other.traces.items():
                np.testing.assert_allclose(found.traces[name], trace, rtol=0, atol=1e-12)
        assert_same_state(state, expected, exact=False)

    def test_a_network_that_diverges_is_told(self, on_genn, samples):
        """Weights that are all 0 cannot be scaled."""
        network, state = on_genn["training"]
        weights = state["input_hidden1.w"].copy()
        weights[:, 2] = 0
        with pytest.raises(SuiteError, match="the training network has diverged: input_hidden1.w"):
            network(state | {"input_hidden1.w": weights}, {
                "pattern": samples.pixels[:2], "label": samples.labels[:2], "stream": 9,
                "first": 0})

    def test_a_program_is_found_again(self):
        said = []
        architecture = dataclasses.replace(short_slots.architecture(frozenset(), genn=True),
                                           capacity=12)
        for _ in range(2):
            said.clear()
            compile_network(lambda: build(architecture), "genn-cpu", announce=said.append).wait()
        assert not said

    def test_a_run_goes_from_device_to_device(self, tiny_run, tmp_path, monkeypatch):
        """In the middle of training; the run beside it was on the C++ device all along."""
        leave_out_figures(monkeypatch)
        out = tmp_path / "run"
        options = list(tiny_run.options)
        options[options.index("--epochs") + 1] = "1"
        main(PROTOCOL, [*options, "--device", "genn-cpu", "--out", str(out)])
        half = read_checkpoint(out / "checkpoint.npz")
        main(PROTOCOL, ["--resume", "--epochs", "2", "--device", "cpp_standalone", "--no-figures",
                        "--out", str(out)])
        whole = read_checkpoint(out / "checkpoint.npz")
        assert half.progress.samples < whole.progress.samples
        expected = read_checkpoint(tiny_run.path / "checkpoint.npz")
        state = {name: value for name, value in expected.arrays.items() if "state:" in name}
        assert state
        for name, value in state.items():
            np.testing.assert_allclose(whole.arrays[name], value, rtol=0, atol=1e-5, err_msg=name)
        predictions = "predictions.csv"
        assert (out / predictions).read_text() == (tiny_run.path / predictions).read_text()
