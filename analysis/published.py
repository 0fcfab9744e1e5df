"""Published values of what a run repeats."""

from collections.abc import Mapping, Sequence
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
    of : str
        The experiment, where several are drawn.
    """

    mean: float
    sd: float | None
    of: str = ""

    @property
    def words(self) -> str:
        """For a legend."""
        return f"{self.of + ': ' if self.of else ''}published: {self.mean:g} %"


def published_accuracy(runs: Sequence[Run]) -> Published | None:
    """The published accuracy if all runs name the same one, else None."""
    values = {published_of(run) for run in runs}
    return values.pop() if len(values) == 1 else None


def published_values(groups: Mapping[str, Sequence[Run]]) -> list[Published]:
    """What was published of each experiment; once, without its name, where that is the same.

    Parameters
    ----------
    groups : mapping of str to sequence of analysis.run.Run
        By the name of an experiment its seeds.
    """
    same = published_accuracy([run for members in groups.values() for run in members])
    if same:
        return [same]
    found = {name: published_accuracy(members) for name, members in groups.items()}
    return [value._replace(of=name) for name, value in found.items() if value]


def published_of(run: Run) -> Published | None:
    """The published accuracy that a run names; None where it names none."""
    try:
        found = run.summary.get("published") or {}
    except MissingData:
        return None
    mean = found.get("mean")
    return None if mean is None else Published(mean, found.get("sd"))


def published_value(run: Run, readout: str) -> Published | None:
    """What was published of a readout of a finished run, which may stand in several table rows."""
    for entry in run.summary.get("table") or []:
        known = entry.get("published") or {}
        if entry.get("readout") == readout and known.get("mean") is not None:
            return Published(known["mean"], known.get("sd"))
    own = run.summary.get("published") or {}
    return published_of(run) if own.get("readout", readout) == readout else None


def draw_published(axes: Axes, published: Published | None, which: str = "y",
                   label: bool = True, look: str = ":", colour: str = GREY) -> None:
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
    look : str
        How the line is dashed.
    colour : str
        That of the experiment, where several have a line.
    """
    if published is None:
        return
    line, span = (axes.axhline, axes.axhspan) if which == "y" else (axes.axvline, axes.axvspan)
    line(published.mean, color=colour, linestyle=look, label=published.words if label else None)
    if published.sd:
        span(published.mean - published.sd, published.mean + published.sd, color=colour, alpha=0.15,
             linewidth=0, zorder=0,
             label=f"its s.d., {published.sd:g} %" if label else None)
