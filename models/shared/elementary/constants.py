"""Numbers of the functions, and the order in which a polynomial is computed."""

from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from math import factorial

import numpy as np

LOG_2 = 0.6931471805599453
LOG_2_HIGH = 0.6931471805598903
"""The first 42 bits of log 2: its product with an exponent is exact. `LOG_2_LOW` is the rest."""
LOG_2_LOW = 5.497923018708371e-14
LOG_2_SHORT = 0.693147175014019
"""The first 27 bits of log 2, and the rest."""
LOG_2_REST = 5.5459262969660605e-09
PER_LOG_2 = 1.4426950408889634
LOWEST = -708.3964185322641
"""The lowest argument of exp whose result is a normal number; `HIGHEST`, whose result is finite."""
HIGHEST = 709.782712893384
BELOW_1024 = 1023.9999999999999
"""The highest argument of a power of two that is finite."""
SHIFT = 1.5 * 2.0**52
"""A number that is added to it rounds to a whole number, which then stands in its last bits."""
GRID = 1.5 * 2.0**26
"""Added and subtracted again, it leaves a multiple of 2**-26."""
ONE = 1 << 52
"""The lowest bit of the exponent; as a number, the smallest normal one."""
INFINITE = 0x7FF << 52

EXP_SERIES = [1 / factorial(n) for n in range(3, 15)]
"""Coefficients of r**3, r**4, ...; what is left out is below 2**-63 of the result."""
LOG_SERIES = [(-1)**(n + 1) / n for n in range(2, 10)]
"""Coefficients of r**2, r**3, ...; what is left out is below 2**-64 of the result."""

PLACES = 64
"""Of the table of log."""
FIRST = (0x3FE6 << 48) + (1 << 45)
"""Bits of the least m, 0.69; m = 1 is in the middle of a place."""


def _table() -> list[tuple[float, float, float]]:
    """c of each place, and -log c as a multiple of 2**-42 and a rest."""
    found = []
    with localcontext(Context(prec=50)):
        for place in range(PLACES):
            low = np.int64(FIRST + (place << 46)).view(np.float64)
            high = np.int64(FIRST + ((place + 1) << 46)).view(np.float64)
            factor = 1.0 if low < 1 < high else round(2048 / (low + high)) / 1024
            logarithm = -Decimal(factor).ln()
            short = round(logarithm * 2**42) / 2.0**42
            found.append((factor, short, float(logarithm - Decimal(short))))
    return found


TABLE = _table()

LEAST_SINGLE = 2.0**-126
"""The smallest normal number of single precision."""


def polynomial(coefficients: list, x: object, product: Callable = "({0} + {1}*{2})".format,
               square: Callable = "({0}*{0})".format) -> object:
    """A polynomial by Estrin's scheme: halves side by side, for which a processor need not wait.

    Parameters
    ----------
    coefficients : list
        From that of x**0 on.
    x : object
    product, square : callable
        What makes ``a + x*b`` and ``x*x``; by default expressions of C.
    """
    terms = list(coefficients)
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2])
        terms = [product(a, x, b) for a, b in pairs] + terms[len(terms) - len(terms) % 2:]
        x = square(x)
    return terms[0]
