"""One sample through both phases of a window (Shrestha et al. 2019, Fig. 4b and section 3.6)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import MaxNLocator

from analysis.arrays import WINDOW
from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import BLUE, GREEN, GREY, VERMILION, drawn_from, new_figure

SIGNS = {"plus": VERMILION, "minus": BLUE}
# Neurons that are classes, each on a line of its own.
FEW = 20


@drawn_from(f"{WINDOW}*_i")
def window_raster(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes of all groups while a sample is learned, from the input to its error neurons.

    Parameters
    ----------
    run : analysis.run.Run
        Needs window_steps, T, and by group window_GROUP_i (neuron), window_GROUP_step and
        window_GROUP_size; window_label and window_answer name classes. Groups LAYER_plus and
        LAYER_minus share a panel.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No spikes were recorded.
    """
    activity = run.activity
    groups = [name.removeprefix(WINDOW).removesuffix("_i") for name in activity.names
              if name.startswith(WINDOW) and name.endswith("_i")]
    if not groups:
        raise MissingData("activity.npz has no window_GROUP_i")
    steps = int(activity["window_steps"])
    label = int(activity["window_label"])
    panels = {}
    for group in groups:
        layer, _, sign = group.partition("_")
        panels.setdefault((layer, sign in SIGNS), []).append((group, SIGNS.get(sign)))
    sizes = [int(activity[f"{WINDOW}{members[0][0]}_size"]) for members in panels.values()]
    heights = [0.9 if size <= FEW else 1.3 for size in sizes]
    figure = figure or new_figure(7.2, 0.9 + sum(heights))
    all_axes = figure.subplots(len(panels), sharex=True, squeeze=False,
                               height_ratios=heights)[:, 0]
    for axes, size, ((layer, errors), members) in zip(all_axes, sizes, panels.items()):
        counts = [_draw(axes, activity, group, colour, size) for group, colour in members]
        _finish(axes, layer, errors, size, counts)
        if size <= FEW:
            axes.axhspan(label - 0.5, label + 0.5, color=GREEN, alpha=0.12, linewidth=0)
        # In phase 2, from here on, the error network drives the forward network.
        axes.axvline(steps / 2 - 0.5, color=GREY, linestyle="--", linewidth=1)
    all_axes[-1].set(xlabel="time step", xlim=(-1, steps))
    all_axes[-1].xaxis.set_major_locator(MaxNLocator(10, integer=True))
    figure.align_ylabels(all_axes)
    names = run.class_labels(label + 1)
    shown = f"label {names[label]}"
    if "window_answer" in activity:
        answer = int(activity["window_answer"])
        shown += f", answered {run.class_labels(answer + 1)[answer]}"
    figure.suptitle("a test sample in phase 1 (left of the dashed line) and phase 2\n"
                    f"{shown}; errors: red positive, blue negative")
    return figure


def _draw(axes: Axes, activity, group: str, colour: str | None, size: int) -> int:
    """Draw the spikes of a group; return how many there are."""
    neurons, steps = activity.take(f"{WINDOW}{group}_i", f"{WINDOW}{group}_step")
    look = {"marker": "|", "markersize": 5, "markeredgewidth": 1} if size <= FEW else \
        {"marker": "o", "markersize": 1.6, "markeredgewidth": 0}
    axes.plot(steps, neurons, linestyle="", color=colour or "black", rasterized=True, **look)
    return len(np.atleast_1d(neurons))


def _finish(axes: Axes, layer: str, errors: bool, size: int, counts: list[int]) -> None:
    """Name a panel and count its spikes."""
    words = f"{layer}\nerrors" if errors else layer
    if layer == "output" and errors:
        words = "loss"
    said = f"{counts[0]:,} positive, {counts[1]:,} negative" if errors else f"{counts[0]:,}"
    axes.set_title(f"{said} spikes of {size:,} neurons", fontsize=8, loc="right", pad=4)
    axes.set(ylabel=words, ylim=(size - 0.5, -0.5))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
