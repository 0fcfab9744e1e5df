"""Why accuracy falls at the end of an epoch in MNIST's file order: which images move theta.

    python -m protocols.theta_trough RUN/checkpoint-170000.npz --out DIR

Training goes on from a checkpoint taken well inside an epoch, past the epoch's end, with
frequent tests: in file order, and with a block of training images replaced by the block
before it (by default the unusually bold images 59,200 to 59,599, then the last 2,000).
Everything else, the random numbers included, is the same: what differs is the block's
doing. Each variant is a run directory; `python -m analysis DIR/*` draws them side by side.

Then theta and weights of the checkpoint and of the epoch's end are combined and tested:
if the fall goes with theta, theta carries it.
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process

prepare_process()

import argparse
import shlex
import sys
from dataclasses import fields
from pathlib import Path

with imports():
    import numpy as np
    import pandas as pd

    from models.errors import SuiteError
    from protocols.diehl_cook_sl.protocol import PROTOCOL as DIEHL_COOK
    from protocols.runs.checkpoint import Checkpoint, fact, read_checkpoint
    from protocols.runs.protocol import Protocol
    from protocols.runs.run import run
    from protocols.runs.settings import checked, from_tables
    from protocols.theta_trough.learner import (
        TroughLearner, TroughSettings, refuse_short, with_block_replaced,
    )

PROTOCOL = Protocol(
    name="theta_trough", module="protocols.theta_trough", settings=TroughSettings,
    learner=TroughLearner, description=__doc__)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(prog=f"python -m {PROTOCOL.module}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("checkpoint", type=Path, help="of a run in file order (option --keep)")
    add("--out", type=Path, default=Path("runs/theta-trough"), metavar="DIR")
    add("--resume", action="store_true", help="continue the variants that were interrupted")
    add("--until", type=int, default=184000, metavar="N",
        help="train up to this number of samples (184000)")
    add("--test-every", type=int, default=500, metavar="N")
    add("--test-images", type=int, default=2500, metavar="N",
        help="evenly spaced images of the test set (2500)")
    add("--block", type=int, nargs=2, action="append", metavar=("FROM", "TO"),
        help="training images to replace, a variant each; default: 59200 59600 and 58000 60000")
    return parser.parse_args(argv)


def variants(options: argparse.Namespace, source: Checkpoint) -> dict[str, TroughSettings]:
    """Settings of each variant, by its name.

    Raises
    ------
    SuiteError
        If the checkpoint is none to go on from; the line says which one to give.
    """
    base = settings_of(source)
    if source.progress.samples >= options.until:
        raise SuiteError(f"the checkpoint is at sample {source.progress.samples} already: raise "
                         "--until")
    size = fact(source, "training_samples", int)
    refuse_short(options.until, source.progress.samples, size)
    blocks = {"file order": ()}
    for start, stop in options.block or ((59200, 59600), (58000, 60000)):
        with_block_replaced(np.arange(size), (start, stop))
        blocks[f"{start}-{stop - 1} replaced"] = (start, stop)
    common = {field.name: getattr(base, field.name) for field in fields(base)} | {
        "checkpoint": str(options.checkpoint), "until": options.until,
        "test_every": options.test_every, "test_images": options.test_images, "published": {},
        "keep": ()}
    return {name: checked(TroughSettings(
        **common | {"block": block, "preset": f"{base.preset}, {name}"}))
        for name, block in blocks.items()}


def settings_of(source: Checkpoint):
    """Settings of the run that a checkpoint is of.

    Raises
    ------
    SuiteError
        If it is not of a run in file order with one hidden layer.
    """
    name = source.path
    if source.protocol != DIEHL_COOK.name:
        raise SuiteError(f"{name} is of protocols.{source.protocol}; give one of diehl_cook_sl")
    base = from_tables(DIEHL_COOK.settings, source.tables, DIEHL_COOK.name)
    if base.shuffle or base.held_out:
        raise SuiteError(f"{name} is not of a run in file order")
    if len(base.hidden) != 1 or base.method != "simultaneous":
        raise SuiteError(f"{name} is not of a network with a single hidden layer that was trained "
                         "simultaneously")
    total = base.epochs * fact(source, "training_samples", int)
    if not 0 < source.progress.samples < total:
        raise SuiteError(f"{name} was not taken inside the training; give one that --keep wrote")
    return base


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    with clear_errors(PROTOCOL.name, "continue with the same command and --resume"):
        options = arguments(argv)
        words = sys.argv[1:] if argv is None else argv
        command = f"python -m {PROTOCOL.module} {shlex.join(map(str, words))}"
        source = read_checkpoint(options.checkpoint)
        for name, settings in variants(options, source).items():
            out = options.out / name.replace(" ", "-")
            summary = run(PROTOCOL, settings, out, command, options.resume)
            rows = pd.read_csv(out / "metrics.csv")
            lowest = rows.loc[rows["accuracy_sl"].idxmin()]
            print(f"{name:21s} lowest SL accuracy {lowest['accuracy_sl']:.2f} % at "
                  f"{lowest['samples']} samples, end {summary['accuracies']['end']['sl']:.2f} %")
        print(f"run directories: {options.out}")


if __name__ == "__main__":
    main()
