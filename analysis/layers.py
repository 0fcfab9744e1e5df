"""Networks of several sizes and depths side by side (Zhao et al. 2020, Figs. 4A, 6, 8, Table 2)."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.convergence import MARKERS, seeds_words
from analysis.errors import MissingData
from analysis.groups import SPLITS, apart
from analysis.readouts import readout_columns
from analysis.run import Run
from analysis.style import CYCLE, new_axes, styled

NETWORK = "network.network"
MOST_TICKS = 12

Measure = Callable[[Run], float | None]


def hidden_layers(run: Run) -> list[int] | None:
    """Neurons of each hidden layer; None of a network that is not dense layers alone."""
    try:
        sizes = str(run.config.get("network", {}).get("network", "")).split("-")
    except MissingData:
        return None
    hidden = sizes[:-1]
    return [int(size) for size in hidden] if all(map(str.isdecimal, hidden)) else None


def depth(run: Run) -> int | None:
    """Hidden layers of a network."""
    layers = hidden_layers(run)
    return None if layers is None else len(layers)


def width(run: Run) -> int | None:
    """Neurons of a hidden layer, where all have as many."""
    layers = set(hidden_layers(run) or ())
    return layers.pop() if len(layers) == 1 else None


def end(run: Run, column: str = "accuracy") -> float | None:
    """A quantity of metrics.csv at the last test; None if it was not measured.

    "accuracy" stands for the first readout.
    """
    metrics = _metrics(run)
    if metrics is None:
        return None
    if column == "accuracy":
        column = readout_columns(metrics, "accuracy")[0]
    for split in SPLITS:
        if column in metrics:
            values = metrics.loc[metrics["split"] == split, column].dropna()
            if len(values):
                return float(values.iloc[-1])
    return None


def _metrics(run: Run) -> pd.DataFrame | None:
    """metrics.csv; None of a run that stopped before its first test."""
    try:
        return run.metrics
    except MissingData:
        return None


def training_accuracy(run: Run) -> float | None:
    """The mean over the last epoch, while the weights changed."""
    return end(run, "train_accuracy")


def seconds_per_epoch(run: Run) -> float | None:
    """CPU seconds of an epoch with its test: the median, so that a resumption does not count."""
    metrics = _metrics(run)
    if metrics is None or not {"cpu_seconds", "epoch"} <= set(metrics):
        return None
    rows = metrics.drop_duplicates("epoch", keep="last").sort_values("epoch")
    spent = rows[["cpu_seconds", "epoch"]].diff().dropna()
    # The clock of a resumed run may begin anew.
    spent = spent[spent["cpu_seconds"] > 0]
    if spent.empty:
        return None
    return float((spent["cpu_seconds"] / spent["epoch"]).median())


def against(runs: Sequence[Run], place: Measure, measure: Measure, ignored: Collection[str]
            ) -> dict[str, pd.Series]:
    """A measure over a quantity of the networks, a series per experiment.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
    place, measure : callable
        The quantity and the measure of a run; None where it has none, so that it is left out.
    ignored : collection of str
        Settings that the quantity stands for.

    Returns
    -------
    dict of str to pandas.Series
        By what tells the experiments apart: values of the measure, indexed by the quantity in
        ascending order, once for each seed. Only those of two quantities at least.
    """
    usable = [run for run in runs if place(run) is not None and measure(run) is not None]
    found = {}
    for label, members in apart(usable, ignored).items():
        series = pd.Series([measure(run) for run in members],
                           index=[place(run) for run in members]).sort_index(kind="stable")
        if series.index.nunique() > 1:
            found[label] = series
    return found


def by_width(runs: Sequence[Run]) -> dict[str, pd.Series]:
    """Accuracy at the end against the neurons of a hidden layer, all of one depth in a series."""
    return _split(runs, width, depth, end, "depth")


def by_depth(runs: Sequence[Run], measure: Measure = end) -> dict[str, pd.Series]:
    """A measure against the number of hidden layers, all of one width in a series."""
    return _split(runs, depth, width, measure, "width")


def _split(runs: Sequence[Run], place: Measure, apart_by: Measure, measure: Measure, unit: str
           ) -> dict[str, pd.Series]:
    """`against`, separately for the values of another quantity of the networks."""
    found = {}
    # Of unequal hidden layers neither size nor depth says enough.
    values = {apart_by(run) for run in runs if width(run) is not None}
    for value in sorted(values):
        own = [run for run in runs if width(run) is not None and apart_by(run) == value]
        for label, series in against(own, place, measure, {NETWORK}).items():
            found[", ".join(filter(None, (label, f"{unit} {value}")))] = series
    # What is said of all is said by the title.
    if len(values) == 1:
        return {label.removesuffix(f"{unit} {value}").removesuffix(", "): series
                for label, series in found.items()}
    return found


def mean_over_seeds(series: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Quantities in ascending order, and the means of the measure there."""
    means = series.groupby(level=0).mean()
    return means.index.to_numpy(), means.to_numpy()


