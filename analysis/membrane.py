"""One neuron while it integrates (Zhao et al. 2020, Fig. 2)."""

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.ticker import MaxNLocator

from analysis.run import Run
from analysis.style import BLUE, GREEN, GREY, VERMILION, drawn_from, new_figure


@drawn_from("neuron_V", "neuron_peak", "neuron_g_E", "neuron_spikes", "neuron_threshold")
def membrane(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Potential and conductance of one neuron over the steps of a sample, with its spikes.

    Parameters
    ----------
    run : analysis.run.Run
        Needs neuron_V, neuron_peak (V before a reset), neuron_g_E and neuron_spikes, shape (T,),
        and neuron_threshold and neuron_index; all without unit, as in the paper.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No neuron was recorded.

    Notes
    -----
    Source: Zhao et al. 2020, Fig. 2 and Eq. 2-3 (there a sketch).
    """
    activity = run.activity
    after, before, conductance, spikes, threshold, index = activity.take(
        "neuron_V", "neuron_peak", "neuron_g_E", "neuron_spikes", "neuron_threshold",
        "neuron_index")
    fired = np.flatnonzero(spikes) + 1
    steps = np.arange(1, len(after) + 1)
    figure = figure or new_figure(6.8, 4.2)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(1.6, 1))
    # A neuron begins at rest; at a spike V falls from what it had reached to its reset.
    times = np.concatenate([[0], np.repeat(steps, 2)])
    course = np.concatenate([[0], np.column_stack([before, after]).ravel()])
    upper.plot(times, course, color=BLUE, label="$V$")
    upper.axhline(float(threshold), color=GREY, linestyle="-.", linewidth=1, label="$V_{th}$")
    upper.plot(fired, before[fired - 1], "v", color=VERMILION, markersize=5, label="spike")
    upper.set_ylabel("potential")
    lower.plot(np.concatenate([[0], steps]), np.concatenate([[0], conductance]), "o-",
               color=GREEN, markersize=3, label="$g_E$")
    lower.set(xlabel="time step", ylabel="conductance", xlim=(0, len(steps) + 0.5))
    lower.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
    handles = [axes.get_legend_handles_labels() for axes in (upper, lower)]
    figure.legend(sum((each[0] for each in handles), []), sum((each[1] for each in handles), []),
                  loc="outside lower center", ncols=4)
    figure.align_ylabels((upper, lower))
    figure.suptitle(f"neuron {int(index)} of the first hidden layer, "
                    f"{len(fired)} spikes in {len(steps)} steps")
    return figure
