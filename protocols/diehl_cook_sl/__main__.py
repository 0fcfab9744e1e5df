"""Supervised learning with symmetric STDP on a Diehl & Cook network (Hao et al. 2020).

    python -m protocols.diehl_cook_sl                      # scikit-learn's digits
    python -m protocols.diehl_cook_sl --preset mnist-400   # a cell of Table 1
    python -m protocols.diehl_cook_sl --dataset my.npz     # your own images
"""

from protocols.cli import Parser, pin_threads

pin_threads()

import argparse
from dataclasses import replace

import numpy as np

from equations.hao2020.neurons import THETA_DECAYS
from models.devices import DEVICES
from models.errors import SuiteError
from models.shared.resources import check_threads
from models.devices.precision import PRECISIONS
from protocols import datasets
from protocols.command import add_run_options, execute, progress
from protocols.diehl_cook_sl.finish import finish
from protocols.diehl_cook_sl.plan import METHODS, PARAMETERS, from_config, preset
from protocols.diehl_cook_sl.training import Trainer, part
from protocols.resume import config_to_resume, refuse_changes
from protocols.rundir import RunDirectory, read_checkpoint, versions

PROGRAM = "diehl_cook_sl"
CHANGES = ("dataset", "seed", "device", "precision", "hidden", "method", "rule",
           "theta_decay", "epochs", "readout_epochs", "hidden_from", "test_every", "shuffle",
           "held_out")
# What may not differ from a preset for its published value to be of the same experiment.
EXPERIMENT = ("dataset", "hidden", "method", "rule", "theta_decay", "parameters")


