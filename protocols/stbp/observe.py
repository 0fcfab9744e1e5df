"""What the figures need beside the accuracies: activity.npz."""

import numpy as np

from models.shared.array_module import to_numpy
from models.stbp import SURROGATES
from models.stbp.build import build

SAMPLES = 1000
"""Test samples whose rates are kept, for t-SNE."""
SHOWN_DIGIT = 9
"""Class of the sample whose spikes are kept (Fig. 4D)."""
SHOWN_WIDTH = 1.0
"""Of the curves of Fig. 3B, a1 to a4."""


def activity(learner):
    """Arrays of ``activity.npz``.

    Returns
    -------
    dict of str to ndarray
        ``images`` (of events ``rates_input``), ``labels``, ``rates_LAYER`` of the first test
        samples; ``raster_centre``, ``raster_before``, ``raster_after`` (T, neurons) and
        ``raster_label`` of one of them; ``surrogate_*``; for events ``events_*`` of one sample.
    """
    dataset = learner.dataset
    xp = learner.xp
    index = np.arange(min(SAMPLES, len(learner.inputs["test"])))
    rates = {name: [] for name in ["input", *(layer.name for layer in learner.layers)]}
    for k in range(0, len(index), 100):
        shown = learner.inputs["test"].show(index[k:k + 100], np.random.default_rng([1, k]))
        for kept, output in zip(rates.values(), outputs(learner.network, xp.asarray(shown))):
            kept.append(to_numpy(output.mean(0)).reshape(len(output[0]), -1))
    if dataset.kind == "images":
        del rates["input"]  # the pixels are kept
    out = {f"rates_{name}": np.concatenate(parts).astype(np.float32)
           for name, parts in rates.items()}
    out["labels"] = dataset.y_test[index]
    out["image_shape"] = np.array(learner.input_shape[:2])
    if dataset.kind == "images":
        out["images"] = dataset.x_test[index].reshape(len(index), -1)
    else:
        out |= events(dataset)
    if learner.settings.neurons is not None:
        out |= rasters(learner)
        out |= curves()
    return out


def outputs(network, shown):
    """The input, and the output of every layer but those that only change the shape."""
    yield shown
    for layer in network.layers:
        shown, _ = layer.forward(shown)
        if type(layer).__name__ != "Flatten":
            yield shown


def rasters(learner):
    """Spikes of the input's centre and of the output before and after training (Fig. 4C-D)."""
    labels = learner.dataset.y_test
    digit = SHOWN_DIGIT if SHOWN_DIGIT in labels else labels[0]
    index = np.flatnonzero(labels == digit)[:1]
    shown = learner.inputs["test"].show(index, np.random.default_rng(0))
    height, width, _ = learner.input_shape
    row = max(height // 2 - 2, 0)
    column = max(width // 2 - 2, 0)
    centre = shown[:, 0, row:row + 5, column:column + 5, 0]
    before = {name: learner.xp.asarray(value) for name, value in learner.initial().items()}
    untrained = build(learner.layers, before, learner.settings.neurons, learner.settings.gradient)
    shown = learner.xp.asarray(shown)
    return {"raster_label": np.array(digit),
            "raster_centre": centre.reshape(len(centre), -1),
            "raster_before": to_numpy(untrained.forward(shown)[0][:, 0]).astype(np.uint8),
            "raster_after": to_numpy(learner.network.forward(shown)[0][:, 0]).astype(np.uint8)}


def curves():
    """The four surrogates over u - V_th (Fig. 3B)."""
    distance = np.linspace(-3, 3, 601)
    out = {"surrogate_distance": distance, "surrogate_width": np.array(SHOWN_WIDTH)}
    for name, curve in SURROGATES.items():
        out[f"surrogate_{name}"] = curve.derivative(distance, SHOWN_WIDTH)
    return out


def events(dataset):
    """Events of a test sample of class 0, if there is one (Fig. 5)."""
    found = np.flatnonzero(dataset.y_test == 0)
    shown = found[0] if len(found) else 0
    sample = dataset.x_test[shown]
    return {"events_label": np.array(dataset.y_test[shown]), "events_t_ms": sample["t"] / 1e3,
            **{f"events_{name}": sample[name].astype(np.int64) for name in "xyp"}}
