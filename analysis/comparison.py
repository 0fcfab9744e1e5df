"""Runs that differ in one setting, side by side (Wu et al. 2018, Fig. 6)."""

from collections.abc import Iterable, Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from analysis.close_up import error_axis
from analysis.convergence import x_axis
from analysis.curves import MARKERS, Curve, draw_curves, seeds_words
from analysis.errors import MissingData
from analysis.groups import SPLITS, differing_settings, seed_table, setting_words, value_words
from analysis.published import Published, draw_published, published_accuracy
from analysis.readouts import readout_columns, readout_words
from analysis.run import Run
from analysis.style import CYCLE, new_figure, percent_axis, styled
from analysis.uncertainty import error_bar, samples_of, spread_words


@styled
def compared(runs: Sequence[Run], setting: str | None = None, figure: FigureBase | None = None
             ) -> FigureBase:
    """Accuracy (per cent) while learning, a line per value of a setting, and at the last test.

    Seeds of one value become their mean with a band from minimum to maximum; at the last
    test each seed is a dot, their mean a line. Error bars are those of `analysis.uncertainty`. Of
    several readouts the first is drawn. Runs of a single test have no course.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml and metrics.csv. Those are drawn that differ from the first in nothing
        but the setting and the seed.
    setting : str, optional
        "table.name" of config.toml, such as "neurons.surrogate"; default: the one in which the
        runs differ.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The runs do not differ in this setting alone, or not in a single one, or their tests
        have nothing in common.

    Notes
    -----
    Source: Wu et al. 2018, Fig. 6A (neurons.surrogate) and 6B (neurons.width).
    """
    found, _ = differing_settings(list(runs))
    if setting is None and len(found) > 1:
        raise MissingData(f"the runs differ in {' and in '.join(found)}; choose one of them")
    setting = setting or next(iter(found), "a setting")
    if setting not in found:
        raise MissingData(f"no two of the runs differ in {setting} alone")
    values = {value_words(value): members for value, members in found[setting].items()}
    drawn = [run for members in values.values() for run in members]
    against = x_axis(drawn)
    column, split, tables = _common(values, against)
    counts = {table.shape[1] for table in tables}
    curves = []
    for (value, members), table, colour, marker in zip(values.items(), tables, _colours(values),
                                                       MARKERS * len(values)):
        seeds = seeds_words(table.shape[1]) if len(counts) > 1 else ""
        curves.append(Curve(table, f"{value} ({seeds})" if seeds else value,
                            {"color": colour, "marker": marker, "markersize": 3.5},
                            samples_of(members[0], split)))

    words = setting_words(setting)
    published = published_accuracy(drawn)
    if all(len(curve.table) == 1 for curve in curves):
        figure = figure or new_figure(4.2, 3.6)
        last = figure.subplots()
    else:
        figure = figure or new_figure(7.6, 3.6)
        course, last = figure.subplots(1, 2, width_ratios=(2.2, 1))
        draw_curves(course, curves, [published] if published else [], against, _columns(curves))
        course.get_legend().set_title(words)
    bars = _draw_last(last, curves, list(values), published)
    last.set_xlabel(words)
    title = ", ".join(filter(None, (readout_words(column), f"{split} accuracy",
                                    seeds_words(counts.pop()) if len(counts) == 1 else None)))
    figure.suptitle("\n".join([title, *bars]))
    return figure


def _columns(curves: Sequence[Curve]) -> int:
    """Columns of a legend as wide as the axes."""
    # A single seed's band has a long label.
    if any(curve.samples and curve.table.shape[1] == 1 for curve in curves):
        return 2
    return max(2, 76 // (6 + max(len(curve.label) for curve in curves)))


def _draw_last(axes: Axes, curves: Sequence[Curve], names: Sequence[str],
               published: Published | None) -> list[str]:
    """Each curve at its last test: a dot per seed, a line at their mean, an error bar.

    Returns the words that say what the bars are.
    """
    bars = set()
    for place, curve in enumerate(curves):
        look = curve.look
        end = curve.table.iloc[-1]
        axes.plot([place] * len(end), end, linestyle="", **look)
        bar = error_bar(end, curve.samples)
        if bar is not None:
            axes.errorbar([place], [end.mean()], bar, fmt="none", ecolor=look["color"],
                          elinewidth=1, capsize=0)
            bars.add(spread_words(len(end), curve.samples))
        if len(end) > 1:
            axes.plot([place - 0.3, place + 0.3], [end.mean()] * 2, color=look["color"])
    draw_published(axes, published, label=False)
    axes.set(xticks=range(len(names)), xticklabels=names, xlim=(-0.6, len(names) - 0.4),
             ylabel="accuracy (%)", title="last test")
    percent_axis(axes)
    error_axis(axes, "y", [curve.end for curve in curves])
    if max(map(len, names)) > 4:
        axes.tick_params(axis="x", rotation=40)
        for text in axes.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
    axes.grid(axis="y", alpha=0.3)
    return sorted(bars)


def _common(values: dict[str, list[Run]], against: str) -> tuple[str, str, list[pd.DataFrame]]:
    """The first readout and split that all runs have: (column, split, a table per value)."""
    first = next(iter(values.values()))[0]
    for column in readout_columns(first.metrics, "accuracy"):
        for split in SPLITS:
            tables = [seed_table(members, split, column, against) for members in values.values()]
            if not any(table.empty for table in tables):
                return column, split, tables
    raise MissingData("metrics.csv has no accuracy of one readout and split in every run")


def _colours(values: Iterable[str]) -> list:
    """A colour per value: a scale where all are numbers, else the cycle."""
    try:
        [float(value) for value in values]
    except ValueError:
        return [CYCLE[k % len(CYCLE)] for k in range(len(values))]
    return mpl.colormaps["viridis"]([0.85 * k / max(1, len(values) - 1)
                                     for k in range(len(values))])
