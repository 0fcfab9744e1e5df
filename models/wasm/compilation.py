"""emscripten at work on a generated project."""

from __future__ import annotations

import shutil
import subprocess

from models.errors import SuiteError
from models.programs.compilation import Compilation
from models.programs.compiler_options import EXACT, NATIVE

FLAGS = [*(flag for flag in EXACT if flag != NATIVE), "-msimd128"]
"""Vectors of 128 bits, which all browsers have since 2023, change no result. Where clang may assume
that there is no NaN, it takes slower instructions for `models.wasm.device.CLIP`."""

LINKING = [
    "--no-entry", "-sALLOW_MEMORY_GROWTH=1", "-sTOTAL_STACK=65536", "-sINITIAL_MEMORY=1048576",
    *(f"-Wl,--export={name}" for name in ("start", "show", "pointer")),
]
"""A small stack and memory that grows: whoever calls the program keeps copies of its memory."""


def check_emcc() -> list[str]:
    """Find the compiler.

    Returns
    -------
    list of str
        The command.

    Raises
    ------
    SuiteError
        If there is none.
    """
    found = shutil.which("emcc")
    if found is None:
        raise SuiteError("no compiler for WebAssembly: emcc not found; install emscripten (Debian, "
                         "Ubuntu: apt install emscripten; conda: conda install -c conda-forge "
                         "emscripten)")
    return [found, *FLAGS, *LINKING]


class WasmCompilation(Compilation):
    """A program of WebAssembly that is being compiled, or was found among those that are kept.

    The parameters are those of `models.programs.compilation.Compilation`.
    """

    name = "main.wasm"
    usual_time = "about 30 s"
    compiled_by = "emscripten"
    remedy = "see whether emcc compiles a program of three lines"

    def _start(self, directory, source, compiler, folder):
        return subprocess.Popen(
            [*compiler, "-I.", source, "-o", self.name], cwd=directory,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", start_new_session=True, env=self._environment(),
            pass_fds=folder.inherited if folder else ())
