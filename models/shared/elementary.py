"""exp, log and powers of two in + - * / alone, so that their bits are the same everywhere.

A C library's functions are other ones on another machine: glibc's exp and log differ in their last
bits between processors with and without fused multiply-add, and from those of other libraries.
These functions are sums, products and quotients of double precision, which IEEE 754 rounds in one
way only. The same steps stand here twice: as C for all compilers, and in NumPy. They are at most
0.53 units in the last place wrong, log near 1 at most 0.75 (tests/test_elementary.py).

exp
    x = k log 2 + r with an integer k and |r| <= log(2)/2; exp x = 2**k exp r, and exp r is its
    series. r is the sum of a multiple of 2**-26, whose square is exact, and a small rest: the first
    three terms of the series have no error to speak of.
log
    x = 2**k m with m about 1; log x = k log 2 - log c + log(1 + r), where c is a short number near
    1/m, of a table, and r = c m - 1, |r| < 0.009. log(1 + r) is its series. What counts is added
    without error: c m - 1 is a short number and a small rest, and logarithms are cut likewise.

In single precision they are computed in double and rounded once. Numbers below the smallest normal
one count as 0 and become 0, as in the programs, which flush them: so exp of less than
-708.3964185322641 is 0, and log of such a number is -infinity.
"""

import ast
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from math import factorial

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS
from numpy.typing import ArrayLike, NDArray

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
_COLUMNS = np.transpose(TABLE)

SMALLEST = 2.0**-1022
"""The smallest normal number; `LEAST_SINGLE` is that of single precision."""
LEAST_SINGLE = 2.0**-126

NAMES = {"exp": "exact_exp", "log": "exact_log"}
"""Brian2's functions that are replaced, and what stands for them in generated code."""
POWER_OF_TWO = "exact_power_of_two"
"""What stands there for ``2**x``."""


def _polynomial(coefficients, x, product="({0} + {1}*{2})".format, square="({0}*{0})".format):
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


def _column(number: int) -> str:
    """A column of the table as C."""
    return ", ".join(repr(row[number]) for row in TABLE)


_BITS = """
typedef union { double real; int64_t bits; } exact_number;
QUALIFIER int64_t _exact_bits(double real)
{
    exact_number number;
    number.real = real;
    return number.bits;
}
QUALIFIER double _exact_real(int64_t bits)
{
    exact_number number;
    number.bits = bits;
    return number.real;
}
"""

_EXP = f"""
/* 2**k exp(r1 + r2); k stands in the last bits of its argument, r1 is a multiple of 2**-26. */
QUALIFIER double _exact_scaled(double r1, double r2, double k)
{{
    const double r = r1 + r2;
    const double square = 0.5*r1*r1;
    const double first = 1.0 + r1;
    const double sum = first + square;
    const double rest = square - (sum - first);
    const double more = r*r*r*{_polynomial(EXP_SERIES, "r")};
    const double value = sum + (rest + (r2*(1.0 + r1 + 0.5*r2) + more));
    return _exact_real(_exact_bits(value) + (int64_t)((uint64_t)_exact_bits(k) << 52));
}}
QUALIFIER double exact_exp_double(double x)
{{
    const double raised = x < {LOWEST!r} ? {LOWEST!r} : x;
    const double y = raised > {HIGHEST!r} ? {HIGHEST!r} : raised;
    const double shifted = y*{PER_LOG_2!r} + {SHIFT!r};
    const double k = shifted - {SHIFT!r};
    const double high = y - k*{LOG_2_HIGH!r};
    const double r1 = (high + {GRID!r}) - {GRID!r};
    const double value = _exact_scaled(r1, (high - r1) - k*{LOG_2_LOW!r}, shifted);
    return x < {LOWEST!r} ? 0.0 : x > {HIGHEST!r} ? _exact_real({INFINITE}LL) : x != x ? x : value;
}}
"""

_POWER = f"""
QUALIFIER double exact_power_of_two_double(double x)
{{
    const double raised = x < -1022.0 ? -1022.0 : x;
    const double y = raised > {BELOW_1024!r} ? {BELOW_1024!r} : raised;
    const double shifted = y + {SHIFT!r};
    const double part = y - (shifted - {SHIFT!r});
    const double part1 = (part + {GRID!r}) - {GRID!r};
    const double r1 = (part*{LOG_2!r} + {GRID!r}) - {GRID!r};
    const double r2 = (part1*{LOG_2_SHORT!r} - r1)
        + (part1*{LOG_2_REST!r} + (part - part1)*{LOG_2!r});
    const double value = _exact_scaled(r1, r2, shifted);
    return x < -1022.0 ? 0.0 : x >= 1024.0 ? _exact_real({INFINITE}LL) : x != x ? x : value;
}}
"""

