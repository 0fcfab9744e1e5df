"""What each change of one setting is worth."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import MissingData
from analysis.groups import ABSENT, differing_settings, last_in_common, settings_of
from analysis.readouts import readout_columns
from analysis.run import Run
from analysis.style import BLUE, GREY, VERMILION, new_axes, styled


@styled
def single_changes(runs: Sequence[Run], axes: Axes | None = None) -> Figure:
    """Accuracy of the first run and of each that differs from it in one setting.

    It is that of the last test which all of them have.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml and metrics.csv. Those that differ from the first in several settings are
        left out; seeds of one experiment share a row.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No run differs from the first in a single setting, or they have no test in common.
    """
    found, _ = differing_settings(list(runs))
    if not found:
        raise MissingData("no run differs from the first in a single setting")
    first = settings_of(runs[0])
    rows = {"as the first": None}
    for setting, values in found.items():
        for value, members in values.items():
            if value == first.get(setting, ABSENT):
                rows["as the first"] = members
            else:
                rows[f"{setting.partition('.')[2]} {value}"] = members
    column = readout_columns(runs[0].metrics, "accuracy")[0]
    split, samples, accuracies = last_in_common(list(rows.values()), column)
    axes = axes or new_axes(6.4, 1.3 + 0.26 * len(rows))
    for place, values in enumerate(accuracies):
        axes.plot(values, [place] * len(values), "o", color=VERMILION if place == 0 else BLUE,
                  markersize=4.5, alpha=0.8)
    axes.axvline(accuracies[0].mean(), color=GREY, linestyle=":", linewidth=1)
    axes.set(yticks=range(len(rows)), yticklabels=rows, ylim=(len(rows) - 0.5, -0.5),
             xlabel=f"{split} {column.replace('_', ' ')} after {samples:,} samples (%)",
             title=f"{runs[0].title}: one setting changed at a time")
    axes.grid(alpha=0.3)
    return axes.figure

