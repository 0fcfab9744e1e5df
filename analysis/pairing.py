"""EMSTDP's weight change beside that of pair STDP (Shrestha et al. 2019, Fig. 5)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from analysis.run import Run, plain
from analysis.style import BLUE, GREEN, ORANGE, VERMILION, drawn_from, new_figure

# Forms of pair STDP, and kinds of drive: array, words, look.
RULES = (
    ("pairing_exponential_all", "exponential, all pairs", {"color": BLUE, "marker": "o"}),
    ("pairing_exponential_nearest", "exponential, nearest spike",
     {"color": BLUE, "marker": "o", "linestyle": ":", "markerfacecolor": "white"}),
    ("pairing_rectangular_all", "rectangular, all pairs", {"color": VERMILION, "marker": "s"}),
    ("pairing_rectangular_nearest", "rectangular, nearest spike",
     {"color": VERMILION, "marker": "s", "linestyle": ":", "markerfacecolor": "white"}),
)
DRIVES = (
    ("pairing_bias", "intrinsic bias", {"color": GREEN, "marker": "o"}),
    ("pairing_external", "external pulses", {"color": ORANGE, "marker": "s"}),
)


@drawn_from("pairing_*")
def stdp_correlation(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Two weight changes of the same pairs of neurons, and what their correlation depends on.

    Left: each dot is a pair of the first draw, with a line fitted by least squares. Middle and
    right: correlation coefficients, mean and standard deviation over the draws, by the window and
    form of STDP and by the drive of the postsynaptic neuron.

    Parameters
    ----------
    run : analysis.run.Run
        Written by ``protocols.emstdp_pairing``. Needs config.toml; pairing_weight (thresholds),
        pairing_emstdp and pairing_stdp, the weight changes at a learning rate of 1, of shape
        (draws, pairs); and correlation coefficients of shape (windows, draws) with
        pairing_windows_ms, or (drives, draws) with pairing_drives_percent.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The pairs were not recorded.

    Notes
    -----
    Source: Shrestha et al. 2019, section 4.1, Eq. 12 and Fig. 5.
    """
    figure = figure or new_figure(10.5, 3.8)
    scatter, by_window, by_drive = figure.subplots(1, 3, width_ratios=(1.2, 1, 1))
    _draw_scatter(scatter, run)
    windows, *found = run.activity.take("pairing_windows_ms", *(name for name, *_ in RULES))
    _draw_spreads(by_window, windows, found, RULES)
    by_window.set(xlabel="window of STDP (ms)", title="by window and form of STDP",
                  ylabel="correlation coefficient $r$")
    drives, *found = run.activity.take("pairing_drives_percent", *(name for name, *_ in DRIVES))
    _draw_spreads(by_drive, drives, found, DRIVES)
    by_drive.set(xlabel="largest drive (% of threshold a step)",
                 title="by drive of the postsynaptic neuron")
    rule = run.config.get("stdp", {}).get("rule", "unknown rule")
    drive = run.config.get("pairs", {}).get("drive", "drive")
    figure.suptitle(plain(f"Eq. 12 against pair STDP ({rule}, {windows[0]:g} ms), {drive} up to "
                          f"{drives[0]:g} %; one of these varied at a time"))
    return figure


def _draw_scatter(axes: Axes, run: Run) -> None:
    """The pairs of the first draw; the correlation coefficients are the means of all draws."""
    weight, emstdp, stdp = run.activity.take("pairing_weight", "pairing_emstdp", "pairing_stdp")
    for sign, colour, where in ((">", BLUE, weight > 0), ("<", VERMILION, weight < 0)):
        mean = _coefficients(emstdp, stdp, where).mean()
        axes.plot(emstdp[0][where[0]], stdp[0][where[0]], ".", color=colour, markersize=3,
                  alpha=0.5, label=f"$w {sign} 0$: $r$ = {mean:.2f}")
    slope, start = np.polyfit(emstdp[0], stdp[0], 1)
    ends = np.array([emstdp[0].min(), emstdp[0].max()])
    axes.plot(ends, start + slope * ends, color="black", linewidth=1, label="least squares")
    every = _coefficients(emstdp, stdp, np.ones(weight.shape, bool))
    axes.axhline(0, color="black", linewidth=0.6, zorder=0)
    axes.axvline(0, color="black", linewidth=0.6, zorder=0)
    draws, pairs = weight.shape
    axes.set(xlabel="EMSTDP, $(\\hat{h} - h)\\,h_\\mathrm{pre}$", ylabel="pair STDP, total change",
             title=f"$r$ = {every.mean():.3f} $\\pm$ {every.std(ddof=1):.3f} ({draws} draws of "
                   f"{pairs:,} pairs)")
    axes.legend(loc="lower right", markerscale=3)


def _coefficients(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Pearson's correlation coefficient in each draw, of the pairs that are chosen."""
    return np.array([np.corrcoef(x[chosen], y[chosen])[0, 1]
                     for x, y, chosen in zip(one, other, where)])


def _draw_spreads(axes: Axes, values: np.ndarray, found: list[np.ndarray], looks: tuple) -> None:
    """Mean and standard deviation over the draws, a line for each of `looks`."""
    order = values.argsort()
    for rows, (_, label, look) in zip(found, looks):
        axes.errorbar(values[order], rows.mean(1)[order], rows.std(1, ddof=1)[order], label=label,
                      capsize=2, markersize=4, **look)
    axes.set_xscale("log", base=2)
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.axhline(0, color="black", linewidth=0.6, zorder=0)
    axes.set_ylim(min(-0.02, axes.get_ylim()[0]), 1)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.03))
