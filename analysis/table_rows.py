"""What the recorded runs measured, merged into the rows of tables.

A recorded run is a directory ``analysis/recorded/RUN``. Its summary.json says with ``table`` where
its accuracies belong: a list of entries {"name", "row", "order", "readout", "variant", "note",
"columns", "published"}. Runs of one row, variant and note are seeds of one experiment.
"""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import AnalysisError, MissingData
from analysis.files import damaged, read_toml
from analysis.groups import DIGITS
from analysis.run import Run

QUOTED = Path(__file__).parent / "quoted"
"""Values that a paper quotes for methods that are not of this suite, and rows of other tables."""
SUMMARY = "summary"
"""The table of the front page, which has rows of other tables only."""
# What a run has to say of itself to stand in a table.
OF_THE_RUN = ("seed", "cpu_seconds", "command")


class Key(NamedTuple):
    """What tells the rows of a table apart.

    Attributes
    ----------
    row : str
        The experiment.
    variant : str
        Words of the command line in which the training differs from the preset's.
    note : str
        What the run says of itself, such as a shorter training.
    """

    row: str
    variant: str
    note: str

    @property
    def title(self) -> str:
        """The row's first cell, as Markdown."""
        variant = f" `{self.variant}`" if self.variant else ""
        note = f" ({self.note})" if self.note else ""
        return f"{self.row}{variant}{note}"


@dataclass
class Row:
    """A row of a table, merged from all recorded runs that belong there.

    Attributes
    ----------
    order : float
        Rows are sorted by it.
    published : tuple of float or None
        Mean and standard deviation (None where not given), in per cent.
    values : dict of str to dict of int to float
        Per rule (`analysis.rules.RULES`) and seed the measured value, in per cent.
    summaries : list of dict
        Those of the runs; none of a row that is quoted.
    """

    order: float = math.inf
    published: tuple[float, float | None] | None = None
    values: dict[str, dict[int, float]] = field(default_factory=dict)
    summaries: list[dict[str, Any]] = field(default_factory=list)

    def add(self, run: Run, entry: dict[str, Any]) -> None:
        """Merge a run.

        Parameters
        ----------
        run : analysis.run.Run
        entry : dict
            One of its summary's ``table``.

        Raises
        ------
        AnalysisError
            A seed is recorded twice, or the runs disagree about what was published.
        """
        seed = run.summary["seed"]
        self.order = min(self.order, entry.get("order", math.inf))
        stated = entry.get("published", run.summary.get("published")) or {}
        if stated.get("mean") is not None:
            published = (stated["mean"], stated.get("sd"))
            if self.published not in (None, published):
                raise AnalysisError(f"{run.directory}: published mean and sd are {published}, "
                                    f"another run of row {entry['row']!r} says "
                                    f"{self.published}; make them agree")
            self.published = published
        for rule, value in entry["columns"].items():
            if value is None:
                continue
            if seed in self.values.setdefault(rule, {}):
                raise AnalysisError(f"{run.directory}: row {entry['row']!r} already has "
                                    f"{rule} for seed {seed}; remove one of the two runs")
            self.values[rule][seed] = value
        self.summaries.append(run.summary)


def _entries(run: Run) -> list[dict[str, Any]]:
    """A run's places in tables; a run that has some states its seed, time and command."""
    entries = run.summary.get("table") or []
    absent = [name for name in OF_THE_RUN if name not in run.summary]
    if entries and absent:
        raise damaged(run.directory / "summary.json", f"has a table but no {', '.join(absent)}")
    return entries


def quoted(table: str) -> dict[Key, Row]:
    """Rows that a paper quotes beside its own, empty for most tables.

    Parameters
    ----------
    table : str
        Its name.

    Returns
    -------
    dict of Key to Row
        Without values or runs.
    """
    return {Key(entry["row"], "", "quoted"): Row(entry["order"], (entry["mean"], None))
            for entry in _not_its_own(table).get("row", [])}


def beside(table: str, tables: dict[str, dict[Key, Row]]) -> dict[Key, Row]:
    """Rows of other tables that stand in this one too, empty for most tables.

    Parameters
    ----------
    table : str
        Its name.
    tables : dict of str to dict of Key to Row
        Per table the rows of the recorded runs.

    Returns
    -------
    dict of Key to Row
        With the method's name in front; none of what is not recorded. Of an entry that names a
        variant, that one alone.
    """
    return {key._replace(row=f"{entry['method']}: {key.row}"): replace(row, order=entry["order"])
            for entry in _not_its_own(table).get("beside", [])
            for key, row in tables.get(entry["table"], {}).items()
            if key.row == entry["row"] and key.variant == entry.get("variant", key.variant)}


def _not_its_own(table: str) -> dict[str, Any]:
    """What a table holds beside the runs that name it."""
    path = QUOTED / f"{table}.toml"
    return read_toml(path) if path.exists() else {}


def _by_equations(key: Key, members: list[tuple[Run, dict[str, Any]]]
                  ) -> list[tuple[Key, Run, dict[str, Any]]]:
    """The row of each run; the note tells of equations where those of a row are not the same.

    A run that says nothing of its equations stands with the others while these agree.
    """
    found = {run.summary.get("equations") for run, _ in members}
    if len(found - {None}) < 2:
        return [(key, run, entry) for run, entry in members]
    rows = []
    for run, entry in members:
        equations = f"equations {(run.summary.get('equations') or 'unknown')[:DIGITS]}"
        note = ", ".join(filter(None, (key.note, equations)))
        rows.append((key._replace(note=note), run, entry))
    return rows


def collect(recorded: str | Path) -> dict[str, dict[Key, Row]]:
    """Merge the recorded runs into tables.

    Parameters
    ----------
    recorded : str or pathlib.Path
        Directory of run directories.

    Returns
    -------
    dict of str to dict of Key to Row
        Per table its rows, the tables sorted by name and the rows by their order. A table of
        which a run is recorded has the rows of `quoted` and of `beside`, too. `SUMMARY` is there
        if one of its rows is recorded.

    Raises
    ------
    AnalysisError
        A summary is damaged, or two contradict each other.
    """
    places = {}
    for path in sorted(Path(recorded).glob("*/summary.json")):
        run = Run(path.parent)
        try:
            entries = _entries(run)
        except MissingData as reason:
            # A link that leads nowhere.
            raise AnalysisError(f"{path}: {reason}; remove it or record the run anew") from reason
        for entry in entries:
            key = Key(entry["row"], entry.get("variant", ""), entry.get("note", ""))
            places.setdefault((entry["name"], key), []).append((run, entry))
    tables = {}
    for (name, key), members in places.items():
        for own, run, entry in _by_equations(key, members):
            tables.setdefault(name, {}).setdefault(own, Row()).add(run, entry)
    if beside(SUMMARY, tables):
        tables[SUMMARY] = {}
    return {name: dict(sorted({**quoted(name), **beside(name, tables), **rows}.items(),
                              key=lambda item: (item[1].order, item[0])))
            for name, rows in sorted(tables.items())}
