"""Write a run as one web page, in which its network learns.

    python -m protocols.export diehl_cook_sl/digits --html page.html
    python -m protocols.export emstdp/digits --html page.html
    python -m protocols.export runs/digits-seed0 --html page.html
    python -m protocols.export diehl_cook_sl/mnist-400 --samples 5000 --html page.html

The page loads nothing from anywhere. It learns what the run learns, sample by sample, and ends with
the weights of the command line, bit for bit. emscripten compiles the programs.
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process

prepare_process()

import argparse
import sys
from functools import partial
from pathlib import Path

with imports():
    from models.devices.precision import PRECISIONS
    from models.errors import SuiteError
    from protocols.export.chosen import chosen

PROGRAM = "export"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(prog=f"python -m protocols.{PROGRAM}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("run", metavar="RUN_DIR_OR_PRESET", help="directory of a run, or PROTOCOL/PRESET")
    add("--html", metavar="PAGE.html", type=Path, required=True, help="the page to write")
    add("--samples", type=int, metavar="N", help="learn the first N samples of the run (all whose "
        "images fit into a page)")
    add("--precision", choices=PRECISIONS, help="of a preset's network (that of the preset); "
        "float32 is the faster one")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    with clear_errors(PROGRAM):
        options = arguments(argv)
        if options.samples is not None and options.samples < 1:
            raise SuiteError(f"--samples {options.samples} is no number of samples from 1 on")
        if not options.html.absolute().parent.is_dir():
            raise SuiteError(f"there is no folder {options.html.parent} for {options.html.name}: "
                             "make it, or choose another place")
        # Brian2 takes a second to import.
        from protocols.export.page import export_page
        protocol, settings, directory = chosen(options.run, options.precision)
        made = export_page(protocol, settings, options.html, directory, options.samples,
                           partial(print, file=sys.stderr))
        print(f"{options.html}: {made['bytes'] / 1e3:.0f} kB, {made['samples']:,} samples of "
              f"{made['images']:,} images, {made['test_images']:,} test images")
        print(f"SHA-256 of the weights  {made['hash']}")


if __name__ == "__main__":
    main()
