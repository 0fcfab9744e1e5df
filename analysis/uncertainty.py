"""How far a result can be trusted: the samples it was measured on, and the seeds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import binomtest, norm

from analysis.errors import MissingData
from analysis.run import Run

CONFIDENCE = 0.95
# Test samples of public sets. Runs of earlier versions do not say how many they were tested on.
PUBLIC_TEST_SETS = {"mnist": 10_000, "fashion-mnist": 10_000, "n-mnist": 10_000,
                    "cifar-10": 10_000}


def samples_of(run: Run, split: str) -> int | None:
    """How many samples an accuracy of a run was measured on; None where nothing tells.

    Parameters
    ----------
    run : analysis.run.Run
    split : {'test', 'validation'}
        As in metrics.csv.
    """
    if split == "validation":
        return _of_table(run, "training", "held_out") or None
    try:
        return len(run.predictions)
    except MissingData:
        pass
    try:
        if count := run.summary.get("test_samples"):
            return count
    except MissingData:
        pass
    return PUBLIC_TEST_SETS.get(str(_of_table(run, "run", "dataset")))


def _of_table(run: Run, table: str, name: str) -> object:
    """A setting; None where it is not stated."""
    try:
        return run.config.get(table, {}).get(name)
    except MissingData:
        return None


def binomial_interval(accuracy: float, samples: int) -> tuple[float, float]:
    """Interval of Wilson for an accuracy, at a confidence of 95 %.

    Parameters
    ----------
    accuracy : float
        Per cent.
    samples : int
        That were answered.

    Returns
    -------
    low, high : float
        Per cent. Never beyond 0 and 100, unlike the normal approximation.
    """
    found = binomtest(round(accuracy * samples / 100), samples).proportion_ci(
        CONFIDENCE, method="wilson")
    # Rounding may put an end beside an accuracy of 0 or 100.
    return min(accuracy, 100 * found.low), max(accuracy, 100 * found.high)


def mean_error(deviation: ArrayLike, count: ArrayLike) -> np.ndarray:
    """Half the length of the interval of a mean at a confidence of 95 %.

    Parameters
    ----------
    deviation : array_like
        Standard deviation of the values.
    count : array_like of int
        How many there are.

    Returns
    -------
    numpy.ndarray
        In the unit of the values; NaN, of which no bar is drawn, where the deviation is not known.

    Notes
    -----
    It is the normal approximation for independent values.
    """
    return norm.ppf((1 + CONFIDENCE) / 2) * np.asarray(deviation) / np.sqrt(count)


def spread(values: Sequence[float], samples: int | None) -> tuple[float, float] | None:
    """The ends of an error bar for a result.

    Parameters
    ----------
    values : sequence of float
        Accuracies of the seeds in per cent.
    samples : int or None
        That each was measured on.

    Returns
    -------
    tuple of float, or None
        Of several seeds mean - and + their standard deviation; of a single one the
        `binomial_interval`; None where the samples are not known.
    """
    values = np.asarray(values, dtype=float)
    if len(values) > 1:
        mean = values.mean()
        deviation = values.std(ddof=1)
        return max(0.0, mean - deviation), min(100.0, mean + deviation)
    return binomial_interval(values[0], samples) if samples else None


def error_bar(values: Sequence[float], samples: int | None) -> np.ndarray | None:
    """`spread` as matplotlib takes it: lengths below and above the mean, shape (2, 1)."""
    ends = spread(values, samples)
    if ends is None:
        return None
    mean = float(np.mean(values))
    # Rounding must not make a length negative.
    return np.maximum(0, [[mean - ends[0]], [ends[1] - mean]])


def binomial_band(curve: pd.Series, samples: int) -> tuple[list[float], list[float]]:
    """The two edges of a band of `binomial_interval` around a curve of accuracies."""
    ends = [binomial_interval(value, samples) for value in curve]
    return [low for low, _ in ends], [high for _, high in ends]


def spread_words(seeds: int, samples: int | None) -> str:
    """What an error bar of `spread` is; empty where there is none."""
    if seeds > 1:
        return f"bar: s.d. of {seeds} seeds"
    return f"bar: 95 % interval (binomial, {samples:,} samples)" if samples else ""
