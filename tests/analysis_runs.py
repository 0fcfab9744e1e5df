"""Run directories of synthetic numbers, as the protocols write them, and what is drawn of them."""

import json

import numpy as np
import pandas as pd
import tomli_w

from analysis.run import Run

NEURONS = 7
CLASSES = 3
SIDE = 4
TESTED = 60
EPOCH = 200
CLASS_NAMES = ["boot", "bag", "coat"]
RECORDED_GROUPS = ("input", "hidden", "inhibitory", "sl")


def make_activity(seed=0):
    """Arrays of a small network with every quantity that a protocol of STDP may record."""
    rng = np.random.default_rng(seed)
    dt = np.array([-20.0, -5.0, 0.0, 5.0, 20.0])
    labels = np.arange(TESTED) % CLASSES
    spikes = {}
    for group, size in zip(RECORDED_GROUPS, (SIDE**2, NEURONS, NEURONS, CLASSES)):
        spikes[f"raster_{group}_i"] = rng.integers(0, size, 30)
        spikes[f"raster_{group}_t_ms"] = np.sort(rng.uniform(0, 350, 30))
    return {
        "images": rng.integers(0, 256, (TESTED, SIDE**2), dtype=np.uint8),
        "image_shape": np.array([SIDE, SIDE]),
        "labels": labels,
        "hidden_counts": rng.poisson(4, (TESTED, NEURONS)).astype(np.uint8),
        "sl_counts": np.eye(CLASSES, dtype=np.uint8)[labels] * rng.integers(5, 20, (TESTED, 1)),
        "weights_input": rng.random((SIDE**2, NEURONS)),
        "weights_sl": rng.random((NEURONS, CLASSES)),
        "theta_mV": rng.normal(22, 1, NEURONS),
        "neuron_class": np.array([0, 1, 2, 0, 1, 2, -1]),
        **spikes, "raster_label": 2, "presentation_ms": 350.0,
        "voltage_t_ms": np.arange(0, 500, 0.5),
        "voltage_mV": rng.uniform(-100, -60, (2, 1000)),
        "voltage_threshold_mV": np.full((2, 1000), -50.0),
        "voltage_neuron": np.array([5, 1]),
        "voltage_g_E": rng.random((2, 1000)), "voltage_g_I": rng.random((2, 1000)),
        "stdp_dt_ms": dt, "stdp_symmetric": np.exp(-abs(dt) / 20),
        "stdp_asymmetric": np.sign(dt) * np.exp(-abs(dt) / 20),
        "train_spikes": rng.poisson(14, 3 * EPOCH), "train_ink": rng.normal(33, 3, 3 * EPOCH),
        "epoch_samples": EPOCH, "theta_samples": np.arange(50, 3 * EPOCH, 50),
        "theta_mean_mV": np.linspace(20, 23, 11),
        "theta_start_mV": np.full(NEURONS, 22.0), "theta_end_mV": 22.0 + np.arange(NEURONS),
    }


EQUATIONS = """== training ==

group gate: 1 neuron
  spike where
    full == 1

group hidden: 1,225 neurons
  equations
    dV/dt = (g - V)/tau : V
    theta : V
  spike where
    V > theta
  names
    tau = 10 ms    # section 2

group input: 64 neurons
  equations
    x : 1

projection input_hidden: input -> hidden, all to all
  equations
    w : 1
  on_pre (order 0)
    g_post += w
    w = clip(w + nu*y_post, 0, 1)

projection hidden_trace: hidden -> hidden, one to one
  on_pre (order 2)
    y_post += A

projection lateral: gate -> hidden, to all others
  on_pre (order -1)
    g_post += w_IE

course
  times
    time step 0.5 ms

== testing ==

group another_network: 3 neurons
"""

THETA_SWAP = {
    "weights: checkpoint, theta: checkpoint": {"sl": 82.0, "labels": 81.0},
    "weights: checkpoint, theta: epoch end": {"sl": 77.0, "labels": 76.5},
}


