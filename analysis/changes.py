"""What each change of one setting is worth."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from analysis.close_up import error_axis
from analysis.curves import MARKERS
from analysis.errors import MissingData
from analysis.groups import ABSENT, differing_settings, last_in_common, settings_of, value_words
from analysis.published import draw_published, published_of
from analysis.readouts import readout_columns
from analysis.run import Run
from analysis.style import BLUE, CYCLE, GREY, VERMILION, new_axes, new_figure, percent_axis, styled
from analysis.uncertainty import error_bar, samples_of, spread_words
from analysis.walk import change_words, walk

METRICS = "metrics.csv"
RATE = "_rate"


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
                rows[f"{setting.partition('.')[2]} {value_words(value)}"] = members
    axes = axes or new_axes(6.6, 1.6 + 0.26 * len(rows))
    draw_rows(axes, rows)
    axes.set_title("one setting changed at a time", loc="left")
    return axes.figure


def draw_rows(axes: Axes, rows: Mapping[str, Sequence[Run]]) -> None:
    """Draw accuracies at the last common test, a row per experiment, a dot per seed.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    rows : mapping of str to sequence of analysis.run.Run
        By the name of the row the seeds of an experiment, with an error bar by
        `analysis.uncertainty.spread` and their mean as a number; a line marks the first one's
        mean, and another the accuracy that was published of it. A row of which no seed was ever
        tested, since its output diverged, says so.
    """
    experiments = _tested(rows)
    column = readout_columns(next(iter(experiments.values()))[0].metrics, "accuracy")[0]
    split, presented, accuracies = last_in_common(list(experiments.values()), column)
    bars = set()
    for (place, members), values in zip(experiments.items(), accuracies):
        colour = VERMILION if place == 0 else BLUE
        axes.plot(values, [place] * len(values), "o", color=colour, markersize=4.5, alpha=0.8)
        samples = samples_of(members[0], split)
        bar = error_bar(values, samples)
        if bar is not None:
            axes.errorbar([values.mean()], [place], xerr=bar, fmt="none", ecolor=colour,
                          elinewidth=1, capsize=0)
            bars.add(spread_words(len(values), samples))
        axes.annotate(f"{values.mean():.2f}", (1, place), xytext=(4, 0), va="center", fontsize=7,
                      xycoords=axes.get_yaxis_transform(), textcoords="offset points")
        if place == 0:
            axes.axvline(values.mean(), color=VERMILION, linestyle="--", linewidth=0.8, zorder=0)
            draw_published(axes, published_of(members[0]), "x")
    for place in set(range(len(rows))) - set(experiments):
        axes.text(0.5, place, "stopped before its first test", ha="center", va="center",
                  color=GREY, fontsize=8, transform=axes.get_yaxis_transform())
    axes.set(yticks=range(len(rows)), yticklabels=rows, ylim=(len(rows) - 0.5, -0.5),
             xlabel="\n".join([
                 f"{split} {column.replace('_', ' ')} after {presented:,} samples (%)",
                 *sorted(bars)]))
    axes.grid(alpha=0.3)
    percent_axis(axes, "x")
    error_axis(axes, "x", [float(values.mean()) for values in accuracies])
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)


def _tested(rows: Mapping[str, Sequence[Run]]) -> dict[int, list[Run]]:
    """By the place of its row the runs of an experiment that were tested.

    Raises
    ------
    analysis.errors.MissingData
        There are none.
    """
    found = {}
    for place, members in enumerate(rows.values()):
        tested = [run for run in members if (run.directory / METRICS).exists()]
        if tested:
            found[place] = tested
    if not found:
        raise MissingData(f"no run has {METRICS}")
    return found


@styled
def successive_changes(runs: Sequence[Run], figure: FigureBase | None = None) -> FigureBase:
    """Accuracy of experiments each of which adds a change to those before it, and their rates.

    They are those of the last test which all of them have. The first experiment is where the walk
    begins.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml and metrics.csv, in the order of the walk. Seeds of one experiment share a
        row. Columns LAYER_rate, spikes per neuron and step, are drawn where there are some.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        A setting changes twice, there are fewer than two changes, or the runs have no test in
        common.
    """
    found = walk(runs)
    if found is None:
        raise MissingData("the runs are no walk: each has to keep the changes of those before it")
    rows = {change_words(new) or "the first run": members for new, members in found}
    experiments = _tested(rows)
    layers = [name for name in next(iter(experiments.values()))[0].metrics if name.endswith(RATE)]
    figure = figure or new_figure(8.6 if layers else 6.6, 2.1 + 0.26 * len(rows))
    accuracies, *rates = figure.subplots(1, 2 if layers else 1, sharey=True,
                                         squeeze=False)[0]
    draw_rows(accuracies, rows)
    for axes in rates:
        for place, name in enumerate(layers):
            seeds = last_in_common(list(experiments.values()), name)[2]
            ends = [values.mean() for values in seeds]
            colour = CYCLE[place % len(CYCLE)]
            axes.plot(ends, list(experiments), MARKERS[place % len(MARKERS)], color=colour,
                      markersize=4.5, alpha=0.8, label=name.removesuffix(RATE))
            # A single seed has no standard deviation, and so no bar.
            axes.errorbar(ends, list(experiments), xerr=[values.std() for values in seeds],
                          fmt="none", ecolor=colour, elinewidth=1)
        axes.set(xlabel="spikes per neuron and step")
        axes.tick_params(labelleft=False)
        axes.grid(alpha=0.3)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=7)
    figure.suptitle("each row keeps the changes above it")
    return figure
