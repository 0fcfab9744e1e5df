"""Networks too large for the machine, noticed before its memory is full."""

import os

from models.errors import SuiteError

BYTES_PER_WEIGHT = 32
"""While it learns: weights as they come in and go out and the program's own, or weights,
gradients and two moments of Adam in single precision, drawn in double."""


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
