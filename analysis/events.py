"""A sample of an event camera in space and time (Wu et al. 2018, Fig. 5)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D

from analysis.errors import AnalysisError, MissingData
from analysis.run import Run
from analysis.style import BLUE, GREY, VERMILION, drawn_from, new_figure

# N-MNIST: three saccades of 100 ms along the sides of a triangle (Orchard et al. 2015).
SACCADES = 3
SACCADE_MS = 100
FRAME_MS = 10
FRAMES_AT_MS = (10, 30, 50, 70, 90)
POLARITIES = ((1, "on events", VERMILION), (0, "off events", BLUE))
# More dots than these hide each other, and make the file large.
MOST_EVENTS = 4000


def _sample(run: Run) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Sequence[int]]:
    """Times in ms, x, y, polarity of the events, shape (events,), and (height, width)."""
    activity = run.activity
    times, x, y, polarity = activity.take(*(f"events_{name}" for name in ("t_ms", "x", "y", "p")))
    if not np.isin(polarity, (0, 1)).all():
        raise AnalysisError(f"{activity.path}: events_p holds something other than 0 (off) and 1 "
                            "(on); run the protocol again")
    size = (y.max() + 1, x.max() + 1)
    if "image_shape" in activity:
        shape = activity["image_shape"]
        if len(shape) < 2 or (shape[:2] < size).any() or min(x.min(), y.min(), times.min()) < 0:
            raise AnalysisError(f"{activity.path}: events_x, events_y, events_t_ms hold events "
                                f"outside the sensor or before 0 ms; run the protocol again")
        size = shape[:2]
    return times, x, y, polarity, size


@drawn_from("events_*")
def saccades(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """A digit as an event camera sees it: frames of 10 ms, and the events in space and time.

    Parameters
    ----------
    run : analysis.run.Run
        Needs events_t_ms, events_x, events_y (pixels from the upper left) and events_p
        (1 on, 0 off), shape (events,); image_shape and events_label are used where recorded.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No events were recorded, or none in the time of the saccades.
    analysis.errors.AnalysisError
        Events lie outside the sensor.

    Notes
    -----
    Source: Wu et al. 2018, Fig. 5A and C (B is a sketch of the camera's motion).
    """
    times, x, y, polarity, (height, width) = _sample(run)
    shown = times < SACCADES * SACCADE_MS
    if not shown.any():
        raise MissingData(f"no events before {SACCADES * SACCADE_MS} ms")
    figure = figure or new_figure(9, 4.6)
    left, right = figure.subfigures(1, 2, width_ratios=(1.7, 1))
    panels = left.subplots(SACCADES, len(FRAMES_AT_MS), sharex=True, sharey=True)
    for saccade, row in enumerate(panels):
        for axes, at in zip(row, FRAMES_AT_MS):
            begin = SACCADE_MS * saccade + at - FRAME_MS / 2
            inside = (times >= begin) & (times < begin + FRAME_MS)
            axes.imshow(frame(x[inside], y[inside], polarity[inside], (height, width)),
                        interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            axes.set_title(f"{begin:g} to {begin + FRAME_MS:g} ms", fontsize=7, pad=2)
            axes.spines[:].set(visible=True, color=GREY, linewidth=0.6)
        row[0].set_ylabel(f"saccade {saccade + 1}")
    left.suptitle(f"events of {FRAME_MS} ms", x=0.02, ha="left", fontsize=9)
    left.legend(handles=[Line2D([], [], linestyle="", marker="s", color=colour, label=name)
                         for _, name, colour in POLARITIES],
                loc="outside lower center", ncols=2)

    right.suptitle("in space and time", x=0.02, ha="left", fontsize=9)
    space = right.subplots(2, 1, subplot_kw={"projection": "3d"})
    for axes, (value, name, colour) in zip(space, POLARITIES):
        chosen = np.flatnonzero(shown & (polarity == value))
        chosen = np.random.default_rng(0).permutation(chosen)[:MOST_EVENTS]
        axes.scatter(times[chosen], x[chosen], y[chosen], s=1.2, color=colour, linewidths=0,
                     alpha=0.6, rasterized=True)
        axes.set(xlim=(0, SACCADES * SACCADE_MS), ylim=(0, width), zlim=(height, 0),
                 xticks=np.arange(SACCADES + 1) * SACCADE_MS, yticks=[], zticks=[])
        axes.set_xlabel("time (ms)", labelpad=-1)
        axes.set_ylabel("x", labelpad=-12)
        axes.set_zlabel("y", labelpad=-12)
        axes.tick_params(pad=-2, labelsize=7)
        axes.set_box_aspect((2.2, 1, 1), zoom=1.12)
        axes.view_init(elev=18, azim=-68)
        axes.set_title(f"{np.count_nonzero(shown & (polarity == value)):,} {name}", y=0.93, pad=0,
                       color=colour)
    label = f", class {run.class_labels(int(run.activity['events_label']) + 1)[-1]}" \
        if "events_label" in run.activity else ""
    figure.suptitle(f"events of a test sample{label}")
    return figure


def frame(x: np.ndarray, y: np.ndarray, polarity: np.ndarray, shape: tuple[int, int]
          ) -> np.ndarray:
    """Events as an image: the colour of the polarity, mixed where there are both.

    Parameters
    ----------
    x, y, polarity : numpy.ndarray of int
        Shape (events,).
    shape : tuple of int
        (height, width).

    Returns
    -------
    numpy.ndarray
        Shape (height, width, 3), red, green and blue from 0 to 1; white without events.
    """
    colours = np.zeros((*shape, 3))
    seen = np.zeros((*shape, 1))
    for value, _, colour in POLARITIES:
        own = np.unique(np.stack([y, x])[:, polarity == value], axis=1)
        colours[own[0], own[1]] += [int(colour[k:k + 2], 16) / 255 for k in (1, 3, 5)]
        seen[own[0], own[1]] += 1
    return np.where(seen > 0, colours / np.maximum(seen, 1), 1.0)
