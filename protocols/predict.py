"""Classify single images with a trained run.

    python -m protocols.predict runs/digits-seed0 three.png
    python -m protocols.predict runs/digits-seed0 scans/*.png --json
    python -m protocols.predict runs/stbp-digits-seed0 photo.png --resize

Network, weights and preprocessing come from the run's checkpoint, the data set is not
needed. Images must look like those of the training: of their size (or give --resize), and for
MNIST white strokes on black. Colours become grey where the network was trained on grey images.
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process

prepare_process()

import argparse
import json
from pathlib import Path

with imports():
    from models.devices import DEVICES
    from protocols.runs.prediction import predict, report

PROGRAM = "predict"


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(prog=f"python -m protocols.{PROGRAM}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("run", metavar="RUN_DIR", type=Path, help="directory of a run")
    add("files", metavar="FILE", nargs="+", help="PNG, JPEG or .npy, one image each")
    add("--readout", metavar="NAME", help="which one names the label (the run's): sl or labels for "
        "diehl_cook_sl")
    add("--device", choices=DEVICES, help="default: whichever is sooner; the answers are the same")
    add("--seed", type=int, metavar="N", help="seed of the input spikes (the run's)")
    add("--resize", action="store_true", help="bring images of another size to that of the "
        "training; a run that was trained with --resize always does")
    add("--json", action="store_true", help="print JSON")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    with clear_errors(PROGRAM):
        options = arguments(argv)
        result = predict(options.run, options.files, options.device, options.readout,
                         options.seed, options.resize)
        if options.json:
            print(json.dumps(result, indent=1))
            return
        print("\n".join(report(result)))


if __name__ == "__main__":
    main()
