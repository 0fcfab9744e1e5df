"""All figures, and their way into files."""

from functools import partial

from analysis.comparison import compared
from analysis.confusion import confusion_matrix
from analysis.convergence import convergence
from analysis.embedding import tsne_activity, tsne_layers, tsne_out_synapses
from analysis.events import saccades
from analysis.groups import differing_settings
from analysis.homeostasis import theta_distribution, theta_trough
from analysis.plasticity import stdp_windows
from analysis.rasters import input_and_output_rasters
from analysis.spikes import raster, voltage
from analysis.style import styled
from analysis.surrogates import surrogate_curves
from analysis.trough import theta_swap, theta_trough_compared
from analysis.weights import receptive_fields

FIGURES = {function.__name__: function for function in (
    stdp_windows, surrogate_curves, convergence, confusion_matrix, tsne_activity,
    tsne_out_synapses, tsne_layers, receptive_fields, raster, voltage,
    input_and_output_rasters, saccades, theta_distribution, theta_trough, theta_swap)}

COMPARED = compared.__name__


def comparisons(runs):
    """The figures that several runs have in common.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    dict of str to tuple of (str, callable)
        By file name: the figure that it belongs to, and the function of the runs.
    """
    return {
        "convergence_overlaid": (convergence.__name__, convergence),
        "theta_trough_compared": (theta_trough.__name__, theta_trough_compared),
        **{f"{COMPARED}_{setting.partition('.')[2]}": (COMPARED, partial(compared, setting=setting))
           for setting in differing_settings(runs)[0]}}


@styled
def save(figure, directory, name, formats):
    """Write a figure, once per format.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    directory : pathlib.Path
        Made if need be.
    name : str
        File name without its ending.
    formats : iterable of str
        Endings that matplotlib knows, such as "png" and "svg".

    Raises
    ------
    OSError
        The files cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for ending in formats:
        # A date in the SVG would make the same figure another file each time.
        metadata = {"Date": None} if ending == "svg" else None
        figure.savefig(directory / f"{name}.{ending}", metadata=metadata)