_LOG = f"""
/* Zero and what counts as it, infinity, NaN and negative numbers. */
QUALIFIER double _exact_log_special(double x, int64_t bits)
{{
    const int64_t magnitude = bits & {INFINITE | (ONE - 1)}LL;
    if (magnitude < {ONE}LL) return _exact_real({INFINITE - 2**63}LL);
    if (magnitude > {INFINITE}LL || bits > 0) return x;
    /* At run time, so that the processor notes that there is no result. */
    volatile double zero = 0.0;
    return zero/zero;
}}
CONSTANT double exact_factors[{PLACES}] = {{{_column(0)}}};
CONSTANT double exact_logs[{PLACES}] = {{{_column(1)}}};
CONSTANT double exact_rests[{PLACES}] = {{{_column(2)}}};
QUALIFIER double exact_log_double(double x)
{{
    const int64_t bits = _exact_bits(x);
    if ((uint64_t)bits - {ONE}ULL >= {INFINITE - ONE}ULL) return _exact_log_special(x, bits);
    const int64_t part = bits - {FIRST}LL;
    const double k = (double)(int32_t)(part >> 52);
    const int32_t place = (int32_t)(part >> 46) & {PLACES - 1};
    const double m = _exact_real(bits - (part & {-ONE}LL));
    const double m1 = (m + {GRID!r}) - {GRID!r};
    const double m2 = m - m1;
    const double r1 = m1*exact_factors[place] - 1.0;
    const double r2 = m2*exact_factors[place];
    const double r = r1 + r2;
    const double sum = k*{LOG_2_HIGH!r} + exact_logs[place] + r1;
    const double more = r*r*{_polynomial(LOG_SERIES, "r")};
    return sum + (r2 + (k*{LOG_2_LOW!r} + exact_rests[place]) + more);
}}
"""

# LEAST is the smallest normal number of single precision.
_SINGLE = """
QUALIFIER float exact_exp_float(float x)
{
    const double value = exact_exp_double((double)x);
    return value < LEAST ? 0.0f : (float)value;
}
QUALIFIER float exact_log_float(float x)
{
    const double y = (double)x;
    return (float)exact_log_double(y < LEAST && y > -LEAST ? 0.0 : y);
}
QUALIFIER float exact_power_of_two_float(float x)
{
    const double value = exact_power_of_two_double((double)x);
    return value < LEAST ? 0.0f : (float)value;
}
""".replace("LEAST", repr(LEAST_SINGLE))

# C++ chooses by the type of the argument; whole numbers are computed in double.
_BY_TYPE = """
static inline double NAME(double x) { return NAME_double(x); }
static inline float NAME(float x) { return NAME_float(x); }
template <typename T> static inline double NAME(T x) { return NAME_double((double)x); }
"""


def c_text(qualifier: str, constant: str) -> str:
    """The functions in C that is also C++, CUDA and OpenCL C.

    Each is there twice, as ``NAME_double`` and ``NAME_float``.

    Parameters
    ----------
    qualifier : str
        How the language marks a function.
    constant : str
        How it marks an array of constants.
    """
    text = _BITS + _EXP + _POWER + _LOG + _SINGLE
    return text.replace("QUALIFIER", qualifier).replace("CONSTANT", constant)


CPP = c_text("static inline", "static const") + "".join(
    _BY_TYPE.replace("NAME", name) for name in (*NAMES.values(), POWER_OF_TWO))
"""The same in C++, each under its plain name."""


def called(text: str) -> bool:
    """Whether generated code calls one of them."""
    return any(f"{name}{kind}(" in text for name in (*NAMES.values(), POWER_OF_TWO)
               for kind in ("", "_double", "_float"))


def is_power_of_two(node: ast.AST) -> bool:
    """Whether an operation is ``2**x``."""
    return (type(node.op).__name__ == "Pow" and type(node.left).__name__ == "Constant"
            and node.left.value == 2)


