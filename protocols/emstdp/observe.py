"""What the figures need beside the tables: counts of the test, and one window in detail."""

import numpy as np

from models.emstdp.architecture import initial_state
from models.shared.counter_random import stream
from protocols.emstdp.approximation import against_units, staircases
from protocols.emstdp.one_sample import show


def activity(learner, answers, state: dict) -> dict[str, np.ndarray]:
    """Arrays of ``activity.npz``.

    Parameters
    ----------
    learner : protocols.emstdp.learner.EMSTDPLearner
    answers : protocols.runs.learner.Answers
        Of the final test; their details are the spikes by layer, shape (n, neurons).
    state : dict of str to ndarray
        Of the network that learns.

    Returns
    -------
    dict of str to ndarray
        ``labels``; ``images`` and ``image_shape`` where the samples are images; ``rates_LAYER`` in
        spikes per step, shape (n, neurons); the arrays of `window` and of
        `protocols.emstdp.approximation`. The two moments there are the untrained network and the
        present.
    """
    dataset = learner.dataset
    architecture = learner.architecture
    precision = learner.settings.precision
    found = {"labels": dataset.y_test}
    if dataset.kind == "images":
        found["images"] = dataset.x_test.reshape(len(dataset.x_test), -1)
        found["image_shape"] = np.array(dataset.image_shape[:2])
    for layer, counts in answers.details.items():
        found[f"rates_{layer}"] = (counts / architecture.rules.steps).astype(np.float32)
    if learner.settings.equations:
        # What follows computes the papers' equations.
        return found
    sample = instructive(answers.predicted[learner.readout], dataset.y_test)
    pattern = learner.patterns["test"][sample]
    label = int(dataset.y_test[sample])
    number = stream(learner.settings.seed, "observe")
    found |= {"window_sample": np.array(sample), "window_label": np.array(label),
              "window_answer": np.array(answers.predicted[learner.readout][sample])}
    found |= window(architecture, precision, state, pattern, label, number)
    fresh = initial_state(architecture, learner.settings.seed)
    return found | staircases(architecture, precision) | against_units(
        architecture, precision, [fresh, state], pattern, label, number)


def instructive(answers: np.ndarray, labels: np.ndarray) -> int:
    """The first sample that is answered wrongly, or the first of all if none is.

    Where the answer is right, next to no error is left to be shown.
    """
    wrong = np.flatnonzero(answers != labels)
    return int(wrong[0]) if len(wrong) else 0


def window(architecture, precision: str, state: dict, pattern: np.ndarray, label: int,
           number: int) -> dict[str, np.ndarray]:
    """Spikes of all groups while a sample is learned.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    precision : {'float32', 'float64'}
    state : dict of str to ndarray
    pattern : ndarray, shape (inputs,)
        Intensities.
    label : int
    number : int
        Of the random stream.

    Returns
    -------
    dict of str to ndarray
        ``window_steps``, T, and by group ``window_GROUP_i`` and ``window_GROUP_step``, both of
        shape (spikes,), and ``window_GROUP_size``. Groups are the layers, from the input on,
        ``target``, and the error neurons ``LAYER_plus`` and ``LAYER_minus``, from the output on.
    """
    _, spikes = show(architecture, precision, state, pattern, label, number)
    found = {"window_steps": np.array(architecture.rules.steps)}
    errors = [f"{layer}_{sign}" for layer in reversed(architecture.layers[1:])
              for sign in ("plus", "minus")]
    for group in (*architecture.layers, "target", *errors):
        own = np.array(spikes.get(group, []), np.int32).reshape(-1, 2)
        found[f"window_{group}_step"], found[f"window_{group}_i"] = own.T
        layer = "output" if group == "target" else group.partition("_")[0]
        found[f"window_{group}_size"] = np.array(architecture.size(layer))
    return found
