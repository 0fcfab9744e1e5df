"""A run directory: what a protocol wrote, read lazily and checked."""

import warnings
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.arrays import MOST_CLASSES, Arrays, activity_axes
from analysis.checks import CONFIG, SUMMARY, checked
from analysis.errors import AnalysisError, MissingData
from analysis.files import damaged, need_file, read_json, read_toml
from analysis.readouts import readout_columns

FILES = ("config.toml", "metrics.csv", "predictions.csv", "summary.json", "checkpoint.npz",
         "activity.npz")
OWN = "own"
"""Preset of whoever brings data of their own, which then name the run."""
# Of metrics.csv, where the protocol measures them.
NOT_EVERYWHERE = ("epoch", "train_accuracy")


def plain(text: str) -> str:
    """A text for a figure that shows what it says: dollars begin no formula."""
    printable = text.encode("utf-8", "replace").decode("utf-8")
    return printable.replace("$", r"\$")


class Run:
    """One run of a protocol.

    Parameters
    ----------
    directory : str or pathlib.Path
        The directory the protocol wrote. No file is opened before it is asked for.

    Attributes
    ----------
    config, summary : dict
        Contents of config.toml and summary.json.
    metrics, predictions : pandas.DataFrame
        Contents of metrics.csv and predictions.csv.
    checkpoint, activity : analysis.arrays.Arrays
        Arrays of checkpoint.npz and activity.npz.

    Raises
    ------
    AnalysisError
        The directory is absent or holds none of the files of a run; on access to an
        attribute: its file is damaged.
    MissingData
        On access to an attribute: its file is absent or has no rows yet.
    """

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)
        if not self.directory.is_dir():
            raise AnalysisError(f"{directory}: no such directory; give one that a protocol wrote")
        if not any((self.directory / name).exists() for name in FILES):
            raise AnalysisError(f"{directory}: not a run directory (none of {', '.join(FILES)} "
                                "is in it); give one that a protocol wrote")

    @cached_property
    def config(self) -> dict[str, dict[str, Any]]:
        """Contents of config.toml, a dict of tables."""
        path = self.directory / "config.toml"
        return checked(read_toml(path), CONFIG, path, table="settings")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Contents of summary.json."""
        path = self.directory / "summary.json"
        return checked(read_json(path), SUMMARY, path)

    def _damaged(self, name: str, reason: object) -> AnalysisError:
        """The error for a file of the run."""
        return damaged(self.directory / name, reason)

    def _table(self, name: str, columns: Sequence[str], quantity: str) -> pd.DataFrame:
        """A CSV file whose `columns` and those of the readouts hold numbers or nothing."""
        path = self.directory / name
        need_file(path)
        try:
            with warnings.catch_warnings():
                # Rows with a field too many would lose it.
                warnings.simplefilter("error", pd.errors.ParserWarning)
                table = pd.read_csv(path, index_col=False, low_memory=False)
            absent = [column for column in columns if column not in table]
            if absent:
                raise ValueError(f"no column {', '.join(absent)}")
            readouts = readout_columns(table, quantity)
            if not readouts:
                raise ValueError(f"no column {quantity} or {quantity}_READOUT")
            if table.empty:
                raise MissingData(f"{name} has no rows yet")
            extra = [column for column in NOT_EVERYWHERE if column in table]
            for column in (*columns, *readouts, *extra):
                if table[column].dtype.kind not in "iuf":
                    raise ValueError(f"{column} holds something other than numbers")
                if np.isinf(table[column]).any():
                    raise ValueError(f"{column} holds infinity")
        except pd.errors.EmptyDataError:
            raise MissingData(f"{name} has no rows yet") from None
        except pd.errors.ParserWarning:
            raise self._damaged(name, "rows have more fields than the header") from None
        except (ValueError, OSError) as error:
            raise self._damaged(name, error) from error
        return table

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """Contents of metrics.csv; accuracies in per cent, NaN where not measured."""
        table = self._table("metrics.csv", ("samples",), "accuracy")
        if "split" not in table:
            raise self._damaged("metrics.csv", "no column split")
        for column in {"samples", "epoch"} & set(table):
            if table[column].isna().any():
                raise self._damaged("metrics.csv", f"{column} holds NaN")
            if (table[column] < 0).any():
                raise self._damaged("metrics.csv", f"{column} is negative")
        accuracies = table[[*readout_columns(table, "accuracy"),
                            *(["train_accuracy"] if "train_accuracy" in table else [])]]
        if ((accuracies < 0) | (accuracies > 100)).any(axis=None):
            raise self._damaged("metrics.csv", "an accuracy lies outside 0 .. 100 per cent")
        return table

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Contents of predictions.csv; a readout that is absent is a column of NaN."""
        table = self._table("predictions.csv", ("label",), "predicted")
        if table["label"].isna().any():
            raise self._damaged("predictions.csv", "label holds NaN")
        classes = range(len(self.class_names) or max(1, int(table["label"].max()) + 1))
        if len(classes) > MOST_CLASSES:
            raise self._damaged("predictions.csv", f"label holds {len(classes) - 1:,}, expected "
                                f"less than {MOST_CLASSES:,}")
        for column in ("label", *readout_columns(table, "predicted")):
            values = table[column]
            if values.isna().all():
                continue
            if not values.isin(classes).all():
                wrong = values[~values.isin(classes)].iloc[0]
                raise self._damaged("predictions.csv", f"{column} holds {wrong:g}, expected "
                                    f"a class from 0 to {classes[-1]} in every row")
        return table

    @cached_property
    def checkpoint(self) -> Arrays:
        """Arrays of checkpoint.npz."""
        return Arrays(self.directory / "checkpoint.npz")

    @cached_property
    def activity(self) -> Arrays:
        """Arrays of activity.npz."""
        return Arrays(self.directory / "activity.npz", activity_axes)

    @cached_property
    def class_names(self) -> list[str]:
        """Names of the classes for a figure, none where summary.json does not say."""
        try:
            names = self.summary.get("class_names") or []
        except MissingData:
            return []
        return [plain(name) for name in names]

    def class_labels(self, count: int) -> list[str]:
        """Names for `count` classes; their numbers where unnamed."""
        return [*self.class_names[:count], *map(str, range(len(self.class_names), count))]

    @cached_property
    def title(self) -> str:
        """Preset and seed for captions; the directory's name where unknown."""
        try:
            run = self.config.get("run", {})
        except MissingData:
            run = {}
        name = plain(run.get("preset", self.directory.resolve().name))
        if name == OWN and "dataset" in run:
            name = plain(Path(str(run["dataset"])).stem)
        return f"{name}, seed {run['seed']}" if {"preset", "seed"} <= set(run) else name
