"""Spikes per time step of one test sample (Wu et al. 2018, Fig. 4C-D)."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import MaxNLocator

from analysis.errors import AnalysisError
from analysis.run import Run
from analysis.style import BLUE, VERMILION, drawn_from, new_figure


def _answer(spikes: np.ndarray, names: Sequence[str]) -> str:
    """What the trained output, shape (T, outputs), infers: the class that fires most."""
    counts = spikes.astype(bool).sum(axis=0)
    best = np.flatnonzero(counts == counts.max())
    if len(best) > 1:
        return "inferred: none, several fire equally often"
    return f"inferred: {names[best[0]]}"


def _ticks(axes: Axes, spikes: np.ndarray, label: int | None = None) -> None:
    """Draw spikes, shape (T, neurons), as ticks of a row per neuron; `label` in its colour."""
    steps, neurons = np.nonzero(spikes)
    # A tick takes most of its row: points of the axes' height over the number of rows.
    inches = axes.get_position().height * axes.figure.get_figheight()
    size = 0.6 * 72 * inches / spikes.shape[1]
    for own, colour in ((neurons == label, VERMILION), (neurons != label, BLUE)):
        axes.plot(steps[own] + 1, neurons[own], "|", color=colour, markersize=size,
                  markeredgewidth=1.4)
    axes.set(xlabel="time step", xlim=(0, len(spikes) + 1),
             ylim=(spikes.shape[1] - 0.5, -0.5))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


@drawn_from("raster_before", "raster_after")
def input_and_output_rasters(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes of the input's centre, and of the output layer before and after training.

    Parameters
    ----------
    run : analysis.run.Run
        Needs raster_centre, shape (T, pixels), raster_before and raster_after, shape
        (T, outputs), 0 or 1 per time step, and raster_label, the class of the sample.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No spikes were recorded.
    analysis.errors.AnalysisError
        The class has no output.

    Notes
    -----
    Source: Wu et al. 2018, Fig. 4C-D.
    """
    activity = run.activity
    centre, before, after, label = activity.take("raster_centre", "raster_before",
                                                 "raster_after", "raster_label")
    label = int(label)
    outputs = after.shape[1]
    if not 0 <= label < outputs:
        raise AnalysisError(f"{activity.path}: raster_label is {label}, expected one of the "
                            f"{outputs} outputs; run the protocol again")
    names = run.class_labels(outputs)
    figure = figure or new_figure(8.4, 3)
    left, middle, right = figure.subplots(1, 3)
    _ticks(left, centre)
    side = math.isqrt(centre.shape[1])
    pixels = f"{side} x {side}" if side**2 == centre.shape[1] else f"{centre.shape[1]}"
    left.set(ylabel="input neuron")
    left.set_title(f"input, central {pixels} pixels", loc="left")
    left.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    for axes, spikes, when in ((middle, before, "before"), (right, after, "after")):
        axes.axhspan(label - 0.5, label + 0.5, color=VERMILION, alpha=0.12, linewidth=0)
        _ticks(axes, spikes, label)
        axes.set_title(f"{when} training", loc="left")
        if outputs <= 20:
            axes.set_yticks(range(outputs), names)
            axes.get_yticklabels()[label].set(color=VERMILION, fontweight="bold")
        counts = spikes.astype(bool).sum(axis=0)
        axes.set_title(f"{counts[label]} of {counts.sum()} spikes", loc="right",
                       color=VERMILION, fontsize=8)
    middle.set_ylabel("output neuron (class)")
    figure.suptitle(f"a test sample of class {names[label]}; {_answer(after, names)}")
    return figure
