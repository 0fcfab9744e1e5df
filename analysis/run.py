"""A run directory: what a protocol wrote, read lazily and checked."""

import json
import tomllib
import warnings
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.arrays import MOST_CLASSES, Arrays, activity_axes
from analysis.errors import AnalysisError, MissingData
from analysis.readouts import readout_columns

FILES = ("config.toml", "metrics.csv", "predictions.csv", "summary.json", "checkpoint.npz",
         "activity.npz")
# Of metrics.csv, where the protocol measures them.
NOT_EVERYWHERE = ("epoch", "train_accuracy")


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

    def __init__(self, directory):
        self.directory = Path(directory)
        if not self.directory.is_dir():
            raise AnalysisError(f"{directory}: no such directory; give one that a protocol wrote")
        if not any((self.directory / name).is_file() for name in FILES):
            raise AnalysisError(f"{directory}: not a run directory (none of {', '.join(FILES)} "
                                "is in it); give one that a protocol wrote")

    def _text(self, name):
        path = self.directory / name
        if not path.is_file():
            raise MissingData(f"{name} is absent")
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._damaged(name, error) from error

    def _damaged(self, name, reason):
        reason = " ".join(str(reason).split()).rstrip(".")
        return AnalysisError(f"{self.directory / name}: {reason}; mend the file, run the "
                             "protocol again, or remove the file to skip its figures")

    @cached_property
    def config(self):
        """Contents of config.toml, a dict of tables."""
        try:
            tables = tomllib.loads(self._text("config.toml"))
        except tomllib.TOMLDecodeError as error:
            raise self._damaged("config.toml", f"not TOML ({error})") from error
        if not all(isinstance(table, dict) for table in tables.values()):
            raise self._damaged("config.toml", "holds values outside tables such as [run]")
        return tables

    @cached_property
    def summary(self):
        """Contents of summary.json, a dict."""
        def refuse(constant):
            raise ValueError(f"holds {constant}")

        try:
            content = json.loads(self._text("summary.json"), parse_constant=refuse)
        except (ValueError, RecursionError) as error:
            raise self._damaged("summary.json", f"not JSON ({error})") from error
        if not isinstance(content, dict):
            raise self._damaged("summary.json", "not a JSON object")
        for name, kind in (("published", dict), ("class_names", list), ("theta_swap", dict)):
            if not isinstance(content.get(name), (kind, type(None))):
                raise self._damaged("summary.json", f"{name} is not a {kind.__name__}")
        mean = (content.get("published") or {}).get("mean")
        if not isinstance(mean, (int, float, type(None))):
            raise self._damaged("summary.json", "the mean of published is not a number")
        for accuracies in (content.get("theta_swap") or {}).values():
            if not (isinstance(accuracies, dict) and all(
                    isinstance(accuracies.get(r), (int, float)) for r in ("sl", "labels"))):
                raise self._damaged("summary.json", "theta_swap lacks accuracies sl and labels")
        return content

    def _table(self, name, columns, quantity):
        """A CSV file whose `columns` and those of the readouts hold numbers or nothing."""
        path = self.directory / name
        if not path.is_file():
            raise MissingData(f"{name} is absent")
        try:
            with warnings.catch_warnings():
                # Rows with a field too many would lose it.
                warnings.simplefilter("error", pd.errors.ParserWarning)
                table = pd.read_csv(path, index_col=False)
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
                if not pd.api.types.is_numeric_dtype(table[column]):
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
    def metrics(self):
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
    def predictions(self):
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
    def checkpoint(self):
        """Arrays of checkpoint.npz."""
        return Arrays(self.directory / "checkpoint.npz")

    @cached_property
    def activity(self):
        """Arrays of activity.npz."""
        return Arrays(self.directory / "activity.npz", activity_axes)

    @cached_property
    def class_names(self):
        """Names of the classes, a list of str, empty where summary.json does not say."""
        try:
            names = self.summary.get("class_names") or []
        except MissingData:
            return []
        return [str(name) for name in names]

    def class_labels(self, count):
        """Names for `count` classes, a list of str; their numbers where unnamed."""
        return [*self.class_names[:count], *map(str, range(len(self.class_names), count))]

    @cached_property
    def title(self):
        """Preset and seed for the titles of figures; the directory's name where unknown."""
        try:
            run = self.config.get("run", {})
        except MissingData:
            run = {}
        if "preset" not in run:
            return self.directory.resolve().name
        return f"{run['preset']}, seed {run['seed']}" if "seed" in run else str(run["preset"])
