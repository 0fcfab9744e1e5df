"""Markdown tables of the recorded runs: ``python -m analysis.tables``.

In a Markdown file a table stands between ``<!-- table:NAME begin -->`` and
``<!-- table:NAME end -->``. ``python -m analysis.tables --write`` renews those of all pages of the
repository, and the picture of all papers (`analysis.overview`).
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
from analysis.overview import draw_overview, is_overview_of
from analysis.rules import RULES
from analysis.table_rows import SUMMARY, Key, Row, collect

ROOT = Path(__file__).parents[1]
RECORDED = Path(__file__).parent / "recorded"
PAGES = ("README.md", "*/README.md", "*/*/README.md")
"""Where pages of the repository may lie."""
MARKED = re.compile(r"(<!-- table:(\S+) begin -->[ \t]*\n)(.*?)(<!-- table:\2 end -->)", re.DOTALL)
BEGIN = re.compile(r"<!-- table:(\S+) begin -->")
NOTHING = "–"

# What the rows of a table are, by its name. The columns of all tables are the four rules, but that
# of the front page has two of them and no commands.
ROW_HEADINGS = {
    "hao2020": "set, N, method",
    "precision": "MNIST, N = 100",
    "shrestha2019": "set, network, feedback",
    SUMMARY: "method: set, network",
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


def _cells(key: Key, row: Row, rules: Sequence[str]) -> list[str]:
    """The cells of a row, its command the last one."""
    measured = [key.title, _spread(*row.published) if row.published else NOTHING,
                *(_measured(row.values.get(rule, {})) for rule in rules)]
    if not row.summaries:
        return [*measured, NOTHING, NOTHING]
    # The median, since a run beside other programs takes more than it needs.
    minutes = statistics.median(summary["cpu_seconds"] for summary in row.summaries) / 60
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
    rules = ("end", "last_test") if name == SUMMARY else tuple(RULES)
    headings = [ROW_HEADINGS.get(name, "run"), "published", *(RULES[rule] for rule in rules),
                "CPU minutes per run (median)", "command (first seed)"]
    lines = [headings, ["---"] * len(headings),
             *(_cells(key, row, rules) for key, row in rows.items())]
    if name == SUMMARY:
        lines = [line[:-1] for line in lines]
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


def pages() -> list[Path]:
    """The pages of the repository in which a table is marked, sorted."""
    found = {path for pattern in PAGES for path in ROOT.glob(pattern)}
    return sorted(path for path in found if BEGIN.search(_text_of(path)))


def _text_of(path: Path) -> str:
    """Contents of the file to write or check."""
    if path.exists() and not path.is_file():
        raise AnalysisError(f"{path}: is no regular file; give a Markdown file")
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise AnalysisError(f"{path}: not a text in UTF-8; give a Markdown file") from error


def _write_page(path: Path, tables: dict[str, str]) -> None:
    """Put the tables into a page."""
    write(path, fill(_text_of(path), tables, path).encode())
    print(f"{path}: tables written")


def _is_current(path: Path, tables: dict[str, str]) -> bool:
    """Whether a page has these tables; says so if not."""
    old = _text_of(path)
    if fill(old, tables, path) == old:
        return True
    print(f"analysis: {path}: its tables differ from the recorded runs; run python -m "
          f"analysis.tables --write {path}", file=sys.stderr)
    return False


def _overview_is_current(recorded: Path) -> bool:
    """Whether the picture of all papers is of these runs; says so if not."""
    if is_overview_of(recorded):
        return True
    print("analysis: the picture of all papers differs from the recorded runs; run python -m "
          "analysis.overview", file=sys.stderr)
    return False


def main(arguments: Sequence[str]) -> int:
    """Print, write or check the tables; return the exit code."""
    parser = Parser(prog="python -m analysis.tables", description="Print the tables of the "
                    "recorded runs as Markdown, or put them into files.")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", metavar="FILE", nargs="*", type=Path, help="put the tables into "
                        "each FILE, between <!-- table:NAME begin --> and <!-- table:NAME end -->; "
                        "without FILE, into all pages of the repository, and draw the picture of "
                        "all papers (python -m analysis.overview)")
    action.add_argument("--check", metavar="FILE", nargs="*", type=Path, help="exit with 1 if the "
                        "tables in a FILE are not these; without FILE, look at all pages and at "
                        "the picture")
    parser.add_argument("--recorded", metavar="DIR", type=Path, default=RECORDED,
                        help="directory of the recorded runs (default: analysis/recorded)")
    options = parser.parse_args(arguments)

    tables = {name: markdown(name, rows) for name, rows in collect(options.recorded).items()}
    if not tables:
        raise AnalysisError(f"{options.recorded}: no recorded run belongs to a table; copy the "
                            "summary.json of a run there and give it a table entry")
    if options.write is not None:
        for path in options.write or pages():
            _write_page(path, tables)
        if not options.write:
            print(f"{draw_overview(options.recorded)}: drawn")
        return 0
    if options.check is not None:
        current = [_is_current(path, tables) for path in options.check or pages()]
        if not options.check:
            current.append(_overview_is_current(options.recorded))
        return 0 if all(current) else 1
    if sys.stdout is None:
        raise AnalysisError("standard output is closed; give --write FILE")
    for name, text in tables.items():
        print(f"<!-- table:{name} begin -->\n{text}<!-- table:{name} end -->\n")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
