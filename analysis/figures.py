"""All figures, and their way into files."""

from analysis.confusion import confusion_matrix
from analysis.convergence import convergence
from analysis.embedding import tsne_activity, tsne_out_synapses
from analysis.homeostasis import theta_distribution, theta_trough
from analysis.plasticity import stdp_windows
from analysis.spikes import raster, voltage
from analysis.style import styled
from analysis.trough import theta_swap
from analysis.weights import receptive_fields

FIGURES = {function.__name__: function for function in (
    stdp_windows, convergence, confusion_matrix, tsne_activity, tsne_out_synapses,
    receptive_fields, raster, voltage, theta_distribution, theta_trough,
    theta_swap)}


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
