"""Rows of a benchmark, as text and as records."""

from dataclasses import asdict, dataclass, field

COLUMNS = {
    "name": "name", "n": "n", "ms": "ms", "ratio": "ratio", "memory_mb": "memory (MB)",
    "compile_s": "compile (s)",
}


@dataclass(frozen=True)
class Row:
    """What was measured of one form of a network.

    Attributes
    ----------
    name : str
    n : int
        Neurons of the hidden layer.
    ms : float
        CPU milliseconds per presentation.
    memory_mb : float or None
        Peak memory of the simulation's process, 1e6 bytes; None if it could not be read.
    compile_s : float
        CPU seconds from the description of the network to the program.
    """

    name: str
    n: int
    ms: float
    memory_mb: float | None
    compile_s: float


@dataclass(frozen=True)
class Table:
    """Result of a benchmark.

    Attributes
    ----------
    title : str
        What was measured, on which data.
    reference : str
        Name of the row that has ratio 1.
    rows : list of Row
    notes : list of str
    """

    title: str
    reference: str
    rows: list
    notes: list = field(default_factory=list)

    def ratio(self, row):
        """How many times faster than the reference of the same size; None without one."""
        for other in self.rows:
            if other.name == self.reference and other.n == row.n:
                return other.ms / row.ms
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
        convention = f"ratio: times faster than {self.reference!r} of the same n (= 1)"
        return "\n".join([self.title, convention, "", *lines, "", *self.notes])


def _text(key, value):
    if value is None:
        return "-"
    if key in ("name", "n"):
        return str(value)
    return f"{value:.3f}" if key == "ms" else f"{value:.1f}"
