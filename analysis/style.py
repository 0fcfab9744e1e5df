"""Colours and the common look of the figures."""

import functools
from collections.abc import Callable, Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

# Okabe & Ito's palette, told apart with every common colour vision deficiency.
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREY = "#6E6E6E"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)

# Ten classes need ten colours that are far apart: Okabe & Ito's eight, with brown and violet. No
# two classes share a marker, which helps where two hues are close for a reader.
CLASS_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, "#000000", "#F0E442", "#7A4A1E",
                 "#6A3D9A")
CLASS_MARKERS = "os^DvPX<>p"

# Names that fit side by side below a panel.
MOST_LEVEL = 4

# What journals ask of a figure with fine lines.
DPI = 300

RC = {
    "figure.dpi": 110,
    "savefig.dpi": DPI,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "figure.titlesize": 10,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=CYCLE),
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    # The same run gives the same SVG, so that a recorded figure changes only with its data.
    "svg.hashsalt": "analysis",
    # Text in a PDF stays text, in fonts that journals take.
    "pdf.fonttype": 42,
}


def styled(function: Callable) -> Callable:
    """Decorate a function so that it draws or saves in the common style, wherever called."""
    @functools.wraps(function)
    def draw(*arguments, **options):
        with mpl.rc_context(RC):
            return function(*arguments, **options)
    return draw


def drawn_from(*arrays: str, columns: Sequence[str] = (), file: str = ""
               ) -> Callable[[Callable], Callable]:
    """Decorate a figure of a run: `styled`, and known to `analysis.figures`.

    Parameters
    ----------
    *arrays : str
        Names of arrays of activity.npz, patterns such as "rates_*" among them. A run that has none
        is of a protocol to which the figure does not belong. A figure that needs neither array
        nor column is drawn from what every training writes.
    columns : sequence of str
        Likewise, of columns of metrics.csv.
    file : str
        Likewise, the file that it is drawn from alone.
    """
    def decorate(function: Callable) -> Callable:
        figure = styled(function)
        figure.arrays = arrays
        figure.columns = tuple(columns)
        figure.file = file
        return figure
    return decorate


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, free of pyplot's list of open figures.

    Parameters
    ----------
    width, height : float
        Size in inches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return Figure(figsize=(width, height))


def new_axes(width: float, height: float) -> Axes:
    """The axes of a new figure of `width` by `height` inches."""
    return new_figure(width, height).subplots()


def count_samples(axes: Axes) -> None:
    """Label the x axis as samples presented, with thousands separators."""
    axes.set_xlabel("training samples presented")
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def count_epochs(axes: Axes) -> None:
    """Label the x axis as epochs, whole ones."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def name_places(axes: Axes, names: Sequence[str]) -> None:
    """Name the places 0, 1, ... of the x axis, such as layers; many names are turned."""
    axes.set_xticks(range(len(names)), names, rotation=40 if len(names) > MOST_LEVEL else 0)


def percent_axis(axes: Axes, which: str = "y") -> None:
    """Keep an axis of per cent within 0 to 100, with markers at its ends drawn whole.

    Call it when everything is drawn: what comes later does not move the limits.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    which : {'x', 'y'}
    """
    low, high = axes.get_ylim() if which == "y" else axes.get_xlim()
    if high > 100 or low < 0:
        for line in axes.lines:
            line.set_clip_on(False)
    limits = (max(0, low), min(100, high))
    if which == "y":
        axes.set_ylim(limits)
    else:
        axes.set_xlim(limits)


def class_style(index: int) -> dict[str, str]:
    """Colour and marker of a class.

    Parameters
    ----------
    index : int
        The class.

    Returns
    -------
    dict
        Keywords ``color`` and ``marker`` for matplotlib.
    """
    return {"color": CLASS_COLOURS[index % len(CLASS_COLOURS)],
            "marker": CLASS_MARKERS[index % len(CLASS_MARKERS)]}
