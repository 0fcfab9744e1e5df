"""Receptive fields of the neurons behind the input."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import drawn_from, new_axes

# At 8 inches and 150 dots per inch a mosaic of this width keeps a dot for every weight.
MOSAIC_WIDTH = 1200


def tile(weights: np.ndarray, image_shape: tuple[int, int]) -> tuple[np.ndarray, int]:
    """Lay the in-synapses of each neuron out as an image, in a grid sorted by neuron.

    Parameters
    ----------
    weights : numpy.ndarray
        Shape (n_in, N).
    image_shape : tuple of int
        Rows and columns of an image, their product n_in.

    Returns
    -------
    mosaic : numpy.ndarray
        Tiles with a border of NaN of one weight; row by row, neuron 0 at the upper left.
    shown : int
        Number of neurons in it: all, or as many as fit a square with a dot per weight.
    """
    height, width = image_shape
    neurons = weights.shape[1]
    across = min(math.ceil(math.sqrt(neurons)), max(1, MOSAIC_WIDTH // (width + 1)))
    shown = min(neurons, across**2)
    down = math.ceil(shown / across)
    tiles = np.full((down * across, height + 1, width + 1), np.nan)
    tiles[:shown, :-1, :-1] = weights[:, :shown].T.reshape(shown, height, width)
    mosaic = tiles.reshape(down, across, height + 1, width + 1).swapaxes(1, 2)
    return mosaic.reshape(down * (height + 1), across * (width + 1))[:-1, :-1], shown


@drawn_from("weights_input")
def receptive_fields(run: Run, axes: Axes | None = None) -> Figure:
    """Weights from the input to each neuron behind it as images, in order of the neurons.

    Parameters
    ----------
    run : analysis.run.Run
        Needs weights_input, shape (n_in, N), and image_shape.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.

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
    mosaic, shown = tile(weights, shape)
    axes = axes or new_axes(7.4, 6.8)
    # A few synapses at the upper bound would leave the rest in the dark.
    bright = np.percentile(weights, 99.8)
    image = axes.imshow(mosaic, cmap="inferno", vmin=min(0, weights.min()), vmax=bright,
                        interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.figure.colorbar(image, ax=axes, shrink=0.8, label="weight (units of $w$)",
                         extend="max" if weights.max() > bright else "neither")
    neurons = weights.shape[1]
    which = f"{shown:,}" if shown == neurons else f"the first {shown:,} of {neurons:,}"
    axes.set_title(f"{run.title}: in-synapses of {which} first-layer neurons (by rows)")
    return axes.figure
