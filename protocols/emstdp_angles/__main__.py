"""Angles between the updates by FA or DFA, by symmetric weights, and by the gradient.

    python -m protocols.emstdp --feedback dfa --keep 200 400 800 --out runs/dfa
    python -m protocols.emstdp_angles runs/dfa

At each checkpoint of a run that --keep kept, and at its beginning and end, the same samples are
shown to the run's network and to one with the same forward weights whose errors come back through
these (SW). Nothing is learned. The angle between their updates (Eq. 12) is measured per layer, and
the angle of each to the gradient of the network without spikes. The angles are added to the run's
activity.npz; `python -m analysis RUN_DIR` draws them.
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process

prepare_process()

import argparse
from pathlib import Path

with imports():
    from models.devices import DEVICES
    from protocols.emstdp_angles.measure import measure

PROGRAM = "emstdp_angles"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(prog=f"python -m protocols.{PROGRAM}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("runs", metavar="RUN_DIR", nargs="+", type=Path, help="directory of a finished run")
    add("--samples", type=int, default=500, metavar="N",
        help="training samples to show, drawn at random (500)")
    add("--device", choices=DEVICES, help="what the networks run on (the run's)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    with clear_errors(PROGRAM):
        options = arguments(argv)
        for run in options.runs:
            print("\n".join([str(run), *measure(run, options.samples, options.device)]))


if __name__ == "__main__":
    main()
