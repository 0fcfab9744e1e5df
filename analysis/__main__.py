"""``python -m analysis RUN_DIR ...``: every figure of a run whose data is there.

``python -m analysis report DIR ...``: a table of what runs measured.
"""

from analysis.command_line import Parser, exit_code, leave_when_interrupted

if __name__ == "__main__":
    leave_when_interrupted()

import os
import sys
from collections.abc import Collection, Sequence

import matplotlib

from analysis.errors import AnalysisError, MissingData
from analysis.figures import COMPARED, FIGURES, belongs, compared_otherwise, comparisons, save
from analysis.groups import PROTOCOL, differing_settings, group_seeds
from analysis.page import write_page
from analysis.report import report
from analysis.run import Run

# The word that asks for a table; a directory of this name is ./report.
REPORT = "report"


def _draw(run: Run, names: Sequence[str], formats: Sequence[str], asked: bool) -> None:
    """Write the figures `names` of a run and say which of its own are left out, and why.

    Of figures that were `asked` for, whatever protocol they are of.
    """
    directory = run.directory / "figures"
    drawn = []
    skipped = []
    for name in names:
        try:
            save(FIGURES[name](run), directory, name, formats, run.title)
        except MissingData as reason:
            if asked or belongs(FIGURES[name], run):
                skipped.append(f"{name}: {reason}")
        else:
            drawn.append(name)
    if not drawn:
        if not (run.directory / "activity.npz").exists():
            skipped.append("activity.npz is absent")
        raise AnalysisError(f"{run.directory}: no figure can be made ({'; '.join(skipped)}); "
                            "record this data with the protocol or ask for other figures")
    print(f"{directory}: {', '.join(drawn)}")
    for line in skipped:
        print(f"{directory}: skipped {line}")


def _draw_together(runs: Sequence[Run], asked: Collection[str], formats: Sequence[str]) -> None:
    """Write the figures of several runs into the first; `asked` names what they belong to."""
    directory = runs[0].directory / "figures"
    if {"convergence", COMPARED} & set(asked):
        counted = [run for seeds in group_seeds(runs).values() for run in seeds]
        for run in runs:
            if run not in counted:
                print(f"{directory}: not overlaid: {run.directory}, whose seed is that of another "
                      "run of the same settings")
    for name, (figure, function) in comparisons(runs).items():
        if figure not in asked:
            continue
        try:
            save(function(runs), directory, name, formats, f"{runs[0].title} and others")
        except MissingData as reason:
            print(f"{directory}: skipped {name}: {reason}")
        else:
            print(f"{directory}: {name}")
    if COMPARED in asked:
        shown = compared_otherwise(runs)
        for run, settings in differing_settings(runs)[1].items():
            if run in shown:
                continue
            why = "is of another protocol" if PROTOCOL in settings else \
                f"differs in several settings ({', '.join(settings)})"
            print(f"{directory}: not {COMPARED}: {run.directory}, which {why}")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks for; return the exit code."""
    return report(arguments[1:]) if arguments[:1] == [REPORT] else draw(arguments)


def draw(arguments: Sequence[str]) -> int:
    """Draw the figures of the runs named on the command line; return the exit code."""
    parser = Parser(prog="python -m analysis", description="Write every figure whose data is "
                    "there into RUN_DIR/figures. Several runs also give, in the first of them, "
                    "convergence_overlaid and samples_needed, compared_SETTING (of "
                    "protocols.emstdp active_SETTING too) for each setting in which some differ "
                    "from the first, single_changes where these are several settings, "
                    "successive_changes where each keeps the changes of those before it, "
                    "over_width, over_depth, seconds_over_depth and over_feedback of networks "
                    "that differ in this and, of protocols.theta_trough, theta_trough_compared. "
                    "python -m analysis report DIR ... prints mean, standard deviation and a test "
                    "against the published value instead: see python -m analysis report --help.")
    parser.add_argument("runs", metavar="RUN_DIR", nargs="+", help="directory a protocol wrote")
    names = [*FIGURES, COMPARED]
    parser.add_argument("--only", metavar="NAME", nargs="+", choices=names,
                        help=f"figures to make, of: {', '.join(names)}")
    parser.add_argument("--formats", nargs="+", choices=("png", "svg", "pdf"),
                        default=["png", "svg"], help="default: png svg; PNG has 300 dots per inch")
    parser.add_argument("--html", action="store_true", help="write RUN_DIR/report.html instead: "
                        "settings, equations and figures on one page that loads nothing else")
    options = parser.parse_args(arguments)
    matplotlib.use("Agg")

    named = {}
    for directory in options.runs:
        # Once, also where a pattern of the shell names it again.
        named.setdefault(os.path.realpath(directory), directory)
    runs = [Run(directory) for directory in named.values()]
    asked = options.only or names
    single = [name for name in asked if name in FIGURES]
    if options.html:
        for run in runs:
            print(write_page(run, single))
        return 0
    if single:
        for run in runs:
            _draw(run, single, options.formats, asked=bool(options.only))
    elif len(runs) < 2:
        raise AnalysisError(f"{COMPARED} needs several runs; name more than {runs[0].directory}")
    if len(runs) > 1:
        _draw_together(runs, asked, options.formats)
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
