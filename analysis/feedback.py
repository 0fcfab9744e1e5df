"""Accuracy against the number of feedback layers, and its steps (Zhao et al. 2020, Fig. 9)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from numpy.typing import ArrayLike

from analysis.errors import MissingData
from analysis.groups import value_words
from analysis.layers import draw_accuracies
from analysis.run import Run
from analysis.series import against, end, hidden_layers, in_line, mean_over_seeds
from analysis.style import CYCLE, new_figure, percent_axis, styled

SETTING = "network.feedback_layers"
SHARE = 0.5
"""A change that is smaller than this share of the mean change is none."""
RISES = "rises"
STANDS = "stands still"
FALLS = "falls"
CLAIMED = [RISES, STANDS, RISES]


class Step(NamedTuple):
    """A part of a curve in which it does the same.

    Attributes
    ----------
    what : {'rises', 'stands still', 'falls'}
    first, last : int
        Places of the points where it begins and ends.
    """

    what: str
    first: int
    last: int


def steps(values: ArrayLike, share: float = SHARE) -> list[Step]:
    """The steps of a curve, by a rule that is the same for all curves.

    With the range R of the values and the number n of changes from one point to the next, a change
    is a rise (fall) if it is at least `share` R/n upwards (downwards): a straight line rises
    throughout, however many points it has. All else stands still. Neighbouring changes of one kind
    are one step.

    Parameters
    ----------
    values : array_like, shape (points,)
    share : float, optional

    Returns
    -------
    list of Step
        Each begins where the one before ends.
    """
    changes = np.diff(np.asarray(values, dtype=float))
    least = share * np.ptp(values) / max(1, len(changes))
    found = []
    for place, change in enumerate(changes):
        what = _kind(change, least)
        if found and found[-1].what == what:
            found[-1] = found[-1]._replace(last=place + 1)
        else:
            found.append(Step(what, place, place + 1))
    return found


def _kind(change: float, least: float) -> str:
    """What a change is; nothing is one in a curve that is level throughout."""
    if not least or abs(change) < least:
        return STANDS
    return RISES if change > 0 else FALLS


def as_claimed(found: Sequence[Step]) -> bool:
    """Whether a curve rises, stands still, and rises again with its last point alone."""
    return ([step.what for step in found] == CLAIMED
            and found[-1].last - found[-1].first == 1)


def feedback_count(run: Run) -> int | None:
    """Hidden layers with feedback; the last hidden layer needs none and is not counted."""
    layers = hidden_layers(run)
    count = str(run.config["network"].get("feedback_layers", "")) if layers else ""
    if count == "all":
        return len(layers) - 1
    return int(count) if count.isdecimal() else None


def by_feedback(runs: Sequence[Run]) -> dict[tuple[int, ...], dict[str, pd.Series]]:
    """Accuracy at the end against the number of feedback layers, by hidden layers.

    Returns
    -------
    dict of tuple of int to dict of str to pandas.Series
        Networks of which two runs differ in nothing else, shallow ones first.
    """
    return {layers: against(lines, feedback_count, end)
            for layers, lines in lines_over_feedback(runs).items()}


def lines_over_feedback(runs: Sequence[Run]) -> dict[tuple[int, ...], dict[str, list[Run]]]:
    """The runs of each line over the number of feedback layers, by hidden layers."""
    panels = {}
    networks = {}
    for run in runs:
        if feedback_count(run) is not None:
            networks.setdefault(tuple(hidden_layers(run)), []).append(run)
    for layers, members in sorted(networks.items(), key=_shallow_first):
        lines = in_line(members, feedback_count, end, {SETTING})
        if lines:
            panels[layers] = lines
    return panels


@styled
def over_feedback(runs: Sequence[Run], figure: FigureBase | None = None) -> FigureBase:
    """Accuracy at the end against the number of feedback layers, a panel per network.

    A band marks the steps of each curve (`steps`) where it stands still or falls.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml, with feedback_layers in its table network, and metrics.csv.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No two runs differ in this alone.

    Notes
    -----
    Source: Zhao et al. 2020, Fig. 9.
    """
    panels = lines_over_feedback(runs)
    if not panels:
        raise MissingData("no two runs differ in feedback_layers alone")
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    figure = figure or new_figure(1.2 + 4 * across, 1 + 3.6 * down)
    all_axes = figure.subplots(down, across, squeeze=False).ravel()
    words = set()
    for axes, (layers, lines) in zip(all_axes, panels.items()):
        found = against(lines, feedback_count, end)
        words |= set(draw_accuracies(axes, {_with_steps(name, found[name]): members
                                             for name, members in lines.items()},
                                      feedback_count))
        for colour, series in zip(CYCLE, found.values()):
            _mark(axes, series, colour)
        percent_axis(axes)
        axes.set(xlabel="feedback layers K", ylabel="accuracy at the end (%)")
        axes.set_title(f"hidden layers: {_layers_words(layers)}", loc="left")
        # A distance in font sizes, not in heights of the axes, clears the label of any axes.
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4.6)
    for axes in all_axes[len(panels):]:
        axes.set_axis_off()
    figure.suptitle("\n".join([
        "accuracy against feedback layers; wide band: stands still, dotted: falls",
        f"(less than {SHARE:g} of the mean change is none)", *sorted(words)]))
    return figure


def _shallow_first(item: tuple[tuple[int, ...], list[Run]]) -> tuple[int, tuple[int, ...]]:
    """Shallow networks first."""
    return (len(item[0]), item[0])


def _layers_words(sizes: tuple[int, ...]) -> str:
    """Hidden layers in words, such as "7 x 200"."""
    return value_words("-".join(map(str, sizes)))


def _with_steps(name: str, series: pd.Series) -> str:
    """The label of a curve, with what the rule finds."""
    found = steps(mean_over_seeds(series)[1])
    verdict = "as claimed" if as_claimed(found) else ", ".join(step.what for step in found)
    return f"{name}: {verdict}" if name else verdict


def _mark(axes: Axes, series: pd.Series, colour: str) -> None:
    """Mark the parts of a curve that do not rise."""
    places, means = mean_over_seeds(series)
    for step in steps(means):
        if step.what != RISES:
            part = slice(step.first, step.last + 1)
            axes.plot(places[part], means[part], color=colour, alpha=0.35, linewidth=7,
                      linestyle="-" if step.what == STANDS else ":", solid_capstyle="round",
                      zorder=1)
