"""One presentation in detail: spikes of all groups, voltage of a few neurons."""

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import MaxNLocator

from analysis.arrays import Arrays
from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import BLUE, GREY, PURPLE, VERMILION, drawn_from, new_figure

# Group, name on the axis, relative height, size of a dot, an array that tells the size of
# the group by its last axis.
GROUPS = (("input", "input neuron", 2, 1.5, "images"),
          ("hidden", "hidden neuron", 2, 4, "weights_input"),
          ("inhibitory", "inhibitory neuron", 2, 4, "weights_input"),
          ("sl", "SL neuron", 1.2, 4, "sl_counts"))
MOST_VOLTAGES = 6


def _mark_end(axes: Axes, activity: Arrays, label: str) -> None:
    """Mark the end of the presentation if it was recorded."""
    if "presentation_ms" in activity:
        axes.axvline(float(activity["presentation_ms"]), color=VERMILION, linestyle="--",
                     linewidth=1, label=label)


@drawn_from("raster_*_i")
def raster(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes of input, hidden, inhibitory and SL group in one presentation.

    Parameters
    ----------
    run : analysis.run.Run
        Needs raster_{group}_i (neuron) and raster_{group}_t_ms for at least one group.
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
    groups = [group for group in GROUPS if f"raster_{group[0]}_i" in activity]
    if not groups:
        raise MissingData("activity.npz has no raster_input_i or other raster")
    figure = figure or new_figure(6.8, 0.9 + 0.85 * sum(group[2] for group in groups))
    all_axes = figure.subplots(len(groups), sharex=True, squeeze=False,
                               height_ratios=[group[2] for group in groups])[:, 0]
    for axes, (group, name, _, dot, sized_by) in zip(all_axes, groups):
        neurons, times = activity.take(f"raster_{group}_i", f"raster_{group}_t_ms")
        axes.plot(times, neurons, "o", color=BLUE, markersize=dot, markeredgewidth=0,
                  rasterized=True)
        size = (activity[sized_by].shape[-1] if sized_by in activity
                else neurons.max(initial=0) + 1)
        axes.set(ylabel=name, ylim=(size - 0.5, -0.5),
                 title=f"{len(times):,} spikes of {size:,} neurons")
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        _mark_end(axes, activity, "end of the presentation")
    # The rest after the presentation belongs to the picture even if no neuron spikes in it.
    last = activity["voltage_t_ms"].max() if "voltage_t_ms" in activity else None
    all_axes[-1].set(xlabel="time (ms)", xlim=(0, last))
    figure.align_ylabels(all_axes)
    shown = f", label {run.class_labels(int(activity['raster_label']) + 1)[-1]}" \
        if "raster_label" in activity else ""
    figure.suptitle(f"{run.title}: spikes in one presentation{shown}")
    figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside lower center")
    return figure


@drawn_from("voltage_*")
def voltage(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Membrane voltage and threshold of the recorded hidden neurons, with their spikes.

    Parameters
    ----------
    run : analysis.run.Run
        Needs voltage_t_ms, shape (T,), voltage_mV and voltage_threshold_mV, shape (k, T),
        and voltage_neuron, shape (k,); the spikes come from raster_hidden_*.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No voltage was recorded.
    """
    activity = run.activity
    times, voltages, thresholds, neurons = activity.take(
        "voltage_t_ms", "voltage_mV", "voltage_threshold_mV", "voltage_neuron")
    spikes = (activity.take("raster_hidden_i", "raster_hidden_t_ms")
              if "raster_hidden_i" in activity else None)
    shown = min(len(neurons), MOST_VOLTAGES)
    figure = figure or new_figure(6.8, 1 + 1.5 * shown)
    all_axes = figure.subplots(shown, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, neuron, trace, threshold in zip(all_axes, neurons, voltages, thresholds):
        axes.plot(times, trace, color=BLUE, linewidth=0.8, label="membrane voltage")
        axes.plot(times, threshold, color=GREY, linestyle="-.", linewidth=1, label="threshold")
        if spikes is not None:
            own = spikes[1][spikes[0] == neuron]
            axes.plot(own, [max(voltages.max(), thresholds.max()) + 3] * len(own), "v",
                      color=PURPLE, markersize=4, label="spike")
        _mark_end(axes, activity, "end of the presentation")
        axes.set(ylabel="voltage (mV)", title=f"hidden neuron {neuron}")
    all_axes[-1].set_xlabel("time (ms)")
    all_axes[-1].set_xlim(times[0], times[-1])
    figure.suptitle(f"{run.title}: hidden neurons in one presentation")
    figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
