"""A stand-in for CuPy without a GPU: kernels are compiled by g++ and run by one processor.

It offers what `models.gpu.cuda` uses. The text of the kernel is compiled as it is, with
cuda_shim.h before it. Threads of a block take turns in an order that tests choose, and have to meet
at every barrier.
"""

import ctypes
import hashlib
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from models.programs import program_cache
from models.programs.working_folder import WorkingFolder

HERE = Path(__file__).parent
FLAGS = ("-O1", "-w", "-shared", "-fPIC", "-std=c++14", "-ffp-contract=off", "-fno-math-errno")
ORDERS = {"ascending": 0, "descending": 1, "shuffled": 2}


class CompileException(Exception):
    """As CuPy raises it."""


class CUDARuntimeError(Exception):
    """As CuPy raises it."""


class ShimmedCupy:
    """Stands for the module ``cupy``.

    Attributes
    ----------
    order : str
        In which order the threads of a block run from barrier to barrier, a key of `ORDERS`.
    """

    def __init__(self):
        self.order = "ascending"
        self.cuda = SimpleNamespace(
            Device=lambda: SimpleNamespace(id=0, synchronize=lambda: None),
            compiler=SimpleNamespace(CompileException=CompileException),
            runtime=SimpleNamespace(
                CUDARuntimeError=CUDARuntimeError, getDeviceCount=lambda: 1,
                getDeviceProperties=lambda _: {"name": b"shim"},
                memGetInfo=lambda: (2**30, 2**30)))

    def asarray(self, array):
        """A copy, as on a GPU."""
        return np.array(array)

    def asnumpy(self, array):
        """A copy, as from a GPU."""
        return np.array(array)

    def RawModule(self, code, options, backend):
        """Compiled by g++."""
        assert "--fmad=false" in options and backend == "nvrtc"
        return _Module(self, code)


class _Module:
    """Functions of a shared library."""

    def __init__(self, cupy, code):
        self._cupy = cupy
        names = [name for name in ("show", "assign") if f"void {name}(" in code]
        launchers = [(HERE / "cuda_shim.cpp").read_text().replace("KERNEL_NAME", name)
                     for name in names]
        text = "\n".join([(HERE / "cuda_shim.h").read_text(), code, *launchers])
        self._library = ctypes.CDLL(str(_compiled(text)))

    def get_function(self, name):
        """A function that is called as CuPy's are."""
        launch = self._library[f"launch_{name}"]

        def call(grid, block, arguments):
            own, own_stride, fixed, fixed_stride, number = arguments
            fault = launch(
                ctypes.c_uint(grid[0]), ctypes.c_uint(block[0]), ORDERS[self._cupy.order],
                own.ctypes.data_as(ctypes.c_void_p), ctypes.c_uint64(own_stride),
                fixed.ctypes.data_as(ctypes.c_void_p), ctypes.c_uint64(fixed_stride),
                ctypes.c_int32(number))
            assert not fault, f"threads do not meet at the barrier of line {fault}"

        return call


_folder = WorkingFolder()


def _compiled(text):
    """A shared library, kept as the programs for CPUs are."""
    name = hashlib.sha256("\0".join([text, *FLAGS]).encode()).hexdigest()
    target = _folder.path / f"{name}.so"
    if not target.exists() and not program_cache.fetch(name, target):
        source = target.with_suffix(".cpp")
        source.write_text(text)
        made = subprocess.run(["g++", *FLAGS, str(source), "-o", str(target)],
                              capture_output=True, text=True)
        if made.returncode:
            raise CompileException(made.stderr)
        program_cache.keep(name, target)
    return target