def write_config(directory, tables, repetition=("run.seed",)):
    """Write config.toml: tables of settings, and what may differ between repetitions."""
    settings = {"format": 2, "repetition": list(repetition)}
    (directory / "config.toml").write_text(tomli_w.dumps({**tables, "settings": settings}))


def change_config(directory, table, **changes):
    """Change settings of one table of config.toml; returns the run, opened anew."""
    config = Run(directory).config
    repetition = config["settings"]["repetition"]
    write_config(directory, {**config, table: {**config.get(table, {}), **changes}}, repetition)
    return Run(directory)


def write_summary(directory, **fields):
    """Write summary.json."""
    (directory / "summary.json").write_text(json.dumps({"format": 2} | fields))


def make_run(directory, seed=0, preset="small", **changes):
    """Write a run directory of protocols.diehl_cook_sl.

    `changes` replace arrays of activity.npz, None drops one.
    """
    directory.mkdir(parents=True)
    write_config(directory, {
        "run": {"protocol": "diehl_cook_sl", "preset": preset, "seed": seed},
        "execution": {"device": "cpp_standalone"}, "network": {"N": NEURONS}})
    samples = np.arange(100, 3 * EPOCH + 1, 100)
    tests = pd.DataFrame({"samples": samples, "epoch": 1, "split": "test",
                          "accuracy_sl": 80.0 + seed + samples / 100,
                          "accuracy_labels": 70.0 + seed + samples / 100})
    held_out = pd.DataFrame({"samples": [EPOCH], "epoch": [1], "split": ["validation"],
                             "accuracy_sl": [84.5], "accuracy_labels": [np.nan]})
    pd.concat([tests, held_out]).to_csv(directory / "metrics.csv", index=False)
    labels = np.arange(TESTED) % CLASSES
    wrong = np.where(np.arange(TESTED) < 9, 0, labels)
    pd.DataFrame({"index": range(TESTED), "label": labels, "predicted_sl": wrong,
                  "predicted_labels": labels}).to_csv(directory / "predictions.csv", index=False)
    write_summary(directory, protocol="diehl_cook_sl", preset=preset, seed=seed,
                  published={"mean": 83.67, "sd": 0.3}, class_names=CLASS_NAMES,
                  facts={"theta_swap": THETA_SWAP})
    return with_activity(directory, make_activity(seed), changes)


def make_plain_run(directory, seed=0, **arrays):
    """Write a run directory of a protocol that nobody knows: what every protocol writes.

    `arrays` make its activity.npz; without any there is none.
    """
    directory.mkdir(parents=True)
    write_config(directory, {"run": {"protocol": "logistic", "preset": "plain", "seed": seed},
                             "learning": {"rate": 0.1}})
    pd.DataFrame({"samples": [10, 20, 30], "epoch": [1, 2, 3], "split": "test",
                  "accuracy": [40.0, 60.0, 70.0 + seed]}).to_csv(directory / "metrics.csv",
                                                                index=False)
    labels = np.arange(TESTED) % CLASSES
    pd.DataFrame({"index": range(TESTED), "label": labels,
                  "predicted": labels}).to_csv(directory / "predictions.csv", index=False)
    write_summary(directory, protocol="logistic", preset="plain", seed=seed, facts={})
    if arrays:
        np.savez(directory / "activity.npz", **arrays)
    return Run(directory)


def with_activity(directory, arrays, changes):
    """Write activity.npz, with `changes`, and open the run."""
    np.savez(directory / "activity.npz", **{name: array for name, array in
                                            {**arrays, **changes}.items() if array is not None})
    return Run(directory)


