"""Spatio-temporal backpropagation (Wu et al. 2018): training in NumPy, networks in Brian2.

    python -m protocols.stbp                                  # scikit-learn's digits
    python -m protocols.stbp --preset mlp-mnist               # 784-800-10, Table 2
    python -m protocols.stbp --dataset my.npz --network 300-5 # your own images
    python -m protocols.stbp --engine brian2                  # tested by the Brian2 groups too
"""

from protocols.cli import Parser, pin_threads

pin_threads()

import argparse
from dataclasses import replace

from models.errors import SuiteError
from protocols import datasets
from protocols.command import add_run_options, execute, progress
from protocols.resume import config_to_resume, refuse_changes
from protocols.rundir import RunDirectory, versions
from protocols.stbp.finish import brian_evaluation, finish
from protocols.stbp.plan import (
    CHOICES, EXPERIMENT, FREE, PROTOCOL, TABLES, Plan, from_config, preset,
)
from protocols.stbp.training import Trainer

HELP = {
    "dataset": f"{', '.join(datasets.NAMES)}, an .npz file or a folder of class folders of images",
    "seed": "of weights, order and input spikes",
    "engine": "what tests the trained network: the companion, or the Brian2 groups too",
    "device": "of the engine brian2",
    "array_module": "what training computes with; cupy needs a GPU",
    "kernels": "on the CPU: compiled loops, or NumPy alone",
    "network": "layers after the input, such as 800-10 or 15C5-P2-40C5-P2-300-10",
    "units": "rectified: the non-spiking twin",
    "initial": "weights by Eq. 29-30: scaled to the threshold, or as they are",
    "V_th": "threshold", "tau": "forget gate: what is left of u after a step without spike",
    "width": "of the surrogate, a", "steps": "time steps of a presentation, T",
    "batch": "samples per step of the optimiser", "rate": "learning rate",
    "rate_drop_every": "epochs after which the rate falls to a tenth (0: never)",
    "distortion_alpha": "elastic distortion of training images, in pixels (0: none)",
    "distortion_sigma": "its smoothness, in pixels",
    "contrast": "pixels relative to the full range, or to that of their image",
    "train_samples": "only the first N training samples (0: all)",
    "held_out": "training samples kept for choosing the weights; the test set is then used at "
                "the end only",
    "gradient": "exact, detached (reset), spatial (SDBP), or literal (Eq. 15-20)",
}
METAVARS = {int: "N", float: "X", str: "TEXT"}
# What does nothing in the non-spiking twin.
SPIKING = ("V_th", "tau", "gate", "surrogate", "width", "gradient", "steps")


def arguments(argv=None):
    """Parse the command line."""
    parser = Parser(prog="python -m protocols.stbp", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    add_run_options(parser, "stbp-PRESET-seedN")
    defaults = Plan()
    for table, names in TABLES.items():
        group = parser.add_argument_group(
            "run" if table == "run" else f"{table} (default: the preset's)")
        for name in names:
            if name == "preset":
                continue
            value = getattr(defaults, name)
            group.add_argument(
                f"--{name.replace('_', '-')}", dest=name, type=type(value),
                choices=CHOICES.get(name), help=HELP.get(name),
                metavar=None if name in CHOICES else METAVARS[type(value)])
    return parser.parse_args(argv)


def plan_of(options):
    """The plan that the command line asks for.

    Raises
    ------
    SuiteError
        If a value makes no sense, or differs from those of the run to be resumed.
    """
    names = [name for table in TABLES.values() for name in table if name != "preset"]
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if options.resume:
        plan = from_config(config_to_resume(options.out, PROTOCOL))
        free = {name: given.pop(name, getattr(plan, name)) for name in FREE}
        refuse_changes(options.out, plan, given | {"preset": options.preset or plan.preset}, {}, {})
        return from_config(replace(plan, **free).config())
    own = options.dataset not in (None, "digits") and options.preset is None
    base = preset(options.preset or ("own" if own else "digits"))
    plan = replace(base, **given)
    idle = [name for name in SPIKING if name in given]
    if plan.units == "rectified" and idle:
        raise SuiteError(f"--{idle[0].replace('_', '-')} does nothing to rectified units; leave it "
                         "out")
    if any(getattr(plan, name) != getattr(base, name) for name in EXPERIMENT):
        plan = replace(plan, published={})
    return from_config(plan.config())


def run_plan(plan, out, command, resume=False, quiet=False):
    """Train, test and write a run directory.

    Parameters
    ----------
    plan : protocols.stbp.plan.Plan
    out : path-like
    command : str
        Kept in summary.json.
    resume : bool
        Continue from the directory's checkpoint.
    quiet : bool
        No progress bar.

    Returns
    -------
    dict
        The summary.
    """
    run = RunDirectory(out)
    trainer = Trainer(plan, datasets.load(plan.dataset), run)
    if run.begun(resume):
        trainer.resume(*run.read_checkpoint())
    run.write_config({**plan.config(), "versions": versions()})
    brian = brian_evaluation(trainer) if plan.engine == "brian2" else None
    with progress(trainer, plan, quiet) as bar:

        def report(done, loss, accuracy):
            bar.update(done - bar.n)
            tests = trainer.progress.rows
            last = f", {tests[-1]['split']} {tests[-1]['accuracy']:.2f} %" if tests else ""
            bar.set_postfix_str(f"loss {loss:.4f}, training {accuracy:.1f} %{last}", refresh=False)

        trainer.report = report
        trainer.fit()
    return finish(trainer, command, brian)


def closing(summary):
    """Accuracies, as labels and texts."""
    lines = [(rule.replace("_", " "), f"{value:6.2f} %")
             for rule, value in summary["accuracies"].items()]
    if engine := summary["engine"]:
        lines.append(("brian2", f"{engine['brian2']:6.2f} %  (output spikes differ in "
                      f"{engine['samples_with_other_counts']} samples)"))
    return lines


def main(argv=None):
    """Command line."""
    options = arguments(argv)
    execute(PROTOCOL, options, argv, plan_of,
            lambda plan, out, command: run_plan(plan, out, command, options.resume),
            lambda plan: f"stbp-{plan.preset}-seed{plan.seed}", closing)


if __name__ == "__main__":
    main()
