"""What the command lines of all trainings share: options, progress bar, closing lines."""

import argparse
import contextlib
import shlex
import sys
from pathlib import Path

from tqdm import tqdm

from protocols import preset_files
from protocols.cli import clear_errors, draw


def add_run_options(parser, out):
    """Options of every training; ``out`` is the default directory, as its help says it."""
    add = parser.add_argument
    add("--preset", help="published experiment, or 'digits' (default); --list shows all")
    add("--list", action="store_true", help="list the presets with their published values")
    add("--out", type=Path, metavar="DIR", help=f"run directory; default: runs/{out}")
    add("--resume", action="store_true", help="continue the run from its checkpoint")
    add("--no-figures", action="store_true", help="do not draw figures")


@contextlib.contextmanager
def progress(trainer, plan, quiet):
    """A progress bar in training samples; none where the output is not a terminal."""
    with tqdm(total=trainer.total, initial=trainer.done, unit=" samples", smoothing=0.05,
              disable=True if quiet else None, desc=plan.preset) as bar:
        yield bar


def execute(protocol, options, argv, plan_of, run, out, closing):
    """Do what a command line asks for.

    Parameters
    ----------
    protocol : str
    options : argparse.Namespace
        With the options of `add_run_options`.
    argv : list of str or None
        The words of the command line, if not the process's.
    plan_of : callable
        Plan of the options.
    run : callable
        ``run(plan, out, command)`` trains and returns the summary.
    out : callable
        Name of the default run directory, of the plan.
    closing : callable
        Lines to print, of the summary: pairs of a label and a text.
    """
    with clear_errors(protocol, "continue with the same command and --resume"):
        if options.list:
            preset_files.show(protocol)
            return
        if options.resume and options.out is None:
            fresh = argparse.Namespace(**vars(options) | {"resume": False})
            options.out = Path("runs") / out(plan_of(fresh))
        plan = plan_of(options)
        path = options.out or Path("runs") / out(plan)
        words = sys.argv[1:] if argv is None else argv
        summary = run(plan, path, f"python -m protocols.{protocol} {shlex.join(words)}".strip())
        lines = closing(summary)
        if "mean" in (summary["published"] or {}):
            lines.append(("published", f"{summary['published']['mean']:6.2f} %"))
        width = max(len(label) for label, _ in lines)
        for label, text in lines:
            print(f"{label:{width}s} {text}")
        print(f"run directory: {path}")
        if not options.no_figures:
            draw(path)
