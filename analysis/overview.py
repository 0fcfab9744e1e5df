"""Published against measured, over all papers: ``python -m analysis.overview``.

The picture is drawn from the recorded runs. What it shows stands in the properties of its file too,
so that a test can tell whether it is of the runs that are recorded now.
"""

from analysis.command_line import Parser, exit_code, leave_when_interrupted

if __name__ == "__main__":
    leave_when_interrupted()

import io
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, StrMethodFormatter

from analysis.errors import AnalysisError
from analysis.files import write
from analysis.rules import RULES
from analysis.style import BLUE, GREEN, GREY, ORANGE, VERMILION, new_axes, styled
from analysis.table_rows import beside, collect

RECORDED = Path(__file__).parent / "recorded"
NAME = "published_and_measured.png"
SHOWN = "Description"
"""Property of the file that lists its points."""

PAPERS = {
    "hao2020": ("symmetric STDP (Hao et al. 2020)", "o", BLUE),
    "wu2018": ("STBP (Wu et al. 2018)", "s", VERMILION),
    "shrestha2019": ("EMSTDP (Shrestha et al. 2019)", "^", GREEN),
    "zhao2020": ("GLSNN (Zhao et al. 2020)", "D", ORANGE),
}
"""Name, marker and colour of each table that is drawn."""

RULE = "last_test"
"""What the papers' figures most probably are (README of protocols/diehl_cook_sl)."""
TICKS = (0.5, 1, 2, 5, 10, 20, 50)


class Point(NamedTuple):
    """An experiment.

    Attributes
    ----------
    table, title : str
    published, measured : float
        Accuracies in per cent, the second one the mean of the seeds.
    same : bool
        Whether it was trained for as long as was published, on the same data.
    """

    table: str
    title: str
    published: float
    measured: float
    same: bool


def points_of(recorded: Path) -> list[Point]:
    """All recorded experiments of which a value was published.

    Parameters
    ----------
    recorded : pathlib.Path
        Directory of run directories.
    """
    tables = collect(recorded)
    found = []
    for table in PAPERS:
        # Rows of other papers' tables would be drawn twice.
        others = beside(table, tables)
        for key, row in tables.get(table, {}).items():
            seeds = row.values.get(RULE, {})
            if key not in others and row.published and seeds:
                same = not key.note and "stand-in" not in key.row
                found.append(Point(table, key.title, row.published[0],
                                   round(statistics.mean(seeds.values()), 2), same))
    return found


@styled
def overview(points: Sequence[Point]) -> Figure:
    """Published and measured errors of all papers.

    Parameters
    ----------
    points : sequence of Point

    Returns
    -------
    matplotlib.figure.Figure
    """
    axes = new_axes(4.6, 4.4)
    low = 0.45
    high = 60
    axes.plot([low, high], [low, high], color=GREY, linewidth=0.8, zorder=0)
    axes.text(5.4, 4.6, "as published", color=GREY, fontsize=8, rotation=45,
              rotation_mode="anchor")
    for table, (name, marker, colour) in PAPERS.items():
        for same in (True, False):
            shown = [point for point in points if (point.table, point.same) == (table, same)]
            axes.plot([100 - point.published for point in shown],
                      [100 - point.measured for point in shown], linestyle="none", marker=marker,
                      markersize=6, color=colour, alpha=0.8,
                      markerfacecolor=colour if same else "none")
        axes.plot([], [], linestyle="none", marker=marker, color=colour, label=name)
    axes.plot([], [], linestyle="none", marker="o", color=GREY, markerfacecolor="none",
              label="trained for less, or other images")
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high),
             xlabel="published error (%)", ylabel=f"measured error (%), {RULES[RULE]}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(TICKS))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_aspect("equal")
    axes.legend(loc="upper left", handletextpad=0.3, borderaxespad=0)
    return axes.figure


def _told(points: Sequence[Point]) -> str:
    """The points as a property of the file."""
    return json.dumps(points)


def draw_overview(recorded: Path = RECORDED) -> Path:
    """Draw the picture into the directory of the recorded runs.

    Parameters
    ----------
    recorded : pathlib.Path

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    AnalysisError
        No run with a published value is recorded, or the file cannot be written.
    """
    points = points_of(recorded)
    if not points:
        raise AnalysisError(f"{recorded}: no recorded run has a published value; copy the "
                            "summary.json of a run there")
    drawn = io.BytesIO()
    figure = overview(points)
    styled(figure.savefig)(drawn, format="png", metadata={SHOWN: _told(points)})
    write(recorded / NAME, drawn.getvalue())
    return recorded / NAME


def is_overview_of(recorded: Path) -> bool:
    """Whether the picture there is of the runs that are there.

    Parameters
    ----------
    recorded : pathlib.Path
    """
    path = recorded / NAME
    if not path.is_file():
        return False
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            return picture.info.get(SHOWN) == _told(points_of(recorded))
    except OSError as error:
        raise AnalysisError(f"{path}: no picture ({error}); draw it again with python -m "
                            "analysis.overview") from error


def main(arguments: Sequence[str]) -> int:
    """Draw the picture; return the exit code."""
    parser = Parser(prog="python -m analysis.overview", description="Draw the published against "
                    f"the measured results of all recorded runs: {NAME} beside them.")
    parser.add_argument("--recorded", metavar="DIR", type=Path, default=RECORDED,
                        help="directory of the recorded runs (default: analysis/recorded)")
    options = parser.parse_args(arguments)
    print(f"{draw_overview(options.recorded)}: drawn")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
