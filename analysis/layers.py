"""Networks of several sizes and depths side by side (Zhao et al. 2020, Figs. 4A, 6, 8, Table 2)."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.close_up import error_axis
from analysis.curves import MARKERS, seeds_words
from analysis.errors import MissingData
from analysis.published import published_of
from analysis.run import Run
from analysis.series import (
    Measure, against, by_depth, depth, end, lines_over_depth, lines_over_width, seconds_per_epoch,
    tested_on, training_accuracy, width,
)
from analysis.style import CYCLE, class_style, new_axes, percent_axis, styled
from analysis.uncertainty import error_bar, samples_of, spread_words

MOST_TICKS = 12


def looks(count: int) -> list[dict[str, str]]:
    """Colours and markers of some lines, no two alike for up to ten."""
    if count > len(CYCLE):
        return [class_style(place) for place in range(count)]
    return [{"color": colour, "marker": marker}
            for colour, marker in zip(CYCLE[:count], MARKERS * count)]


def _counts(found: Mapping[str, pd.Series]) -> list[int]:
    """The most seeds that a point of each line has."""
    return [int(series.groupby(level=0).size().max()) for series in found.values()]


def common_words(found: Mapping[str, pd.Series]) -> str:
    """What several lines are, for a title; empty where each says it, since their seeds differ."""
    counts = _counts(found)
    return seeds_words(counts[0]) if len(counts) > 1 and len(set(counts)) == 1 else ""


def draw_series(axes: Axes, found: Mapping[str, pd.Series], look: Mapping | None = None,
                suffix: str = "") -> None:
    """Draw a line per experiment through the means over its seeds, in a band of their range.

    Where there are several seeds a bar is the standard deviation. What `common_words` says of all
    lines is not said of each.
    """
    common = common_words(found)
    for own, count, (label, series) in zip(looks(len(found)), _counts(found), found.items()):
        seeds = series.groupby(level=0)
        colour = own["color"]
        if count > 1:
            axes.fill_between(seeds.min().index, seeds.min(), seeds.max(), color=colour,
                              alpha=0.2, linewidth=0)
            axes.errorbar(seeds.mean().index, seeds.mean(), seeds.std().fillna(0), fmt="none",
                          ecolor=colour, elinewidth=1)
        words = ", ".join(filter(None, (label, suffix, "" if common else seeds_words(count))))
        axes.plot(seeds.mean().index, seeds.mean(), **{
            **own, "markersize": 4, "label": words, **(look or {})})
    places = sorted({place for series in found.values() for place in series.index})
    if 0 < len(places) <= MOST_TICKS:
        axes.set_xticks(places)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS, integer=True))
    axes.grid(axis="y", alpha=0.3)


def draw_accuracies(axes: Axes, lines: Mapping[str, Sequence[Run]], place: Measure,
                    suffix: str = "") -> list[str]:
    """Draw accuracies at the end over a quantity, with their uncertainty, and published ones.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    lines : mapping of str to sequence of analysis.run.Run
        Of `analysis.series.in_line`.
    place : callable
        The quantity of a run.
    suffix : str
        Said of each line in the legend.

    Returns
    -------
    list of str
        The words for what lines, bands and bars are.
    """
    found = against(lines, place, end)
    draw_series(axes, found, suffix=suffix)
    bars = set()
    for own, members in zip(looks(len(lines)), lines.values()):
        seeds = Counter(map(place, members))
        bars |= {spread_words(count, None) for count in seeds.values()}
        for run in members:
            samples = samples_of(run, tested_on(run))
            # Several seeds have the bar of their standard deviation.
            if seeds[place(run)] == 1 and samples:
                axes.errorbar([place(run)], [end(run)], error_bar([end(run)], samples),
                              fmt="none", ecolor=own["color"], elinewidth=1)
                bars.add(spread_words(1, samples))
    for own, (name, members) in zip(looks(len(lines)), lines.items()):
        published = {(place(run), published_of(run).mean) for run in members if published_of(run)}
        if published:
            axes.plot(*np.array(sorted(published)).T, linestyle="", marker="_", markersize=14,
                      color=own["color"], markeredgewidth=2,
                      label=f"{name}: published" if len(lines) > 1 else "published")
    return [*filter(None, (common_words(found), *sorted(bars)))]


def _finish_accuracies(axes: Axes, lines: Mapping[str, Sequence[Run]], place: Measure) -> None:
    """Limits of an axis of accuracies, spaced by error if results would coincide on it."""
    percent_axis(axes)
    members = [run for line in lines.values() for run in line]
    at = {}
    for run in members:
        at.setdefault(place(run), []).append(end(run))
    for values in at.values():
        if error_axis(axes, "y", values):
            return


def _figure(found: Mapping, axes: Axes | None, what: str) -> Axes:
    """The axes to draw in."""
    if not found:
        raise MissingData(f"no two runs differ in {what} alone")
    return axes or new_axes(6.6, 3.8 + 0.1 * len(found))


def _legend(axes: Axes) -> None:
    """The legend beside the axes, none where nothing need be told apart."""
    if any(axes.get_legend_handles_labels()[1]):
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


@styled
def over_width(runs: Sequence[Run], axes: Axes | None = None) -> Figure:
    """Test accuracy at the end against the neurons of a hidden layer, a line per experiment.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml and metrics.csv. Networks whose hidden layers differ are left out.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No two runs differ in this alone.

    Notes
    -----
    Source: Zhao et al. 2020, Fig. 4A.
    """
    lines = lines_over_width(runs)
    axes = _figure(lines, axes, "the neurons of a hidden layer")
    words = draw_accuracies(axes, lines, width)
    axes.set(xlabel="neurons of each hidden layer", ylabel="accuracy at the end (%)",
             title="\n".join(["accuracy against hidden neurons", *words]))
    _finish_accuracies(axes, lines, width)
    _legend(axes)
    return axes.figure


@styled
def over_depth(runs: Sequence[Run], axes: Axes | None = None, training: bool = True) -> Figure:
    """Accuracy at the end against the number of hidden layers, a line per method.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml and metrics.csv. Networks whose hidden layers differ are left out.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.
    training : bool, optional
        Of a single experiment, draw the accuracy in training too.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No two runs differ in this alone.

    Notes
    -----
    Source: Zhao et al. 2020, Figs. 6 and 8.
    """
    lines = lines_over_depth(runs)
    axes = _figure(lines, axes, "the number of hidden layers")
    trained = by_depth(runs, training_accuracy) if training and len(lines) == 1 else {}
    words = draw_accuracies(axes, lines, depth, suffix="test" if trained else "")
    if trained:
        draw_series(axes, trained, {"linestyle": "--", "markerfacecolor": "white"},
                    "training (last epoch)")
    axes.set(xlabel="hidden layers", ylabel="accuracy at the end (%)",
             title="\n".join(["accuracy against depth", *words]))
    _finish_accuracies(axes, lines, depth)
    _legend(axes)
    return axes.figure


@styled
def seconds_over_depth(runs: Sequence[Run], axes: Axes | None = None) -> Figure:
    """CPU seconds of an epoch against the number of hidden layers, a line per method.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml, and cpu_seconds and epoch of metrics.csv at two tests at least.
        Networks whose hidden layers differ are left out.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No two runs differ in this alone.

    Notes
    -----
    Source: Zhao et al. 2020, Table 2 (there seconds on a graphics card).
    """
    found = by_depth(runs, seconds_per_epoch)
    axes = _figure(found, axes, "the number of hidden layers, with the time of two tests")
    draw_series(axes, found)
    axes.set(xlabel="hidden layers", ylabel="CPU seconds per epoch, with its test",
             title="\n".join(filter(None, ("time against depth", common_words(found)))),
             ylim=(0, None))
    _legend(axes)
    return axes.figure
