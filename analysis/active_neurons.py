"""The share of neurons that fire, over a setting such as a threshold (Shrestha et al. 2019, 4)."""

from collections.abc import Sequence

from matplotlib.figure import FigureBase

from analysis.convergence import SPLITS
from analysis.errors import MissingData
from analysis.groups import differing_settings, seed_table
from analysis.readouts import readout_columns
from analysis.run import Run
from analysis.style import CYCLE, GREY, new_figure, styled

SUFFIX = "_active"


@styled
def active_neurons(runs: Sequence[Run], setting: str, figure: FigureBase | None = None
                   ) -> FigureBase:
    """Share of each layer that fires for a sample, and accuracy, at the end for each value.

    Seeds of one value are averaged.

    Parameters
    ----------
    runs : sequence of analysis.run.Run
        Need config.toml, and of metrics.csv the columns LAYER_active and an accuracy. Those are
        drawn that differ from the first in nothing but the setting and the seed.
    setting : str
        "table.name" of config.toml, such as "parameters.beta_hidden".
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        The runs do not differ in this setting alone, or the activity was not measured.
    """
    values = differing_settings(list(runs))[0].get(setting)
    if values is None:
        raise MissingData(f"no two of the runs differ in {setting} alone")
    metrics = runs[0].metrics
    layers = [name for name in metrics if name.endswith(SUFFIX)]
    if not layers:
        raise MissingData(f"metrics.csv has no LAYER{SUFFIX}")
    figure = figure or new_figure(7.6, 3.4)
    shares, accuracies = figure.subplots(1, 2)
    for colour, layer in zip(CYCLE, layers):
        ends = [100 * end for end in _ends(values, layer)]
        shares.plot(range(len(ends)), ends, "o-", color=colour, markersize=3.5,
                    label=layer.removesuffix(SUFFIX))
    column = readout_columns(metrics, "accuracy")[0]
    accuracies.plot(range(len(values)), _ends(values, column), "o-", color=GREY, markersize=3.5)
    words = setting.partition(".")[2].replace("_", " ")
    for axes in (shares, accuracies):
        axes.set(xticks=range(len(values)), xticklabels=values, xlabel=words)
        axes.grid(axis="y", alpha=0.3)
    shares.set(title="neurons that fire in phase 1", ylabel="share of the layer (%)",
               ylim=(0, None))
    shares.legend()
    accuracies.set(title="last test", ylabel="accuracy (%)")
    figure.suptitle(f"{runs[0].title}: activity and accuracy over {words}")
    return figure


def _ends(values: dict[str, list[Run]], column: str) -> list[float]:
    """The last value of a column for each value of the setting, averaged over seeds."""
    for split in SPLITS:
        tables = [seed_table(members, split, column) for members in values.values()]
        if not any(table.empty for table in tables):
            return [float(table.iloc[-1].mean()) for table in tables]
    raise MissingData(f"metrics.csv has no {column} of one split in every run")
