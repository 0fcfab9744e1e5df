"""How another program ended, in words."""

from __future__ import annotations

import re
import signal

OUT_OF_MEMORY = re.compile(
    r"out of memory|virtual memory exhausted|memory exhausted|cannot allocate memory|bad_alloc"
    r"|failed to map segment", re.IGNORECASE)
"""What compilers, linkers, loaders and C++ programs say of it."""

MORE_MEMORY = "end other programs, or raise the limit (ulimit -v)"

REMEDIES = {
    signal.SIGKILL: f"Linux does so when memory is exhausted: {MORE_MEMORY}",
    signal.SIGXCPU: "raise the limit on processor time (ulimit -t)",
    signal.SIGXFSZ: "raise the limit on the size of files (ulimit -f)",
}


def how_it_ended(status: int, said: str, otherwise: str) -> str:
    """Why a program failed and what to do, to stand after its name.

    Parameters
    ----------
    status : int
        Exit status; the negative number of a signal if one ended it, as `subprocess` has it.
    said : str
        What the program wrote.
    otherwise : str
        What to do where neither the signal nor the text tells.

    Returns
    -------
    str
        One line, such as ``failed (exit status 3): no such file; try again``.
    """
    for line in said.splitlines():
        if OUT_OF_MEMORY.search(line):
            return f"ran out of memory ({line.strip()}); {MORE_MEMORY}"
    if status < 0:
        name = _signal_name(-status)
        return f"was ended by {name}; {REMEDIES.get(-status, otherwise)}"
    return f"failed (exit status {status}): {first_line(said)}; {otherwise}"


def first_line(said: str) -> str:
    """The first line with something in it."""
    return next((line.strip() for line in said.splitlines() if line.strip()), "no message")


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
