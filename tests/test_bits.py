"""What cannot change a bit: compilers, options, threads, kernels, a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from models.devices import compile_network, standalone
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.shared.counter_random import stream
from models.shared.resources import processors
from protocols.api import from_preset
from protocols.hashes import published
from protocols.runs.weights_hash import weights_hash
from tests.conftest import SHIPPED, SOON, needs_compiler
from tests.gpu_networks import needs_pocl
from tests.processor import needs_fma

SAMPLES = 30
SETS = {
    "as-shipped": list(SHIPPED),
    "O2": ["-O2", *SHIPPED[2:]],
    "any-x86": [flag.replace("native", "x86-64") for flag in SHIPPED],
    # With -O1 alone, g++ contracts nothing.
    "contracted": [flag.replace("contract=off", "contract=fast") for flag in SOON]
    + ["-fexpensive-optimizations"],
}


@pytest.fixture(scope="module")
def sym_stdp():
    """The network of the digits preset that learns, by precision, and what its bits become."""
    learner = from_preset("diehl_cook_sl", "digits")._learner
    phase, = learner.course.phases
    architecture = learner.settings.architecture(learner.dataset, phase, capacity=SAMPLES)
    state = initial_state(architecture, 0)

    def shown(network, samples=SAMPLES):
        found, _ = network(state, {
            "pattern": learner.images["train"][:samples], "label": learner.labels[:samples],
            "stream": stream(0, "train-hidden"), "first": 0})
        return weights_hash({name: value for name, value in found.items()
                             if learner.test_architecture.is_learned(name)})

    references = {}

    def expected(precision="float64", samples=SAMPLES):
        """By the flags of the tests."""
        key = (precision, samples)
        if key not in references:
            network = StandaloneNetwork(partial(build, architecture), precision=precision)
            references[key] = shown(network, samples)
        return references[key]

    return partial(build, architecture), shown, expected


def by_flags(monkeypatch, flags, compiler="g++"):
    """Programs are compiled so."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    monkeypatch.setenv("CXX", compiler)
    monkeypatch.setattr(standalone, "FLAGS", SETS[flags])


@needs_compiler
@pytest.mark.parametrize("compiler, flags, precision", [
    ("clang++", "as-shipped", "float64"),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in (
        ("g++", "as-shipped", "float64"), ("g++", "as-shipped", "float32"),
        ("g++", "any-x86", "float64"), ("g++", "O2", "float64"),
        ("g++", "O2", "float32"), ("g++", "any-x86", "float32"),
        ("clang++", "as-shipped", "float32"), ("clang++", "O2", "float64"),
        ("clang++", "any-x86", "float64"), ("clang++", "any-x86", "float32")))])
def test_compilers_and_flags(sym_stdp, monkeypatch, compiler, flags, precision):
    build_one, shown, expected = sym_stdp
    reference = expected(precision)
    by_flags(monkeypatch, flags, compiler)
    assert shown(StandaloneNetwork(build_one, precision=precision)) == reference


@needs_compiler
@needs_fma
def test_contraction_gives_another_hash(sym_stdp, monkeypatch):
    """Products and sums rounded together: what all others do without."""
    build_one, shown, expected = sym_stdp
    reference = expected()
    by_flags(monkeypatch, "contracted")
    assert shown(StandaloneNetwork(build_one)) != reference


@needs_compiler
@pytest.mark.slow  # tests/test_elementary.py and tests/test_dense.py compare both, too.
def test_numpy(sym_stdp):
    build_one, shown, expected = sym_stdp
    assert shown(compile_network(build_one, "runtime"), 1) == expected(samples=1)


@needs_compiler
@pytest.mark.slow
@pytest.mark.skipif(processors() < 2, reason="one processor")
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_threads(sym_stdp, precision):
    build_one, shown, expected = sym_stdp
    network = StandaloneNetwork(build_one, precision=precision, threads=2)
    assert shown(network) == expected(precision)


@needs_compiler
@needs_pocl
@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_kernels(sym_stdp, precision):
    build_one, shown, expected = sym_stdp
    assert shown(compile_network(build_one, "opencl", precision=precision)) == expected(precision)


@needs_compiler
@pytest.mark.slow
def test_a_run_that_was_killed(tmp_path):
    """Twice, with -9, wherever it stood; it ends with the published hash."""
    run = published.runs("emstdp digits float32 --seed 0")[0]
    words = [sys.executable, *run.command.split()[1:], "--out", str(tmp_path), "--no-figures",
             "--resume"]
    environment = {**os.environ, "CXX": "g++"}
    for _ in range(2):
        process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        before = stamp(tmp_path)
        while stamp(tmp_path) == before and process.poll() is None:
            time.sleep(0.05)
        assert process.poll() is None, "the run ended before it was killed"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    weights = json.loads((tmp_path / "summary.json").read_text())["weights"]["sha256"]
    assert weights == published.read()[run.command]["weights"]
    assert f"SHA-256 of weights and thresholds: {weights}\n" in done.stdout


def stamp(folder):
    """When the checkpoint was written."""
    path = folder / "checkpoint.npz"
    return path.stat().st_mtime_ns if path.exists() else None
