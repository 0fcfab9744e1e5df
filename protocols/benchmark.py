"""Measure speed and memory of a network beside other ways of writing it.

    python -m protocols.benchmark diehl_cook
    python -m protocols.benchmark diehl_cook --sizes 100 400 --json speed.json
    python -m protocols.benchmark stbp
    python -m protocols.benchmark gpu --device opencl --sizes 100 --replicas 1 4
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process, restore_interrupts

prepare_process()

import argparse
import contextlib
import json
import os
from pathlib import Path

with imports():
    from tqdm import tqdm

    from protocols.benchmarks import BENCHMARKS, Options, find
    from protocols.benchmarks.machine import machine
    from protocols.benchmarks.table import Table

PROGRAM = "benchmark"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(
        prog=f"python -m protocols.{PROGRAM}", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("name", metavar="NAME", help=", ".join(BENCHMARKS))
    add("--json", type=Path, metavar="FILE", help="write the rows and the machine to FILE")
    add("--sizes", type=int, nargs="+", metavar="N", help="numbers of neurons; default: those of "
        "the benchmark")
    add("--samples", type=int, default=Options.samples, metavar="N",
        help=f"samples of one measurement ({Options.samples})")
    add("--repeats", type=int, default=Options.repeats, metavar="K",
        help=f"measurements of each row; the median counts ({Options.repeats})")
    add("--naive-all", action="store_true",
        help="measure the plain and naive forms at large sizes, too (slow)")
    add("--device", choices=("cuda", "opencl"), default=Options.device,
        help=f"what the benchmark gpu measures ({Options.device})")
    add("--replicas", type=int, nargs="+", metavar="R",
        help="copies of a network that run side by side in the benchmark gpu; default: its own")
    return parser.parse_args(argv)


@contextlib.contextmanager
def replacing(path: Path):
    """Open a text file that takes the place of ``path`` once it is complete.

    It is opened before the measurements, so that a path which cannot be written to is
    told at once.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            yield file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def record(given: argparse.Namespace, options: Options, table: Table, facts: dict) -> dict:
    """What ``--json`` writes.

    Parameters
    ----------
    given : argparse.Namespace
        The parsed command line.
    options : protocols.benchmarks.Options
    table : protocols.benchmarks.table.Table
    facts : dict
        Of the machine, taken before the measurements.
    """
    return {
        "benchmark": given.name,
        "title": table.title,
        "reference": table.reference,
        "samples": options.samples,
        "repeats": options.repeats,
        "rows": table.records(),
        "notes": table.notes,
        "machine": facts,
    }


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    given = arguments(argv)
    with clear_errors(PROGRAM):
        options = Options(tuple(given.sizes) if given.sizes else None, given.samples,
                          given.repeats, given.naive_all, given.device,
                          tuple(given.replicas) if given.replicas else None)
        run = find(given.name)
        # Finding a benchmark may have imported Brian2, which replaces the handler.
        restore_interrupts()
        with replacing(given.json) if given.json else contextlib.nullcontext() as file:
            facts = machine()
            # Where standard error is no terminal, nothing but an error appears there.
            with tqdm(bar_format="{desc} [{elapsed}]", disable=None, leave=False) as bar:
                table = run(options, bar.set_description_str)
            if file is not None:
                json.dump(record(given, options, table, facts), file, indent=1)
                file.write("\n")
        # The file stands before the table is printed: a full disk or a closed pipe behind
        # standard output costs no measurement.
        print(table.text(), flush=True)


if __name__ == "__main__":
    main()
