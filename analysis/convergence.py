"""Accuracy while learning (Hao et al. 2020, Fig. 3)."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import MissingData
from analysis.groups import SPLITS, group_seeds, seed_table
from analysis.readouts import readout_columns, readout_words
from analysis.run import Run
from analysis.style import CYCLE, GREY, SKY, count_epochs, count_samples, drawn_from, new_axes

DASHES = dict(zip(SPLITS, ("-", "--")))
MARKERS = "osDv^"
X_AXES = {"samples": count_samples, "epoch": count_epochs}
# More tests than this are a line: their markers would touch.
MOST_MARKERS = 40


class Curve(NamedTuple):
    """Accuracies of one experiment, shape (tests, seeds), and how to draw them."""

    table: pd.DataFrame
    label: str
    look: dict


def published_accuracy(runs: Sequence[Run]) -> float | None:
    """The published accuracy in per cent if all runs name the same one, else None."""
    values = set()
    for run in runs:
        try:
            values.add((run.summary.get("published") or {}).get("mean"))
        except MissingData:
            values.add(None)
    return values.pop() if len(values) == 1 else None


def x_axis(runs: Sequence[Run]) -> str:
    """'epoch' if every test fell on the end of an epoch of its own, else 'samples'."""
    for run in runs:
        rows = run.metrics.drop_duplicates(["samples", "split"])
        if "epoch" not in rows or (rows["epoch"] % 1 != 0).any() or \
                rows.duplicated(["epoch", "split"]).any():
            return "samples"
    return "epoch"


def seeds_words(count: int) -> str:
    """The words for what the line of so many seeds is."""
    return f"mean and range of {count} seeds" if count > 1 else ""


def draw_curves(axes: Axes, curves: Sequence[Curve], published: float | None, against: str,
                columns: int) -> None:
    """Draw curves, the mean of their seeds in a band from minimum to maximum.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    curves : list of Curve
    published : float or None
        In per cent; a line.
    against : {'samples', 'epoch'}
        What the index of the tables is.
    columns : int
        Of the legend.
    """
    for table, label, look in curves:
        if table.shape[1] > 1:
            axes.fill_between(table.index, table.min(axis=1), table.max(axis=1),
                              color=look["color"], alpha=0.2, linewidth=0)
        if len(table) > MOST_MARKERS and "marker" in look:
            look = {**look, "markevery": len(table) // MOST_MARKERS + 1}
        axes.plot(table.index, table.mean(axis=1), label=label, **look)
    if published is not None:
        axes.axhline(published, color=GREY, linestyle=":", label=f"published: {published:g} %")
    X_AXES[against](axes)
    axes.set_ylabel("accuracy (%)")
    axes.grid(axis="y", alpha=0.3)
    # A distance in font sizes, not in heights of the axes, clears the label of any axes.
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4.6, ncols=columns)


@drawn_from()
def convergence(runs: Run | Sequence[Run], axes: Axes | None = None, against: str | None = None,
                training: bool = True) -> Figure:
    """Accuracy (per cent) while learning, a line per readout and split.

    Several seeds of one configuration become their mean with a band from minimum to
    maximum, at the tests which all of them have; several configurations are overlaid.

    Parameters
    ----------
    runs : analysis.run.Run or sequence of analysis.run.Run
        Need metrics.csv; config.toml says which runs differ only in their seed.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.
    against : {'samples', 'epoch'}, optional
        The x axis: samples presented, or epochs. Default: epochs if all tests are at the ends
        of epochs.
    training : bool, optional
        Of a single configuration, draw the accuracy in training too, if it was measured:
        the mean over an epoch, while the weights change.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No accuracy was measured, or the seeds of a configuration share no test.

    Notes
    -----
    Source: Hao et al. 2020, Fig. 3.
    """
    runs = [runs] if isinstance(runs, Run) else list(runs)
    groups = group_seeds(runs)
    against = against or x_axis(runs)
    curves = []
    for name, members in groups.items():
        readouts = readout_columns(members[0].metrics, "accuracy")
        for readout, column in enumerate(readouts):
            # Lines of a group that were not measured keep their colour in the cycle.
            colour = CYCLE[(len(readouts) * list(groups).index(name) + readout) % len(CYCLE)]
            for split, dashes in DASHES.items():
                table = seed_table(members, split, column, against)
                if not table.empty:
                    label = ", ".join(filter(None, (readout_words(column), split)))
                    label = label if len(groups) == 1 else f"{name}: {label}"
                    seeds = seeds_words(table.shape[1])
                    curves.append(Curve(
                        table, f"{label} ({seeds})" if seeds else label,
                        {"color": colour, "linestyle": dashes, "markersize": 3.5,
                         "marker": MARKERS[readout % len(MARKERS)],
                         "markerfacecolor": colour if dashes == "-" else "white"}))
    if not curves:
        raise MissingData("metrics.csv has no accuracy that all seeds have at the same samples")
    if training and len(groups) == 1:
        for split in SPLITS:
            table = seed_table(runs, split, "train_accuracy", against)
            if not table.empty:
                curves.append(Curve(table, "training (mean over the epoch)",
                                    {"color": SKY, "linewidth": 1}))
                break

    # Labels that name the configuration are long: one per row.
    columns = 2 if len(groups) == 1 else 1
    axes = axes or new_axes(6.4, 3.8 + 0.2 * len(curves) / columns)
    draw_curves(axes, curves, published_accuracy(runs), against, columns)
    title = runs[0].title if len(runs) == 1 else " and ".join(groups)
    axes.set_title(title if len(groups) < 3 else f"{len(groups)} configurations")
    return axes.figure
