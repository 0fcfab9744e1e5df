"""Hidden spikes in time, per layer while learning, and what they carry (Zhao et al. 2020, 5)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import MaxNLocator

from analysis.arrays import SHOWN
from analysis.errors import MissingData
from analysis.published import draw_published, published_of
from analysis.run import Run
from analysis.style import (
    BLUE, CYCLE, GREY, VERMILION, drawn_from, new_axes, new_figure, percent_axis,
)
from analysis.uncertainty import error_bar, spread_words
from analysis.updates import course, draw_courses, name_layers

OUTPUT = "output"
# An axis of rates ends above it, also where no neuron fires.
LEAST_RATE = 1e-3
NOT_LAYERS = {f"{SHOWN}sample", f"{SHOWN}label"}
LESIONS = {"intact": "intact", "removed": "removed", "permuted": "permuted among\nneurons",
           "swapped": "swapped between\nsamples", "shuffled": "shuffled\nin time"}


@drawn_from(f"{SHOWN}*")
def spikes_in_time(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes of the hidden neurons for some test samples: a row per layer, a column per sample.

    Parameters
    ----------
    run : analysis.run.Run
        Needs shown_LAYER, shape (samples, T, neurons), 0 or 1, and shown_label, shape (samples,).
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No spikes were recorded.

    Notes
    -----
    Source: Zhao et al. 2020, Fig. 5.
    """
    activity = run.activity
    layers = [name for name in activity.names if name.startswith(SHOWN)
              and name not in NOT_LAYERS | {f"{SHOWN}{OUTPUT}"}]
    if not layers:
        raise MissingData(f"activity.npz has no {SHOWN}LAYER of hidden neurons")
    labels, *spikes = activity.take(f"{SHOWN}label", *layers)
    names = run.class_labels(labels.max() + 1)
    figure = figure or new_figure(2.6 * len(labels) + 0.5, 1 + 1.5 * len(layers))
    panels = figure.subplots(len(layers), len(labels), sharex=True, sharey="row", squeeze=False)
    for row, name, of_layer in zip(panels, layers, spikes):
        row[0].set_ylabel(f"{name.removeprefix(SHOWN)} neuron")
        for axes, of_sample in zip(row, of_layer):
            steps, neurons = np.nonzero(of_sample)
            axes.plot(steps + 1, neurons, "|", color=BLUE, markersize=4, markeredgewidth=1,
                      rasterized=True)
            axes.set(xlim=(0.5, len(of_sample) + 0.5), ylim=(of_sample.shape[1] - 0.5, -0.5))
            axes.set_title(f"{len(steps):,} spikes of {of_sample.any(0).sum():,} of "
                           f"{of_sample.shape[1]:,}", fontsize=8, loc="right", pad=2)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    for axes, label in zip(panels[0], labels):
        axes.set_title(names[label], loc="left", color=VERMILION, fontweight="bold")
    for axes in panels[-1]:
        axes.set_xlabel("time step")
    figure.align_ylabels(panels[:, 0])
    figure.suptitle(f"hidden spikes of {len(labels)} test samples (red: label)")
    return figure


@drawn_from(columns=("*_dead",))
def layer_rates(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """How often the neurons of each layer fire while they learn, and how many never do.

    Parameters
    ----------
    run : analysis.run.Run
        Needs columns LAYER_rate (spikes per neuron and step) and LAYER_dead (the share of the
        neurons that fired for no test sample) of metrics.csv.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No spikes were counted.

    Notes
    -----
    A rate is a mean over neurons and test samples. A run does not record its spread, so there are
    no error bars.
    """
    figure = figure or new_figure(7.6, 3.4)
    rates, dead = figure.subplots(1, 2)
    draw_courses(rates, course(run, "_rate"))
    draw_courses(dead, {name: 100 * share for name, share in course(run, "_dead").items()})
    rates.set(title="spikes per neuron and step", ylabel="rate",
              ylim=(0, 1.08 * max(rates.dataLim.y1, LEAST_RATE)))
    dead.set(title="neurons that never fired in a test", ylabel="share of the layer (%)")
    percent_axis(dead)
    name_layers(figure, rates)
    figure.suptitle("activity of the layers while learning")
    return figure


@drawn_from("lesion_name", "lesion_accuracy")
def changed_spikes(run: Run, axes: Axes | None = None) -> Figure:
    """Accuracy of the trained network with its hidden spikes as they are, and changed.

    Parameters
    ----------
    run : analysis.run.Run
        Needs lesion_name and lesion_accuracy, shape (changes,), in per cent. Error bars need
        lesion_samples, the number of test samples; runs of earlier versions have none.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        It was not measured.
    """
    names, accuracies = run.activity.take("lesion_name", "lesion_accuracy")
    axes = axes or new_axes(6.4, 3.2)
    places = np.arange(len(names))
    samples = int(run.activity["lesion_samples"]) if "lesion_samples" in run.activity else None
    errors = np.hstack([error_bar([value], samples) for value in accuracies]) if samples else None
    bars = axes.bar(places, accuracies, 0.6, color=[GREY, *[CYCLE[0]] * (len(names) - 1)],
                    yerr=errors, error_kw={"elinewidth": 1, "capsize": 2})
    axes.bar_label(bars, [f"{value:.1f}" for value in accuracies], padding=2, fontsize=8)
    classes = len(run.class_names)
    if classes:
        axes.axhline(100 / classes, color=VERMILION, linestyle=":", linewidth=1,
                     label=f"chance: 1 of {classes} classes")
    draw_published(axes, published_of(run), look="--")
    axes.set(xticks=places, xticklabels=[LESIONS.get(name, name) for name in names.tolist()],
             ylabel="test accuracy (%)", ylim=(0, 100))
    axes.set_title("\n".join(filter(None, ("hidden spikes changed", spread_words(1, samples)))),
                   loc="left", pad=14)
    # Below the words of the axis, so that it hides neither a bar nor a value.
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4.6, ncols=3)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    return axes.figure
