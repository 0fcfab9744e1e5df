"""Updates of each layer while a network learns, beside those of backpropagation."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import MultipleLocator

from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import CYCLE, GREY, count_samples, drawn_from, name_places, new_figure


def course(run: Run, suffix: str) -> dict[str, pd.Series]:
    """A quantity of every layer at each test.

    Parameters
    ----------
    run : analysis.run.Run
    suffix : str
        What follows the layer's name in a column of metrics.csv, such as "_angle".

    Returns
    -------
    dict of str to pandas.Series
        By layer, indexed by samples.

    Raises
    ------
    analysis.errors.MissingData
        No layer has it.
    """
    # A resumed run may have measured one point twice; the later one counts.
    rows = run.metrics.drop_duplicates("samples", keep="last").set_index("samples").sort_index()
    found = {name.removesuffix(suffix): rows[name].dropna() for name in rows
             if name.endswith(suffix) and rows[name].dtype.kind in "iuf"}
    found = {layer: values for layer, values in found.items() if not values.empty}
    if not found:
        raise MissingData(f"metrics.csv has no LAYER{suffix}")
    return found


def draw_courses(axes: Axes, courses: Mapping[str, pd.Series]) -> None:
    """Draw a line per layer against the samples presented.

    Where each layer was measured once, draw a labelled point per layer instead, side by side.
    """
    if all(len(values) == 1 for values in courses.values()):
        _draw_points(axes, courses)
        return
    for place, (layer, values) in enumerate(courses.items()):
        # Deep networks have more layers than there are colours.
        dashes = ("-", "--")[place // len(CYCLE) % 2]
        # Lines that coincide stay in sight: the later ones are thinner.
        axes.plot(values.index, values, f"o{dashes}", color=CYCLE[place % len(CYCLE)],
                  markersize=max(2.5, 5 - place), linewidth=max(0.9, 2.5 - 0.8 * place),
                  label=layer)
    count_samples(axes)
    axes.xaxis.get_major_locator().set_params(nbins=4)
    axes.grid(alpha=0.3)


def _draw_points(axes: Axes, courses: Mapping[str, pd.Series]) -> None:
    """A point with its value for each layer."""
    for place, values in enumerate(courses.values()):
        value = float(values.iloc[0])
        axes.plot([place], [value], "o", color=CYCLE[place % len(CYCLE)], markersize=4)
        words = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        axes.annotate(words, (place, value), xytext=(4, 0), va="center", fontsize=7,
                      textcoords="offset points", annotation_clip=False)
    samples = max(int(values.index[0]) for values in courses.values())
    name_places(axes, list(courses))
    # The value of the last layer needs room at its right.
    axes.set(xlim=(-0.5, len(courses) - 0.2), xlabel=f"layer, after {samples:,} samples")
    axes.grid(axis="y", alpha=0.3)


def name_layers(figure: FigureBase, axes: Axes) -> None:
    """A legend of the layers below a figure, where `draw_courses` drew lines into the axes."""
    handles, names = axes.get_legend_handles_labels()
    if names:
        figure.legend(handles, names, loc="outside lower center", ncols=7)


@drawn_from(columns=("*_update",))
def layer_updates(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Angle of each layer's update to that of backpropagation, its norm, and that of the weights.

    Parameters
    ----------
    run : analysis.run.Run
        Needs columns LAYER_angle (degrees), LAYER_update and LAYER_norm (Euclidean norms of the
        update and of the weights onto the layer) of metrics.csv.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No updates were measured.

    Notes
    -----
    Zhao et al. 2020 claim that errors which go to each layer at once neither vanish nor explode.
    Each value is that of a single update, so it has no error bar.
    """
    figure = figure or new_figure(9.6, 3.6)
    angles, updates, norms = figure.subplots(1, 3)
    draw_courses(angles, course(run, "_angle"))
    angles.axhline(90, color=GREY, linestyle=":", linewidth=1)
    low, high = angles.get_ylim()
    angles.set(title="update against backpropagation", ylabel="angle (degrees)",
               ylim=(min(-3, low), max(100, high)))
    angles.yaxis.set_major_locator(MultipleLocator(15))
    for axes, suffix, title in ((updates, "_update", "norm of the update"),
                                (norms, "_norm", "norm of the weights")):
        draw_courses(axes, course(run, suffix))
        # A layer that vanishes or explodes does so by orders of magnitude.
        axes.set_yscale("log")
        axes.set(title=title)
    name_layers(figure, updates)
    figure.suptitle("updates of the layers while learning")
    return figure