def make_pairing_run(directory, seed=0, **changes):
    """Write a run directory of protocols.emstdp_pairing, which measures and learns nothing."""
    directory.mkdir(parents=True)
    write_config(directory, {
        "run": {"protocol": "emstdp_pairing", "seed": seed},
        "pairs": {"drive": "bias"}, "stdp": {"rule": "exponential-all"}})
    rng = np.random.default_rng(seed)
    weight = rng.uniform(-1, 1, (3, 40))
    forms = [f"{kernel}_{spikes}" for kernel in ("exponential", "rectangular")
             for spikes in ("all", "nearest")]
    arrays = {
        "pairing_weight": weight, "pairing_emstdp": 100 * weight + rng.normal(0, 30, (3, 40)),
        "pairing_stdp": weight + rng.normal(0, 0.3, (3, 40)),
        "pairing_windows_ms": np.array([10, 5]), "pairing_drives_percent": np.array([20, 5, 40]),
        **{f"pairing_{form}": rng.uniform(0, 1, (2, 3)) for form in forms},
        **{f"pairing_{drive}": rng.uniform(0, 1, (3, 3)) for drive in ("bias", "external")},
    }
    write_summary(directory, protocol="emstdp_pairing", seed=seed, facts={})
    return with_activity(directory, arrays, changes)


STEPS = 12
OUTPUTS = 4
EPOCHS = 5
EVENTS = 90


def make_stbp_activity(seed=0):
    """Arrays of a small network trained by STBP; classes are fewer than outputs."""
    rng = np.random.default_rng(seed)
    labels = np.arange(TESTED) % CLASSES
    distance = np.linspace(-3, 3, 61)
    return {
        "rates_conv1": rng.random((TESTED, NEURONS)),
        "rates_output": np.eye(OUTPUTS)[labels] * rng.random((TESTED, 1)),
        "labels": labels, "image_shape": np.array([SIDE, SIDE]),
        "images": rng.integers(0, 256, (TESTED, SIDE**2), dtype=np.uint8),
        "raster_label": 2, "raster_centre": rng.integers(0, 2, (STEPS, 9), dtype=np.uint8),
        "raster_before": rng.integers(0, 2, (STEPS, OUTPUTS), dtype=np.uint8),
        "raster_after": np.eye(OUTPUTS, dtype=np.uint8)[np.full(STEPS, 2)],
        "surrogate_distance": distance, "surrogate_width": 1.0,
        **{f"surrogate_{name}": 1 / (k + np.cosh(distance))
           for k, name in enumerate(("rectangular", "polynomial", "sigmoid", "gaussian"))},
        "events_t_ms": np.sort(rng.uniform(0, 320, EVENTS)), "events_label": 0,
        "events_x": rng.integers(0, SIDE, EVENTS), "events_y": rng.integers(0, SIDE, EVENTS),
        "events_p": rng.integers(0, 2, EVENTS),
    }


def make_stbp_run(directory, seed=0, split="test", published=98.0, neurons=None, **changes):
    """Write a run directory of protocols.stbp; `neurons` are settings of that table."""
    directory.mkdir(parents=True)
    write_config(directory, {
        "run": {"protocol": "stbp", "preset": "easy", "seed": seed, "kernels": "numpy"},
        "execution": {"engine": "numpy"},
        "neurons": {"surrogate": "rectangular", "width": 1.0, **(neurons or {})},
        "published": {"mean": published}}, repetition=("run.seed", "run.kernels"))
    epoch = np.arange(1, EPOCHS + 1)
    pd.DataFrame({
        "samples": EPOCH * epoch, "epoch": epoch, "split": split,
        "accuracy": 90.0 + epoch + seed / 10, "train_accuracy": 80.0 + 3 * epoch,
        "train_loss": 1 / epoch, "output_rate": 0.1, "cpu_seconds": 0.5 * epoch,
        "wall_seconds": 1.0 * epoch}).to_csv(directory / "metrics.csv", index=False)
    labels = np.arange(TESTED) % CLASSES
    pd.DataFrame({"index": range(TESTED), "label": labels,
                  "predicted": np.where(np.arange(TESTED) < 9, 0, labels),
                  "rate": 1.0}).to_csv(directory / "predictions.csv", index=False)
    write_summary(directory, protocol="stbp", preset="easy", seed=seed,
                  published={"mean": published}, class_names=CLASS_NAMES, facts={})
    return with_activity(directory, make_stbp_activity(seed), changes)


def drawn(axes):
    """The lines of `axes` that have a label, as arrays (x, y)."""
    return {line.get_label(): np.array(line.get_data()) for line in axes.lines
            if not line.get_label().startswith("_")}
