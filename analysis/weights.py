"""Receptive fields of the neurons behind the input."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.arrays import Arrays
from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import DPI, drawn_from, new_axes

PIXELS = 3
"""Of a printed figure, for the side of a weight: with fewer, fields are mixed with each other."""
WIDEST = 7.2
"""Inches of the widest mosaic that is drawn, on a page of a paper."""
TALLEST = 9.0
NARROWEST = 4.0
# A field's weights from here on are its brightest ones; the middle of all fields sets the range.
BRIGHT = 98


class Mosaic(NamedTuple):
    """Fields side by side.

    Attributes
    ----------
    picture : ndarray
        Weights, with a border of NaN of one weight between fields and where there is no field.
    blocks : list of tuple of (int, float)
        Classes from above (-1 for silent neurons), and the row of `picture` in the middle of their
        fields; empty without classes.
    neurons : ndarray of int
        Those that are shown, in order.
    """

    picture: np.ndarray
    blocks: list[tuple[int, float]]
    neurons: np.ndarray


def tile(weights: np.ndarray, image_shape: tuple[int, int], classes: np.ndarray | None = None
         ) -> Mosaic:
    """Lay the in-synapses of each neuron out as an image, sorted by class.

    Parameters
    ----------
    weights : numpy.ndarray
        Shape (n_in, N).
    image_shape : tuple of int
        Rows and columns of an image, their product n_in.
    classes : numpy.ndarray of int, optional
        Shape (N,), -1 for silent neurons, which come last. Each class begins a row. Default: the
        order of the neurons.

    Returns
    -------
    Mosaic
        Of more neurons than fit with `PIXELS` a weight, every so manieth of each class.
    """
    height, width = image_shape
    neurons = weights.shape[1]
    most = max(1, int(WIDEST * DPI) // (PIXELS * (width + 1)))
    across = min(math.ceil(math.sqrt(neurons)), most)
    groups = [(None, np.arange(neurons))] if classes is None else _by_class(classes)
    rows_left = max(len(groups), int(TALLEST * DPI) // (PIXELS * (height + 1)))
    groups = _that_fit(groups, across, rows_left)
    blocks = []
    fields = []
    row = 0
    for name, members in groups:
        rows = math.ceil(len(members) / across)
        field = np.full((rows * across, height + 1, width + 1), np.nan)
        field[:len(members), :-1, :-1] = weights[:, members].T.reshape(-1, height, width)
        fields.append(field)
        if name is not None:
            blocks.append((name, (row + rows / 2) * (height + 1) - 1))
        row += rows
    picture = np.concatenate(fields).reshape(row, across, height + 1, width + 1).swapaxes(1, 2)
    picture = picture.reshape(row * (height + 1), across * (width + 1))[:-1, :-1]
    return Mosaic(picture, blocks, np.concatenate([members for _, members in groups]))


def _by_class(classes: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Neurons of each class, silent ones last."""
    names = sorted(set(classes.tolist()), key=_silent_last)
    return [(name, np.flatnonzero(classes == name)) for name in names]


def _silent_last(name: int) -> tuple[bool, int]:
    """Classes in their order, and -1 behind them."""
    return name < 0, name


def _that_fit(groups: list[tuple[int | None, np.ndarray]], across: int, rows: int
              ) -> list[tuple[int | None, np.ndarray]]:
    """Of each group as large a share as fits into so many rows."""
    share = 1.0
    while sum(math.ceil(_count(members, share) / across) for _, members in groups) > rows \
            and share > 1e-3:
        share *= 0.97
    return [(name, members[np.linspace(0, len(members) - 1, _count(members, share)).astype(int)])
            for name, members in groups]


def _count(members: Sequence[int], share: float) -> int:
    """How many neurons of a group a share is, one at least."""
    return max(1, int(share * len(members)))


@drawn_from("weights_input")
def receptive_fields(run: Run, axes: Axes | None = None) -> Figure:
    """Weights from the input to each neuron behind it as images, sorted by class.

    Parameters
    ----------
    run : analysis.run.Run
        Needs weights_input, shape (n_in, N), and image_shape; neuron_class, shape (N,), sorts them
        where it is of the same layer.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure, as large as `PIXELS` a weight demands.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The weights were not recorded, or do not make one image: colours, spikes of both
        polarities.
    """
    activity = run.activity
    weights = activity["weights_input"]
    shape = tuple(map(int, activity["image_shape"]))
    if len(shape) != 2 or math.prod(shape) != weights.shape[0]:
        raise MissingData(f"the {weights.shape[0]:,} inputs of weights_input do not make one "
                          f"image of shape {shape}")
    mosaic = tile(weights, shape, _classes(activity, weights.shape[1]))
    axes = axes or _axes_for(mosaic.picture)
    # Fields of clothes are broad and faint, strokes of digits thin and strong. What is bright in
    # the middle one of the fields leaves neither in the dark.
    bright = float(np.median(np.percentile(weights, BRIGHT, axis=0)))
    dark = min(0.0, float(weights.min()))
    image = axes.imshow(mosaic.picture, cmap="inferno", vmin=dark,
                        vmax=bright if bright > dark else None, interpolation="nearest")
    names = run.class_labels(max([name for name, _ in mosaic.blocks], default=-1) + 1)
    axes.set(xticks=[], yticks=[row for _, row in mosaic.blocks],
             yticklabels=[names[name] if name >= 0 else "silent" for name, _ in mosaic.blocks])
    axes.tick_params(length=0)
    if mosaic.blocks:
        axes.set_ylabel("class of the neuron")
    axes.spines[:].set_visible(False)
    axes.figure.colorbar(image, ax=axes, shrink=0.6, pad=0.02, label="weight (units of $w$)",
                         extend="max" if weights.max() > bright else "neither")
    neurons = weights.shape[1]
    shown = len(mosaic.neurons)
    which = f"{shown:,}" if shown == neurons else f"{shown:,} of {neurons:,}"
    axes.set_title(f"in-synapses of {which} first-layer neurons")
    return axes.figure


def _classes(activity: Arrays, neurons: int) -> np.ndarray | None:
    """Classes of the neurons behind the input; None where those recorded are of another layer."""
    if "neuron_class" not in activity or len(activity["neuron_class"]) != neurons:
        return None
    return activity["neuron_class"]


def _axes_for(picture: np.ndarray) -> Axes:
    """Axes in which a weight takes at least `PIXELS`, beside class names and a colour bar."""
    rows, columns = picture.shape
    width = max(NARROWEST, PIXELS * columns / DPI)
    # The rest of the figure is for the class names, the colour bar and the title.
    return new_axes(1.15 * width + 1.1, 1.05 * width * rows / columns + 0.5)
