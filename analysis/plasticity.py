"""Measured windows of the plasticity rules (Hao et al. 2020, Fig. 1)."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.run import Run
from analysis.style import BLUE, VERMILION, drawn_from, new_axes

# The rules agree where the postsynaptic spike comes last: a broad pale line under a thin
# one keeps both in sight.
RULES = (
    ("stdp_symmetric", "DA-STDP (symmetric)",
     {"color": BLUE, "linewidth": 4, "alpha": 0.5, "marker": "o", "markersize": 7}),
    ("stdp_asymmetric", "classic STDP (asymmetric)",
     {"color": VERMILION, "marker": "s", "markersize": 3}))


@drawn_from("stdp_*")
def stdp_windows(run: Run, axes: Axes | None = None) -> Figure:
    """Weight change against the interval between post- and presynaptic spike.

    Parameters
    ----------
    run : analysis.run.Run
        Needs stdp_dt_ms, t_post - t_pre in ms, shape (pairs,), and stdp_symmetric and
        stdp_asymmetric, the weight changes measured for one pair of spikes, over the learning rate.
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
    dt, *changes = run.activity.take("stdp_dt_ms", *(rule[0] for rule in RULES))
    axes = axes or new_axes(5, 3.4)
    order = dt.argsort()
    for change, (_, label, look) in zip(changes, RULES):
        # The rules jump at coincidence: no line may lead across it.
        for side in (dt[order] < 0, dt[order] > 0, dt[order] == 0):
            axes.plot(dt[order][side], change[order][side], label=label, **look)
            label = None
    axes.axhline(0, color="black", linewidth=0.6, zorder=0)
    axes.axvline(0, color="black", linewidth=0.6, zorder=0)
    axes.set(xlabel="$t_\\mathrm{post} - t_\\mathrm{pre}$ (ms)",
             ylabel="change per spike pair $\\Delta w / \\nu$ (units of $w$)",
             title="Measured plasticity windows")
    axes.ticklabel_format(axis="y", scilimits=(-2, 3), useMathText=True)
    axes.legend(loc="lower right")
    return axes.figure
