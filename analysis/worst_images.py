"""The test images that were answered most wrongly."""

import numpy as np
from matplotlib.figure import Figure

from analysis.arrays import RATES
from analysis.errors import MissingData
from analysis.readouts import readout_columns, readout_words
from analysis.run import Run
from analysis.style import drawn_from, new_figure

COLUMNS = 6
MOST = 24
"""Images of each readout."""


@drawn_from("images")
def worst_images(run: Run) -> Figure:
    """Test images with a wrong answer, the most wrong ones first: label, then answer.

    How wrong an answer is: by how much its output exceeds that of the label. Where the outputs are
    not recorded, the order is that of the file.

    Parameters
    ----------
    run : analysis.run.Run
        Needs predictions.csv, images, shape (n, pixels), labels, shape (n,), and image_shape;
        outputs, shape (n, classes), where recorded. The images are the first n of predictions.csv.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    analysis.errors.MissingData
        Images and predictions are of other samples, or there are no predictions.
    """
    images, labels = run.activity.take("images", "labels")
    shape = tuple(map(int, run.activity["image_shape"]))
    rows = run.predictions.iloc[:len(labels)]
    if len(rows) < len(labels) or (rows["label"].to_numpy() != labels).any():
        raise MissingData("the images are not those of predictions.csv")
    columns = [name for name in readout_columns(rows, "predicted") if rows[name].notna().all()]
    if not columns:
        raise MissingData("predictions.csv holds no predictions")
    column = columns[0]
    answers = rows[column].to_numpy().astype(int)
    wrong = np.flatnonzero(answers != labels)
    margins = _margins(run, labels[wrong], answers[wrong], wrong) if len(wrong) else wrong
    chosen = wrong[np.argsort(-margins, kind="stable")][:MOST]
    names = run.class_labels(max(labels.max(), answers.max()) + 1)
    return _mosaic(images, shape, chosen, labels, answers, names, readout_words(column),
                   f"{len(wrong):,} of {len(labels):,}")


def _margins(run: Run, labels: np.ndarray, answers: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """By how much each wrong output exceeds the right one, shape (n,); 0 where not recorded."""
    name = next((name for name in reversed(run.activity.names)
                 if name == "sl_counts" or name.startswith(RATES)), None)
    if name is not None:
        # The last layer is the output; counts are of an unsigned type.
        outputs = run.activity[name][samples].astype(float)
        if outputs.shape[1] > max(labels.max(), answers.max()):
            places = np.arange(len(samples))
            return outputs[places, answers] - outputs[places, labels]
    return np.zeros(len(samples))


def _mosaic(images, shape, chosen, labels, answers, names, readout, count) -> Figure:
    """The chosen images with labels and answers."""
    lines = max(1, -(-len(chosen) // COLUMNS))
    figure = new_figure(6.0, 0.6 + 1.25 * lines)
    for axes in figure.subplots(lines, COLUMNS, squeeze=False).flat:
        axes.set_axis_off()
    for axes, sample in zip(figure.axes, chosen):
        # More than one value a pixel: colours, or on and off events, which are shown as their mean.
        pixels = images[sample].reshape(*shape[:2], -1).astype(float)
        colours = pixels.shape[2] == 3
        axes.imshow(pixels / max(pixels.max(), 1) if colours else pixels.mean(2), cmap="gray_r")
        axes.set_title(f"{names[labels[sample]]} → {names[answers[sample]]}", fontsize=8)
    words = f"{readout}: " if readout else ""
    figure.suptitle(f"{words}label → answer; {count} wrong")
    return figure
