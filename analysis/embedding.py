"""t-SNE of activities and of out-synapses (Hao et al. 2020, Figs. 5 and 6)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike
from sklearn.manifold import TSNE
from sklearn.metrics import pairwise_distances
from threadpoolctl import threadpool_limits

from analysis.arrays import RATES
from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import GREY, class_style, drawn_from, new_axes, new_figure

PERPLEXITY = 30
# Some 15 s per panel; the 10,000 points of the paper take minutes and hide each other.
MOST_POINTS = 2000
FEWEST_DISTINCT = 5
# Places of a class whose distances are compared with each other.
MOST_COMPARED = 300
# Panels side by side.
MOST_ACROSS = 4


def embed(rows: ArrayLike, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two-dimensional t-SNE embedding of the rows of a matrix.

    Equal rows (silent samples, small spike counts) are embedded once and share their
    place: given separately, more copies than neighbours would form islands that mean
    nothing.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (n, features), finite.
    seed : int, optional
        Of the embedding.

    Returns
    -------
    places : numpy.ndarray
        Shape (n, 2), without unit.
    copies : numpy.ndarray
        Shape (n,), how many rows share the place of each row.

    Raises
    ------
    analysis.errors.MissingData
        Fewer than 5 distinct rows: they have no neighbourhood to show.
    """
    distinct, inverse, counts = np.unique(np.asarray(rows, dtype=float), axis=0,
                                          return_inverse=True, return_counts=True)
    if len(distinct) < FEWEST_DISTINCT:
        raise MissingData(f"only {len(distinct)} distinct rows, too few for t-SNE")
    tsne = TSNE(perplexity=min(PERPLEXITY, (len(distinct) - 1) / 3), random_state=seed,
                init="pca" if distinct.shape[1] > 1 else "random")
    # With several threads the sums, and so the picture, differ from run to run.
    with threadpool_limits(1):
        places = tsne.fit_transform(distinct)
    inverse = inverse.ravel()  # NumPy 2.0, and no other, gives it a second axis
    return places[inverse], counts[inverse]


