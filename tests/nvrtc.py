"""NVIDIA's run-time compiler without a GPU: does it take the text of a kernel?"""

import ctypes
import importlib.util
from pathlib import Path

ARCHITECTURE = "sm_90"


def library() -> Path | None:
    """The library of the package nvidia-cuda-nvrtc (or nvidia-cuda-nvrtc-cu12), if installed."""
    found = importlib.util.find_spec("nvidia")
    for folder in found.submodule_search_locations if found else ():
        for path in sorted(Path(folder).rglob("libnvrtc.so.*")):
            return path
    return None


def compiled(text: str, options: tuple[str, ...]) -> bytes:
    """The program of a text for `ARCHITECTURE`.

    Raises
    ------
    ValueError
        With what the compiler says.
    """
    path = library()
    # The compiler looks for it, and not in its own folder.
    for builtins in path.parent.glob("libnvrtc-builtins.so.*"):
        ctypes.CDLL(str(builtins), mode=ctypes.RTLD_GLOBAL)
    nvrtc = ctypes.CDLL(str(path))
    program = ctypes.c_void_p()
    assert not nvrtc.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"kernel.cu", 0,
                                        None, None)
    words = [option.encode() for option in (f"--gpu-architecture={ARCHITECTURE}", *options)]
    status = nvrtc.nvrtcCompileProgram(program, len(words), (ctypes.c_char_p * len(words))(*words))
    if status:
        raise ValueError(_read(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program))
    return _read(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program)


def _read(size_of, read, program):
    size = ctypes.c_size_t()
    assert not size_of(program, ctypes.byref(size))
    text = ctypes.create_string_buffer(size.value)
    assert not read(program, text)
    return text.raw
