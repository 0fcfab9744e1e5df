"""Show, check and extend the table of published hashes of weights and thresholds.

    python -m protocols.hashes                       # the table; runs without a hash, too
    python -m protocols.hashes --check digits        # train again what is published, and compare
    python -m protocols.hashes --check "emstdp digits --seed 1"
    python -m protocols.hashes --write mnist         # train what has no hash, and add it

A run is chosen by words of its command, by its data set and by its precision.
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process

prepare_process()

import argparse
import sys

with imports():
    from models.errors import SuiteError
    from protocols.hashes import page, published

PROGRAM = "hashes"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(prog=f"python -m protocols.{PROGRAM}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("words", nargs="?", default="", metavar="WORDS", help="which runs; default: all")
    add("--check", action="store_true", help="train the published ones again; exit code 1 if a "
        "hash is another one")
    add("--write", action="store_true", help="train those that are not published, and add them")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    with clear_errors(PROGRAM):
        options = arguments(argv)
        chosen = list(published.runs(options.words))
        if not chosen:
            raise SuiteError(f"no run of the table has {options.words!r}; without words the "
                             "command shows all")
        table = published.read()
        if options.check:
            sys.exit(0 if check(chosen, table) else 1)
        if options.write:
            extend(chosen, table)
            return
        for run in chosen:
            print(table.get(run.command, {}).get("weights", "-" * 64), run.command)


def check(chosen: list[published.PublishedRun], table: dict) -> bool:
    """Train what is published, and say of each run whether its hashes are the same."""
    equal = True
    for run in chosen:
        if run.command not in table:
            continue
        found = run.hashes()
        same = found == table[run.command]
        print("equal" if same else f"DIFFERENT {found}", run.command, flush=True)
        equal &= same
    return equal


def extend(chosen: list[published.PublishedRun], table: dict) -> None:
    """Train what is not published; file and page are written after each run."""
    for run in chosen:
        if run.command in table:
            continue
        found = run.hashes()
        # Another process may have added others meanwhile.
        table = published.read() | {run.command: found}
        published.write(table)
        page.write()
        print(found["weights"], run.command, flush=True)


if __name__ == "__main__":
    main()