def draw(count: int, most: int, seed: int) -> np.ndarray:
    """Indices of at most `most` out of `count` rows, drawn at random."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])


def _how_many(chosen: np.ndarray, rows: np.ndarray, things: str, seed: int) -> str:
    """The words that say which part of the rows a figure shows."""
    if len(chosen) == len(rows):
        return f"all {len(rows):,} {things}"
    return f"{len(chosen):,} of {len(rows):,} {things} (drawn with seed {seed})"


def _scatter(axes: Axes, rows: np.ndarray, classes: np.ndarray, names: Sequence[str], seed: int
             ) -> int:
    """Draw the embedding of `rows`, shape (n, features), coloured by class (-1: grey).

    Returns the number of distinct rows.
    """
    places, copies = embed(rows, seed)
    # Samples at one place would hide each other: spread them by 1 % of the panel.
    spread = 0.01 * np.ptp(places, axis=0) * (copies > 1)[:, np.newaxis]
    places = places + spread * np.random.default_rng(seed).standard_normal(places.shape)
    size = np.clip(4000 / len(rows), 9, 26)
    for index in np.unique(classes):
        look = class_style(index) if index >= 0 else {"color": GREY, "marker": "x"}
        own = places[classes == index]
        edge = {"linewidths": 0.25, "edgecolors": "black"} if index >= 0 else {"linewidths": 0.8}
        axes.scatter(*own.T, s=size, label=names[index] if index >= 0 else "silent",
                     rasterized=True, **look, **edge)
        if index >= 0:
            # Beside its colour and marker a class has its name where it is densest.
            text = axes.text(*_densest(own), names[index], fontsize=8, fontweight="bold",
                             ha="center", va="center", zorder=3)
            text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    axes.set(xticks=[], yticks=[], xlabel="t-SNE 1", ylabel="t-SNE 2")
    return round((1 / copies).sum())


def _densest(places: np.ndarray) -> np.ndarray:
    """The place with the least median distance to the others, so inside a cluster."""
    some = places[:: max(1, len(places) // MOST_COMPARED)]
    return some[np.median(pairwise_distances(some), axis=1).argmin()]


def _panels(run: Run, panels: Sequence[tuple[str, str]], figure: FigureBase | None, most: int,
            seed: int) -> FigureBase:
    """A panel per (array of activity.npz, title); one whose array is absent says so."""
    activity = run.activity
    recorded = [name for name, _ in panels if name in activity]
    labels, *matrices = activity.take("labels", *recorded)
    matrices = dict(zip(recorded, matrices))
    chosen = draw(len(labels), most, seed)
    names = run.class_labels(labels.max() + 1)

    down = -(-len(panels) // MOST_ACROSS)
    across = -(-len(panels) // down)
    figure = figure or new_figure(3.2 * across, 3 * down + 0.7)
    all_axes = figure.subplots(down, across, squeeze=False).ravel()
    for axes, (name, title) in zip(all_axes, panels):
        axes.set_title(title, loc="left")
        try:
            if name not in matrices:
                raise MissingData(f"{name} not recorded")
            distinct = _scatter(axes, matrices[name][chosen], labels[chosen], names, seed)
            axes.set_title(f"{title} ({distinct:,} distinct)", loc="left")
        except MissingData as reason:
            axes.set(xticks=[], yticks=[])
            axes.text(0.5, 0.5, str(reason), ha="center", va="center", wrap=True,
                      transform=axes.transAxes)
    for axes in all_axes[len(panels):]:
        axes.set_axis_off()
    handles = max((axes.get_legend_handles_labels() for axes in all_axes),
                  key=lambda found: len(found[0]))
    figure.legend(*handles, loc="outside lower center", ncols=min(10, len(names)),
                  markerscale=2, handletextpad=0.2, columnspacing=1.2)
    figure.suptitle(f"t-SNE of {_how_many(chosen, labels, 'samples', seed)}")
    return figure


@drawn_from("hidden_counts", "sl_counts")
def tsne_activity(run: Run, figure: FigureBase | None = None, most: int = MOST_POINTS,
                  seed: int = 0) -> FigureBase:
    """t-SNE of the images, the hidden and the SL spike counts, coloured by label.

    Parameters
    ----------
    run : analysis.run.Run
        Needs labels, images, hidden_counts and sl_counts; a panel without data says so.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.
    most : int, optional
        Larger samples are reduced to this many, drawn at random.
    seed : int, optional
        Of the draw and of the embeddings.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No spikes were counted.

    Notes
    -----
    Source: Hao et al. 2020, Fig. 5 (there with all test samples).
    """
    if not {"hidden_counts", "sl_counts"} & set(run.activity.names):
        raise MissingData("activity.npz has none of hidden_counts, sl_counts")
    return _panels(run, (("images", "input images"), ("hidden_counts", "hidden spike counts"),
                         ("sl_counts", "SL spike counts")), figure, most, seed)


def layers_of(run: Run) -> list[tuple[str, str]]:
    """The input, where it is images, and every layer of a network: array and title.

    Raises
    ------
    analysis.errors.MissingData
        No rates were recorded.
    """
    layers = [name for name in run.activity.names if name.startswith(RATES)]
    if not layers:
        raise MissingData(f"activity.npz has no {RATES}LAYER")
    images = [("images", "input images")] if "images" in run.activity else []
    return [*images, *((name, name.removeprefix(RATES)) for name in layers)]


@drawn_from(f"{RATES}*")
def tsne_layers(run: Run, figure: FigureBase | None = None, most: int = MOST_POINTS,
                seed: int = 0) -> FigureBase:
    """t-SNE of the input and of the spike rates of every layer, coloured by label.

    Parameters
    ----------
    run : analysis.run.Run
        Needs labels, shape (n,), and rates_LAYER, shape (n, neurons), for each layer in their
        order; images, shape (n, pixels), where the input is images.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.
    most : int, optional
        Larger samples are reduced to this many, drawn at random.
    seed : int, optional
        Of the draw and of the embeddings.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No rates were recorded.

    Notes
    -----
    Not in Wu et al. 2018; of networks trained by their method.
    """
    return _panels(run, layers_of(run), figure, most, seed)


@drawn_from("weights_sl")
def tsne_out_synapses(run: Run, axes: Axes | None = None, most: int = MOST_POINTS, seed: int = 0
                      ) -> Figure:
    """t-SNE of the hidden neurons' weights to the SL layer, coloured by their class.

    Parameters
    ----------
    run : analysis.run.Run
        Needs weights_sl, shape (N, n_classes), and neuron_class, shape (N,), the class
        label statistics gives each neuron, -1 for a silent one.
    axes : matplotlib.axes.Axes, optional
        Where to draw; default: those of a new figure.
    most : int, optional
        A larger layer is reduced to this many neurons, drawn at random.
    seed : int, optional
        Of the draw and of the embedding.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The weights were not recorded or hardly differ.

    Notes
    -----
    Source: Hao et al. 2020, Fig. 6.
    """
    weights, classes = run.activity.take("weights_sl", "neuron_class")
    chosen = draw(len(weights), most, seed)
    axes = axes or new_axes(5.4, 4.2)
    _scatter(axes, weights[chosen], classes[chosen],
             run.class_labels(max(weights.shape[1], classes.max() + 1)), seed)
    axes.set_title("t-SNE of the out-synapses\n"
                   f"of {_how_many(chosen, weights, 'hidden neurons', seed)}")
    axes.legend(title="class by\nlabel statistics", loc="center left", bbox_to_anchor=(1, 0.5),
                markerscale=2)
    return axes.figure
