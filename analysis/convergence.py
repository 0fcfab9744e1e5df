"""Accuracy while learning (Hao et al. 2020, Fig. 3)."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.curves import DASHES, MARKERS, Curve, draw_curves, draw_points, seeds_words
from analysis.errors import MissingData
from analysis.groups import SPLITS, seed_table
from analysis.published import published_values
from analysis.readouts import readout_columns, readout_words
from analysis.run import Run
from analysis.style import CYCLE, SKY, drawn_from, new_axes
from analysis.uncertainty import samples_of
from analysis.walk import labelled


def x_axis(runs: Sequence[Run]) -> str:
    """'epoch' if every test fell on the end of an epoch of its own, else 'samples'."""
    for run in runs:
        rows = run.metrics.drop_duplicates(["samples", "split"])
        if "epoch" not in rows or (rows["epoch"] % 1 != 0).any() or \
                rows.duplicated(["epoch", "split"]).any():
            return "samples"
    return "epoch"


@drawn_from()
def convergence(runs: Run | Sequence[Run], axes: Axes | None = None, against: str | None = None,
                training: bool = True) -> Figure:
    """Accuracy (per cent) while learning, a line per readout and split.

    Several seeds of one configuration become their mean with a band from minimum to
    maximum, at the tests which all of them have; several configurations are overlaid. Error bars
    and bands of a single seed are those of `analysis.uncertainty`. Results that lie too close to
    each other are shown again in an inset. Where each line would be a single test, the results are
    labelled points, a row each.

    Parameters
    ----------
    runs : analysis.run.Run or sequence of analysis.run.Run
        Need metrics.csv; config.toml says which runs differ only in their seed.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.
    against : {'samples', 'epoch'}, optional
        The x axis: samples presented, or epochs; it is kept even for a single test. Default:
        epochs if all tests are at the ends of epochs.
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
    groups = labelled(runs)
    place = against or x_axis(runs)
    curves = _curves(groups, place)
    if not curves:
        raise MissingData("metrics.csv has no accuracy that all seeds have at the same samples")
    if training and len(groups) == 1:
        curves += _training(runs, place)
    published = published_values(groups)
    if against is None and all(len(curve.table) == 1 for curve in curves):
        axes = axes or new_axes(6.4, 1.3 + 0.3 * len(curves))
        draw_points(axes, curves, published)
        return axes.figure
    # Labels that name the configuration are long: one per row.
    columns = 2 if len(groups) == 1 else 1
    # A published value has a second row for its standard deviation.
    entries = sum(curve.label.count("\n") + 1 for curve in curves) \
        + sum(2 if value.sd else 1 for value in published)
    axes = axes or new_axes(6.4, 3.8 + 0.2 * entries / columns)
    draw_curves(axes, curves, published, place, columns)
    return axes.figure


def _curves(groups: dict[str, list[Run]], against: str) -> list[Curve]:
    """A curve for each experiment, readout and split that was measured."""
    curves = []
    for number, (name, members) in enumerate(groups.items()):
        readouts = readout_columns(members[0].metrics, "accuracy")
        for readout, column in enumerate(readouts):
            # Lines of a group that were not measured keep their colour in the cycle.
            turns, place = divmod(len(readouts) * number + readout, len(CYCLE))
            colour = CYCLE[place]
            for split, dashes in DASHES.items():
                table = seed_table(members, split, column, against)
                if table.empty:
                    continue
                label = ", ".join(filter(None, (readout_words(column), split)))
                label = label if len(groups) == 1 else f"{name}: {label}"
                # The dots of a single test need no words.
                seeds = seeds_words(table.shape[1]) if len(table) > 1 else ""
                label = f"{label} ({seeds})" if seeds else label
                curves.append(Curve(
                    table, label,
                    {"color": colour, "linestyle": dashes, "markersize": 3.5,
                     "marker": MARKERS[(readout + turns) % len(MARKERS)],
                     "markerfacecolor": colour if dashes == "-" else "white"},
                    samples_of(members[0], split)))
    return curves


def _training(runs: Sequence[Run], against: str) -> list[Curve]:
    """The curve of the accuracy in training, in a list of its own; empty if there is none."""
    for split in SPLITS:
        table = seed_table(runs, split, "train_accuracy", against)
        if not table.empty:
            look = {"color": SKY, "linewidth": 1}
            if len(table) == 1:
                look |= {"marker": "o", "markersize": 3.5}
            # Its weights change from sample to sample: no test with an uncertainty of its own.
            return [Curve(table, "training (mean over the epoch)", look, None)]
    return []
