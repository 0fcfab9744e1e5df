"""CUDA through CuPy, whose RawModule compiles the text by NVRTC and keeps what it compiled."""

from __future__ import annotations

import numpy as np

from models.errors import SuiteError
from models.gpu.processor import Processor

INSTALL = "pip install 'brian2-learning-suite[cuda]'"
OPTIONS = ("--fmad=false", "--std=c++14")
"""Products and sums are rounded one by one, as on a CPU."""

GROUP = 256
"""Threads of a work-group."""

LEAST = 32
"""Threads that a multiprocessor executes together."""

SPARED = 0.8
"""Part of the free memory that the blocks of replicas may take."""


class Cuda(Processor):
    """The current device of CuPy (CUDA_VISIBLE_DEVICES chooses another one).

    Raises
    ------
    SuiteError
        If CuPy, its driver or a GPU is missing.
    """

    def __init__(self):
        try:
            import cupy
        except ImportError:
            raise SuiteError(f"--device cuda needs CuPy: {INSTALL}; without a GPU use --device "
                             "opencl or cpp_standalone") from None
        self._cupy = cupy
        try:
            count = cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            raise SuiteError(f"--device cuda finds no GPU ({error}): install NVIDIA's driver, or "
                             "use --device opencl or cpp_standalone") from None
        if not count:
            raise SuiteError("--device cuda finds no GPU: use --device opencl or cpp_standalone")
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        self.name = properties["name"].decode()
        free, _ = cupy.cuda.runtime.memGetInfo()
        self.memory = int(SPARED * free / 2)

    def compile(self, text: str):
        """A module of CUDA."""
        try:
            module = self._cupy.RawModule(code=text, options=OPTIONS, backend="nvrtc")
            # Compiled now, so that an error is told now.
            module.get_function("show")
        except self._cupy.cuda.compiler.CompileException as error:
            said = next((line for line in str(error).splitlines() if "error" in line), error)
            raise SuiteError(f"NVRTC refuses the kernel: {said}") from None
        return module

    def group_size(self, largest: int) -> int:
        """A thread for each neuron, up to `GROUP`."""
        return min(GROUP, -(-largest // LEAST) * LEAST)

    def upload(self, blocks: np.ndarray):
        """As an array of CuPy."""
        return self._cupy.asarray(blocks)

    def download(self, buffer, shape: tuple[int, int], front: int | None = None) -> np.ndarray:
        """From an array of CuPy."""
        return self._cupy.asnumpy(buffer[:, :front])

    def launch(self, program, function: str, buffers: tuple, strides: tuple[int, int],
               number: int, replicas: int, group_size: int) -> None:
        """A block of threads for each replica."""
        own, fixed = buffers
        program.get_function(function)((replicas,), (group_size,), (
            own, np.uint64(strides[0]), fixed, np.uint64(strides[1]), np.int32(number)))
        try:
            self._cupy.cuda.Device().synchronize()
        except self._cupy.cuda.runtime.CUDARuntimeError as error:
            raise SuiteError(f"{self.name} fails to execute the kernel: {error}") from None
