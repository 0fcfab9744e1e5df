"""GeNN and CUDA on this machine, asked for before a network is made for them."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, parse

from models.errors import SuiteError

OLDEST = parse("4.2.1")
"""brian2genn 1.7.0 needs it."""
TOO_NEW = parse("5")
"""GeNN 5 has another interface."""
CUDA_TOO_NEW = 13
"""There cuCtxCreate takes one more argument, which GeNN 4.9.0 does not give."""

WHERE = ("get release 4.9.0 from https://github.com/genn-team/genn, run make in it, and set "
         "GENN_PATH to its folder")
USUAL_CUDA = "/usr/local/cuda"


@dataclass(frozen=True)
class Installation:
    """GeNN, and CUDA where it is needed.

    Attributes
    ----------
    path : Path
        Of GeNN.
    version : str
        Of GeNN and, with CUDA, of its compiler and the GPUs for which it compiles.
    cuda : Path or None
    """

    path: Path
    version: str
    cuda: Path | None

    def environment(self) -> dict[str, str]:
        """Variables by which GeNN finds itself and CUDA."""
        found = {"GENN_PATH": str(self.path)}
        return found | {"CUDA_PATH": str(self.cuda)} if self.cuda else found


def find(use_gpu: bool) -> Installation:
    """Find GeNN, and CUDA for a GPU.

    Parameters
    ----------
    use_gpu : bool

    Raises
    ------
    SuiteError
        One of them is not there, of a wrong version, or not built.
    """
    given = os.environ.get("GENN_PATH")
    if not given:
        raise SuiteError(f"GENN_PATH names no GeNN: {WHERE}")
    path = Path(given).absolute()
    version = _genn_version(path)
    cuda = None
    if use_gpu:
        cuda = _cuda()
        version = f"{version}, CUDA {_cuda_version(cuda)}, {_gpus()}"
    backend = "cuda" if use_gpu else "single_threaded_cpu"
    libraries = path / "lib"
    # Where they cannot be written, GeNN takes those of the system.
    if os.access(libraries.parent, os.W_OK):
        for name in ("libgenn.a", f"libgenn_{backend}_backend.a"):
            if not (libraries / name).exists():
                raise SuiteError(f"GeNN in {path} is not built, {libraries / name} is missing: run "
                                 f"make -C {path}{f' CUDA_PATH={cuda}' if cuda else ''}")
    return Installation(path, version, cuda)


def _genn_version(path):
    if not (path / "bin" / "genn-buildmodel.sh").exists():
        raise SuiteError(f"GENN_PATH={path} holds no GeNN 4 (no bin/genn-buildmodel.sh): {WHERE}")
    try:
        text = (path / "version.txt").read_text().strip()
        version = parse(text)
    except (OSError, InvalidVersion):
        raise SuiteError(f"GENN_PATH={path} has no version.txt that can be read: {WHERE}") from None
    if not OLDEST <= version < TOO_NEW:
        raise SuiteError(f"GENN_PATH={path} is GeNN {version}, brian2genn takes {OLDEST} to 4.9: "
                         f"{WHERE}")
    return text


def _cuda():
    path = Path(os.environ.get("CUDA_PATH") or USUAL_CUDA).absolute()
    if not (path / "bin" / "nvcc").exists():
        raise SuiteError(f"--device genn needs CUDA 12, and {path} has no bin/nvcc: install its "
                         "toolkit and set CUDA_PATH, or use --device genn-cpu")
    return path


def _cuda_version(path):
    """The compiler's version, from 'release 12.9, V12.9.41'."""
    try:
        said = subprocess.run([path / "bin" / "nvcc", "--version"], capture_output=True, text=True,
                              errors="replace", stdin=subprocess.DEVNULL).stdout
    except OSError as error:
        raise SuiteError(f"{path}/bin/nvcc cannot be run: {error.strerror}; install CUDA 12, or "
                         "use --device genn-cpu") from None
    found = re.search(r"release (\d+)\.\S+ (\S+)", said)
    if found is None:
        raise SuiteError(f"{path}/bin/nvcc tells no version; install CUDA 12, or use --device "
                         "genn-cpu")
    if int(found[1]) >= CUDA_TOO_NEW:
        raise SuiteError(f"{path} is CUDA {found[1]}, for which GeNN 4 does not compile; install "
                         "CUDA 12 and set CUDA_PATH, or use --device genn-cpu")
    return found[2]


def _gpus():
    """What the driver says of the GPUs: GeNN compiles for the one that it finds."""
    files = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    return "\n".join(file.read_text(errors="replace") for file in files)
