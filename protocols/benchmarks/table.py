"""Rows of a benchmark, as text and as records."""

from dataclasses import asdict, dataclass, field

COLUMNS = {
    "name": "name", "n": "n", "ms": "ms", "ratio": "ratio", "memory_mb": "memory (MB)",
    "compile_s": "compile (s)",
}

DIGITS = {"ms": 3, "ratio": 2}


@dataclass(frozen=True)
class Row:
    """What was measured of one form of a network.

    Attributes
    ----------
    name : str
    n : int
        Neurons of the hidden layer.
    ms : float
        Milliseconds per presentation, of CPU time where the title says no other.
    memory_mb : float or None
        Peak memory of the simulation's process, 1e6 bytes; None if it could not be read.
    compile_s : float or None
        CPU seconds from the description of the network to the program, if there is one.
    """

    name: str
    n: int
    ms: float
    memory_mb: float | None
    compile_s: float | None


@dataclass(frozen=True)
class Table:
    """Result of a benchmark.

    Attributes
    ----------
    title : str
        What was measured, on which data.
    reference : str
        First word of the names of the rows that have ratio 1. Rows of float32, whose first
        word ends in 32, are compared with the reference in float32.
    rows : list of Row
    notes : list of str
    """

    title: str
    reference: str
    rows: list
    notes: list = field(default_factory=list)

    def ratio(self, row):
        """Time relative to the reference of the same size and mode; None without one."""
        form, mode = row.name.split()
        reference = self.reference + "32" * form.endswith("32")
        for other in self.rows:
            if other.name == f"{reference} {mode}" and other.n == row.n:
                return row.ms / other.ms
        return None

    def records(self):
        """Rows as dicts with the keys of `COLUMNS`."""
        values = [asdict(row) | {"ratio": self.ratio(row)} for row in self.rows]
        return [{key: value[key] for key in COLUMNS} for value in values]

    def text(self):
        """The table with its title and notes."""
        cells = [list(COLUMNS.values())]
        cells += [[_text(key, value) for key, value in record.items()]
                  for record in self.records()]
        width = [max(map(len, column)) for column in zip(*cells)]
        lines = [
            "  ".join([row[0].ljust(width[0]), *(c.rjust(w) for c, w in zip(row[1:], width[1:]))])
            for row in cells
        ]
        convention = (f"ratio: time relative to {self.reference!r} (float32: "
                      f"'{self.reference}32') of the same n and mode (= 1)")
        return "\n".join([self.title, convention, "", *lines, "", *self.notes])


def _text(key, value):
    if value is None:
        return "-"
    if key in ("name", "n"):
        return str(value)
    return f"{value:.{DIGITS.get(key, 1)}f}"
