"""What the recorded runs measured, merged into the rows of tables.

A recorded run is a directory ``analysis/recorded/RUN``. Its summary.json says with
``table`` = {"name", "row", "order", "columns", "note"} where its numbers belong. Runs of one row,
other seeds or other ways of training, are merged.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.run import Run


@dataclass
class Row:
    """A row of a table, merged from all recorded runs that name it.

    Attributes
    ----------
    order : float
        Rows are sorted by it.
    published : tuple of float or None
        Mean and standard deviation (None where not given), in per cent.
    values : dict of str to dict of int to float
        Per column and seed the measured value, in per cent.
    runs : dict of tuple of str to list of dict
        The summaries, by the columns they fill: runs of one way of training.
    notes : list of str
        What the runs say of themselves, such as a shorter training.
    """

    order: float = math.inf
    published: tuple | None = None
    values: dict = field(default_factory=dict)
    runs: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    def add(self, run, entry):
        """Merge a run.

        Parameters
        ----------
        run : analysis.run.Run
        entry : dict
            Checked by `_entries`.

        Raises
        ------
        AnalysisError
            A seed is recorded twice for a column, or the runs disagree about what was
            published.
        """
        summary, seed = run.summary, run.summary["seed"]
        self.order = min(self.order, entry.get("order", math.inf))
        stated = _published(run, entry)
        if stated.get("mean") is not None:
            published = (stated["mean"], stated.get("sd"))
            if self.published not in (None, published):
                raise AnalysisError(f"{run.directory}: published mean and sd are {published}, "
                                    f"another run of row {entry['row']!r} says "
                                    f"{self.published}; make them agree")
            self.published = published
        columns = {name: value for name, value in entry["columns"].items() if value is not None}
        for name, value in columns.items():
            if seed in self.values.setdefault(name, {}):
                raise AnalysisError(f"{run.directory}: row {entry['row']!r} already has "
                                    f"{name} for seed {seed}; remove one of the two runs")
            self.values[name][seed] = value
        if entry.get("note") and entry["note"] not in self.notes:
            self.notes.append(entry["note"])
        self.runs.setdefault(tuple(sorted(columns)), []).append(summary)


def _published(run, entry):
    """What was published for an entry: its own value, else that of the run."""
    return entry.get("published") or run.summary.get("published") or {}


def _entries(run):
    """The checked places in tables of a run's summary: ``table``, an entry or a list of them."""
    entries = run.summary.get("table") or []
    return [_checked(run, entry) for entry in (entries if isinstance(entries, list) else [entries])]


def _checked(run, entry):
    """An entry, if it is sound."""
    if not isinstance(entry, dict):
        entry = {}

    def number(value):
        return (isinstance(value, (int, float)) and not isinstance(value, bool)
                and math.isfinite(value))

    published = _published(run, entry)
    sound = (isinstance(published, dict) and isinstance(entry.get("name"), str)
             and isinstance(entry.get("row"), str) and number(entry.get("order", 0))
             and isinstance(entry.get("columns"), dict)
             and all(value is None or number(value) for value in entry["columns"].values())
             and isinstance(entry.get("note", ""), str)
             and isinstance(run.summary.get("seed"), int)
             and isinstance(run.summary.get("command"), str)
             and number(run.summary.get("cpu_seconds"))
             and number(published.get("mean") or 0)
             and number(published.get("sd") or 0))
    if not sound:
        raise AnalysisError(f"{run.directory / 'summary.json'}: table needs name, row and columns "
                            "of numbers, and the run seed, command and cpu_seconds; mean and sd of "
                            "published must be numbers; mend the file")
    return entry


def collect(recorded):
    """Merge the recorded runs into tables.

    Parameters
    ----------
    recorded : str or pathlib.Path
        Directory of run directories.

    Returns
    -------
    dict of str to dict of str to Row
        Per table its rows by name.

    Raises
    ------
    AnalysisError
        A summary is damaged, or two contradict each other.
    """
    tables = {}
    for path in sorted(Path(recorded).glob("*/summary.json")):
        run = Run(path.parent)
        for entry in _entries(run):
            tables.setdefault(entry["name"], {}).setdefault(entry["row"], Row()).add(run, entry)
    return tables
