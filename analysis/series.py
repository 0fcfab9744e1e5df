"""Networks of several sizes and depths: which runs make a line, and what is measured of them."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.errors import MissingData
from analysis.groups import SPLITS, apart
from analysis.readouts import readout_columns
from analysis.run import Run

NETWORK = "network.network"

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
    split = tested_on(run, column)
    return None if split is None else float(_values(run, split, column).iloc[-1])


def tested_on(run: Run, column: str = "accuracy") -> str | None:
    """The samples that `end` was measured on: "test" or "validation", None for none."""
    return next((split for split in SPLITS if len(_values(run, split, column))), None)


def _values(run: Run, split: str, column: str) -> pd.Series:
    """A quantity at all tests of a split; empty where it was not measured."""
    metrics = _metrics(run)
    if metrics is None:
        return pd.Series(dtype=float)
    if column == "accuracy":
        column = readout_columns(metrics, "accuracy")[0]
    if column not in metrics:
        return pd.Series(dtype=float)
    return metrics.loc[metrics["split"] == split, column].dropna()


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


def in_line(runs: Sequence[Run], place: Measure, measure: Measure, ignored: Collection[str]
            ) -> dict[str, list[Run]]:
    """The runs of each line that is drawn over a quantity of the networks.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
    place, measure : callable
        The quantity and the measure of a run; None where it has none, so that it is left out.
    ignored : collection of str
        Settings that the quantity stands for.

    Returns
    -------
    dict of str to list of analysis.run.Run
        By what tells the experiments apart; only those of two quantities at least.
    """
    usable = [run for run in runs if place(run) is not None and measure(run) is not None]
    return {label: members for label, members in apart(usable, ignored).items()
            if len({place(run) for run in members}) > 1}


def against(lines: Mapping[str, Sequence[Run]], place: Measure, measure: Measure
            ) -> dict[str, pd.Series]:
    """A measure over a quantity of the networks, a series per line of `in_line`.

    Returns
    -------
    dict of str to pandas.Series
        Values of the measure, indexed by the quantity in ascending order, once for each seed.
    """
    return {label: pd.Series([measure(run) for run in members],
                             index=[place(run) for run in members]).sort_index(kind="stable")
            for label, members in lines.items()}


def by_width(runs: Sequence[Run]) -> dict[str, pd.Series]:
    """Accuracy at the end against the neurons of a hidden layer, all of one depth in a series."""
    return against(lines_over_width(runs), width, end)


def by_depth(runs: Sequence[Run], measure: Measure = end) -> dict[str, pd.Series]:
    """A measure against the number of hidden layers, all of one width in a series."""
    return against(lines_over_depth(runs, measure), depth, measure)


def lines_over_width(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """The runs of each line over the neurons of a hidden layer."""
    return _split(runs, width, depth, end, "depth")


def lines_over_depth(runs: Sequence[Run], measure: Measure = end) -> dict[str, list[Run]]:
    """The runs of each line over the number of hidden layers."""
    return _split(runs, depth, width, measure, "width")


def _split(runs: Sequence[Run], place: Measure, apart_by: Measure, measure: Measure, unit: str
           ) -> dict[str, list[Run]]:
    """`in_line`, separately for the values of another quantity of the networks."""
    found = {}
    # Of unequal hidden layers neither size nor depth says enough.
    values = {apart_by(run) for run in runs if width(run) is not None}
    for value in sorted(values):
        own = [run for run in runs if width(run) is not None and apart_by(run) == value]
        for label, members in in_line(own, place, measure, {NETWORK}).items():
            found[", ".join(filter(None, (label, f"{unit} {value}")))] = members
    # What is said of all is said by the title.
    if len(values) == 1:
        return {label.removesuffix(f"{unit} {value}").removesuffix(", "): members
                for label, members in found.items()}
    return found


def mean_over_seeds(series: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Quantities in ascending order, and the means of the measure there."""
    means = series.groupby(level=0).mean()
    return means.index.to_numpy(), means.to_numpy()
