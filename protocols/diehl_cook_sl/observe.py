"""What the figures need beside the counts: one presentation in detail, STDP windows."""

import numpy as np
from brian2 import Clock, Network, NeuronGroup, SpikeGeneratorGroup, Synapses, ms, prefs

from equations.hao2020 import plasticity
from equations.parameters import namespace
from models.devices import compile_network
from models.shared.counter_random import stream
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.shared.euler_exact_decay import EulerExactDecay

TRACED_NEURONS = 4


def presentation(settings, dataset, learned, image, label):
    """Spikes of all groups and V, threshold of some hidden neurons while an image is shown.

    Runs on the runtime device, so no compiler is needed; the spikes are those of any other
    device.

    Returns
    -------
    dict of str to ndarray
        Keys of ``activity.npz`` (``raster_*``, ``voltage_*``).
    """
    architecture = settings.architecture(dataset, capacity=1, observe=True)
    state = initial_state(architecture, 0)
    state |= {k: v for k, v in learned.items() if k in state and k.endswith((".w", ".theta"))}
    network = compile_network(lambda: build(architecture), "runtime")
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
        theta = records.traces["hidden1.theta"][-steps:, chosen].T
        out |= {
            "voltage_t_ms": 1e3 * float(timing.dt) * np.arange(steps),
            "voltage_mV": 1e3 * records.traces["hidden1.V"][-steps:, chosen].T,
            "voltage_threshold_mV": 1e3 * (float(architecture.settings.excitatory.V_const) + theta),
            "voltage_neuron": chosen,
        }
    return out


def stdp_window(rule, stdp, dt=0.5 * ms, span=60):
    """Weight change by one pair of spikes, measured on the model's own synapse.

    Parameters
    ----------
    rule : {'symmetric', 'asymmetric'}
    stdp : equations.hao2020.plasticity.STDP
    dt : Quantity
    span : int
        Largest distance in ms.

    Returns
    -------
    delta : ndarray
        t_post - t_pre in ms.
    change : ndarray
        Weight change divided by the learning rate.
    """
    delta = np.arange(-span, span + 1, 2)
    start = span + 5
    count = len(delta)
    arrivals = np.arange(count)
    traces = plasticity.TRACE_PRE + plasticity.TRACE_POST + "spike_now : 1\n"
    names = namespace(stdp)
    prefs.codegen.target = "numpy"  # no compiler needed
    clock = Clock(dt)
    drive = SpikeGeneratorGroup(
        2 * count, np.r_[arrivals, arrivals + count],
        np.r_[np.full(count, start), start + delta] * ms,
        clock=clock)
    keywords = {"threshold": "spike_now > 0.5", "method": EulerExactDecay(), "clock": clock}
    pre = NeuronGroup(count, traces, reset="spike_now = 0\n" + plasticity.TRACE_PRE_SPIKE,
                      namespace=names, **keywords)
    post = NeuronGroup(count, traces, reset="spike_now = 0", namespace=names, **keywords)
    to_pre = Synapses(drive, pre, on_pre="spike_now_post = 1", order=-2, clock=clock)
    to_pre.connect(i=arrivals, j=arrivals)
    to_post = Synapses(drive, post, on_pre="spike_now_post = 1", order=-2, clock=clock)
    to_post.connect(i=arrivals + count, j=arrivals)
    synapse = Synapses(pre, post, plasticity.WEIGHT, on_pre=plasticity.RULES[rule]["pre"],
                       on_post=plasticity.RULES[rule]["post"], namespace=names,
                       clock=clock)
    synapse.connect(j="i")
    synapse.w = stdp.w_max / 2
    synapse.post.order = 1
    raise_y = Synapses(post, post, on_pre=plasticity.TRACE_POST_SPIKE, namespace=names, order=10,
                       clock=clock)
    raise_y.connect(j="i")
    network = Network(drive, pre, post, to_pre, to_post, synapse, raise_y)
    network.schedule = ["start", "synapses", "groups", "thresholds", "resets", "end"]
    network.run((2 * span + 20) * ms, namespace={})
    return delta, (np.array(synapse.w) - stdp.w_max / 2) / stdp.nu


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
    kind = type(settings.network_parameters(dataset).input_stdp)
    for rule in plasticity.RULES:
        # Both windows at the same learning rates up and down: Fig. 1 compares shapes.
        delta, change = stdp_window(rule, kind(nu=0.01, w_max=1.0, depression=1.0))
        out["stdp_dt_ms"] = delta
        out[f"stdp_{rule}"] = change
    return {k: np.asarray(v) for k, v in out.items() if v is not None}