def draw_series(axes: Axes, found: Mapping[str, pd.Series], look: Mapping | None = None,
                suffix: str = "") -> None:
    """Draw a line per experiment through the means over its seeds, in a band of their range."""
    for place, (label, series) in enumerate(found.items()):
        seeds = series.groupby(level=0)
        colour = CYCLE[place % len(CYCLE)]
        if seeds.size().max() > 1:
            axes.fill_between(seeds.min().index, seeds.min(), seeds.max(), color=colour,
                              alpha=0.2, linewidth=0)
        words = ", ".join(filter(None, (label, suffix, seeds_words(int(seeds.size().max())))))
        axes.plot(seeds.mean().index, seeds.mean(), **{
            "color": colour, "marker": MARKERS[place % len(MARKERS)], "markersize": 4,
            "label": words, **(look or {})})
    places = sorted({place for series in found.values() for place in series.index})
    if 0 < len(places) <= MOST_TICKS:
        axes.set_xticks(places)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS, integer=True))
    axes.grid(axis="y", alpha=0.3)


def _figure(found: Mapping[str, pd.Series], axes: Axes | None, what: str) -> Axes:
    """The axes to draw in."""
    if not found:
        raise MissingData(f"no two runs differ in {what} alone")
    return axes or new_axes(6.6, 3.8 + 0.1 * len(found))


def _legend(axes: Axes) -> None:
    """The legend beside the axes, none where nothing need be told apart."""
    if any(axes.get_legend_handles_labels()[1]):
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


@styled
def over_width(runs: Sequence[Run], axes: Axes | None = None) -> Figure:
    """Test accuracy at the end against the neurons of a hidden layer, a line per experiment.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml and metrics.csv. Networks whose hidden layers differ are left out.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No two runs differ in this alone.

    Notes
    -----
    Source: Zhao et al. 2020, Fig. 4A.
    """
    found = by_width(runs)
    axes = _figure(found, axes, "the neurons of a hidden layer")
    draw_series(axes, found)
    axes.set(xlabel="neurons of each hidden layer", ylabel="accuracy at the end (%)",
             title="accuracy against hidden neurons")
    _legend(axes)
    return axes.figure


@styled
def over_depth(runs: Sequence[Run], axes: Axes | None = None, training: bool = True) -> Figure:
    """Accuracy at the end against the number of hidden layers, a line per method.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml and metrics.csv. Networks whose hidden layers differ are left out.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.
    training : bool, optional
        Of a single experiment, draw the accuracy in training too.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No two runs differ in this alone.

    Notes
    -----
    Source: Zhao et al. 2020, Figs. 6 and 8.
    """
    found = by_depth(runs, end)
    axes = _figure(found, axes, "the number of hidden layers")
    trained = by_depth(runs, training_accuracy) if training and len(found) == 1 else {}
    draw_series(axes, found, suffix="test" if trained else "")
    if trained:
        draw_series(axes, trained, {"linestyle": "--", "markerfacecolor": "white"},
                    "training (last epoch)")
    axes.set(xlabel="hidden layers", ylabel="accuracy at the end (%)",
             title="accuracy against depth")
    _legend(axes)
    return axes.figure


@styled
def seconds_over_depth(runs: Sequence[Run], axes: Axes | None = None) -> Figure:
    """CPU seconds of an epoch against the number of hidden layers, a line per method.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml, and cpu_seconds and epoch of metrics.csv at two tests at least.
        Networks whose hidden layers differ are left out.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No two runs differ in this alone.

    Notes
    -----
    Source: Zhao et al. 2020, Table 2 (there seconds on a graphics card).
    """
    found = by_depth(runs, seconds_per_epoch)
    axes = _figure(found, axes, "the number of hidden layers, with the time of two tests")
    draw_series(axes, found)
    axes.set(xlabel="hidden layers", ylabel="CPU seconds per epoch, with its test",
             title="time against depth", ylim=(0, None))
    _legend(axes)
    return axes.figure
