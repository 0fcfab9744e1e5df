"""How many spikes a sample costs while a network learns."""

from matplotlib.figure import FigureBase

from analysis.errors import MissingData
from analysis.run import Run
from analysis.style import CYCLE, count_samples, drawn_from, new_figure

QUANTITIES = {"spikes": "forward neurons", "errors": "error neurons"}


@drawn_from(columns=("*_errors",))
def spikes_per_sample(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Spikes per training sample, of the forward network and of the error network, per layer.

    Parameters
    ----------
    run : analysis.run.Run
        Needs columns LAYER_spikes and LAYER_errors of metrics.csv: means over the samples since
        the row before.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No error spikes were counted, or there is a single row.
    """
    metrics = run.metrics.drop_duplicates("samples", keep="last").sort_values("samples")
    layers = [name.removesuffix("_errors") for name in metrics
              if name.endswith("_errors") and metrics[name].notna().any()]
    if not layers:
        raise MissingData("metrics.csv has no LAYER_errors")
    if len(metrics) < 2:
        raise MissingData("metrics.csv has a single row, no course")
    figure = figure or new_figure(7.6, 3.4)
    for axes, (quantity, words) in zip(figure.subplots(1, 2), QUANTITIES.items()):
        for colour, layer in zip(CYCLE, layers):
            values = metrics.set_index("samples")[f"{layer}_{quantity}"].dropna()
            axes.plot(values.index, values, "o-", color=colour, markersize=3.5, label=layer)
        count_samples(axes)
        # Error spikes fall to a few per cent of the first ones.
        axes.set_yscale("log")
        axes.set(title=words, ylabel="spikes per training sample")
        axes.grid(alpha=0.3)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center",
                  ncols=len(layers))
    figure.suptitle("spikes per sample while learning")
    return figure
