"""Markdown tables of the recorded runs: ``python -m analysis.tables``.

In a Markdown file a table stands between ``<!-- table:NAME begin -->`` and
``<!-- table:NAME end -->``.
"""

import re
import statistics
import sys
from pathlib import Path

from analysis.command_line import Parser, exit_code
from analysis.errors import AnalysisError
from analysis.table_rows import collect

RECORDED = Path(__file__).parent / "recorded"
MARKED = re.compile(r"(<!-- table:(\S+) begin -->[ \t]*\n)(.*?)(<!-- table:\2 end -->)", re.DOTALL)
BEGIN = re.compile(r"<!-- table:(\S+) begin -->")
NOTHING = "–"

# Headings: what the rows are, then the measured columns in their order. A column that is
# not named here follows under its own name, so a new table works without an entry.
ROW_HEADINGS = {"hao2020": "set, N, method", "precision": "MNIST, N = 100",
                "wu2018": "set, network"}
COLUMN_HEADINGS = {
    "hao2020": {
        "best_test": "best of the tests (published rule, selects on the test set)",
        "held_out": "held-out choice, tested once",
        "shuffled_end": "end of shuffled run",
    },
    "precision": {"sl": "SL layer, best of the tests", "labels": "label statistics"},
    "wu2018": {
        "final": "end of the run",
        "best_test": "best of the tests",
        "held_out": "held-out choice, tested once",
    },
}


def _spread(mean, sd, count=None):
    """The text "mean ± sd (n)" with what is known of it."""
    text = f"{mean:.2f}" if sd is None else f"{mean:.2f} ± {sd:.2f}"
    return text if count is None else f"{text} ({count})"


def _measured(seeds):
    """Mean ± standard deviation (of a sample) over the seeds, with their number."""
    values = list((seeds or {}).values())
    if not values:
        return NOTHING
    sd = statistics.stdev(values) if len(values) > 1 else None
    return _spread(statistics.mean(values), sd, len(values))


def _ways(row):
    """CPU minutes per run and command of each way of training, as two cells."""
    minutes, commands = [], []
    for _, runs in sorted(row.runs.items()):
        minutes.append(f"{statistics.mean(run['cpu_seconds'] for run in runs) / 60:.1f}")
        # The other seeds were run by the same command with another --seed.
        commands.append(f"`{min(runs, key=lambda run: run['seed'])['command']}`")
    return "<br>".join(minutes), "<br>".join(commands)


def markdown(name, rows):
    """A table as Markdown.

    Parameters
    ----------
    name : str
        Name of the table, for its headings.
    rows : dict of str to analysis.table_rows.Row

    Returns
    -------
    str
        Lines, the last one ended too.
    """
    headings = dict(COLUMN_HEADINGS.get(name, {}))
    for row in rows.values():
        headings.update({column: column.replace("_", " ") for column in row.values
                         if column not in headings})
    lines = [[ROW_HEADINGS.get(name, "run"), "published", *headings.values(),
              "CPU minutes per run", "command (first seed)"]]
    lines.append(["---"] * len(lines[0]))
    for title, row in sorted(rows.items(), key=lambda item: (item[1].order, item[0])):
        title = f"{title} ({'; '.join(row.notes)})" if row.notes else title
        lines.append([title, _spread(*row.published) if row.published else NOTHING,
                      *(_measured(row.values.get(column)) for column in headings), *_ways(row)])
    # A bar in a cell would end it.
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
                     for line in lines)
    return f"{text}\n\nMean ± s.d. over seeds (number of seeds); accuracies in per cent.\n"


def fill(text, tables, path):
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
    wanted, paired = BEGIN.findall(text), [match[1] for match in MARKED.findall(text)]
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


def main(arguments):
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
        for name, text in tables.items():
            print(f"<!-- table:{name} begin -->\n{text}<!-- table:{name} end -->\n")
        return 0
    try:
        old = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise AnalysisError(f"{path}: not a text in UTF-8; give a Markdown file") from error
    new = fill(old, tables, path)
    if options.write:
        path.write_text(new, encoding="utf-8")
        print(f"{path}: tables written")
    elif new != old:
        print(f"analysis: {path}: its tables differ from the recorded runs; run python -m "
              f"analysis.tables --write {path}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
