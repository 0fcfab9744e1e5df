"""What any number of runs measured, beside what was published: ``python -m analysis report``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from analysis.command_line import Parser
from analysis.errors import AnalysisError, MissingData
from analysis.files import write
from analysis.groups import group_seeds
from analysis.published import published_value
from analysis.readouts import WORDS
from analysis.rules import RULES
from analysis.run import FILES, Run

TESTS = {
    "t": "one-sample t-test, two-sided",
    "wilcoxon": "Wilcoxon's signed-rank test, two-sided",
}
NOT_KNOWN = "–"


class Result(NamedTuple):
    """What the seeds of an experiment measured by one rule and readout; a row of the report.

    Attributes
    ----------
    experiment, readout, rule : str
    n : int
        Seeds.
    mean, sd : float
        Per cent; `sd` is that of a sample, NaN of a single seed.
    published, difference : float
        Per cent, and points above it; NaN where nothing is known.
    p : float
        Of the test against the published value; NaN where it cannot be made.
    """

    experiment: str
    readout: str
    rule: str
    n: int
    mean: float
    sd: float
    published: float
    difference: float
    p: float


def results(runs: Sequence[Run], test: str = "t") -> list[Result]:
    """Results of all experiments that runs are seeds of.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Finished ones.
    test : str
        One of `TESTS`.

    Returns
    -------
    list of Result
        Experiments in the order of their first runs.

    Raises
    ------
    AnalysisError
        A summary is damaged.
    """
    found = []
    for name, seeds in group_seeds(runs).items():
        values = {}
        for run in seeds:
            for rule, readout, value in _accuracies(run):
                values.setdefault((readout, rule), []).append(value)
        for readout, rule in sorted(values, key=_in_order):
            measured = values[readout, rule]
            published = published_value(seeds[0], readout)
            known = np.nan if published is None else published.mean
            spread = np.std(measured, ddof=1) if len(measured) > 1 else np.nan
            found.append(Result(
                experiment=_titled(name, seeds[0], readout),
                readout=WORDS.get(readout, readout),
                rule=RULES[rule].partition(" (")[0],
                n=len(measured),
                mean=np.mean(measured),
                sd=spread,
                published=known,
                difference=np.mean(measured) - known,
                p=p_value(measured, known, test)))
    return found


def _titled(name: str, run: Run, readout: str) -> str:
    """An experiment, and in what its runs are less than what was published, such as epochs."""
    notes = {entry.get("note") for entry in run.summary.get("table") or []
             if entry.get("readout") == readout}
    return f"{name} ({'; '.join(sorted(filter(None, notes)))})" if any(notes) else name


def _accuracies(run: Run) -> Iterator[tuple[str, str, float]]:
    """Rule, readout and value of each accuracy of a run."""
    for rule, values in run.summary.get("accuracies", {}).items():
        for readout, value in values.items():
            if value is not None:
                yield rule, readout, value


def _in_order(key: tuple[str, str]) -> tuple[bool, str, int]:
    """The SL layer first, then other readouts; rules as they are declared."""
    readout, rule = key
    return readout == "labels", readout, list(RULES).index(rule)


def p_value(values: Sequence[float], published: float, test: str = "t") -> float:
    """How probable a mean at least as far from a published value is, if that is the true one.

    The published value is taken as exact, since papers seldom say of how many runs it is.

    Parameters
    ----------
    values : sequence of float
        Of the seeds.
    published : float
    test : str
        One of `TESTS`. That of Wilcoxon assumes a symmetric distribution instead of a normal one.
        Of five seeds its p is never below 0.0625.

    Returns
    -------
    float
        NaN of fewer than two seeds, where nothing was published, or where all values are one.
    """
    differences = np.asarray(values, dtype=float) - published
    if len(differences) < 2 or np.isnan(published) or np.ptp(differences) == 0:
        return np.nan
    if test == "t":
        return float(stats.ttest_1samp(differences, 0).pvalue)
    return float(stats.wilcoxon(differences).pvalue)


def table(found: Sequence[Result]) -> pd.DataFrame:
    """The report as a table, a row for each result and a column for each field."""
    return pd.DataFrame(found, columns=list(Result._fields))


def text(found: Sequence[Result], test: str) -> str:
    """The report as text: a block for each experiment, and a line that says what p is."""
    shown = table(found)
    for name in ("mean", "sd", "published"):
        shown[name] = [NOT_KNOWN if np.isnan(value) else f"{value:.2f}" for value in shown[name]]
    shown["difference"] = [NOT_KNOWN if np.isnan(value) else f"{value:+.2f}"
                           for value in shown["difference"]]
    shown["p"] = [_p_words(value) for value in shown["p"]]
    lines = []
    for name, rows in shown.groupby("experiment", sort=False):
        columns = [column for column in rows if column != "experiment"]
        if (rows["readout"] == "output").all():
            columns.remove("readout")
        lines += [str(name), rows[columns].to_string(index=False, justify="right"), ""]
    return "\n".join([*lines, "Accuracies in per cent, s.d. over n seeds. "
                      f"p: {TESTS[test]}, against the published value taken as exact."])


def _p_words(value: float) -> str:
    """A probability with two digits."""
    if np.isnan(value):
        return NOT_KNOWN
    return f"{value:.2g}" if value >= 0.001 else "< 0.001"


def finished_runs(directories: Sequence[str]) -> tuple[list[Run], list[str]]:
    """The finished runs of directories.

    Parameters
    ----------
    directories : sequence of str
        Run directories, and folders that hold some at any depth.

    Returns
    -------
    runs : list of analysis.run.Run
    left_out : list of str
        Directories of runs without a summary.

    Raises
    ------
    AnalysisError
        There is no run.
    """
    runs = {}
    left_out = []
    for directory in directories:
        for each in _run_directories(Path(directory)):
            if (each / "summary.json").exists():
                runs.setdefault(each.resolve(), Run(each))
            else:
                left_out.append(str(each))
    if not runs:
        raise AnalysisError(f"{', '.join(directories)}: no finished run; give directories that a "
                            "protocol wrote")
    return list(runs.values()), left_out


def _run_directories(path: Path) -> list[Path]:
    """A run directory, or those below a folder, sorted."""
    if not path.is_dir() or any((path / name).exists() for name in FILES):
        return [Run(path).directory]
    return sorted(found.parent for found in path.rglob("config.toml"))


def report(arguments: Sequence[str]) -> int:
    """Print the report of the runs named on the command line; return the exit code."""
    parser = Parser(prog="python -m analysis report", description="Mean, standard deviation and "
                    "number of seeds of each experiment, beside the published value, with a test "
                    "of whether the two differ.")
    parser.add_argument("runs", metavar="DIR", nargs="+",
                        help="run directory, or a folder that holds some")
    parser.add_argument("--test", choices=tuple(TESTS), default="t",
                        help=f"t: {TESTS['t']} (the default); wilcoxon: {TESTS['wilcoxon']}, which "
                        "needs no normal distribution and more seeds")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the rows to FILE, too")
    options = parser.parse_args(arguments)
    runs, left_out = finished_runs(options.runs)
    counted = [run for seeds in group_seeds(runs).values() for run in seeds]
    found = results(runs, options.test)
    if not found:
        raise MissingData(f"{', '.join(options.runs)}: no run states accuracies")
    print(text(found, options.test))
    for run in runs:
        if run not in counted:
            print(f"not counted: {run.directory}, whose seed is that of another run of the same "
                  "settings")
    for directory in left_out:
        print(f"not counted: {directory}, which is not finished")
    if options.csv:
        options.csv.parent.mkdir(parents=True, exist_ok=True)
        write(options.csv, table(found).to_csv(index=False).encode())
    return 0
