"""What the figures need beside the counts: one presentation in detail, STDP windows."""

import numpy as np

from equations.hao2020 import plasticity
from equations.parameters import namespace
from models.devices import compile_network
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import LEVEL, build
from models.diehl_cook.stdp_window import has_window, stdp_window
from models.shared.counter_random import stream

TRACED_NEURONS = 4
DEVICE = "runtime"
"""Of the presentation in detail: it needs no compiler."""


def presentation(settings, dataset, learned, image, label):
    """Spikes of all groups, and V, threshold, g_E, g_I of some hidden neurons, for one image.

    The spikes are those of any device.

    Returns
    -------
    dict of str to ndarray
        Keys of ``activity.npz`` (``raster_*``, ``voltage_*``).
    """
    architecture = settings.architecture(dataset, device=DEVICE, capacity=1, observe=True)
    state = initial_state(architecture, 0)
    state |= {k: v for k, v in learned.items() if k in state and architecture.is_learned(k)}
    network = compile_network(lambda: build(architecture), DEVICE, precision=settings.precision)
    stimuli = {"pattern": image[None], "stream": stream(settings.seed, "observe"), "first": 0}
    _, records = network(state, stimuli)
    timing = architecture.settings.presentation
    # Only the accepted attempt, the last slot, is shown.
    start = (len(records.slots["input.cursor"]) - 1) * float(timing.slot)
    out = {"raster_label": np.array(label),
           "presentation_ms": np.array(1e3 * float(timing.presentation))}
    groups = {"input": "input", "hidden1": "hidden", "inhibitory1": "inhibitory", "readout": "sl"}
    for group, name in groups.items():
        if group in records.spikes:
            index, times = records.spikes[group]
            late = times >= start
            out[f"raster_{name}_i"] = index[late]
            out[f"raster_{name}_t_ms"] = 1e3 * (times[late] - start)
    if architecture.hidden:
        steps = round(float(timing.slot / timing.dt))
        counts = np.bincount(out["raster_hidden_i"], minlength=architecture.hidden[0])
        chosen = np.argsort(-counts, kind="stable")[:TRACED_NEURONS]
        out |= {
            "voltage_t_ms": 1e3 * float(timing.dt) * np.arange(steps),
            "voltage_mV": 1e3 * records.traces["hidden1.V"][-steps:, chosen].T,
            "voltage_neuron": chosen,
        }
        # A threshold of one's own need not be a level of V.
        if (name := f"hidden1.{LEVEL}") in records.traces:
            out["voltage_threshold_mV"] = 1e3 * records.traces[name][-steps:, chosen].T
        for conductance in ("g_E", "g_I"):
            if (name := f"hidden1.{conductance}") in records.traces:
                out[f"voltage_{conductance}"] = records.traces[name][-steps:, chosen].T
    return out


def activity(settings, dataset, learned, evaluation, images):
    """Arrays of ``activity.npz`` for the final evaluation on the test images.

    Counts, classes and theta are of the last hidden layer, the weights from the input and the
    presentation in detail of the first.

    Parameters
    ----------
    settings : protocols.diehl_cook_sl.settings.DiehlCookSettings
    dataset : protocols.datasets.Dataset
    learned : dict of str to ndarray
        Weights, thresholds and ``classes``.
    evaluation : protocols.diehl_cook_sl.evaluation.Evaluation
    images : ndarray, shape (n, n_pixels)
        Test images (`protocols.diehl_cook_sl.evaluation.patterns`).

    Returns
    -------
    dict of str to ndarray
    """
    shape = np.array(dataset.image_shape[:2])
    out = {
        "images": dataset.x_test.reshape(len(dataset.x_test), -1), "image_shape": shape,
        "labels": dataset.y_test,
        "hidden_counts": evaluation.hidden_counts, "sl_counts": evaluation.sl_counts,
    }
    first = next(k for k in learned if k.startswith("input_") and k.endswith(".w"))
    out["weights_input"] = np.asarray(learned[first], np.float32)
    # The layer whose counts the readouts see.
    last = f"hidden{len(settings.hidden)}"
    if settings.hidden:
        out["theta_mV"] = 1e3 * np.asarray(learned[f"{last}.theta"])
        out["neuron_class"] = learned["classes"]
        if f"{last}_readout.w" in learned:
            out["weights_sl"] = np.asarray(learned[f"{last}_readout.w"], np.float32)
    out |= presentation(settings, dataset, learned, images[0], int(dataset.y_test[0]))
    out |= windows(settings, dataset)
    return {k: np.asarray(v) for k, v in out.items() if v is not None}


def windows(settings, dataset):
    """What a pair of spikes does to a weight: the two rules of Fig. 1, or those of the run.

    Returns
    -------
    dict of str to ndarray
        ``stdp_dt_ms``, and ``stdp_symmetric`` and ``stdp_asymmetric`` over the learning rate.
        Where a projection learns by a rule of one's own, in place of these two,
        ``stdp_of_PROJECTION:RULE`` of all projections, as shares of the largest weight. A rule that
        reads more than its traces has no window.
    """
    architecture = settings.architecture(dataset, device=DEVICE)
    projections = architecture.projections()
    names = {name: architecture.rule_name(name) for name in projections}
    if not set(names.values()) & set(architecture.own.rules):
        out = {}
        for rule, text in plasticity.RULES.items():
            # Both windows at the same learning rates up and down: Fig. 1 compares shapes.
            stdp = plasticity.STDP(nu=0.01, w_max=1.0, depression=1.0)
            out["stdp_dt_ms"], change = stdp_window(text, namespace(stdp))
            out[f"stdp_{rule}"] = change / stdp.nu
        return out
    found = {}
    for name, each in projections.items():
        if has_window(each.rule):
            values = architecture.rule_values(name)
            found["stdp_dt_ms"], change = stdp_window(each.rule, values)
            found[f"stdp_of_{name}:{names[name]}"] = change / values["w_max"]
    return found
