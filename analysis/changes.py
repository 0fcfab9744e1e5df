"""What each change of one setting is worth."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.convergence import SPLITS
from analysis.errors import MissingData
from analysis.groups import ABSENT, differing_settings, seed_table, settings_of
from analysis.readouts import readout_columns
from analysis.run import Run
from analysis.style import BLUE, GREY, VERMILION, new_axes, styled


@styled
def single_changes(runs: Sequence[Run], axes: Axes | None = None) -> Figure:
    """Accuracy at the last test of the first run, and of each that differs from it in one setting.

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
        No run differs from the first in a single setting, or one has no test of the kind that the
        first has.
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
    column, split, accuracies = _last(rows)
    axes = axes or new_axes(6.4, 1.3 + 0.26 * len(rows))
    for place, values in enumerate(accuracies):
        axes.plot(values, [place] * len(values), "o", color=VERMILION if place == 0 else BLUE,
                  markersize=4.5, alpha=0.8)
    axes.axvline(accuracies[0].mean(), color=GREY, linestyle=":", linewidth=1)
    axes.set(yticks=range(len(rows)), yticklabels=rows, ylim=(len(rows) - 0.5, -0.5),
             xlabel=f"{split} {column.replace('_', ' ')} at the last test (%)",
             title=f"{runs[0].title}: one setting changed at a time")
    axes.grid(alpha=0.3)
    return axes.figure


def _last(rows: dict[str, list[Run]]):
    """The first readout and split that all have: (column, split, accuracies of the seeds)."""
    first = next(iter(rows.values()))[0]
    for column in readout_columns(first.metrics, "accuracy"):
        for split in SPLITS:
            tables = [seed_table(members, split, column) for members in rows.values()]
            if not any(table.empty for table in tables):
                return column, split, [table.iloc[-1] for table in tables]
    raise MissingData("metrics.csv has no accuracy of one readout and split in every run")
