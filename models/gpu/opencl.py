"""OpenCL through pyopencl: GPUs of any vendor, and CPUs."""

from __future__ import annotations

import os
import warnings

import numpy as np

from models.errors import SuiteError
from models.gpu.processor import Processor

INSTALL = ("pip install 'brian2-learning-suite[opencl]' and the driver of your GPU; on a machine "
           "without a GPU pip install pocl-binary-distribution")

OPTIONS = "-cl-std=CL1.2"
IN_TURN = "-DONE_AFTER_THE_OTHER"
"""For processors that execute the threads of a group one after the other (templates/prelude.c)."""

CORRECT = "-cl-fp32-correctly-rounded-divide-sqrt"
SIMULATORS = ("Oclgrind",)
"""Platforms that are for finding faults; only PYOPENCL_CTX chooses them."""

GROUP = 256
"""Threads of a work-group on a GPU."""


class OpenCL(Processor):
    """The first GPU, else the first other processor; PYOPENCL_CTX chooses another one.

    Raises
    ------
    SuiteError
        If pyopencl or a driver is missing, or the processor computes in single precision only.
    """

    def __init__(self):
        try:
            import pyopencl
        except ImportError:
            raise SuiteError(f"--device opencl needs pyopencl: {INSTALL}") from None
        self._cl = pyopencl
        self._device = self._found()
        self.name = self._device.name.strip()
        if "cl_khr_fp64" not in self._device.extensions:
            raise SuiteError(f"{self.name} computes in single precision only, and the input "
                             "spikes need double: choose another by PYOPENCL_CTX, or --device "
                             "cpp_standalone")
        self.memory = min(self._device.max_mem_alloc_size, self._device.global_mem_size // 2)
        self._context = pyopencl.Context([self._device])
        self._queue = pyopencl.CommandQueue(self._context)

    def _found(self):
        cl = self._cl
        if "PYOPENCL_CTX" in os.environ:
            return cl.create_some_context(interactive=False).devices[0]
        try:
            platforms = cl.get_platforms()
        except cl.Error:
            platforms = []
        devices = [device for platform in platforms if platform.name not in SIMULATORS
                   for device in platform.get_devices()]
        devices.sort(key=self._is_no_gpu)
        if not devices:
            raise SuiteError(f"--device opencl finds no driver: {INSTALL}")
        return devices[0]

    def _is_no_gpu(self, device):
        return not device.type & self._cl.device_type.GPU

    def compile(self, text: str):
        """A program of OpenCL; pyopencl and the driver keep what they have compiled."""
        correct = self._device.single_fp_config & (
            self._cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT)
        options = [OPTIONS, *([CORRECT] if correct else []),
                   *([IN_TURN] if self._is_no_gpu(self._device) else [])]
        with warnings.catch_warnings():
            # Of what the compiler says where it has succeeded.
            warnings.simplefilter("ignore")
            try:
                return self._cl.Program(self._context, text).build(options=options)
            except self._cl.Error as error:
                raise SuiteError(f"OpenCL's compiler for {self.name} refuses the kernel: "
                                 f"{_first_error(str(error))}") from None

    def group_size(self, largest: int) -> int:
        """Enough threads for a GPU; a CPU goes through those of a group one after the other."""
        if self._is_no_gpu(self._device):
            return 1
        return min(GROUP, self._device.max_work_group_size, -(-largest // 32) * 32)

    def upload(self, blocks: np.ndarray):
        """As a buffer."""
        flags = self._cl.mem_flags
        return self._cl.Buffer(self._context, flags.READ_WRITE | flags.COPY_HOST_PTR,
                               hostbuf=np.ascontiguousarray(blocks))

    def download(self, buffer, shape: tuple[int, int], front: int | None = None) -> np.ndarray:
        """From a buffer."""
        rows, size = shape
        found = np.empty((rows, front or size), np.uint8)
        if front is None:
            self._cl.enqueue_copy(self._queue, found, buffer)
        else:
            self._cl.enqueue_copy(
                self._queue, found, buffer, buffer_origin=(0, 0), host_origin=(0, 0),
                region=(front, rows), buffer_pitches=(size,), host_pitches=(front,))
        return found

    def launch(self, program, function: str, buffers: tuple, strides: tuple[int, int],
               number: int, replicas: int, group_size: int) -> None:
        """As an NDRange of one dimension."""
        own, fixed = buffers
        kernel = self._cl.Kernel(program, function)
        kernel.set_args(own, np.uint64(strides[0]), fixed, np.uint64(strides[1]),
                        np.int32(number))
        try:
            self._cl.enqueue_nd_range_kernel(self._queue, kernel, (replicas * group_size,),
                                             (group_size,))
            self._queue.finish()
        except self._cl.Error as error:
            raise SuiteError(f"{self.name} fails to execute the kernel: {error}") from None


def _first_error(said):
    """The line of the compiler's message that tells most."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "")
