"""How many training samples an accuracy takes (Shrestha et al. 2019, Fig. 6)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from analysis.curves import MARKERS
from analysis.errors import MissingData
from analysis.groups import SPLITS, seed_table
from analysis.readouts import readout_columns
from analysis.run import Run
from analysis.style import CYCLE, new_axes, styled
from analysis.walk import labelled

LEVELS = (90.0, 95.0)
"""Accuracies in per cent."""


def samples_to(curve: pd.Series, level: float) -> float:
    """Training samples at the first test that reaches a level; not a number if none does.

    Parameters
    ----------
    curve : pandas.Series
        Accuracy in per cent, indexed by samples.
    level : float
    """
    reached = curve.index[curve >= level]
    return float(reached[0]) if len(reached) else np.nan


def reached(runs: Sequence[Run], levels: Sequence[float] = LEVELS
            ) -> dict[str, dict[float, list[float]]]:
    """For each experiment and level the samples that each of its seeds took.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need metrics.csv; config.toml says which runs are seeds of one experiment.
    levels : sequence of float

    Returns
    -------
    dict of str to dict of float to list of float
        Without the seeds that never reach a level. The first readout counts.
    """
    found = {}
    for name, members in labelled(runs).items():
        curves = _curves(members)
        if curves:
            found[name] = {level: [n for n in (samples_to(curve, level) for curve in curves)
                                   if np.isfinite(n)] for level in levels}
    return found


def _curves(members: list[Run]) -> list[pd.Series]:
    """Accuracy of each seed, on the test set or else on held-out samples."""
    column = readout_columns(members[0].metrics, "accuracy")[0]
    for split in SPLITS:
        tables = [seed_table([run], split, column) for run in members]
        if not any(table.empty for table in tables):
            return [table[column] for table in tables]
    return []


@styled
def samples_needed(runs: Sequence[Run], axes: Axes | None = None,
                   levels: Sequence[float] = LEVELS) -> Figure:
    """Training samples until a test reached each level, a row per experiment, a dot per seed.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need metrics.csv. What is between two tests is not seen: compare runs that were tested
        equally often.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.
    levels : sequence of float
        In per cent.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No run reached one of the levels.

    Notes
    -----
    Source: Shrestha et al. 2019, Fig. 6 (there curves alone).
    """
    found = reached(runs, levels)
    if not any(samples for row in found.values() for samples in row.values()):
        raise MissingData(f"no run reached {min(levels):g} %")
    lines = sum(name.count("\n") + 1 for name in found)
    axes = axes or new_axes(6.8, 1.5 + 0.32 * len(found) + 0.1 * (lines - len(found)))
    for number, (level, marker) in enumerate(zip(levels, MARKERS)):
        dots = [(samples, place) for place, row in enumerate(found.values())
                for samples in row[level]]
        axes.plot(*(np.array(dots).T if dots else ([], [])), marker, color=CYCLE[number],
                  markersize=5 if number else 8, alpha=0.8, label=f"{level:g} %",
                  fillstyle="full" if number else "none")
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set(yticks=range(len(found)), yticklabels=found, ylim=(len(found) - 0.5, -0.5),
             xlabel="training samples until a test reached it")
    axes.grid(alpha=0.3)
    axes.legend(title="accuracy", loc="upper left", bbox_to_anchor=(1, 1))
    return axes.figure
