"""How far updates by feedback alignment lie from those by symmetric weights."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.ticker import MultipleLocator, NullLocator

from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import GREY, drawn_from, new_figure
from analysis.updates import draw_courses, name_layers

# What each array is, with the feedback of the run for {}.
PAIRS = {
    "angle_own_symmetric": "{} against SW",
    "angle_own_gradient": "{} against the gradient",
    "angle_symmetric_gradient": "SW against the gradient",
}


@drawn_from("angle_*")
def update_angles(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Angles between the updates of two ways of feedback, per layer, while the network learns.

    Parameters
    ----------
    run : analysis.run.Run
        Needs angle_samples, shape (moments,), the training samples presented, and one of
        angle_own_symmetric, angle_own_gradient and angle_symmetric_gradient, shape
        (moments, layers), in degrees, from the first hidden layer to the output.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No angles were measured.

    Notes
    -----
    Source: Shrestha et al. 2019, section 3.5, after Lillicrap et al. 2016: from 90 to about 45
    degrees.
    """
    activity = run.activity
    pairs = [name for name in PAIRS if name in activity]
    if not pairs:
        raise MissingData(f"activity.npz has none of {', '.join(PAIRS)}")
    feedback = str(run.config.get("network", {}).get("feedback", "own")).upper()
    figure = figure or new_figure(0.8 + 2.7 * len(pairs), 3.2)
    all_axes = figure.subplots(1, len(pairs), sharey=True, squeeze=False)[0]
    for axes, name in zip(all_axes, pairs):
        samples, angles = activity.take("angle_samples", name)
        names = [f"hidden layer {number}" for number in range(1, angles.shape[1])] + ["output"]
        draw_courses(axes, {words: pd.Series(of_layer, index=samples)
                            for words, of_layer in zip(names, angles.T)})
        axes.axhline(90, color=GREY, linestyle=":", linewidth=1)
        if len(samples) > 1:
            # The first moment is before any sample, and most of the change comes early.
            _samples_from_none(axes, samples)
        axes.set(title=PAIRS[name].format(feedback), ylim=(0, max(100, angles.max() + 5)))
        axes.yaxis.set_major_locator(MultipleLocator(15))
        axes.grid(axis="y", alpha=0.3)
    all_axes[0].set_ylabel("angle (degrees)")
    name_layers(figure, all_axes[0])
    figure.suptitle("angles between updates of the same weights")
    return figure


def _samples_from_none(axes: Axes, samples: np.ndarray) -> None:
    """A logarithmic axis of training samples that has room for 0 before the first decade."""
    first = min(samples[samples > 0], default=1)
    last = max(1, samples.max())
    decades = 10.0 ** np.arange(np.ceil(np.log10(first)), np.floor(np.log10(last)) + 1)
    axes.set_xscale("symlog", linthresh=first)
    axes.set(xlabel="training samples presented", xlim=(-0.1 * first, 1.3 * last),
             xticks=[0, *decades])
    axes.xaxis.set_minor_locator(NullLocator())
