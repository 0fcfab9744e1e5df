"""The dynamic threshold theta: its distribution and its course over training."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from numpy.typing import ArrayLike

from analysis.convergence import convergence
from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import BLUE, GREEN, GREY, PURPLE, count_samples, drawn_from, new_figure
from analysis.uncertainty import mean_error

# Not more than the run of 400 bold training images of MNIST whose effect the figure is to
# show, and a fiftieth of a shorter training.
LONGEST_WINDOW = 400


@drawn_from("theta_mV")
def theta_distribution(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Histogram of theta, and theta against the spikes of the neuron in testing.

    Of several hidden layers, the last.

    Parameters
    ----------
    run : analysis.run.Run
        Needs theta_mV, shape (N,); the second panel hidden_counts, shape (n, N).
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        Theta was not recorded.

    Notes
    -----
    Source: Hao et al. 2020, Eqs. 4 and 5.
    """
    activity = run.activity
    theta = activity["theta_mV"]
    counted = "hidden_counts" in activity
    figure = figure or new_figure(7.6 if counted else 4, 3.3)
    left, *right = figure.subplots(1, 1 + counted, squeeze=False)[0]
    left.hist(theta, bins="auto", color=BLUE, edgecolor="white", linewidth=0.5)
    mean = theta.mean()
    deviation = theta.std(ddof=1) if len(theta) > 1 else 0.0
    left.axvline(mean, color=GREY, linestyle="--", label=f"mean {mean:.2f} mV")
    left.axvspan(mean - deviation, mean + deviation, color=GREY, alpha=0.15, linewidth=0, zorder=0,
                 label=f"its s.d. over neurons, {deviation:.2f} mV")
    left.set(xlabel="$\\theta$ (mV)", ylabel="hidden neurons")
    left.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
    if counted:
        counts, _ = activity.take("hidden_counts", "theta_mV")
        errors = mean_error(pd.DataFrame(counts).std(), len(counts))
        means = counts.mean(axis=0)
        # No neuron fires less than never.
        right[0].hlines(theta, np.maximum(0, means - errors), means + errors, color=GREY,
                        linewidth=0.6, alpha=0.35, rasterized=True)
        right[0].plot(means, theta, "o", color=BLUE, markersize=3, alpha=0.7,
                      markeredgewidth=0, rasterized=True)
        right[0].set(xlabel="spikes per test presentation", ylabel="$\\theta$ (mV)",
                     title=f"a dot per neuron, mean of {len(counts):,} presentations\n"
                           "bar: 95 % interval")
    figure.suptitle(f"theta of {len(theta):,} hidden neurons")
    return figure


def draw_running_mean(axes: Axes, values: ArrayLike, window: int, first: int, colour: str,
                      label: str | None = None) -> pd.DataFrame:
    """Draw a centred mean over samples in a band of its 95 % interval.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    values : array_like, shape (samples,)
    window : int
        Samples of which each mean is.
    first : int
        Samples presented before those of `values`.
    colour : str
    label : str, optional
        For a legend.

    Returns
    -------
    pandas.DataFrame
        Edges of the band, columns low and high, thinned to what a line shows.
    """
    rolling = pd.Series(values, dtype=float).rolling(window, center=True, min_periods=1)
    found = pd.DataFrame({"mean": rolling.mean(), "error": mean_error(rolling.std(),
                                                                      rolling.count())})
    found = found.iloc[::max(1, window // 20)].fillna(0)
    # Sample number 1 is the first one presented, as in metrics.csv.
    seen = first + found.index + 1
    low = found["mean"] - found["error"]
    high = found["mean"] + found["error"]
    axes.fill_between(seen, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(seen, found["mean"], color=colour, label=label, linewidth=0.9)
    axes.set_title(f"running mean over {window:,} samples, band: 95 % interval", loc="right")
    return pd.DataFrame({"low": low, "high": high})


@drawn_from("theta_samples")
def theta_trough(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Mean theta, hidden spikes, ink of the images and accuracy on one axis of samples.

    Shows why accuracy dips where it does: in MNIST's file order the training images
    59,200 to 59,599 are bold; they probably raise theta, and so lower the activity, at the end
    of each epoch, just where accuracy is usually measured. Of several hidden layers, theta is
    that of the first and the spikes are those of the last.

    Parameters
    ----------
    run : analysis.run.Run
        Needs theta_samples and theta_mean_mV; train_spikes, train_ink, epoch_samples and
        metrics.csv are used where present.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The course of theta was not recorded.

    Notes
    -----
    Of theta a run records the mean over the neurons at each moment, without its spread.
    """
    activity = run.activity
    samples, theta = activity.take("theta_samples", "theta_mean_mV")
    # A run that went on from a checkpoint presented its first sample later.
    first = int(activity["train_first"]) if "train_first" in activity else 0
    figure = figure or new_figure(7.6, 7.6)
    top, spiking, ink, accuracy = figure.subplots(4, sharex=True, height_ratios=(1, 1, 1, 1.3))

    top.plot(samples, theta, color=BLUE)
    top.set(ylabel="mean $\\theta$ (mV)")
    for axes, name, colour, quantity in (
            (spiking, "train_spikes", GREEN, "hidden spikes\nper sample"),
            (ink, "train_ink", PURPLE, "mean pixel\n(0 to 255)")):
        axes.set_ylabel(quantity)
        if name in activity:
            values = activity[name]
            window = int(np.clip(len(values) // 50, 1, LONGEST_WINDOW))
            band = draw_running_mean(axes, values, window, first, colour)
            # The unrest of the first samples would flatten all that follows.
            settled = band.iloc[len(band) // 50:]
            lowest = settled["low"].min()
            highest = settled["high"].max()
            margin = 0.1 * (highest - lowest) + 0.5
            axes.set_ylim(lowest - margin, highest + margin)
        else:
            axes.text(0.5, 0.5, f"{name} not recorded", ha="center", transform=axes.transAxes)
    try:
        convergence(run, axes=accuracy, against="samples")
        accuracy.set_title("")
    except MissingData as reason:
        accuracy.text(0.5, 0.5, str(reason), ha="center", transform=accuracy.transAxes)
        accuracy.set_ylabel("accuracy (%)")
        count_samples(accuracy)
    epoch = int(activity["epoch_samples"]) if "epoch_samples" in activity else 0
    if epoch > 0:
        last = max(axes.dataLim.x1 for axes in figure.axes)
        for end in range((first // epoch + 1) * epoch, int(last) + 1, epoch):
            for axes in figure.axes:
                named = axes is top and end <= first + epoch
                axes.axvline(end, color=GREY, linestyle=(0, (1, 2)), linewidth=1, zorder=0,
                             label="end of an epoch" if named else None)
        # A run that ends within its first epoch has nothing to be explained.
    if top.get_legend_handles_labels()[0]:
        top.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    figure.align_ylabels(figure.axes)
    figure.suptitle("theta over training")
    return figure
