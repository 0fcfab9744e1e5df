"""Accuracies as curves, with their uncertainty, or as labelled points where there is one test."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from analysis.close_up import add_inset, close_results
from analysis.groups import SPLITS
from analysis.published import Published, draw_published
from analysis.style import GREY, count_epochs, count_samples, percent_axis
from analysis.uncertainty import binomial_band, error_bar, spread, spread_words

DASHES = dict(zip(SPLITS, ("-", "--")))
MARKERS = "osDv^"
X_AXES = {"samples": count_samples, "epoch": count_epochs}
# More tests than this are a line: their markers would touch.
MOST_MARKERS = 40
# Dashes of published values.
PUBLISHED_LOOKS = (":", "-.", (0, (6, 3)))
# Of the tests, the share at the end that a close-up shows.
LAST = 0.25
FEWEST_TESTS = 3
# Of a curve's tests there, the share that has to lie in the close-up.
LEAST_SEEN = 0.5
# How many times as high it may become to hold all of their tests there.
MOST_ADDED = 1.5
# Opacity of a band where there are no more than four.
STRONGEST_BAND = 0.15


class Curve(NamedTuple):
    """Accuracies of one experiment.

    Attributes
    ----------
    table : pandas.DataFrame
        Per cent, shape (tests, seeds).
    label : str
    look : dict
        Keywords of matplotlib for the line.
    samples : int or None
        On which each accuracy was measured; None draws no binomial uncertainty.
    """

    table: pd.DataFrame
    label: str
    look: dict
    samples: int | None = None

    @property
    def end(self) -> float:
        """Mean of the seeds at the last test."""
        return float(self.table.iloc[-1].mean())


def seeds_words(count: int) -> str:
    """The words for what the line of so many seeds is."""
    return f"mean and range of {count} seeds" if count > 1 else ""


def draw_curves(axes: Axes, curves: Sequence[Curve], published: Sequence[Published], against: str,
                columns: int) -> None:
    """Draw curves, the mean of their seeds in a band from minimum to maximum.

    A single seed has a band of its binomial interval; the mean of several has a bar of their
    standard deviation at the last test. A curve of a single test is a point with its value.
    Results that could not be told apart are shown again in an inset.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    curves : list of Curve
    published : sequence of analysis.published.Published
        A line each.
    against : {'samples', 'epoch'}
        What the index of the tables is.
    columns : int
        Of the legend.
    """
    draw_lines(axes, curves, published)
    for curve in curves:
        if len(curve.table) == 1:
            axes.annotate(f" {curve.end:.2f} %", (curve.table.index[0], curve.end),
                          xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    X_AXES[against](axes)
    if all(len(curve.table) == 1 for curve in curves):
        axes.set_xlim(0, 1.4 * max(curve.table.index[0] for curve in curves) or 1)
    axes.set_ylabel("accuracy (%)")
    axes.grid(axis="y", alpha=0.3)
    percent_axis(axes)
    # A distance in font sizes, not in heights of the axes, clears the label of any axes.
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4.6, ncols=columns)
    _close_up(axes, curves, published)


def draw_lines(axes: Axes, curves: Sequence[Curve], published: Sequence[Published]) -> None:
    """Draw curves with their uncertainty and the published value, without axes and legend."""
    told = set()
    # Bands of many curves lie on each other.
    strength = min(STRONGEST_BAND, 4 * STRONGEST_BAND / len(curves))
    for curve in curves:
        table = curve.table
        look = curve.look
        seeds = table.shape[1]
        kind = None
        if seeds > 1:
            axes.fill_between(table.index, table.min(axis=1), table.max(axis=1),
                              color=look["color"], alpha=0.2, linewidth=0)
            axes.errorbar(table.index[-1:], [curve.end], error_bar(table.iloc[-1], None),
                          fmt="none", ecolor=look["color"], elinewidth=1, capsize=0)
        elif curve.samples and len(table) > 1:
            kind = f"95 % interval (binomial, {curve.samples:,} samples)"
            axes.fill_between(table.index, *binomial_band(table.iloc[:, 0], curve.samples),
                              color=look["color"], alpha=strength, linewidth=0,
                              label=None if kind in told else kind)
        elif curve.samples:
            axes.errorbar(table.index, [curve.end], error_bar(table.iloc[-1], curve.samples),
                          fmt="none", ecolor=look["color"], elinewidth=1)
        told.add(kind)
        if len(table) > MOST_MARKERS and "marker" in look:
            look = {**look, "markevery": len(table) // MOST_MARKERS + 1}
        axes.plot(table.index, table.mean(axis=1), label=curve.label, **look)
    for value, look in zip(published, PUBLISHED_LOOKS * len(published)):
        draw_published(axes, value, look=look, colour=_colour_of(value, curves))


def _colour_of(published: Published, curves: Sequence[Curve]) -> str:
    """The colour of the experiment that a published value is of; grey where it is of all."""
    own = (curve for curve in curves if curve.label.startswith(f"{published.of}: "))
    return next((curve.look["color"] for curve in own), GREY)


def _close_up(axes: Axes, curves: Sequence[Curve], published: Sequence[Published]) -> None:
    """An inset of the last tests, if results there could not be told apart."""
    longest = max((curve.table.index for curve in curves), key=len)
    if len(longest) < FEWEST_TESTS:
        return
    first = longest[-max(FEWEST_TESTS, round(LAST * len(longest)))]
    # Curves that ended before are not part of the close-up.
    ending = [curve for curve in curves if curve.table.index[-1] >= first]
    ends = [curve.end for curve in ending]
    low, high = axes.get_ylim()
    chosen = close_results([*ends, *(value.mean for value in published)], high - low)
    if not set(chosen) & set(ends):
        return
    edges = [edge for curve in ending if curve.end in chosen
             for edge in spread(curve.table.iloc[-1], curve.samples) or ()]
    bottom = min([*chosen, *edges])
    top = max([*chosen, *edges])
    margin = 0.15 * (top - bottom)
    bottom = max(0, bottom - margin)
    top = min(100, top + margin)
    # Curves that change too fast would only flash through the inset.
    if any(_seen(curve, first, bottom, top) < LEAST_SEEN
           for curve in ending if curve.end in chosen):
        return
    whole = [mean for curve in ending if curve.end in chosen for mean in _means(curve, first)]
    if max([top, *whole]) - min([bottom, *whole]) <= MOST_ADDED * (top - bottom):
        bottom = min([bottom, *(mean - margin for mean in whole)])
        top = min(100, max([top, *(mean + margin for mean in whole)]))
    last = max(curve.table.index[-1] for curve in curves)
    add_inset(axes, (first, last + 0.05 * (last - first)), (bottom, top),
              partial(draw_lines, curves=curves, published=published))


def _seen(curve: Curve, first: float, bottom: float, top: float) -> float:
    """The share of a curve's tests from the first one on that lie in a range of accuracies."""
    return float(_means(curve, first).between(bottom, top).mean())


