"""Results that an axis of accuracies would not tell apart: an inset, or an axis of errors."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

CLOSE = 0.3
"""Per cent: results that differ by less."""
SEEN = 0.05
"""Share of an axis that a difference has to take to be seen without help."""
# Accuracies at which an axis of errors has ticks, and the least error that it can show.
TICKS = (0, 50, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9)
LEAST_ERROR = 0.01
FEWEST_TICKS = 3
# How many times the error at one end of an axis has to be that at the other.
WORTH = 3
# Share of an axis of errors that is left free beyond the data, at either end.
SPARE = 0.05
WIDTH = 0.42
HEIGHT = 0.4
MARGIN = 0.04


def close_results(values: Sequence[float], length: float) -> list[float]:
    """Results that lie too close to each other for an axis.

    Parameters
    ----------
    values : sequence of float
        Accuracies in per cent.
    length : float
        Of the axis, in per cent.

    Returns
    -------
    list of float
        The largest group of at least two different ones of which each lies within `CLOSE` of the
        next, and nearer than can be seen; of groups as large, the best. Empty if there is none.
    """
    least = SEEN * length
    groups = []
    for value in sorted(set(values)):
        if groups and value - groups[-1][-1] <= min(CLOSE, least):
            groups[-1].append(value)
        else:
            groups.append([value])
    largest = max(groups, key=_many_and_good, default=[])
    return largest if len(largest) > 1 else []


def _many_and_good(group: list[float]) -> tuple[int, float]:
    """Large groups, and of these the best."""
    return len(group), group[-1]


def add_inset(axes: Axes, x: tuple[float, float], y: tuple[float, float],
              draw: Callable[[Axes], None]) -> Axes:
    """Show a part of the axes magnified, where they are emptiest.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With everything drawn and limits set.
    x, y : tuple of float
        Limits of the part.
    draw : callable
        Draws the same lines into the inset.

    Returns
    -------
    matplotlib.axes.Axes
        The inset.
    """
    left, bottom = _emptiest(axes)
    inset = axes.inset_axes((left, bottom, WIDTH, HEIGHT))
    draw(inset)
    inset.set(xlim=x, ylim=y, xlabel="", ylabel="")
    inset.xaxis.set_major_locator(MaxNLocator(2, integer=True))
    inset.xaxis.set_major_formatter(axes.xaxis.get_major_formatter())
    inset.tick_params(labelsize=6, length=2, pad=1.5)
    inset.spines[:].set_visible(True)
    axes.indicate_inset_zoom(inset, edgecolor="black", alpha=0.4)
    return inset


def _emptiest(axes: Axes) -> tuple[float, float]:
    """Lower left corner of the place for an inset with the fewest points of lines in it."""
    right = 1 - WIDTH - MARGIN
    # Tick labels and a title need room too.
    lower = 3 * MARGIN
    upper = 1 - HEIGHT - 2 * MARGIN
    middle = (lower + upper) / 2
    places = [(right, lower), (right, middle), (3 * MARGIN, lower), ((right + MARGIN) / 2, lower),
              (right, upper), (3 * MARGIN, upper)]
    points = np.vstack([_seen(axes, line) for line in axes.lines] or [np.empty((0, 2))])
    crowds = [_inside(points, place) for place in places]
    return places[int(np.argmin(crowds))]


def _seen(axes: Axes, line) -> np.ndarray:
    """Points along a line, in shares of the axes, shape (n, 2)."""
    corners = line.get_transform().transform(np.column_stack(line.get_data()))
    corners = axes.transAxes.inverted().transform(corners)
    if len(corners) < 2:
        return corners
    along = np.linspace(0, len(corners) - 1, 20 * len(corners))
    places = np.arange(len(corners))
    return np.column_stack([np.interp(along, places, corners[:, k]) for k in (0, 1)])


def _inside(points: np.ndarray, place: tuple[float, float]) -> int:
    """Number of points in an inset's place and its surroundings."""
    left, bottom = place
    x, y = points.T
    return int(np.count_nonzero(
        (x > left - 3 * MARGIN) & (x < left + WIDTH + MARGIN)
        & (y > bottom - 2 * MARGIN) & (y < bottom + HEIGHT + 2 * MARGIN)))


def error_axis(axes: Axes, which: str, values: Sequence[float]) -> bool:
    """Space an axis of accuracies by the logarithm of the error, if it brings results apart.

    The axis then ends near the data, since room to spare for per cent is much too wide for errors.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    which : {'x', 'y'}
    values : sequence of float
        The results in per cent.

    Returns
    -------
    bool
        Whether the axis was changed: not where results can be told apart without it.
    """
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    # With errors alike, both kinds of axis look the same.
    alike = 100 - low < WORTH * max(100 - high, LEAST_ERROR)
    if alike or not close_results(values, high - low):
        return False
    scale = axes.set_xscale if which == "x" else axes.set_yscale
    scale("function", functions=(_to_scale, _from_scale))
    low, high = _error_limits(axes, which, low, high)
    axis = axes.xaxis if which == "x" else axes.yaxis
    shown = [tick for tick in TICKS if low <= tick <= high]
    if len(shown) >= FEWEST_TICKS:
        axis.set_major_locator(FixedLocator(shown))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    return True


def _error_limits(axes: Axes, which: str, low: float, high: float) -> tuple[float, float]:
    """Let an axis of errors end near the data, within the limits that it had."""
    data = axes.dataLim.intervalx if which == "x" else axes.dataLim.intervaly
    first, last = _to_scale(np.clip(data, low, high))
    room = SPARE * (last - first)
    limits = tuple(np.clip(_from_scale([first - room, last + room]), low, high))
    if which == "x":
        axes.set_xlim(limits)
    else:
        axes.set_ylim(limits)
    return limits


def _to_scale(accuracy: np.ndarray) -> np.ndarray:
    """Place of an accuracy on an axis of errors."""
    return -np.log10(np.maximum(100 - np.asarray(accuracy, dtype=float), LEAST_ERROR))


def _from_scale(place: np.ndarray) -> np.ndarray:
    """Accuracy at a place of an axis of errors."""
    return 100 - 10 ** -np.asarray(place, dtype=float)
