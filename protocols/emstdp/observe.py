"""What the figures need beside the tables: counts of the test, and one window in detail."""

from dataclasses import replace
from functools import partial

import numpy as np

from models.devices import compile_network
from models.emstdp.network import build
from models.shared.counter_random import stream


def activity(learner, counts: dict, state: dict) -> dict[str, np.ndarray]:
    """Arrays of ``activity.npz``.

    Parameters
    ----------
    learner : protocols.emstdp.learner.EMSTDPLearner
    counts : dict of str to ndarray
        Spikes of the final test by layer, shape (n, neurons).
    state : dict of str to ndarray
        Of the network that learns.

    Returns
    -------
    dict of str to ndarray
    """
    dataset = learner.dataset
    found = {}
    if dataset.kind == "images":
        found["images"] = dataset.x_test.reshape(len(dataset.x_test), -1)
        found["image_shape"] = np.array(dataset.image_shape[:2])
    return found | {
        "labels": dataset.y_test,
        "hidden_counts": counts[learner.architecture.layers[-2]].astype(np.int32),
        "output_counts": counts["output"].astype(np.int32),
        **window(learner, state),
    }


def window(learner, state: dict) -> dict[str, np.ndarray]:
    """Spikes of all groups while the first test sample is learned, on the runtime device.

    Returns
    -------
    dict of str to ndarray
        ``window_GROUP_i`` and ``window_GROUP_step`` by group, ``window_steps`` and
        ``window_label``.
    """
    architecture = replace(learner.architecture, capacity=1, observe=True)
    network = compile_network(partial(build, architecture), "runtime",
                              precision=learner.settings.precision)
    label = learner.dataset.y_test[:1]
    _, records = network(state, {
        "pattern": learner.patterns["test"][:1], "label": label, "rate": np.zeros(1),
        "stream": stream(learner.settings.seed, "observe"), "first": 0})
    found = {"window_steps": np.array(architecture.rules.steps), "window_label": label[0]}
    for group, (index, times) in records.spikes.items():
        found[f"window_{group}_i"] = index
        found[f"window_{group}_step"] = np.rint(1e3 * times).astype(np.int32)
    return found
