"""``python -m analysis RUN_DIR ...``: every figure of a run whose data is there."""

import sys
from pathlib import Path

import matplotlib

from analysis.command_line import Parser, exit_code
from analysis.errors import AnalysisError, MissingData
from analysis.figures import COMPARED, FIGURES, comparisons, save
from analysis.groups import differing_settings, group_seeds
from analysis.run import Run


def _draw(run, names, formats, reasons):
    """Write the figures `names` of a run, say which are skipped and, if asked to, why."""
    directory = run.directory / "figures"
    drawn, skipped = [], {}
    for name in names:
        try:
            save(FIGURES[name](run), directory, name, formats)
        except MissingData as reason:
            skipped[name] = f"{name}: {reason}"
        else:
            drawn.append(name)
    if not drawn:
        raise AnalysisError(f"{run.directory}: no figure can be made "
                            f"({'; '.join(skipped.values())}); record this data with the "
                            "protocol or ask for other figures")
    print(f"{directory}: {', '.join(drawn)}")
    if skipped and not reasons:
        print(f"{directory}: not recorded: {', '.join(skipped)} (--only NAME says what is missing)")
    for line in skipped.values() if reasons else ():
        print(f"{directory}: skipped {line}")


def _draw_together(runs, asked, formats):
    """Write the figures of several runs into the first; `asked` names what they belong to."""
    directory = runs[0].directory / "figures"
    counted = [run for seeds in group_seeds(runs).values() for run in seeds]
    for run in runs if {"convergence", COMPARED} & set(asked) else ():
        if run not in counted:
            print(f"{directory}: not overlaid: {run.directory}, whose seed is that of another run "
                  "of the same settings")
    for name, (figure, function) in comparisons(runs).items():
        if figure in asked:
            try:
                save(function(runs), directory, name, formats)
            except MissingData as reason:
                print(f"{directory}: skipped {name}: {reason}")
            else:
                print(f"{directory}: {name}")
    if COMPARED in asked:
        for run, settings in differing_settings(runs)[1].items():
            print(f"{directory}: not {COMPARED}: {run.directory}, which differs in several "
                  f"settings ({', '.join(settings)})")


def main(arguments):
    """Draw the figures of the runs named on the command line; return the exit code."""
    parser = Parser(prog="python -m analysis", description="Write every figure whose data is "
                    "there into RUN_DIR/figures. Several runs also give, in the first of them, "
                    "convergence_overlaid, compared_SETTING for each setting in which some "
                    "differ from the first and, of protocols.theta_trough, "
                    "theta_trough_compared.")
    parser.add_argument("runs", metavar="RUN_DIR", nargs="+", help="directory a protocol wrote")
    names = [*FIGURES, COMPARED]
    parser.add_argument("--only", metavar="NAME", nargs="+", choices=names,
                        help=f"figures to make, of: {', '.join(names)}")
    parser.add_argument("--formats", nargs="+", choices=("png", "svg", "pdf"),
                        default=["png", "svg"], help="default: png svg")
    options = parser.parse_args(arguments)
    matplotlib.use("Agg")

    named = {}
    for directory in options.runs:
        # Once, also where a pattern of the shell names it again.
        named.setdefault(Path(directory).resolve(), directory)
    runs = [Run(directory) for directory in named.values()]
    asked = options.only or names
    single = [name for name in asked if name in FIGURES]
    if not single and len(runs) < 2:
        raise AnalysisError(f"{COMPARED} needs several runs; name more than {runs[0].directory}")
    for run in runs if single else ():
        # Every run lacks the figures of the other protocols: their names will do.
        _draw(run, single, options.formats, reasons=bool(options.only))
    if len(runs) > 1:
        _draw_together(runs, asked, options.formats)
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