def _means(curve: Curve, first: float) -> pd.Series:
    """Means of the seeds from the first test on."""
    means = curve.table.mean(axis=1)
    return means[means.index >= first]


def draw_points(axes: Axes, curves: Sequence[Curve], published: Sequence[Published]) -> None:
    """Draw the results of a single test each, a labelled row with its value per curve.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    curves : list of Curve
        Of one test; each seed is a dot, with an error bar by `analysis.uncertainty.spread`.
    published : sequence of analysis.published.Published
    """
    bars = set()
    for place, (table, _, look, samples) in enumerate(curves):
        values = table.iloc[-1]
        mark = {"color": look["color"], "marker": look.get("marker", "o"), "markersize": 5,
                "markerfacecolor": look.get("markerfacecolor", look["color"])}
        bar = error_bar(values, samples)
        axes.plot(values, [place] * len(values), linestyle="", **mark)
        if bar is not None:
            axes.errorbar([values.mean()], [place], xerr=bar, fmt="none", ecolor=look["color"],
                          elinewidth=1, capsize=2)
            bars.add(spread_words(len(values), samples))
        axes.annotate(f"{values.mean():.2f} %", (1, place), xytext=(6, 0), va="center",
                      xycoords=axes.get_yaxis_transform(), textcoords="offset points", fontsize=8)
    for value, look in zip(published, PUBLISHED_LOOKS * len(published)):
        draw_published(axes, value, "x", look=look, colour=_colour_of(value, curves))
    axes.set(yticks=range(len(curves)), yticklabels=[curve.label for curve in curves],
             ylim=(len(curves) - 0.5, -0.5), xlabel=", ".join(["accuracy (%)", *sorted(bars)]))
    axes.grid(axis="x", alpha=0.3)
    percent_axis(axes, "x")
    if published:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)
