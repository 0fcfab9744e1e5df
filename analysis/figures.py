"""All figures, and their way into files."""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from analysis.active_neurons import SUFFIX as ACTIVE, active_neurons
from analysis.alignment import update_angles
from analysis.approximation import ann_against_snn, staircases
from analysis.changes import single_changes, successive_changes
from analysis.comparison import compared
from analysis.confusion import confusion_matrix
from analysis.convergence import convergence
from analysis.embedding import tsne_activity, tsne_layers, tsne_out_synapses
from analysis.errors import MissingData
from analysis.events import saccades
from analysis.feedback import by_feedback, lines_over_feedback, over_feedback
from analysis.files import write
from analysis.groups import differing_settings
from analysis.hidden_spikes import changed_spikes, layer_rates, spikes_in_time
from analysis.homeostasis import theta_distribution, theta_trough
from analysis.layers import over_depth, over_width, seconds_over_depth
from analysis.membrane import membrane
from analysis.milestones import reached, samples_needed
from analysis.network import network
from analysis.pairing import stdp_correlation
from analysis.plasticity import stdp_windows
from analysis.rasters import input_and_output_rasters
from analysis.run import Run
from analysis.separation import class_separation
from analysis.series import (
    by_depth, by_width, lines_over_depth, lines_over_width, seconds_per_epoch,
)
from analysis.spike_counts import spikes_per_sample
from analysis.spikes import raster, voltage
from analysis.style import styled
from analysis.surrogates import surrogate_curves
from analysis.trough import WENT_ON, theta_swap, theta_trough_compared
from analysis.updates import layer_updates
from analysis.walk import walk
from analysis.weights import receptive_fields
from analysis.windows import window_raster
from analysis.worst_images import worst_images

# Every imported function that says what it is drawn from (`analysis.style.drawn_from`).
FIGURES = {name: function for name, function in globals().items() if hasattr(function, "arrays")}

COMPARED = compared.__name__

# Properties of a file that say when it was made, by its ending.
DATES = {"svg": ("Date",), "pdf": ("CreationDate",)}

# Files of which a run that learns has one, and a measurement none.
OF_LEARNING = ("metrics.csv", "predictions.csv", "checkpoint.npz")


def belongs(figure: Callable, run: Run) -> bool:
    """Whether a figure is one of the run's protocol, be all of its data recorded or not.

    Parameters
    ----------
    figure : callable
        A value of `FIGURES`.
    run : analysis.run.Run

    Returns
    -------
    bool
        True if the run has the file or one of the arrays or columns, or if the figure needs none
        and the run learns.
    """
    if figure.file:
        return (run.directory / figure.file).exists()
    if not figure.arrays and not figure.columns:
        return any((run.directory / name).exists() for name in OF_LEARNING)
    return _any_fits(figure.arrays, _recorded(run)) or _any_fits(figure.columns, _columns(run))


def _any_fits(patterns: Iterable[str], names: Sequence[str]) -> bool:
    """Whether one of the names fits one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _columns(run: Run) -> tuple[str, ...]:
    """Names of the columns of metrics.csv, none where it is absent."""
    try:
        return tuple(run.metrics)
    except MissingData:
        return ()


def _recorded(run: Run) -> tuple[str, ...]:
    """Names of the arrays of activity.npz, none where it is absent."""
    try:
        return run.activity.names
    except MissingData:
        return ()


def comparisons(runs: Sequence[Run]) -> dict[str, tuple[str, Callable]]:
    """The figures that several runs have in common.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    dict of str to tuple of (str, callable)
        By file name: the figure that it belongs to, and the function of the runs.
    """
    found = {"convergence_overlaid": (convergence.__name__, convergence)}
    if _some_level_is_reached(runs):
        found["samples_needed"] = (convergence.__name__, samples_needed)
    if any(WENT_ON in _recorded(run) for run in runs):
        found["theta_trough_compared"] = (theta_trough.__name__, theta_trough_compared)
    settings = differing_settings(runs)[0]
    if len(settings) > 1:
        found["single_changes"] = (COMPARED, single_changes)
    if walk(runs):
        found["successive_changes"] = (COMPARED, successive_changes)
    if by_width(runs):
        found["over_width"] = (COMPARED, over_width)
    if by_depth(runs):
        found["over_depth"] = (COMPARED, over_depth)
    if by_depth(runs, seconds_per_epoch):
        found["seconds_over_depth"] = (COMPARED, seconds_over_depth)
    if by_feedback(runs):
        found["over_feedback"] = (COMPARED, over_feedback)
    for setting in settings:
        # A key of TOML may hold anything, a slash too.
        name = re.sub(r"[^\w.-]", "_", setting.partition(".")[2])
        found[f"{COMPARED}_{name}"] = (COMPARED, partial(compared, setting=setting))
        if any(column.endswith(ACTIVE) for column in _columns(runs[0])):
            found[f"active_{name}"] = (COMPARED, partial(active_neurons, setting=setting))
    return found


def compared_otherwise(runs: Sequence[Run]) -> set[Run]:
    """The runs that stand in a figure of several runs which may differ in several settings.

    These are the figures over width, depth and feedback layers, and that of a walk.
    """
    lines = [*lines_over_width(runs).values(), *lines_over_depth(runs).values(),
             *lines_over_depth(runs, seconds_per_epoch).values(),
             *(members for panel in lines_over_feedback(runs).values()
               for members in panel.values()),
             *(members for _, members in walk(runs) or ())]
    return {run for members in lines for run in members}


def _some_level_is_reached(runs: Sequence[Run]) -> bool:
    """Whether a run has a test as good as one of those that `samples_needed` looks for."""
    try:
        return any(samples for levels in reached(runs).values() for samples in levels.values())
    except MissingData:
        return False


@styled
def save(figure: Figure, directory: Path, name: str, formats: Iterable[str], title: str = ""
         ) -> None:
    """Write a figure, once per format.

    Its properties, which an editor or `exiftool` shows, say which run it is of: that is for a
    caption, and no part of the picture.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    directory : pathlib.Path
        Made if need be.
    name : str
        File name without its ending.
    formats : iterable of str
        Endings that matplotlib knows, such as "png" and "svg".
    title : str, optional
        Of the run.

    Raises
    ------
    OSError, AnalysisError
        The files cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for ending in formats:
        metadata = {"Title": ", ".join(filter(None, (name, title)))}
        # A date would make the same figure another file each time.
        metadata |= {date: None for date in DATES.get(ending, ())}
        drawn = io.BytesIO()
        figure.savefig(drawn, format=ending, metadata=metadata)
        write(directory / f"{name}.{ending}", drawn.getvalue())
