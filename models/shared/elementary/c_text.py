"""The functions in C."""

from models.shared.elementary.constants import (
    BELOW_1024, EXP_SERIES, FIRST, GRID, HIGHEST, INFINITE, LEAST_SINGLE, LOG_2, LOG_2_HIGH,
    LOG_2_LOW, LOG_2_REST, LOG_2_SHORT, LOG_SERIES, LOWEST, ONE, PER_LOG_2, PLACES, SHIFT, TABLE,
    polynomial,
)

NAMES = {"exp": "exact_exp", "log": "exact_log"}
"""Brian2's functions that are replaced, and what stands for them in generated code."""
POWER_OF_TWO = "exact_power_of_two"
"""What stands there for ``2**x``."""


def _column(number: int) -> str:
    """A column of the table as C."""
    return ", ".join(repr(row[number]) for row in TABLE)


# Whole numbers have no suffix: LL is a number of 128 bits in OpenCL C.
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
    const double more = r*r*r*{polynomial(EXP_SERIES, "r")};
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
    return x < {LOWEST!r} ? 0.0 : x > {HIGHEST!r} ? _exact_real({INFINITE}) : x != x ? x : value;
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
    return x < -1022.0 ? 0.0 : x >= 1024.0 ? _exact_real({INFINITE}) : x != x ? x : value;
}}
"""

_LOG = f"""
CONSTANT double exact_factors[{PLACES}] = {{{_column(0)}}};
CONSTANT double exact_logs[{PLACES}] = {{{_column(1)}}};
CONSTANT double exact_rests[{PLACES}] = {{{_column(2)}}};
QUALIFIER double exact_log_double(double x)
{{
    const int64_t bits = _exact_bits(x);
    const int64_t part = bits - {FIRST};
    const double k = (double)(int32_t)(part >> 52);
    const int32_t place = (int32_t)(part >> 46) & {PLACES - 1};
    const double m = _exact_real(bits - (part & {-ONE}));
    const double m1 = (m + {GRID!r}) - {GRID!r};
    const double m2 = m - m1;
    const double r1 = m1*exact_factors[place] - 1.0;
    const double r2 = m2*exact_factors[place];
    const double r = r1 + r2;
    const double sum = k*{LOG_2_HIGH!r} + exact_logs[place] + r1;
    const double more = r*r*{polynomial(LOG_SERIES, "r")};
    const double value = sum + (r2 + (k*{LOG_2_LOW!r} + exact_rests[place]) + more);
    /* Infinity, NaN, negative numbers, and zero with what counts as it: chosen without a branch, so
       that loops can be of vector instructions. By the root of a negative number the processor
       notes that there is no result. */
    const int64_t magnitude = bits & {INFINITE | (ONE - 1)};
    const double finite = magnitude < {INFINITE} ? value : x;
    const double real = ((bits < 0) & (magnitude <= {INFINITE})) ? sqrt(x) : finite;
    return magnitude < {ONE} ? _exact_real({INFINITE - 2**63}) : real;
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
