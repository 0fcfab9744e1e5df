"""What the machine has, asked before a network is made for it: compiler, processors, memory."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping

from models.errors import SuiteError
from models.shared.processes import how_it_ended

NAME_A_COMPILER = "name one that runs (CXX=g++), or use --device runtime, which is slower"

BYTES_PER_WEIGHT = 32
"""While it learns: weights as they come in and go out and the program's own, or weights,
gradients and two moments of Adam in single precision, drawn in double."""


def check_compiler() -> list[str]:
    """Find the C++ compiler.

    Returns
    -------
    list of str
        The command: ``$CXX`` (which may have arguments, or be ``ccache g++``), else ``g++``.

    Raises
    ------
    SuiteError
        If it or make is not found, with the packages to install; or if it does not compile C++.
    """
    given = os.environ.get("CXX", "")
    try:
        command = shlex.split(given) or ["g++"]
    except ValueError as error:
        raise SuiteError(f"CXX={given} is no command: {error}; {NAME_A_COMPILER}") from None
    program = command[0]
    if os.sep in program:
        # Compilers run in the folder of a network.
        program = os.path.abspath(program)
        if os.path.exists(program) and shutil.which(program) is None:
            raise SuiteError(f"CXX={given}: {program} is no program that may be run; "
                             f"{NAME_A_COMPILER}")
    missing = [tool for tool in (program, "make") if shutil.which(tool) is None]
    if missing:
        raise SuiteError(
            f"no C++ compiler: {' and '.join(missing)} not found; install them (Debian, Ubuntu: "
            "apt install g++ make; conda: conda install -c conda-forge cxx-compiler make; "
            "macOS: xcode-select --install) or use --device runtime, which is slower")
    command = [program, *command[1:]]
    _check_cpp(tuple(command), shutil.which(program))
    return command


def is_clang(command: list[str]) -> bool:
    """Whether a C++ compiler is clang, Apple's or another one, by what it defines.

    Parameters
    ----------
    command : list of str
        From `check_compiler`.
    """
    return "__clang__" in _check_cpp(tuple(command), shutil.which(command[0]))


@functools.cache
def _check_cpp(command, path):  # noqa: ARG001  another PATH may find another compiler
    """Refuse a command that does not know C++; asked once per process. What it defines."""
    text = shlex.join(command)
    try:
        done = subprocess.run([*command, "-dM", "-E", "-x", "c++", os.devnull],
                              capture_output=True, text=True, errors="replace",
                              stdin=subprocess.DEVNULL)
    except OSError as error:
        raise SuiteError(f"the C++ compiler {text} cannot be run: {error.strerror}; "
                         f"{NAME_A_COMPILER}") from None
    if done.returncode:
        ended = how_it_ended(done.returncode, done.stderr, NAME_A_COMPILER)
        raise SuiteError(f"the C++ compiler {text} {ended}")
    if "__cplusplus" not in done.stdout:
        raise SuiteError(f"{text} is no C++ compiler; {NAME_A_COMPILER}")
    return done.stdout


def processors() -> int:
    """Number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_threads(threads: int) -> None:
    """Refuse more threads than this process may use processors: they would wait in turn.

    Raises
    ------
    SuiteError
        If there are not so many processors, or the number is not positive.
    """
    usable = processors()
    if not 1 <= threads <= usable:
        raise SuiteError(f"--threads {threads}: give a number from 1 to {usable}, the processors "
                         "that this process may use")


def physical_memory() -> int | None:
    """Bytes of this machine's memory; None where the system does not tell."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES")
        return os.sysconf("SC_PAGE_SIZE") * pages if pages > 0 else None
    except (AttributeError, OSError, ValueError):
        return None


def check_fits(weights: int) -> None:
    """Refuse a network that cannot be held.

    Linux promises programs more memory than there is and kills whoever takes it up, without
    a word; so it is asked before.

    Parameters
    ----------
    weights : int
        Of all projections.

    Raises
    ------
    SuiteError
        If learning them takes more than this machine's memory.
    """
    there = physical_memory()
    needed = weights * BYTES_PER_WEIGHT
    if there and needed > there:
        raise SuiteError(f"a network of {weights:,} weights takes some {needed / 1e9:,.0f} GB "
                         f"while it learns, this machine has {there / 1e9:,.0f}; choose smaller "
                         "layers")


def with_huge_pages(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment in which a program's large arrays lie in pages of 2 MB, where glibc knows how.

    For the processor's prefetcher a row of weights no longer ends every 4 kB. Training with
    N = 10,000 in single precision (31 MB of weights, 32 MB of cache) took 0.89 and 0.94 of the time
    (medians of 7 and 5 pairs, two trainings beside it); N = 100 to 6400 the same within 4 %.
    """
    name = "GLIBC_TUNABLES"
    wanted = "glibc.malloc.hugetlb=1"
    given = environment.get(name)
    return {**environment, name: f"{given}:{wanted}" if given else wanted}
