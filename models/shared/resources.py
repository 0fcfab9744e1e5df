"""What the machine has, asked before a network is made for it: compiler, processors, memory."""

import os
import shutil

from models.errors import SuiteError

BYTES_PER_WEIGHT = 32
"""While it learns: weights as they come in and go out and the program's own, or weights,
gradients and two moments of Adam in single precision, drawn in double."""


def check_compiler():
    """Raise a SuiteError that names the package to install if none is found."""
    compiler = (os.environ.get("CXX", "").split() or ["g++"])[0]
    missing = [tool for tool in (compiler, "make") if shutil.which(tool) is None]
    if missing:
        raise SuiteError(
            f"no C++ compiler: {' and '.join(missing)} not found; install them (Debian, Ubuntu: "
            "apt install g++ make; conda: conda install -c conda-forge cxx-compiler make; "
            "macOS: xcode-select --install) or use --device runtime, which is slower")


def processors():
    """Number of processors that this process may use."""
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1)


def check_threads(threads):
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


def physical_memory():
    """Bytes of this machine's memory; None where the system does not tell."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES")
        return os.sysconf("SC_PAGE_SIZE") * pages if pages > 0 else None
    except (AttributeError, OSError, ValueError):
        return None


def check_fits(weights):
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
    there, needed = physical_memory(), weights * BYTES_PER_WEIGHT
    if there and needed > there:
        raise SuiteError(f"a network of {weights:,} weights takes some {needed / 1e9:,.0f} GB while "
                         f"it learns, this machine has {there / 1e9:,.0f}; choose smaller layers")


def with_huge_pages(environment):
    """Environment in which a program's large arrays lie in pages of 2 MB, where glibc knows how.

    For the processor's prefetcher a row of weights no longer ends every 4 kB. Training with
    N = 10,000 in single precision (31 MB of weights, 32 MB of cache) took 0.89 and 0.94 of the time
    (medians of 7 and 5 pairs, two trainings beside it); N = 100 to 6400 the same within 4 %.
    """
    name, wanted = "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"
    given = environment.get(name)
    return environment | {name: f"{given}:{wanted}" if given else wanted}
