"""Measured windows of the plasticity rules (Hao et al. 2020, Fig. 1)."""

from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.arrays import STDP_OF
from analysis.run import Run, plain
from analysis.style import BLUE, GREEN, ORANGE, PURPLE, VERMILION, drawn_from, new_axes

# The rules agree where the postsynaptic spike comes last: a broad pale line under a thin
# one keeps both in sight.
RULES = (
    ("stdp_symmetric", "DA-STDP (symmetric)",
     {"color": BLUE, "linewidth": 4, "alpha": 0.5, "marker": "o", "markersize": 7}),
    ("stdp_asymmetric", "classic STDP (asymmetric)",
     {"color": VERMILION, "marker": "s", "markersize": 3}))
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE)


@drawn_from("stdp_*")
def stdp_windows(run: Run, axes: Axes | None = None) -> Figure:
    """Weight change against the interval between post- and presynaptic spike.

    Parameters
    ----------
    run : analysis.run.Run
        Needs stdp_dt_ms, t_post - t_pre in ms, shape (pairs,), and the weight changes measured for
        one pair of spikes: stdp_symmetric and stdp_asymmetric, over the learning rate; or, of a
        run with a rule of its own, stdp_of_PROJECTION:RULE for each projection that learns, as a
        share of the largest weight.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The windows were not measured in this run.

    Notes
    -----
    Source: Hao et al. 2020, Fig. 1 and Eq. 6. The paper's figure is a schematic, this one
    is measured.
    """
    own = sorted(name for name in run.activity.names if name.startswith(STDP_OF))
    rules = RULES
    quantity = "change per spike pair $\\Delta w / \\nu$ (units of $w$)"
    if own:
        rules = [(name, _words(name), {"color": colour, "marker": "o", "markersize": 3})
                 for name, colour in zip(own, cycle(COLOURS))]
        quantity = "$\\Delta w$ per spike pair (% of $w_\\mathrm{max}$)"
    dt, *changes = run.activity.take("stdp_dt_ms", *(rule[0] for rule in rules))
    axes = axes or new_axes(5, 3.4)
    for change, (_, label, look) in zip(changes, rules):
        _draw(axes, dt, 100 * change if own else change, label, look)
    axes.axhline(0, color="black", linewidth=0.6, zorder=0)
    axes.axvline(0, color="black", linewidth=0.6, zorder=0)
    axes.set(xlabel="$t_\\mathrm{post} - t_\\mathrm{pre}$ (ms)",
             ylabel=quantity, title="Measured plasticity windows")
    axes.ticklabel_format(axis="y", scilimits=(-2, 3), useMathText=True)
    axes.legend(loc="best" if own else "lower right")
    return axes.figure


def _words(name: str) -> str:
    """Projection and rule of an array."""
    projection, _, rule = name.removeprefix(STDP_OF).partition(":")
    return plain(f"{projection.replace('_', ' → ', 1)}: {rule}")


def _draw(axes: Axes, dt: np.ndarray, change: np.ndarray, label: str, look: dict) -> None:
    """Draw a window; rules jump at coincidence, and no line may lead across it."""
    order = dt.argsort()
    for side in (dt[order] < 0, dt[order] > 0, dt[order] == 0):
        axes.plot(dt[order][side], change[order][side], label=label, **look)
        label = None
