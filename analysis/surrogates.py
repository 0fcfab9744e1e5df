"""The curves that stand for the derivative of a spike (Wu et al. 2018, Fig. 3B)."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.run import Run
from analysis.style import drawn_from, new_axes

SHAPES = ("rectangular", "polynomial", "sigmoid", "gaussian")
DASHES = ("-", "--", "-.", ":")


@drawn_from("surrogate_*")
def surrogate_curves(run: Run, axes: Axes | None = None) -> Figure:
    """The four surrogates against the distance of the membrane potential from threshold.

    Parameters
    ----------
    run : analysis.run.Run
        Needs surrogate_distance, u - V_th, and surrogate_{rectangular, polynomial, sigmoid,
        gaussian}, all of shape (distances,), without unit; surrogate_width is named where it
        is recorded.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The curves were not recorded.

    Notes
    -----
    Source: Wu et al. 2018, Fig. 3B and Eq. 23 to 26.
    """
    activity = run.activity
    distance, *curves = activity.take("surrogate_distance",
                                      *(f"surrogate_{shape}" for shape in SHAPES))
    axes = axes or new_axes(5, 3.2)
    for number, (shape, curve, dashes) in enumerate(zip(SHAPES, curves, DASHES), 1):
        axes.plot(distance, curve, dashes, label=f"$h_{number}$ {shape}")
    width = f" of width $a$ = {float(activity['surrogate_width']):g}" \
        if "surrogate_width" in activity else ""
    axes.set(xlabel="$u - V_\\mathrm{th}$", ylabel="$h(u)$", ylim=(0, None),
             xlim=(distance.min(), distance.max()),
             title=f"Surrogates{width} for the derivative of a spike")
    axes.legend(loc="upper right")
    return axes.figure
