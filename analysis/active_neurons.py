"""The share of neurons that fire, over a setting such as a threshold (Shrestha et al. 2019, 4)."""

from collections.abc import Sequence

from matplotlib.figure import FigureBase

from analysis.errors import MissingData
from analysis.groups import differing_settings, last_in_common, setting_words
from analysis.published import draw_published, published_accuracy
from analysis.readouts import readout_columns
from analysis.run import Run
from analysis.style import CYCLE, GREY, new_figure, percent_axis, styled
from analysis.uncertainty import error_bar, samples_of, spread_words

SUFFIX = "_active"


@styled
def active_neurons(runs: Sequence[Run], setting: str, figure: FigureBase | None = None
                   ) -> FigureBase:
    """Share of each layer that fires for a sample, and accuracy, for each value of a setting.

    They are those of the last test which all runs have. Seeds of one value are averaged; bars are
    their standard deviations. A share is a mean over neurons and samples whose spread a run does
    not record.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml, and of metrics.csv the columns LAYER_active and an accuracy. Those are
        drawn that differ from the first in nothing but the setting and the seed.
    setting : str
        "table.name" of config.toml, such as "parameters.beta_hidden".
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The runs do not differ in this setting alone, the activity was not measured, or they have
        no test in common.
    """
    values = differing_settings(list(runs))[0].get(setting)
    if values is None:
        raise MissingData(f"no two of the runs differ in {setting} alone")
    metrics = runs[0].metrics
    layers = [name for name in metrics if name.endswith(SUFFIX)]
    if not layers:
        raise MissingData(f"metrics.csv has no LAYER{SUFFIX}")
    figure = figure or new_figure(7.6, 3.4)
    shares, accuracies = figure.subplots(1, 2)
    experiments = list(values.values())
    for colour, layer in zip(CYCLE, layers):
        seeds = [100 * end for end in last_in_common(experiments, layer)[2]]
        ends = [end.mean() for end in seeds]
        shares.plot(range(len(ends)), ends, "o-", color=colour, markersize=3.5,
                    label=layer.removesuffix(SUFFIX))
        # A single seed has no standard deviation, and so no bar.
        shares.errorbar(range(len(ends)), ends, [end.std() for end in seeds], fmt="none",
                        ecolor=colour, elinewidth=1)
    split, samples, ends = last_in_common(experiments,
                                          readout_columns(metrics, "accuracy")[0])
    accuracies.plot(range(len(ends)), [end.mean() for end in ends], "o-", color=GREY,
                    markersize=3.5)
    bars = set()
    for place, (members, end) in enumerate(zip(experiments, ends)):
        tested = samples_of(members[0], split)
        bar = error_bar(end, tested)
        if bar is not None:
            accuracies.errorbar([place], [end.mean()], bar, fmt="none", ecolor=GREY, elinewidth=1)
            bars.add(spread_words(len(end), tested))
    draw_published(accuracies, published_accuracy([run for each in experiments for run in each]))
    words = setting_words(setting)
    for axes in (shares, accuracies):
        axes.set(xticks=range(len(values)), xticklabels=values, xlabel=words)
        axes.grid(axis="y", alpha=0.3)
    shares.set(title="neurons that fire in phase 1", ylabel="share of the layer (%)",
               ylim=(0, None))
    shares.legend()
    accuracies.set(title="\n".join([f"after {samples:,} samples", *sorted(bars)]),
                   ylabel=f"{split} accuracy (%)")
    for axes in (shares, accuracies):
        percent_axis(axes)
    if accuracies.get_legend_handles_labels()[1]:
        accuracies.legend()
    figure.suptitle(f"activity and accuracy over {words}")
    return figure

