"""The functions in NumPy, step by step as in C (`models.shared.elementary.c_text`)."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.shared.elementary.constants import (
    BELOW_1024, EXP_SERIES, FIRST, GRID, HIGHEST, LEAST_SINGLE, LOG_2, LOG_2_HIGH, LOG_2_LOW,
    LOG_2_REST, LOG_2_SHORT, LOG_SERIES, LOWEST, ONE, PER_LOG_2, PLACES, SHIFT, TABLE, polynomial,
)

_COLUMNS = np.transpose(TABLE)
SMALLEST = 2.0**-1022


def exp(x: ArrayLike) -> NDArray[np.floating]:
    """The exponential function, the bits of ``exact_exp``.

    Parameters
    ----------
    x : float or array of float
        Single precision gives single precision, all else double.
    """
    return _applied(_exp, x)


def log(x: ArrayLike) -> NDArray[np.floating]:
    """The natural logarithm, the bits of ``exact_log``; NaN of a negative number."""
    given = np.asarray(x)
    if given.dtype == np.float32:
        given = np.where(np.abs(given) < np.float32(LEAST_SINGLE), np.float32(0), given)
    return _applied(_log, given)


def power_of_two(x: ArrayLike) -> NDArray[np.floating]:
    """2**x, the bits of ``exact_power_of_two``."""
    return _applied(_power_of_two, x)


def _applied(function, given):
    """A function of an array of doubles, in the precision and form of its argument."""
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
    series = r * r * r * polynomial(EXP_SERIES, r, _plus_product, np.square)
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
    series = r * r * polynomial(LOG_SERIES, r, _plus_product, np.square)
    value = total + (r2 + (k * LOG_2_LOW + rest) + series)
    zero = np.abs(x) < SMALLEST
    return np.select([zero, x < 0, np.isinf(x) | np.isnan(x)], [-np.inf, np.nan, x], value)
