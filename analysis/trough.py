"""Runs that differ in one block of training images, side by side around an epoch's end."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from analysis.errors import MissingData
from analysis.homeostasis import draw_running_mean
from analysis.published import draw_published, published_accuracy
from analysis.readouts import WORDS, readout_columns, readout_words
from analysis.run import Run, plain
from analysis.style import (
    BLUE, CYCLE, GREY, VERMILION, count_samples, drawn_from, new_figure, percent_axis, styled,
)
from analysis.uncertainty import error_bar, mean_error, samples_of, spread_words

# The array that says after how many samples a run went on from a checkpoint.
WENT_ON = "train_first"
WINDOW = 200
READOUTS = ({"marker": "o", "markersize": 2.5}, {"linestyle": ":"})


@styled
def theta_trough_compared(runs: Sequence[Run], figure: FigureBase | None = None) -> FigureBase:
    """Ink of the images, hidden spikes, mean theta and accuracy of several variants.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Written by ``protocols.theta_trough``: each needs train_ink, train_spikes,
        train_first, theta_samples, theta_mean_mV and metrics.csv.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        A run lacks one of these.

    Notes
    -----
    Not in a paper. Of theta a run records the mean over the neurons, without its spread. The
    bars stand at the last test alone, since those of every test would cover each other. In file
    order the accuracy of Hao et al. (2020) falls at the end of
    every epoch of MNIST; if the fall goes with the block, the block is its cause.
    """
    figure = figure or new_figure(7.6, 7.4)
    ink, spiking, theta, accuracy = figure.subplots(4, sharex=True, height_ratios=(1, 1, 1, 1.3))
    epoch = None
    bars = set()
    for run, colour in zip(runs, itertools.cycle(CYCLE)):
        activity = run.activity
        if WENT_ON not in activity:
            raise MissingData(f"{run.directory} is no run of protocols.theta_trough")
        first = int(activity[WENT_ON])
        epoch = int(activity["epoch_samples"])
        label = plain(run.config.get("run", {}).get("preset", run.title)).rpartition(", ")[2]
        for axes, name in ((ink, "train_ink"), (spiking, "train_spikes")):
            draw_running_mean(axes, activity[name], WINDOW, first, colour, label)
        samples, mean = activity.take("theta_samples", "theta_mean_mV")
        theta.plot(samples, mean, color=colour)
        rows = run.metrics
        tested = samples_of(run, "test")
        for column, look in zip(readout_columns(rows, "accuracy"), READOUTS):
            accuracy.plot(rows["samples"], rows[column], color=colour,
                          label=f"{label}: {readout_words(column)}", **look)
            last = rows.dropna(subset=column).iloc[-1:]
            if tested and len(last):
                accuracy.errorbar(last["samples"], last[column], error_bar(last[column], tested),
                                  fmt="none", ecolor=colour, elinewidth=1)
                bars.add(spread_words(1, tested))
    draw_published(accuracy, published_accuracy(runs))
    ink.set(ylabel="mean pixel\n(0 to 255)")
    spiking.set(ylabel="hidden spikes\nper sample")
    theta.set(ylabel="mean $\\theta$ (mV)")
    accuracy.set(ylabel="accuracy (%)")
    accuracy.set_title(", ".join(sorted(bars)), loc="right")
    percent_axis(accuracy)
    count_samples(accuracy)
    low, high = accuracy.get_xlim()
    for end in range(epoch, int(high), epoch):
        if end > low:
            for axes in figure.axes:
                axes.axvline(end, color=GREY, linestyle=(0, (1, 2)), linewidth=1, zorder=0,
                             label="end of the epoch" if axes is ink else None)
    ink.legend(loc="upper left", ncols=3, bbox_to_anchor=(0, 1.35), borderaxespad=0)
    accuracy.legend(loc="upper center", bbox_to_anchor=(0.5, -0.3), ncols=2)
    figure.align_ylabels(figure.axes)
    figure.suptitle("What one block of training images does to theta and accuracy")
    return figure


@drawn_from("theta_start_mV", "theta_end_mV")
def theta_swap(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Change of theta by the class of the neuron, and what theta alone does to accuracy.

    Parameters
    ----------
    run : analysis.run.Run
        Written by ``protocols.theta_trough``: needs theta_start_mV, theta_end_mV and
        neuron_class, each of shape (N,), and theta_swap among the facts of summary.json.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The run lacks one of these.
    """
    swapped = (run.summary.get("facts") or {}).get("theta_swap")
    if not swapped:
        raise MissingData("theta and weights of two moments were not combined")
    start, end, classes = run.activity.take("theta_start_mV", "theta_end_mV", "neuron_class")
    figure = figure or new_figure(7.6, 3.4)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    _draw_changes(left, end - start, classes)
    _draw_swaps(right, swapped, samples_of(run, "test"))
    figure.suptitle("From the checkpoint to the end of the epoch")
    return figure


def _draw_changes(axes: Axes, change: np.ndarray, classes: np.ndarray) -> None:
    """A dot per neuron that has a class, the mean of each class with its 95 % interval."""
    labelled = classes >= 0
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.plot(classes[labelled], change[labelled], "o", color=BLUE, markersize=3, alpha=0.5,
              markeredgewidth=0)
    for name in np.unique(classes[labelled]):
        own = pd.Series(change[classes == name])
        mean = own.mean()
        axes.plot([name - 0.35, name + 0.35], [mean, mean], color=VERMILION, linewidth=2)
        axes.errorbar([name], [mean], mean_error(own.std(), len(own)), fmt="none",
                      ecolor=VERMILION, elinewidth=1)
    axes.set(xlabel="class of the hidden neuron", ylabel="change of $\\theta$ (mV)",
             xticks=np.unique(classes[labelled]),
             title="a dot per neuron, mean of the class\nbar: 95 % interval")


def _draw_swaps(axes: Axes, swapped: dict[str, dict[str, float]], samples: int | None) -> None:
    """Accuracies of weights and theta of two moments on so many samples, a bar per readout."""
    places = np.arange(len(swapped))
    for shift, readout, colour in ((0.2, "sl", BLUE), (-0.2, "labels", VERMILION)):
        values = [accuracies[readout] for accuracies in swapped.values()]
        errors = np.hstack([error_bar([value], samples) for value in values]) if samples else None
        bars = axes.barh(places + shift, values, 0.38, color=colour, label=WORDS[readout],
                         xerr=errors, error_kw={"elinewidth": 1})
        axes.bar_label(bars, fmt="%.1f", padding=2, fontsize=7)
    # A bar that begins elsewhere than at zero would exaggerate.
    axes.set(xlabel="\n".join(filter(None, ("accuracy (%)", spread_words(1, samples)))),
             xlim=(0, 100), yticks=places,
             yticklabels=[plain(name).replace(", ", "\n") for name in swapped])
    axes.invert_yaxis()
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
