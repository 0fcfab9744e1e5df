"""``python -m analysis RUN_DIR ...``: every figure of a run whose data is there."""

import sys

import matplotlib

from analysis.command_line import Parser, exit_code
from analysis.errors import AnalysisError, MissingData
from analysis.figures import FIGURES, convergence, save
from analysis.run import Run
from analysis.trough import theta_trough_compared


def _draw(run, names, formats):
    """Write the figures `names` of a run, say which are skipped and why."""
    directory = run.directory / "figures"
    drawn, skipped = [], []
    for name in names:
        try:
            save(FIGURES[name](run), directory, name, formats)
        except MissingData as reason:
            skipped.append(f"{name}: {reason}")
        else:
            drawn.append(name)
    if not drawn:
        raise AnalysisError(f"{run.directory}: no figure can be made ({'; '.join(skipped)}); "
                            "record this data with the protocol or ask for other figures")
    print(f"{directory}: {', '.join(drawn)}")
    for line in skipped:
        print(f"{directory}: skipped {line}")


def main(arguments):
    """Draw the figures of the runs named on the command line; return the exit code."""
    parser = Parser(prog="python -m analysis", description="Write every figure whose data is "
                    "there into RUN_DIR/figures. Several runs also give "
                    "convergence_overlaid and, of protocols.theta_trough, theta_trough_compared, "
                    "in the first of them.")
    parser.add_argument("runs", metavar="RUN_DIR", nargs="+", help="directory a protocol wrote")
    parser.add_argument("--only", metavar="NAME", nargs="+", choices=FIGURES, default=[*FIGURES],
                        help=f"figures to make, of: {', '.join(FIGURES)}")
    parser.add_argument("--formats", nargs="+", choices=("png", "svg", "pdf"),
                        default=["png", "svg"], help="default: png svg")
    options = parser.parse_args(arguments)
    matplotlib.use("Agg")

    runs = [Run(directory) for directory in options.runs]
    for run in runs:
        _draw(run, options.only, options.formats)
    together = {"convergence_overlaid": convergence, "theta_trough_compared": theta_trough_compared}
    for name, function in together.items():
        if len(runs) > 1 and name.rpartition("_")[0] in options.only:
            directory = runs[0].directory / "figures"
            try:
                save(function(runs), directory, name, options.formats)
            except MissingData as reason:
                print(f"{directory}: skipped {name}: {reason}")
            else:
                print(f"{directory}: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
