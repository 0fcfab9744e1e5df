"""Made-up run directories of protocols.emstdp, and what runs it without compiling."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from models.emstdp.reference import Reference, input_spikes
from tests.analysis_runs import (
    CLASSES, CLASS_NAMES, SIDE, TESTED, with_activity, write_config, write_summary,
)

STEPS = 20
LAYERS = {"hidden1": 6, "hidden2": 5, "output": CLASSES}
WINDOWS = np.array([26, 100])
ROWS = 4
EPOCH = 1000


class OnReference:
    """A compiled network's place, taken by the reference: nothing need be compiled."""

    def __init__(self, make, device, label="", precision="float64", announce=None):
        self.architecture, = make.args
        self.precision = precision

    def wait(self):
        """It is ready."""

    def __call__(self, state, stimuli):
        trains = [input_spikes(self.architecture, pattern, stimuli["stream"],
                               stimuli["first"] + k, self.precision)
                  for k, pattern in enumerate(stimuli["pattern"])]
        learned, counts, _ = Reference(self.architecture, self.precision)(
            state, trains, stimuli.get("label"), stimuli.get("rate"))
        counts = {name: rows for name, rows in counts.items() if not name.startswith("input")}
        return {**state, **learned}, SimpleNamespace(slots=counts, per_sample=counts.__getitem__)


def make_emstdp_activity(seed=0):
    """Arrays of a network of two hidden layers."""
    rng = np.random.default_rng(seed)
    labels = np.arange(TESTED) % CLASSES
    drive = np.linspace(0, 3, 31)
    error = np.linspace(-3, 3, 61)
    found = {"labels": labels, "image_shape": np.array([SIDE, SIDE]),
             "images": rng.integers(0, 256, (TESTED, SIDE**2), dtype=np.uint8),
             "staircase_drive": drive, "staircase_count": np.floor(drive),
             "staircase_error_drive": error, "staircase_error_count": np.trunc(error),
             "compared_steps": WINDOWS, "window_steps": STEPS, "window_sample": 4,
             "window_label": 1, "window_answer": 2}
    for layer, size in LAYERS.items():
        found[f"rates_{layer}"] = rng.random((TESTED, size))
    groups = {"input": SIDE**2, **LAYERS, "target": CLASSES}
    groups |= {f"{layer}_{sign}": size for layer, size in reversed(LAYERS.items())
               for sign in ("plus", "minus")}
    for group, size in groups.items():
        found[f"window_{group}_i"] = rng.integers(0, size, 15)
        found[f"window_{group}_step"] = rng.integers(STEPS // 2, STEPS, 15)
        found[f"window_{group}_size"] = size
    for layer in ("hidden1", "hidden2"):
        for direction in ("forward", "backward"):
            units = rng.random((2, len(WINDOWS), LAYERS[layer]))
            found[f"{direction}_units_{layer}"] = units
            found[f"{direction}_spikes_{layer}"] = np.round(4 * units) / 4
    found["angle_samples"] = np.array([0, 100, 1000])
    for name in ("own_symmetric", "own_gradient", "symmetric_gradient"):
        found[f"angle_{name}"] = rng.uniform(20, 95, (3, len(LAYERS)))
    return found


def make_emstdp_run(directory, seed=0, rate=1.0, tables=None, **changes):
    """Write a run directory; accuracy rises by ``rate``, and ``tables`` change config.toml."""
    directory.mkdir(parents=True)
    config = {"run": {"protocol": "emstdp", "preset": "easy", "seed": seed},
              "network": {"network": "6-5-classes", "feedback": "dfa"}, "rules": {"steps": STEPS}}
    for name, table in (tables or {}).items():
        config[name] = config.get(name, {}) | table
    write_config(directory, config, repetition=("run.seed",))
    row = np.arange(1, ROWS + 1)
    columns = {"samples": EPOCH * row, "epoch": row, "split": "test",
               "accuracy": np.minimum(100, 88 + 2 * rate * row + seed),
               "train_accuracy": 80.0 + row}
    for place, layer in enumerate(LAYERS):
        columns |= {f"{layer}_active": 0.1 * rate + 0.01 * row, f"{layer}_spikes": 100.0 + row,
                    f"{layer}_errors": 50 / row + place}
    pd.DataFrame(columns).to_csv(directory / "metrics.csv", index=False)
    labels = np.arange(TESTED) % CLASSES
    pd.DataFrame({"index": range(TESTED), "label": labels, "predicted": labels,
                  "output_spikes": 9}).to_csv(directory / "predictions.csv", index=False)
    write_summary(directory, protocol="emstdp", preset="easy", seed=seed, published={"mean": 97.0},
                  class_names=CLASS_NAMES, facts={}, accuracies={"end": {"output": 96.0}})
    return with_activity(directory, make_emstdp_activity(seed), changes)
