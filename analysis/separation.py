"""How well a layer separates the classes, in numbers (Zhao et al. 2020, Fig. 7)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from numpy.typing import ArrayLike
from sklearn.metrics import pairwise_distances, silhouette_samples
from threadpoolctl import threadpool_limits

from analysis.arrays import RATES
from analysis.embedding import MOST_POINTS, draw, layers_of
from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import BLUE, VERMILION, drawn_from, name_places, new_figure
from analysis.uncertainty import error_bar, mean_error


class Separation(NamedTuple):
    """How far the classes lie apart.

    Attributes
    ----------
    silhouette : float
        From -1 to 1: how much nearer samples lie to their own class than to the next one, on
        average.
    silhouette_error : float
        Half the 95 % interval of that mean, by the spread of the samples.
    neighbours : float
        Per cent of the samples whose nearest neighbour is of their class.
    """

    silhouette: float
    silhouette_error: float
    neighbours: float


def separation(rows: ArrayLike, classes: ArrayLike) -> Separation:
    """How well the rows of a matrix separate the classes, by Euclidean distances.

    Parameters
    ----------
    rows : ndarray, shape (samples, features)
    classes : ndarray of int, shape (samples,)

    Raises
    ------
    analysis.errors.MissingData
        There is one class, or no class has two samples: nothing is to be separated.
    """
    classes = np.asarray(classes)
    count = len(np.unique(classes))
    if not 1 < count < len(classes):
        raise MissingData(f"{len(classes)} samples of {count} classes cannot be separated")
    # With several threads the sums would differ from run to run.
    with threadpool_limits(1):
        distances = pairwise_distances(np.asarray(rows, dtype=float))
    np.fill_diagonal(distances, 0)
    silhouettes = silhouette_samples(distances, classes, metric="precomputed")
    # No sample is its own neighbour.
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(1)
    return Separation(float(silhouettes.mean()),
                      float(mean_error(silhouettes.std(ddof=1), len(silhouettes))),
                      100 * float(np.mean(classes[nearest] == classes)))


@drawn_from(f"{RATES}*")
def class_separation(run: Run, figure: FigureBase | None = None, most: int = MOST_POINTS,
                     seed: int = 0) -> FigureBase:
    """Separation of the classes in the input and in each layer, by two measures.

    They are taken of the activities themselves: t-SNE keeps neighbours and no distances. Error bars
    are intervals of 95 % for the samples drawn, as if these were independent of each other.

    Parameters
    ----------
    run : analysis.run.Run
        Needs labels, shape (n,), and rates_LAYER, shape (n, neurons), for each layer in their
        order; images, shape (n, pixels), where the input is images.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.
    most : int, optional
        Larger samples are reduced to this many, those of `analysis.embedding.tsne_layers`.
    seed : int, optional
        Of the draw.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No activities were recorded, or there are no classes to separate.

    Notes
    -----
    Source: Zhao et al. 2020, section 4.1, which claims that clusters separate better from layer
    to layer.
    """
    layers = layers_of(run)
    labels, *matrices = run.activity.take("labels", *(name for name, _ in layers))
    chosen = draw(len(labels), most, seed)
    found = [separation(matrix[chosen], labels[chosen]) for matrix in matrices]
    figure = figure or new_figure(7.2, 3.2)
    names = [name for _, name in layers]
    silhouettes, neighbours = figure.subplots(1, 2)
    _bars(silhouettes, names, [each.silhouette for each in found],
          [each.silhouette_error for each in found], BLUE, decimals=2)
    silhouettes.set_title("silhouette", pad=14)
    _bars(neighbours, names, [each.neighbours for each in found],
          np.hstack([error_bar([each.neighbours], len(chosen)) for each in found]), VERMILION,
          decimals=1)
    neighbours.set_ylim(0, 100)
    neighbours.set_title("nearest neighbour of the same class (%)", pad=14)
    figure.suptitle(f"separation of {len(chosen):,} test samples by class\nbar: 95 % interval")
    return figure


def _bars(axes: Axes, names: Sequence[str], values: Sequence[float], errors: ArrayLike,
          colour: str, decimals: int) -> None:
    """A bar with its value and its error bar for each layer."""
    places = range(len(values))
    bars = axes.bar(places, values, 0.6, color=colour, yerr=errors,
                    error_kw={"elinewidth": 1, "capsize": 2})
    axes.bar_label(bars, [f"{value:.{decimals}f}" for value in values], padding=2, fontsize=8)
    name_places(axes, names)
    axes.margins(y=0.15)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
