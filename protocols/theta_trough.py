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

from protocols.cli import Parser, clear_errors, pin_threads

pin_threads()

import argparse
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.errors import SuiteError
from protocols import datasets
from protocols.diehl_cook_sl.plan import Phase, from_config
from protocols.diehl_cook_sl.training import Trainer
from protocols.rundir import RunDirectory, fact, read_checkpoint, versions

PROGRAM = "theta_trough"
CHUNK = 100


def arguments(argv=None):
    """Parse the command line."""
    parser = Parser(prog=f"python -m protocols.{PROGRAM}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="of a run in file order (option --keep)")
    parser.add_argument("--out", type=Path, default=Path("runs/theta-trough"), metavar="DIR")
    parser.add_argument("--until", type=int, default=184000, metavar="N",
                        help="train up to this number of samples (184000)")
    parser.add_argument("--test-every", type=int, default=500, metavar="N")
    parser.add_argument("--test-images", type=int, default=2500, metavar="N",
                        help="evenly spaced images of the test set (2500)")
    parser.add_argument("--block", type=int, nargs=2, action="append", metavar=("FROM", "TO"),
                        help="training images to replace, a variant each; default: 59200 59600 "
                        "and 58000 60000")
    return parser.parse_args(argv)


def checked(options, facts):
    """Refuse what cannot be done with a checkpoint, before anything is loaded.

    Parameters
    ----------
    options : argparse.Namespace
    facts : dict
        Of the checkpoint.

    Returns
    -------
    protocols.diehl_cook_sl.plan.Plan
        That of the checkpoint's run.

    Raises
    ------
    SuiteError
        With the cause and the way out.
    """
    name, config = options.checkpoint, fact(facts, "plan", dict)
    if (protocol := config.get("run", {}).get("protocol", "diehl_cook_sl")) != "diehl_cook_sl":
        raise SuiteError(f"{name} is of protocols.{protocol}; give one of diehl_cook_sl")
    plan = from_config(config)
    if plan.shuffle or plan.held_out:
        raise SuiteError(f"{name} is not of a run in file order")
    if len(plan.hidden) != 1:
        raise SuiteError(f"{name} is of {len(plan.hidden)} hidden layers; give one of a network "
                         "with a single one")
    if fact(facts, "phase", int) > 0 or not fact(facts, "position", int):
        raise SuiteError(f"{name} was not taken inside the training; give one that --keep wrote")
    if facts["position"] >= options.until:
        raise SuiteError(f"the checkpoint is at sample {facts['position']} already: raise --until")
    for option in ("test_every", "test_images"):
        if getattr(options, option) < 1:
            raise SuiteError(f"--{option.replace('_', '-')} must be 1 or more")
    return plan


def epoch_end(position, size):
    """Samples at the end of the epoch of `size` images that goes on at a position."""
    return (position // size + 1) * size


def with_block_replaced(index, start, stop):
    """Training order in which the images start .. stop are replaced by those before them."""
    size = stop - start
    if not size <= start < stop <= len(index):
        raise SuiteError(f"--block {start} {stop} does not lie inside {len(index)} training images")
    index = index.copy()
    index[start:stop] = index[start - size:start]
    return index


def continue_training(checkpoint, out, index, options, name, command):
    """Train on from a checkpoint with an order of training images; write a run directory.

    Parameters
    ----------
    checkpoint : (dict, dict)
        Arrays and facts, `protocols.rundir.read_checkpoint`.
    out : Path
    index : ndarray of int
        Training images of one epoch, in order.
    options : argparse.Namespace
    name : str
        Of the variant.
    command : str

    Returns
    -------
    list of dict
        The evaluations.
    """
    arrays, facts = checkpoint
    plan = replace(from_config(facts["plan"]), test_every=options.test_every, published={})
    dataset = datasets.load(plan.dataset)
    size = min(options.test_images, len(dataset.x_test))
    some = np.linspace(0, len(dataset.x_test) - 1, size).astype(int)
    dataset = replace(dataset, x_test=dataset.x_test[some], y_test=dataset.y_test[some])
    run = RunDirectory(out)
    trainer = Trainer(plan, dataset, index, np.arange(0), run)
    trainer.resume(arrays, facts)
    # From here on it is a run of its own.
    plan = trainer.plan = replace(plan, preset=f"{plan.preset}, {name}")
    phase = trainer.phases[facts["phase"]]
    trainer.phases = [Phase(phase.name, phase.learn, phase.readout, options.until)]
    # Short chunks resolve the course of theta; they change nothing else.
    trainer.capacity = CHUNK
    p = trainer.progress
    p.phase, p.rows, p.spikes, p.order, p.theta = 0, [], [], [], []
    start = p.position
    run.write_config({**plan.config(), "versions": versions()})
    bar = tqdm(total=options.until, initial=start, unit=" samples", desc=name, disable=None)
    end, ends = epoch_end(start, len(index)), {}
    trainer.keep = [end]
    first_state, first_classes = p.state, trainer.statistics.classes()

    def report(done, total, rows):
        bar.update(done - bar.n)
        if done == end:
            ends.update(state=p.state, classes=trainer.statistics.classes())

    trainer.report = report
    trainer.fit()
    bar.close()
    swapped = swap_theta(trainer, {"checkpoint": (first_state, first_classes),
                                   "epoch end": (ends["state"], ends["classes"])})
    theta, order = np.array(p.theta), np.concatenate(p.order)
    ink = dataset.x_train.reshape(len(dataset.x_train), -1).mean(1)
    run.write_arrays("activity.npz", {
        "train_ink": ink[order].astype(np.float32), "train_spikes": np.concatenate(p.spikes),
        "train_first": start, "epoch_samples": len(index), "theta_samples": theta[:, 0],
        "theta_mean_mV": theta[:, 1], "neuron_class": first_classes,
        "theta_start_mV": 1e3 * first_state["hidden1.theta"],
        "theta_end_mV": 1e3 * ends["state"]["hidden1.theta"]})
    run.write_json("summary.json", {
        "protocol": PROGRAM, "preset": plan.preset, "dataset": plan.dataset, "seed": plan.seed,
        "device": plan.device, "accuracy": p.rows[-1]["accuracy_sl"],
        "accuracies": {"lowest_sl": min(r["accuracy_sl"] for r in p.rows),
                       "final_sl": p.rows[-1]["accuracy_sl"]},
        "theta_swap": swapped,
        "published": None, "samples": options.until - start, "cpu_seconds": p.cpu_seconds,
        "wall_seconds": p.wall_seconds, "class_names": list(dataset.class_names),
        "command": command, "versions": versions()})
    return p.rows


def swap_theta(trainer, states):
    """Test every combination of weights and theta of two moments.

    Parameters
    ----------
    trainer : protocols.diehl_cook_sl.training.Trainer
    states : dict
        ``{moment: (state, classes of the hidden neurons)}``.

    Returns
    -------
    dict
        ``{"weights of A, theta of B": {"sl": per cent, "labels": per cent}}``.
    """
    found = {}
    for weights, (state, classes) in states.items():
        for theta, (other, _) in states.items():
            learned = {**state, "hidden1.theta": other["hidden1.theta"]}
            result = trainer.test(learned, classes, "theta-swap")
            found[f"weights: {weights}, theta: {theta}"] = result.accuracies(
                trainer.dataset.y_test)
    return found


def main(argv=None):
    """Command line."""
    options = arguments(argv)
    with clear_errors(PROGRAM):
        words = sys.argv[1:] if argv is None else argv
        command = f"python -m protocols.{PROGRAM} {shlex.join(map(str, words))}"
        checkpoint = read_checkpoint(options.checkpoint)
        plan = checked(options, checkpoint[1])
        whole = np.arange(len(datasets.load(plan.dataset).x_train))
        if options.until < (end := epoch_end(checkpoint[1]["position"], len(whole))):
            raise SuiteError(f"--until {options.until} lies before the end of the epoch, {end}; "
                             "raise it")
        variants = {"file order": whole}
        for start, stop in options.block or ((59200, 59600), (58000, 60000)):
            variants[f"{start}-{stop - 1} replaced"] = with_block_replaced(whole, start, stop)
        for name, index in variants.items():
            out = options.out / name.replace(" ", "-")
            rows = continue_training(checkpoint, out, index, options, name, command)
            lowest = min(rows, key=lambda r: r["accuracy_sl"])
            print(f"{name:21s} lowest SL accuracy {lowest['accuracy_sl']:.2f} % at "
                  f"{lowest['samples']} samples, last {rows[-1]['accuracy_sl']:.2f} %")
        print(f"run directories: {options.out}")


if __name__ == "__main__":
    main()
