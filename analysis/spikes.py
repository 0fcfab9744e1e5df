"""One presentation in detail: spikes of all groups, voltage and conductances of a few neurons."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from analysis.arrays import Arrays
from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import BLUE, GREEN, GREY, VERMILION, drawn_from, new_figure

# Group, name on the axis, relative height, an array that tells the size of the group by its last
# axis. Inhibitory neurons copy the spikes of their hidden neurons, so they have no panel.
GROUPS = (("input", "input neuron", 2.4, "images"),
          ("hidden", "hidden neuron", 2, "weights_input"),
          ("sl", "SL neuron", 1.3, "sl_counts"))
MOST_VOLTAGES = 4
# Classes whose names fit beside their neurons.
MOST_NAMES = 12
# Points: more than the height of a row of 784 neurons, so that a spike can be seen.
LEAST_TICK = 3.5
MOST_TICK = 9
CONDUCTANCE_TICKS = (0, 1, 10, 100, 1000)
CONDUCTANCES = {"voltage_g_E": ("$g_E$", GREEN), "voltage_g_I": ("$g_I$", VERMILION)}


@drawn_from("raster_*_i")
def raster(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes of the input, the hidden and the SL group while a sample is shown.

    The rest after the presentation is left out, and so is the inhibitory group, which repeats the
    hidden one.

    Parameters
    ----------
    run : analysis.run.Run
        Needs raster_{group}_i (neuron) and raster_{group}_t_ms for at least one of the groups
        input, hidden and sl; presentation_ms and raster_label are used where recorded.
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
    end = _end(activity)
    figure = figure or new_figure(6.8, 0.9 + 0.95 * sum(height for _, _, height, _ in groups))
    all_axes = figure.subplots(len(groups), sharex=True, squeeze=False,
                               height_ratios=[height for _, _, height, _ in groups])[:, 0]
    for axes, (group, name, height, sized_by) in zip(all_axes, groups):
        neurons, times = activity.take(f"raster_{group}_i", f"raster_{group}_t_ms")
        size = (activity[sized_by].shape[-1] if sized_by in activity
                else neurons.max(initial=0) + 1)
        shown = times <= end
        tick = np.clip(0.6 * 72 * height / size, LEAST_TICK, MOST_TICK)
        axes.plot(times[shown], neurons[shown], "|", color=BLUE, markersize=tick,
                  markeredgewidth=0.8, rasterized=True)
        axes.set(ylabel=name, ylim=(size - 0.5, -0.5),
                 title=f"{np.count_nonzero(shown):,} spikes of {size:,} neurons")
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        if group == "sl" and size <= MOST_NAMES:
            axes.set_yticks(range(size), run.class_labels(size), fontsize=6)
    all_axes[-1].set(xlabel="time (ms)", xlim=(0, end if np.isfinite(end) else None))
    figure.align_ylabels(all_axes)
    figure.suptitle(", ".join(["spikes in one presentation", *_label_and_answer(run)]))
    return figure


def _end(activity: Arrays) -> float:
    """End of the presentation in ms; infinite where it was not recorded."""
    return float(activity["presentation_ms"]) if "presentation_ms" in activity else np.inf


def _label_and_answer(run: Run) -> list[str]:
    """The words for the label of the sample and for what the SL layer infers from its spikes."""
    activity = run.activity
    words = []
    if "raster_label" in activity:
        label = int(activity["raster_label"])
        words.append(f"label {run.class_labels(label + 1)[label]}")
    if "raster_sl_i" in activity:
        neurons, times = activity.take("raster_sl_i", "raster_sl_t_ms")
        counts = np.bincount(neurons[times <= _end(activity)], minlength=1)
        best = np.flatnonzero(counts == counts.max())
        # Of several that fire equally often, the protocol's answers take the first.
        found = run.class_labels(best[0] + 1)[best[0]] if counts.any() else "nothing"
        words.append(f"inferred {found}")
    return words


@drawn_from("voltage_*")
def voltage(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Membrane voltage, threshold, spikes and conductances of recorded hidden neurons.

    A spike is drawn from the threshold to the highest voltage of the axis, as an electrode would
    show it: the model itself goes from the threshold to the reset in one step.

    Parameters
    ----------
    run : analysis.run.Run
        Needs voltage_t_ms, shape (T,), voltage_mV and voltage_threshold_mV, shape (k, T),
        and voltage_neuron, shape (k,); the spikes come from raster_hidden_*. Where they are
        recorded, voltage_g_E and voltage_g_I, shape (k, T), without unit, have panels of their
        own.
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
    names = [name for name in CONDUCTANCES if name in activity]
    conductances = dict(zip(names, activity.take(*names, "voltage_mV")))
    spikes = (activity.take("raster_hidden_i", "raster_hidden_t_ms")
              if "raster_hidden_i" in activity else None)
    shown = min(len(neurons), MOST_VOLTAGES)
    heights = (1.15, 0.65) if names else (1.3,)
    figure = figure or new_figure(6.8, 1 + shown * sum(heights))
    rows = figure.subplots(shown * len(heights), sharex=True, squeeze=False,
                           height_ratios=heights * shown)[:, 0].reshape(shown, -1)
    top = max(voltages.max(), thresholds.max()) + 0.2 * np.ptp(voltages) + 1
    for place, (axes, *lower) in enumerate(rows):
        own = spikes[1][spikes[0] == neurons[place]] if spikes else None
        _draw_voltage(axes, times, voltages[place], thresholds[place], own, top)
        axes.set_ylabel("voltage\n(mV)")
        axes.set_title(f"hidden neuron {neurons[place]}", loc="left")
        for below in lower:
            for name, values in conductances.items():
                label, colour = CONDUCTANCES[name]
                below.plot(times, values[place], color=colour, linewidth=0.8, label=label)
            below.set_ylabel("$g$\n(leak = 1)")
            # Inhibition is some ten times stronger than excitation, which would not be seen.
            below.set_yscale("symlog", linthresh=1)
            below.set_ylim(0, None)
            below.set_yticks([tick for tick in CONDUCTANCE_TICKS
                              if tick <= 2 * max(1, below.get_ylim()[1])])
            below.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            _mark_end(below, activity, None)
        _mark_end(axes, activity, "end of the presentation")
    rows[-1, -1].set_xlabel("time (ms)")
    rows[-1, -1].set_xlim(times[0], times[-1])
    figure.align_ylabels(rows.ravel())
    handles = [found for axes in rows[0] for found in zip(*axes.get_legend_handles_labels())]
    figure.suptitle("hidden neurons in one presentation")
    figure.legend(*zip(*handles), loc="outside lower center", ncols=6, columnspacing=1.2)
    return figure


def _draw_voltage(axes: Axes, times: np.ndarray, trace: np.ndarray, threshold: np.ndarray,
                  spikes: np.ndarray | None, top: float) -> None:
    """Voltage and threshold of a neuron, and its spikes up to `top` in mV."""
    axes.plot(times, trace, color=BLUE, linewidth=0.8, label="membrane voltage")
    axes.plot(times, threshold, color=GREY, linestyle="-.", linewidth=1, label="threshold")
    if spikes is not None:
        axes.vlines(spikes, np.interp(spikes, times, threshold), top, color=BLUE, linewidth=1.1,
                    label="spike")


def _mark_end(axes: Axes, activity: Arrays, label: str | None) -> None:
    """Mark the end of the presentation if it was recorded."""
    if "presentation_ms" in activity:
        axes.axvline(float(activity["presentation_ms"]), color="black", linestyle="--",
                     linewidth=0.8, label=label)