def use(code_object: type, functions: dict[str, str | Callable] = NAMES) -> None:
    """Let a class of Brian2's code objects call these functions for `exp` and `log`.

    Other classes go on as before.

    Parameters
    ----------
    code_object : type
        Subclass of ``brian2.codegen.codeobject.CodeObject``.
    functions : dict
        By Brian2's name: the name in generated code, or the function itself for NumPy. The code
        object's generator adds `CPP` or `c_text`.
    """
    for name, stand_in in functions.items():
        implementations = DEFAULT_FUNCTIONS[name].implementations
        if callable(stand_in):
            implementations.add_implementation(code_object, code=stand_in)
        else:
            implementations.add_implementation(code_object, code=None, name=stand_in)


# -- NumPy ----------------------------------------------------------------------------------


def exp(x: ArrayLike) -> NDArray[np.floating]:
    """The exponential function, the bits of ``exact_exp``.

    Parameters
    ----------
    x : float or array of float
        Single precision gives single precision, all else double.
    """
    return _applied(_exp, x, x)


def log(x: ArrayLike) -> NDArray[np.floating]:
    """The natural logarithm, the bits of ``exact_log``; NaN of a negative number."""
    given = np.asarray(x)
    if given.dtype == np.float32:
        given = np.where(np.abs(given) < np.float32(LEAST_SINGLE), np.float32(0), given)
    return _applied(_log, given, x)


def power_of_two(x: ArrayLike) -> NDArray[np.floating]:
    """2**x, the bits of ``exact_power_of_two``."""
    return _applied(_power_of_two, x, x)


def _applied(function, given, asked):
    """A function of an array of doubles, in the precision and form of what was asked for."""
    given = np.asarray(given)
    if not given.ndim:
        value = _of_one(function, float(given))
    else:
        with np.errstate(all="ignore"):
            value = function(np.ascontiguousarray(given, np.float64).ravel()).reshape(given.shape)
    if given.dtype != np.float32:
        return value
    with np.errstate(all="ignore"):
        single = np.asarray(value, np.float32)
    kept = np.where(np.abs(value) < LEAST_SINGLE, np.float32(0), single)
    return kept if given.ndim else np.float32(kept)


@lru_cache(maxsize=4096)
def _of_one(function, x):
    """Of one number: time constants and the like are asked for in every time step."""
    with np.errstate(all="ignore"):
        return function(np.array([x]))[0]


def _plus_product(a, x, b):
    return a + x * b


def _scaled(r1, r2, k):
    r = r1 + r2
    square = 0.5 * r1 * r1
    first = 1.0 + r1
    total = first + square
    rest = square - (total - first)
    series = r * r * r * _polynomial(EXP_SERIES, r, _plus_product, np.square)
    value = total + (rest + (r2 * (1.0 + r1 + 0.5 * r2) + series))
    return (value.view(np.int64) + (k.view(np.int64) << 52)).view(np.float64)


def _exp(x):
    y = np.clip(x, LOWEST, HIGHEST)
    shifted = y * PER_LOG_2 + SHIFT
    k = shifted - SHIFT
    high = y - k * LOG_2_HIGH
    r1 = (high + GRID) - GRID
    value = _scaled(r1, (high - r1) - k * LOG_2_LOW, shifted)
    return np.select([x < LOWEST, x > HIGHEST, np.isnan(x)], [0.0, np.inf, x], value)


def _power_of_two(x):
    y = np.clip(x, -1022.0, BELOW_1024)
    shifted = y + SHIFT
    part = y - (shifted - SHIFT)
    part1 = (part + GRID) - GRID
    r1 = (part * LOG_2 + GRID) - GRID
    r2 = (part1 * LOG_2_SHORT - r1) + (part1 * LOG_2_REST + (part - part1) * LOG_2)
    value = _scaled(r1, r2, shifted)
    return np.select([x < -1022.0, x >= 1024.0, np.isnan(x)], [0.0, np.inf, x], value)


def _log(x):
    bits = x.view(np.int64)
    part = bits - FIRST
    k = (part >> 52).astype(np.float64)
    factor, logarithm, rest = _COLUMNS[:, (part >> 46) & (PLACES - 1)]
    m = (bits - (part & -ONE)).view(np.float64)
    m1 = (m + GRID) - GRID
    m2 = m - m1
    r1 = m1 * factor - 1.0
    r2 = m2 * factor
    r = r1 + r2
    total = k * LOG_2_HIGH + logarithm + r1
    series = r * r * _polynomial(LOG_SERIES, r, _plus_product, np.square)
    value = total + (r2 + (k * LOG_2_LOW + rest) + series)
    zero = np.abs(x) < SMALLEST
    return np.select([zero, x < 0, np.isinf(x) | np.isnan(x)], [-np.inf, np.nan, x], value)
