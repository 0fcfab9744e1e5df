"""Desired against inferred class, of each readout (Hao et al. 2020, Fig. 4)."""

import numpy as np
from matplotlib.figure import FigureBase
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix as count_confusions

from analysis.errors import MissingData
from analysis.published import published_value
from analysis.readouts import readout_columns, readout_words
from analysis.run import Run
from analysis.style import drawn_from, new_figure
from analysis.uncertainty import binomial_interval

# Beyond this number of classes the counts are too small to read; colour has to do.
MOST_COUNTS = 20


@drawn_from()
def confusion_matrix(run: Run, figure: FigureBase | None = None) -> FigureBase:
    """Confusion matrix of each readout, side by side.

    The colour gives the share of the samples of a class (per row), the number their count.

    Parameters
    ----------
    run : analysis.run.Run
        Needs predictions.csv; summary.json names the classes.
    figure : matplotlib.figure.Figure or SubFigure, optional
        Where to draw; default: a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        No readout was tested.

    Notes
    -----
    Source: Hao et al. 2020, Fig. 4.
    """
    predictions = run.predictions
    readouts = [column for column in readout_columns(predictions, "predicted")
                if predictions[column].notna().all()]
    if not readouts:
        raise MissingData("predictions.csv holds no predictions")
    labels = predictions["label"].astype(int)
    # A matrix of one class would say nothing.
    names = run.class_labels(max(2, len(run.class_names), labels.max() + 1))
    side = max(4, 0.42 * min(len(names), MOST_COUNTS))
    figure = figure or new_figure((side + 0.8) * len(readouts), side + 0.4)
    for axes, column in zip(figure.subplots(1, len(readouts), squeeze=False)[0], readouts):
        counts = count_confusions(labels, predictions[column].astype(int),
                                  labels=range(len(names)))
        # A class without samples has an empty row, not one of 0/0.
        share = 100 * counts / counts.sum(axis=1, keepdims=True).clip(min=1)
        display = ConfusionMatrixDisplay(share, display_labels=names)
        display.plot(ax=axes, cmap="Blues", colorbar=False, values_format=".0f",
                     include_values=len(names) <= MOST_COUNTS, im_kw={"vmin": 0, "vmax": 100},
                     xticks_rotation="vertical" if max(map(len, names)) > 2 else "horizontal")
        if display.text_ is not None:
            for text, count in zip(display.text_.flat, counts.flat):
                text.set(text=str(count) if count else "", fontsize=7)
        axes.set(xlabel="inferred class", ylabel="desired class (label)",
                 title=_words(run, column, counts))
        axes.spines[:].set_visible(True)
    figure.colorbar(display.im_, ax=figure.axes, label="share of the class (%)", shrink=0.8)
    figure.suptitle("counts of test samples")
    return figure


def _words(run: Run, column: str, counts: np.ndarray) -> str:
    """The accuracy of a readout with its interval, and what was published of it."""
    total = int(counts.sum())
    accuracy = 100 * counts.trace() / total
    low, high = binomial_interval(accuracy, total)
    prefix = f"{readout_words(column)}: " if readout_words(column) else ""
    try:
        published = published_value(run, column.partition("_")[2] or run.summary.get("readout"))
    except MissingData:
        published = None
    return "\n".join([f"{prefix}{accuracy:.2f} % of {total:,} right",
                      ", ".join([f"95 % interval {low:.2f} to {high:.2f} %",
                                 *([published.words] if published else [])])])
