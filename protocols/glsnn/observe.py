"""What the figures need beside the tables: one neuron, some samples in time, and lesions."""

import numpy as np

from models.glsnn.constants import constants
from models.glsnn.network import SpikingNetwork
from models.glsnn.neurons import trace
from models.shared.array_module import to_numpy
from protocols.glsnn.lesions import LESIONS, lesioned
from protocols.glsnn.spikes import threshold

RASTERS = 3
"""Test samples whose hidden spikes are kept (Fig. 5)."""
LESIONED = 1000
"""Test samples that are answered with their hidden spikes changed."""
OBSERVE = 4
"""Of the generators of what is shown: their seeds are (seed, OBSERVE, ...)."""


def activity(learner, network) -> dict[str, np.ndarray]:
    """Arrays of ``activity.npz`` beside those of every layered network.

    Parameters
    ----------
    learner : protocols.glsnn.learner.GLSNNLearner
    network : models.shared.layered.LayeredNetwork
        The one that is tested.

    Returns
    -------
    dict of str to ndarray
        Those of `rasters`, `one_neuron` and `lesions`; none where units do not spike.
    """
    if not isinstance(network, SpikingNetwork):
        return {}
    samples = chosen(learner.dataset.y_test, learner.settings.seed)
    inputs = learner.patterns["test"][samples]
    layers = list(network.run(learner.as_inputs(inputs), keep=True))
    found = {"shown_sample": samples, "shown_label": learner.dataset.y_test[samples]}
    return found | rasters(layers) | one_neuron(network, layers) | lesions(learner, network)


def chosen(labels: np.ndarray, seed: int) -> np.ndarray:
    """Some test samples drawn at random, of different classes as far as there are so many."""
    order = np.random.default_rng([seed, OBSERVE]).permutation(len(labels))
    _, first = np.unique(labels[order], return_index=True)
    apart = np.sort(first)
    others = np.setdiff1d(np.arange(len(order)), apart)
    return order[np.concatenate([apart, others])[:RASTERS]]


def rasters(layers: list) -> dict[str, np.ndarray]:
    """Spikes in time (Fig. 5): ``shown_LAYER`` of uint8, shape (samples, T, neurons)."""
    return {f"shown_{layer.name}": to_numpy(layer.response.spikes).swapaxes(0, 1).astype(np.uint8)
            for layer in layers}


def one_neuron(network: SpikingNetwork, layers: list) -> dict[str, np.ndarray]:
    """V and g_E of the neuron of the first hidden layer that fires most for the first sample.

    Returns
    -------
    dict of str to ndarray
        ``neuron_V``, ``neuron_peak`` (V before a reset), ``neuron_g_E`` and ``neuron_spikes``, of
        shape (T,); ``neuron_threshold`` and ``neuron_index`` (Fig. 2). Where none fires, it is the
        neuron that comes nearest to the threshold.
    """
    first = layers[0]
    counts = to_numpy(first.response.counts)[0]
    largest = to_numpy(first.response.largest)[0]
    neuron = int(counts.argmax() if counts.any() else largest.argmax())
    drive = first.drive[..., :1, neuron:neuron + 1]
    own = trace(drive, network.form, constants(network.form, drive.dtype.type))
    found = {f"neuron_{name}": to_numpy(values)[:, 0, 0] for name, values in own.items()}
    return found | {"neuron_threshold": np.array(threshold(network.form)),
                    "neuron_index": np.array(neuron)}


def lesions(learner, network: SpikingNetwork) -> dict[str, np.ndarray]:
    """Accuracies with the hidden spikes changed.

    Returns
    -------
    dict of str to ndarray
        ``lesion_name`` and ``lesion_accuracy`` (per cent), of shape (changes,), and
        ``lesion_samples``, the number of test samples that each accuracy is of.
    """
    labels = learner.dataset.y_test[:LESIONED]
    index = np.arange(len(labels))
    accuracies = []
    for k, name in enumerate(LESIONS):
        change = lesioned(name, np.random.default_rng([learner.settings.seed, OBSERVE, k]))
        outputs = [to_numpy(forward.outputs) for forward
                   in learner.forwards(network, "test", index, change=change)]
        answers = np.concatenate(outputs)[:, :learner.dataset.n_classes].argmax(1)
        accuracies.append(100 * np.mean(answers == labels))
    return {"lesion_name": np.array(list(LESIONS)), "lesion_accuracy": np.array(accuracies),
            "lesion_samples": np.array(len(labels))}
