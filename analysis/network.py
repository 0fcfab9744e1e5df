"""The network of a run beside its equations."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from analysis.described import FILE, Group, Network, Projection, network_of, ranks
from analysis.run import Run, plain
from analysis.style import BLUE, GREY, VERMILION, drawn_from, new_figure

WIDTH = 0.36
HEIGHT = 0.44
"""Of a box, in units of the distance between two columns or rows."""
LINE_HEIGHT = 0.104
ROW_HEIGHT = 0.85
"""Of a line of text and of a row of boxes, in inches."""
LINE_LENGTH = 62
MOST_LINES = 34
LOOKS = {"one to one": ":", "to all others": "--"}
"""Dashes of an arrow by its pattern; of any other pattern it is solid."""


@drawn_from(file=FILE)
def network(run: Run) -> Figure:
    """Groups and projections of the network that learns, and the text of two of them.

    Parameters
    ----------
    run : analysis.run.Run
        Needs equations.txt.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The run does not describe its network.
    """
    described = network_of(run)
    lines = _lines(described)
    rows = 1 + round(np.ptp([y for _, y in _places(described).values()]))
    height = max(LINE_HEIGHT * len(lines) + 0.2, ROW_HEIGHT * (rows + 1))
    figure = new_figure(7.2, height)
    picture, text = figure.subplots(1, 2, width_ratios=(1, 1.05))
    _draw(picture, described)
    text.text(0, 1, plain("\n".join(lines)), family="monospace", fontsize=6, va="top",
              transform=text.transAxes, linespacing=1.25)
    text.axis("off")
    return figure


def _places(network: Network) -> dict[str, tuple[float, float]]:
    """Where each group stands: columns by `ranks`, groups of a column one above the other."""
    columns = {}
    for name, rank in ranks(network).items():
        columns.setdefault(rank, []).append(name)
    places = {}
    for rank, names in columns.items():
        # A group stays near those that project to it, so that fewer arrows cross.
        names.sort(key=lambda name: (_height_before(name, network, places), name))
        for k, name in enumerate(names):
            places[name] = (rank, k - (len(names) - 1) / 2)
    return places


def _height_before(name: str, network: Network, places: Mapping[str, tuple[float, float]]
                   ) -> float:
    """Mean height of the groups that are placed already and project to a group."""
    heights = [places[each.source][1] for each in network.projections
               if each.target == name and each.source in places]
    return sum(heights) / len(heights) if heights else 0.0


def _draw(axes: Axes, network: Network) -> None:
    """Boxes and arrows."""
    places = _places(network)
    pairs = _pairs(network)
    for (source, target), members in pairs.items():
        bent = _bent(places[source], places[target], (target, source) in pairs)
        _draw_arrow(axes, places[source], places[target], members, bent)
    for name, (x, y) in places.items():
        axes.add_patch(FancyBboxPatch((x - WIDTH, -y - HEIGHT / 2), 2 * WIDTH, HEIGHT,
                                      boxstyle="round,pad=0,rounding_size=0.08", facecolor="white",
                                      edgecolor=BLUE, zorder=3))
        words = "\n".join([*plain(name).split("_"), f"{network.groups[name].size:,}"])
        axes.text(x, -y, words, ha="center", va="center", fontsize=7, zorder=4, linespacing=1.05)
    across = [x for x, _ in places.values()]
    down = [y for _, y in places.values()]
    axes.set_xlim(min(across) - 0.5, max(across) + 0.7)
    axes.set_ylim(-max(down) - 1, -min(down) + 0.4)
    axes.axis("off")
    axes.legend(handles=_handles(pairs), loc="lower center", ncols=2, fontsize=7)


def _handles(pairs: Mapping[tuple[str, str], list[Projection]]) -> list[Line2D]:
    """What the arrows that occur mean."""
    dashes = {members[0].pattern if members[0].pattern in LOOKS else ""
              for members in pairs.values()}
    found = []
    if any(each.learns for members in pairs.values() for each in members):
        found.append(Line2D([], [], color=VERMILION, label="changed by spikes"))
    if "" in dashes:
        found.append(Line2D([], [], color=GREY, label="all to all, or another matrix"))
    return found + [Line2D([], [], color=GREY, linestyle=look, label=pattern)
                    for pattern, look in LOOKS.items() if pattern in dashes]


def _pairs(network: Network) -> dict[tuple[str, str], list[Projection]]:
    """Projections by their groups, without those of a group to itself that are one to one: these
    are traces, not synapses."""
    found = {}
    for projection in network.projections:
        if projection.source != projection.target or projection.pattern != "one to one":
            found.setdefault((projection.source, projection.target), []).append(projection)
    return found


def _bent(start: tuple[float, float], end: tuple[float, float], mutual: bool) -> float:
    """How far an arrow is bent, in units of its length."""
    columns = end[0] - start[0]
    if columns == 0:
        # Beside its column, on the right.
        return -0.25 if end[1] > start[1] else 0.25
    if abs(columns) == 1:
        # Arrows there and back leave room for each other.
        return 0.6 if mutual and start[1] == end[1] else 0.15 * mutual
    return 0.3


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float],
                members: list[Projection], bent: float) -> None:
    """An arrow for the projections between two groups."""
    learns = any(each.learns for each in members)
    back = end[0] < start[0]
    beside = end[0] == start[0]
    axes.add_patch(FancyArrowPatch(
        (start[0] + (-WIDTH if back else WIDTH), -start[1]),
        (end[0] + (WIDTH if back or beside else -WIDTH), -end[1]),
        connectionstyle=f"arc3,rad={bent}", arrowstyle="-|>", mutation_scale=9,
        color=VERMILION if learns else GREY, linestyle=LOOKS.get(members[0].pattern, "-"),
        linewidth=1.1, zorder=2, shrinkA=0, shrinkB=1))


def _shown(network: Network) -> tuple[Group, Projection | None]:
    """The projection whose text is shown, one that learns if any does, and its target."""
    order = sorted(network.projections, key=_interest)
    if not order:
        return next(iter(network.groups.values())), None
    return network.groups[order[0].target], order[0]


def _interest(projection: Projection) -> tuple[bool, bool]:
    """Those that learn come first, of them those from the input."""
    return not projection.learns, projection.source != "input"


def _lines(network: Network) -> list[str]:
    """The text of a group and a projection."""
    group, projection = _shown(network)
    headings = ["equations", "spike where", "after spike"]
    if not any("/dt" in line for line in group.lines("equations")):
        # Neurons without differential equations change by the statements of a step.
        headings.insert(1, "every")
    lines = [f"group {group.name}", *_text(group, headings)]
    if projection is not None:
        lines += ["", f"projection {projection.name}",
                  *_text(projection, ("equations", "on_pre", "on_post"))]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], "..."]
    return lines


def _text(part: Group | Projection, headings: Sequence[str]) -> list[str]:
    """Lines of the paragraphs whose headings begin so, long ones broken."""
    found = []
    for heading in headings:
        for name, lines in part.paragraphs.items():
            if name.startswith(heading):
                found.append(f"  {name}")
                for line in lines:
                    found += textwrap.wrap(line, LINE_LENGTH, initial_indent="    ",
                                           subsequent_indent="        ")
    return found
