"""Published values of what a run repeats."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import GREY


class Published(NamedTuple):
    """An accuracy that was published.

    Attributes
    ----------
    mean, sd : float or None
        Per cent; the standard deviation is None where none was given.
    """

    mean: float
    sd: float | None

    @property
    def words(self) -> str:
        """For a legend."""
        return f"published: {self.mean:g} %"


def published_accuracy(runs: Sequence[Run]) -> Published | None:
    """The published accuracy if all runs name the same one, else None."""
    values = {published_of(run) for run in runs}
    return values.pop() if len(values) == 1 else None


def published_of(run: Run) -> Published | None:
    """The published accuracy that a run names; None where it names none."""
    try:
        found = run.summary.get("published") or {}
    except MissingData:
        return None
    mean = found.get("mean")
    return None if mean is None else Published(mean, found.get("sd"))


def draw_published(axes: Axes, published: Published | None, which: str = "y",
                   label: bool = True) -> None:
    """Draw a published accuracy as a line across the axes, in a band of its standard deviation.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    published : Published or None
        None draws nothing.
    which : {'x', 'y'}
        The axis of the accuracies.
    label : bool
        Whether the legend names it.
    """
    if published is None:
        return
    line, span = (axes.axhline, axes.axhspan) if which == "y" else (axes.axvline, axes.axvspan)
    line(published.mean, color=GREY, linestyle=":", label=published.words if label else None)
    if published.sd:
        span(published.mean - published.sd, published.mean + published.sd, color=GREY, alpha=0.15,
             linewidth=0, zorder=0,
             label=f"published: s.d. of {published.sd:g} %" if label else None)
