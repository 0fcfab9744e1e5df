"""The floating-point type of a network's variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from models.errors import SuiteError

PRECISIONS = ("float64", "float32")


@contextmanager
def float_type(precision: str) -> Iterator[None]:
    """Variables of groups made inside have this type, unless they name one of their own.

    Parameters
    ----------
    precision : {'float64', 'float32'}

    Raises
    ------
    SuiteError
        If it is unknown.
    """
    # Command lines list the precisions, and Brian2 takes seconds to import.
    from brian2 import prefs

    if precision not in PRECISIONS:
        raise SuiteError(f"unknown precision {precision!r}: choose one of {', '.join(PRECISIONS)}")
    before = prefs.core.default_float_dtype
    prefs.core.default_float_dtype = getattr(np, precision)
    try:
        yield
    finally:
        prefs.core.default_float_dtype = before
