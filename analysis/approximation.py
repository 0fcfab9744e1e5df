"""Spike counts against piecewise linear functions (Shrestha et al. 2019, Figs. 2 and 3)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import BLUE, CYCLE, GREY, VERMILION, drawn_from, new_figure

DIRECTIONS = {"forward": "activity", "backward": "error"}
# In the order of the first axis of the arrays.
MOMENTS = {"untrained": "-", "trained": "--"}


@drawn_from("staircase_*")
def staircases(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes of a forward neuron and of a pair of error neurons against their input.

    Parameters
    ----------
    run : analysis.run.Run
        Needs staircase_drive and staircase_count, shape (drives,), and the same of
        staircase_error; drives are the input of one phase in thresholds.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        Nothing was recorded.

    Notes
    -----
    Source: Shrestha et al. 2019, Fig. 2a (Eq. 4 and 5) and 3a (Eq. 9).
    """
    drive, count, error, error_count = run.activity.take(
        "staircase_drive", "staircase_count", "staircase_error_drive", "staircase_error_count")
    figure = figure or new_figure(7.6, 3.4)
    forward, backward = figure.subplots(1, 2)
    forward.step(drive, count, where="post", color=BLUE, label="spikes $h$")
    forward.plot(drive, np.maximum(0, drive - 1), ":", color=GREY, label="shifted ReLU")
    forward.set(xlabel="input $u/\\theta$", ylabel="spikes in a phase", title="forward neuron")
    backward.step(error, error_count, where="mid", color=VERMILION, label="spikes $e^+ - e^-$")
    backward.plot(error, error, ":", color=GREY, label="line")
    backward.set(xlabel="error $\\epsilon/\\theta$", title="pair of error neurons")
    for axes in (forward, backward):
        axes.legend(loc="upper left")
        axes.grid(alpha=0.3)
    figure.suptitle("staircases")
    return figure


@drawn_from("forward_units_*", "backward_units_*")
def ann_against_snn(run: Run, figure: FigureBase | None = None,
                    moment: str = "untrained") -> FigureBase:
    """Hidden neurons of the spiking network against units of the same weights, for several T.

    A panel per direction and T, a dot per neuron, with the correlation coefficients; at the right
    the coefficients of the untrained and of the trained network against T.

    Parameters
    ----------
    run : analysis.run.Run
        Needs compared_steps, the T, shape (windows,), and of every hidden layer
        {forward, backward}_{units, spikes}_LAYER, shape (moments, windows, neurons), in spikes per
        step.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.
    moment : {'untrained', 'trained'}
        Whose neurons are drawn.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The network has no hidden layer, or nothing was recorded.

    Notes
    -----
    Source: Shrestha et al. 2019, Figs. 2b and 3b (there one T, with initial weights).
    """
    activity = run.activity
    prefix = "forward_units_"
    layers = [name.removeprefix(prefix) for name in activity.names if name.startswith(prefix)]
    if not layers:
        raise MissingData("activity.npz has no forward_units_LAYER")
    steps = activity["compared_steps"]
    figure = figure or new_figure(2.6 * (len(steps) + 1), 5.4)
    panels = figure.subplots(2, len(steps) + 1)
    chosen = list(MOMENTS).index(moment)
    for row, (direction, quantity) in zip(panels, DIRECTIONS.items()):
        pairs = {layer: activity.take(f"{direction}_spikes_{layer}", f"{direction}_units_{layer}",
                                      "compared_steps")[:2] for layer in layers}
        for window, axes in enumerate(row[:-1]):
            _scatter(axes, {layer: [values[chosen, window] for values in pair]
                            for layer, pair in pairs.items()})
            axes.set(title=f"{direction}, $T$ = {steps[window]}", xlabel="spikes per step (SNN)")
        row[0].set_ylabel(f"{quantity} of the unit (ANN)")
        _coefficients(row[-1], steps, pairs)
    figure.suptitle(f"hidden layers without and with spikes, {moment}, "
                    "one sample, one dot per neuron")
    return figure


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's coefficient; not a number where one of both is constant."""
    if not (np.ptp(one) and np.ptp(other)):
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])


def _scatter(axes: Axes, pairs: dict[str, list[np.ndarray]]) -> None:
    """Units against spikes, a colour per layer."""
    for colour, (layer, (spikes, units)) in zip(CYCLE, pairs.items()):
        r = correlation(spikes, units)
        words = "silent" if np.isnan(r) else f"$r$ = {r:.3f}"
        axes.plot(spikes, units, "o", color=colour, markersize=3, markeredgewidth=0, alpha=0.5,
                  label=f"{layer}, {words}", rasterized=True)
    low, high = axes.get_xlim()
    axes.plot([low, high], [low, high], ":", color=GREY, linewidth=1, zorder=0)
    axes.legend(loc="best", handletextpad=0.2, borderpad=0.2)


def _coefficients(axes: Axes, steps: np.ndarray, pairs: dict[str, list[np.ndarray]]) -> None:
    """Correlation against T, of both moments."""
    for colour, (layer, (spikes, units)) in zip(CYCLE, pairs.items()):
        for (moment, dashes), own_spikes, own_units in zip(MOMENTS.items(), spikes, units):
            r = [correlation(*values) for values in zip(own_spikes, own_units)]
            axes.plot(steps, r, dashes, color=colour, marker="o", markersize=3.5,
                      label=f"{layer}, {moment}")
    axes.set_xscale("log")
    axes.set_xticks(steps, steps)
    axes.minorticks_off()
    axes.set(xlabel="$T$", title="correlation $r$")
    axes.margins(y=0.1)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(loc="best")
