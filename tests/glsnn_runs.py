"""Made-up run directories of protocols.glsnn."""

import numpy as np
import pandas as pd

from tests.analysis_runs import (
    CLASSES, CLASS_NAMES, SIDE, TESTED, with_activity, write_config, write_summary,
)

STEPS = 10
LAYERS = {"hidden1": 6, "hidden2": 5, "output": CLASSES}
LABELS = np.array([2, 0, 1])
LESIONS = {"intact": 90.0, "removed": 33.0, "permuted": 34.0, "swapped": 35.0, "shuffled": 88.0}
ROWS = 4
EPOCH = 1000


def make_glsnn_activity(seed=0):
    """Arrays of a spiking network of two hidden layers."""
    rng = np.random.default_rng(seed)
    labels = np.arange(TESTED) % CLASSES
    spikes = np.array([0, 0, 0, 1, 0, 1, 0, 1, 1, 1.0])
    peak = 0.0008 + 0.0004 * spikes
    found = {"labels": labels, "image_shape": np.array([SIDE, SIDE]),
             "images": rng.integers(0, 256, (TESTED, SIDE**2), dtype=np.uint8),
             "shown_sample": np.array([5, 3, 4]), "shown_label": LABELS,
             "neuron_V": peak * (1 - spikes), "neuron_peak": peak, "neuron_spikes": spikes,
             "neuron_g_E": np.linspace(0.1, 0.5, STEPS), "neuron_threshold": 0.0009,
             "neuron_index": 4, "lesion_name": np.array(list(LESIONS)),
             "lesion_accuracy": np.array(list(LESIONS.values()))}
    for layer, size in LAYERS.items():
        found[f"rates_{layer}"] = rng.random((TESTED, size))
        found[f"shown_{layer}"] = rng.integers(0, 2, (len(LABELS), STEPS, size), dtype=np.uint8)
    return found


def make_glsnn_run(directory, seed=0, end=96.0, seconds=2.0, tables=None, rows=ROWS, **changes):
    """Write a run directory; it ends at an accuracy, and ``tables`` change config.toml."""
    directory.mkdir(parents=True)
    config = {"run": {"protocol": "glsnn", "preset": "easy", "seed": seed},
              "network": {"network": "6-5-classes", "method": "glsnn", "feedback_layers": "all",
                          "feedback_from": "top"}, "form": {"form": "own"}, "parameters": {}}
    for name, table in (tables or {}).items():
        config[name] = config.get(name, {}) | table
    write_config(directory, config, repetition=("run.seed",))
    row = np.arange(1, rows + 1)
    columns = {"samples": EPOCH * row, "epoch": row, "split": "test",
               "accuracy": end - 2.0 * (rows - row), "train_accuracy": end + 1.0 - (rows - row),
               "cpu_seconds": seconds * row}
    for place, layer in enumerate(LAYERS):
        columns |= {f"{layer}_rate": 0.1 * (place + 1) + 0.01 * row, f"{layer}_dead": 0.1 / row,
                    f"{layer}_norm": 5.0 + row, f"{layer}_update": 10.0**-place / row,
                    f"{layer}_angle": 80.0 / row if layer == "hidden1" else 1e-5}
    pd.DataFrame(columns).to_csv(directory / "metrics.csv", index=False)
    labels = np.arange(TESTED) % CLASSES
    pd.DataFrame({"index": range(TESTED), "label": labels, "predicted": labels,
                  "output": 1.0}).to_csv(directory / "predictions.csv", index=False)
    write_summary(directory, protocol="glsnn", preset="easy", seed=seed,
                  published={"mean": 98.0}, class_names=CLASS_NAMES, facts={},
                  accuracies={"end": {"output": end}})
    return with_activity(directory, make_glsnn_activity(seed), changes)