def arguments(argv=None):
    """Parse the command line."""
    parser = Parser(
        prog=f"python -m protocols.{PROGRAM}", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_options(parser, "PRESET-seedN")
    add = parser.add_argument
    add("--dataset", metavar="D", help=f"{', '.join(datasets.NAMES)}, an .npz file or a folder "
        "of class folders of images; default: the preset's")
    add("--seed", type=int, metavar="N", help="seed of weights, order and input spikes (0)")
    add("--device", choices=DEVICES, help="cpp_standalone (default) or runtime (no compiler)")
    add("--precision", choices=PRECISIONS, help="of the network's variables: float64 (default) or "
        "float32, twice as fast")
    group = parser.add_argument_group("changes of the preset")
    add = group.add_argument
    add("--hidden", type=int, nargs="*", metavar="N", help="neurons of each hidden layer")
    add("--method", choices=METHODS)
    add("--rule", choices=("symmetric", "asymmetric"), help="STDP of the hidden layers")
    add("--theta-decay", choices=THETA_DECAYS, help="of the thresholds: exact, or rounded as by "
        "the authors' single-precision program")
    add("--epochs", type=float, help="passes through the training images")
    add("--readout-epochs", type=float, help="the same for the SL layer of layer-by-layer")
    add("--hidden-from", metavar="FILE", help="checkpoint to take the hidden layers from "
        "(layer-by-layer)")
    add("--test-every", type=int, metavar="N", help="samples between evaluations")
    add("--shuffle", action=argparse.BooleanOptionalAction, help="new order in every epoch")
    add("--held-out", type=int, metavar="N", help="training images kept for choosing the "
        "checkpoint; the test set is then used at the end only")
    add("--parameter", action="append", default=[], metavar="NAME=VALUE",
        help=f"change a parameter of the paper: {', '.join(PARAMETERS)}")
    add("--keep", type=int, nargs="*", default=[], metavar="N",
        help="keep the checkpoints after these numbers of samples")
    group = parser.add_argument_group("execution")
    group.add_argument("--workers", type=int, default=2, help="processes in an evaluation (2)")
    group.add_argument("--threads", type=int, default=1, metavar="N",
                       help="threads of the network that learns (1): the same results, sooner from "
                       "some 5,000 hidden neurons on, if N processors have nothing else to do")
    return parser.parse_args(argv)


def plan_of(options):
    """The plan that the command line asks for.

    Raises
    ------
    SuiteError
        If a value makes no sense, or differs from those of the run to be resumed.
    """
    given = {n: getattr(options, n) for n in CHANGES if getattr(options, n) is not None}
    if "hidden" in given:
        given["hidden"] = tuple(given["hidden"])
    parameters = {}
    for text in options.parameter:
        name, _, value = text.partition("=")
        try:
            parameters[name] = float(value)
        except ValueError:
            raise SuiteError(f"--parameter {text!r}: write NAME=NUMBER") from None
    if options.resume:
        return resumed(options, given, parameters)
    own = options.dataset is not None and options.preset is None
    base = preset(options.preset or ("own" if own and options.dataset != "digits" else "digits"))
    plan = replace(base, **given, parameters=base.parameters | parameters)
    if any(getattr(plan, name) != getattr(base, name) for name in EXPERIMENT):
        # Another experiment than the published one.
        plan = replace(plan, published={k: v for k, v in base.published.items() if k == "readout"})
    return from_config(plan.config())


def resumed(options, given, parameters):
    """The plan of the run in --out.

    The options may say again what it is; device, number of epochs and the samples between
    evaluations may be others, so that a run can be prolonged, ended early or tested less often.
    """
    plan = from_config(config_to_resume(options.out, "diehl_cook_sl"))
    # The epochs of layer-by-layer training are those of a phase that may be over.
    names = ("device", "test_every") + ("epochs",) * (plan.method != "layer-by-layer")
    free = {name: given.pop(name, getattr(plan, name)) for name in names}
    refuse_changes(options.out, plan, given | {"preset": options.preset or plan.preset},
                   plan.parameters, parameters)
    return from_config(replace(plan, **free).config())


def split(plan, dataset):
    """Training and validation indices."""
    if dataset.kind != "images":
        raise SuiteError(f"{dataset.name} holds {dataset.kind}; this protocol takes images")
    n = len(dataset.x_train)
    if plan.held_out >= n:
        raise SuiteError(f"--held-out {plan.held_out} leaves nothing of {n} training images")
    if plan.held_out:
        return datasets.hold_out(dataset, plan.held_out, plan.seed)
    return np.arange(n), np.arange(0)


def bar_text(rows):
    """Latest accuracy, for the progress bar."""
    if not rows:
        return ""
    values = [f"{label} {rows[-1][key]:.1f} %" for label, key in
              (("SL", "accuracy_sl"), ("labels", "accuracy_labels")) if rows[-1][key] is not None]
    return ", ".join(values)


def run_plan(plan, out, command, resume=False, keep=(), workers=1, threads=1,
             quiet=False):
    """Train, evaluate and write a run directory.

    Parameters
    ----------
    plan : protocols.diehl_cook_sl.plan.Plan
    out : path-like
    command : str
        Kept in summary.json.
    resume : bool
        Continue from the directory's checkpoint.
    keep : sequence of int
        Keep checkpoints after these numbers of samples.
    workers, threads : int
    quiet : bool
        No progress bar.

    Returns
    -------
    dict
        The summary.
    """
    dataset = datasets.load(plan.dataset)
    train, validation = split(plan, dataset)
    run = RunDirectory(out)
    trainer = Trainer(plan, dataset, train, validation, run, workers, threads)
    trainer.keep = sorted(keep)
    beyond = [n for n in keep if not 0 < n <= trainer.total]
    if beyond:
        raise SuiteError(f"--keep {beyond[0]} is no number of samples from 1 to {trainer.total}")
    if run.begun(resume):
        trainer.resume(*run.read_checkpoint())
        keep_past(trainer, keep)
    else:
        trainer.start(_learned(plan.hidden_from) if plan.hidden_from else None)
    run.write_config({**plan.config(), "versions": versions()})
    with progress(trainer, plan, quiet) as bar:

        def report(done, total, rows):
            bar.update(done - bar.n)
            bar.set_postfix_str(bar_text(rows))
            if done in keep:
                trainer.save(f"checkpoint-{done}")

        trainer.report = report
        trainer.fit()
    return finish(trainer, plan, dataset, command)


def keep_past(trainer, keep):
    """Keep the checkpoint at which a run stands, if that is asked for.

    Raises
    ------
    SuiteError
        If one is asked for that the run has passed without keeping it.
    """
    for n in sorted(keep):
        if n > trainer.done or (trainer.run.path / f"checkpoint-{n}.npz").exists():
            continue
        if n < trainer.done:
            raise SuiteError(f"--keep {n}: the run has shown {trainer.done} samples already and "
                             f"kept no checkpoint-{n}.npz; leave it out, or start anew with "
                             "another --out")
        trainer.save(f"checkpoint-{n}")


def _learned(path):
    """Weights, thresholds and label statistics of another run's checkpoint."""
    arrays, _ = read_checkpoint(path)
    learned = part(arrays, "state") | part(arrays, "statistics")
    return {k: v for k, v in learned.items() if not k.endswith("_readout.w")}


def closing(summary):
    """Accuracies, as labels and texts."""
    names = {"sl": "SL layer", "labels": "label statistics"}
    lines = []
    for key, value in summary["accuracies"].items():
        rule, _, readout = key.rpartition("_")
        lines.append((names[readout], f"{value:6.2f} %  ({rule.replace('_', ' ')})"))
    return lines


def main(argv=None):
    """Command line."""
    options = arguments(argv)

    def planned(options):
        if options.workers < 1:
            raise SuiteError("--workers must be 1 or more")
        check_threads(options.threads)
        return plan_of(options)

    execute(PROGRAM, options, argv, planned,
            lambda plan, out, command: run_plan(plan, out, command, options.resume, options.keep,
                                                options.workers, options.threads),
            lambda plan: f"{plan.preset}-seed{plan.seed}", closing)


if __name__ == "__main__":
    main()
