"""How Brian2 is to have its C++ projects compiled."""

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence

from brian2 import prefs

from models.programs import not_a_number

# What vectorises without changing results: sums keep their order, no fused multiply-add.
# So dense and plain code give the same bits. Without NaN and signed zeros a clip is two
# instructions, a maximum and a minimum, instead of seven comparisons and choices by masks (gcc 12;
# 7 to 30 % of the time at N = 400). Where there is NaN after all, a call is repeated by a program
# without this assumption. Brian2's default, -ffast-math, is these and more.
FLAGS = ["-w", "-O3", "-march=native", "-std=c++11", "-fno-math-errno", "-fno-trapping-math",
         not_a_number.ASSUMPTION, "-fno-signed-zeros", "-ffp-contract=off"]

NATIVE = "-march=native"
PROCESSORS = (NATIVE, "-mcpu=native")
"""Options for the processor at hand; compilers for ARM may know the second or none."""

EXACT = [flag for flag in FLAGS if flag != not_a_number.ASSUMPTION]
"""Those of programs that nothing repeats: there NaN stays NaN."""


def adapted(flags: Sequence[str], compiler: Sequence[str]) -> list[str]:
    """Options as a compiler knows them; all others are the same for g++ and clang.

    Parameters
    ----------
    flags : sequence of str
        For g++ on an x86 processor, such as `FLAGS`.
    compiler : sequence of str
        Command (`models.shared.resources.check_compiler`).
    """
    return [known for flag in flags
            for known in (_for_processor(tuple(compiler)) if flag == NATIVE else [flag])]


def _for_processor(compiler):
    """The first of `PROCESSORS` that a compiler accepts."""
    return [flag for flag in PROCESSORS if accepts(compiler, flag)][:1]


@functools.cache
def accepts(compiler: tuple[str, ...], flag: str) -> bool:
    """Whether a compiler knows an option; it is asked once in a process.

    Parameters
    ----------
    compiler : tuple of str
        Command.
    flag : str
    """
    asked = [*compiler, flag, "-x", "c++", "-fsyntax-only", os.devnull]
    return not subprocess.run(asked, capture_output=True, stdin=subprocess.DEVNULL).returncode


def preferences(flags: Sequence[str], linking: Sequence[str] = ()) -> dict:
    """Preferences of Brian2 for writing a project.

    Parameters
    ----------
    flags : sequence of str
        For the compiler.
    linking : sequence of str
        More options for the linker.

    Returns
    -------
    dict
        By the preferences' full names.
    """
    streams = sys.stdout is not None and sys.stderr is not None
    return {
        # Brian2 redirects the output of a trial compilation, and fails where it was closed.
        "logging.std_redirection_to_file": streams,
        # Traces and conductances decay into denormal numbers, 1.5 to 1.8 times slower.
        # Linked with this option, the program starts with flush-to-zero set.
        "codegen.cpp.extra_link_args": ["-ffast-math", *linking],
        "codegen.cpp.extra_compile_args_gcc": list(flags),
    }


@contextlib.contextmanager
def kept_preferences(names: Iterable[str]) -> Iterator[None]:
    """Leave preferences of Brian2 as they are now, whatever this block does to them.

    Parameters
    ----------
    names : iterable of str
        Their full names.
    """
    before = {name: prefs[name] for name in names}
    try:
        yield
    finally:
        prefs.update(before)
