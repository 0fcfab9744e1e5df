"""Markdown tables of the recorded runs: ``python -m analysis.tables``.

In a Markdown file a table stands between ``<!-- table:NAME begin -->`` and
``<!-- table:NAME end -->``.
"""

from analysis.command_line import Parser, exit_code, leave_when_interrupted

if __name__ == "__main__":
    leave_when_interrupted()

import re
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.files import write
from analysis.rules import RULES
from analysis.table_rows import Key, Row, collect

RECORDED = Path(__file__).parent / "recorded"
MARKED = re.compile(r"(<!-- table:(\S+) begin -->[ \t]*\n)(.*?)(<!-- table:\2 end -->)", re.DOTALL)
BEGIN = re.compile(r"<!-- table:(\S+) begin -->")
NOTHING = "–"

# What the rows of a table are, by its name. The columns of all tables are the four rules.
ROW_HEADINGS = {
    "hao2020": "set, N, method",
    "precision": "MNIST, N = 100",
    "shrestha2019": "set, network, feedback",
    "wu2018": "set, network",
    "zhao2020": "set, network, method",
}


def _spread(mean: float, sd: float | None, count: int | None = None) -> str:
    """The text "mean ± sd (n)" with what is known of it."""
    text = f"{mean:.2f}" if sd is None else f"{mean:.2f} ± {sd:.2f}"
    return text if count is None else f"{text} ({count})"


def _measured(seeds: dict[int, float]) -> str:
    """Mean ± standard deviation (of a sample) over the seeds, with their number."""
    values = list(seeds.values())
    if not values:
        return NOTHING
    sd = statistics.stdev(values) if len(values) > 1 else None
    return _spread(statistics.mean(values), sd, len(values))


def _cells(key: Key, row: Row) -> list[str]:
    """The cells of a row."""
    measured = [key.title, _spread(*row.published) if row.published else NOTHING,
                *(_measured(row.values.get(rule, {})) for rule in RULES)]
    if not row.summaries:
        return [*measured, NOTHING, NOTHING]
    minutes = statistics.mean(summary["cpu_seconds"] for summary in row.summaries) / 60
    # The other seeds were run by the same command with another --seed.
    first = min(row.summaries, key=lambda summary: summary["seed"])
    return [*measured, f"{minutes:.1f}", f"`{first['command']}`"]


def markdown(name: str, rows: dict[Key, Row]) -> str:
    """A table as Markdown.

    Parameters
    ----------
    name : str
        Name of the table, for its headings.
    rows : dict of analysis.table_rows.Key to analysis.table_rows.Row

    Returns
    -------
    str
        Lines, the last one ended too.
    """
    headings = [ROW_HEADINGS.get(name, "run"), "published", *RULES.values(),
                "CPU minutes per run", "command (first seed)"]
    lines = [headings, ["---"] * len(headings), *(_cells(*item) for item in rows.items())]
    # A bar or a line break in a cell would end it.
    text = "\n".join("| " + " | ".join(" ".join(cell.replace("|", "\\|").splitlines())
                                       for cell in line) + " |" for line in lines)
    return f"{text}\n\nMean ± s.d. over seeds (number of seeds); accuracies in per cent.\n"


def fill(text: str, tables: dict[str, str], path: str | Path) -> str:
    """Replace what stands between the markers of a Markdown text.

    Parameters
    ----------
    text : str
        The Markdown.
    tables : dict of str to str
        Tables by name, as Markdown.
    path : str or pathlib.Path
        Named in messages.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        No markers, a beginning without its end, or a table of which no run is recorded.
    """
    wanted = BEGIN.findall(text)
    paired = [match[1] for match in MARKED.findall(text)]
    if not wanted:
        raise AnalysisError(f"{path}: no table is marked; add <!-- table:NAME begin --> and "
                            f"<!-- table:NAME end -->, NAME one of {', '.join(tables)}")
    for name in wanted:
        if name not in paired:
            raise AnalysisError(f"{path}: table {name} begins but does not end; add "
                                f"<!-- table:{name} end --> on a line of its own below it")
        if name not in tables:
            raise AnalysisError(f"{path}: no recorded run belongs to table {name}; record one or "
                                f"remove its markers (recorded: {', '.join(tables)})")
    return MARKED.sub(lambda match: match[1] + tables[match[2]] + match[4], text)


def _text_of(path: Path) -> str:
    """Contents of the file to write or check."""
    if path.exists() and not path.is_file():
        raise AnalysisError(f"{path}: is no regular file; give a Markdown file")
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise AnalysisError(f"{path}: not a text in UTF-8; give a Markdown file") from error


def main(arguments: Sequence[str]) -> int:
    """Print, write or check the tables; return the exit code."""
    parser = Parser(prog="python -m analysis.tables", description="Print the tables of the "
                    "recorded runs as Markdown, or put them into a file.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", metavar="FILE", type=Path, help="put the tables into FILE, "
                        "between <!-- table:NAME begin --> and <!-- table:NAME end -->")
    action.add_argument("--check", metavar="FILE", type=Path,
                        help="exit with 1 if the tables in FILE are not these")
    parser.add_argument("--recorded", metavar="DIR", type=Path, default=RECORDED,
                        help="directory of the recorded runs (default: analysis/recorded)")
    options = parser.parse_args(arguments)

    tables = {name: markdown(name, rows) for name, rows in collect(options.recorded).items()}
    if not tables:
        raise AnalysisError(f"{options.recorded}: no recorded run belongs to a table; copy the "
                            "summary.json of a run there and give it a table entry")
    path = options.write or options.check
    if path is None:
        if sys.stdout is None:
            raise AnalysisError("standard output is closed; give --write FILE")
        for name, text in tables.items():
            print(f"<!-- table:{name} begin -->\n{text}<!-- table:{name} end -->\n")
        return 0
    old = _text_of(path)
    new = fill(old, tables, path)
    if options.write:
        write(path, new.encode())
        print(f"{path}: tables written")
    elif new != old:
        print(f"analysis: {path}: its tables differ from the recorded runs; run python -m "
              f"analysis.tables --write {path}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
