"""How many spikes a sample costs while a network learns."""

from matplotlib.figure import FigureBase

from analysis.run import Run
from analysis.style import drawn_from, new_figure
from analysis.updates import course, draw_courses, name_layers

QUANTITIES = {"spikes": "forward neurons", "errors": "error neurons"}


@drawn_from(columns=("*_errors",))
def spikes_per_sample(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes per training sample, of the forward network and of the error network, per layer.

    Parameters
    ----------
    run : analysis.run.Run
        Needs columns LAYER_spikes and LAYER_errors of metrics.csv: means over the samples since
        the row before, of which a run does not record the spread.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No error spikes were counted.
    """
    layers = course(run, "_errors")
    figure = figure or new_figure(7.6, 3.4)
    for axes, (quantity, words) in zip(figure.subplots(1, 2), QUANTITIES.items()):
        courses = course(run, f"_{quantity}")
        draw_courses(axes, {layer: courses[layer] for layer in layers if layer in courses})
        # Error spikes fall to a few per cent of the first ones.
        axes.set_yscale("log")
        axes.set(title=words, ylabel="spikes per training sample")
    name_layers(figure, axes)
    figure.suptitle("spikes per sample while learning")
    return figure
