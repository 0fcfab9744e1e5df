"""How well counts of spikes approximate units without spikes (Figs. 2 and 3)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.emstdp import piecewise
from models.emstdp.architecture import Architecture
from protocols.emstdp.one_sample import show

DRIVES = 401
"""Neurons of a staircase, each with another input."""
MOST_SPIKES = 5.5
"""Thresholds that the largest input of a staircase is worth."""
WINDOWS = (26, 100, 400)
"""Time steps T in which layers are compared; 25 steps have no two equal phases."""


def staircases(architecture: Architecture, precision: str) -> dict[str, np.ndarray]:
    """Spike counts of a forward neuron and of a pair of error neurons against their input.

    One input neuron, which fires in every step, drives the forward neurons of a hidden layer. One
    loss neuron, which fires in every step of phase 2, drives their error neurons. Each hidden
    neuron has weights of its own, so that all of them together show one neuron with any input.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
        Whose rules the neurons follow.
    precision : {'float32', 'float64'}

    Returns
    -------
    dict of str to ndarray, shape (DRIVES,)
        ``staircase_drive`` and ``staircase_count`` of the forward neuron, ``staircase_error_drive``
        and ``staircase_error_count`` of the pair, spikes of the negative one with a minus. A drive
        is the input of one phase in thresholds.
    """
    # Corrections would add to the input, and every step counts.
    rules = replace(architecture.rules, gamma=0.0, theta_loss=1.0, w_loss=1.0, target_period=1,
                    gated=False, skip=0, wait=0, bias=False, windows=1)
    network = replace(architecture, sizes=(1, DRIVES, 1), rules=rules, feedback="dfa")
    drive = np.linspace(0, MOST_SPIKES, DRIVES)
    error = np.linspace(-MOST_SPIKES, MOST_SPIKES, DRIVES)
    # What acts in the last step of a phase comes too late to be fired at. The loss neuron fires a
    # step after its target.
    forward_spikes = max(rules.steps // 2 - 1, 1)
    error_spikes = max(rules.steps // 2 - 2, 1)
    state = {
        "input_hidden1.w": drive[None] * network.thresholds["hidden1"] / forward_spikes,
        "hidden1_output.w": np.zeros((DRIVES, 1)),
        "feedback_hidden1.B": error[None] * network.error_thresholds["hidden1"] / error_spikes}
    counts, _ = show(network, precision, state, np.ones(1), 0, 0)
    return {"staircase_drive": drive, "staircase_count": counts["hidden1.h"],
            "staircase_error_drive": error, "staircase_error_count": _errors(counts, "hidden1")}


def against_units(architecture: Architecture, precision: str, states: Sequence[dict],
                  pattern: np.ndarray, label: int, number: int) -> dict[str, np.ndarray]:
    """Hidden layers of the spiking network beside those of piecewise linear units.

    Both have the same weights and are shown the same sample, forward and backward.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    precision : {'float32', 'float64'}
    states : sequence of dict
        Of one network at several moments.
    pattern : ndarray, shape (inputs,)
        Intensities of the sample.
    label : int
    number : int
        Of the random stream of its spikes.

    Returns
    -------
    dict of str to ndarray
        ``compared_steps``, shape (windows,), the T; and of shape (moments, windows, neurons), in
        spikes per step, ``forward_units_LAYER``, ``forward_spikes_LAYER``,
        ``backward_units_LAYER`` and ``backward_spikes_LAYER``.
    """
    left_out = max(architecture.rules.skip, architecture.rules.wait)
    windows = [steps for steps in WINDOWS if left_out < steps // 2]
    found = {"compared_steps": np.array(windows)}
    for moment, state in enumerate(states):
        for window, steps in enumerate(windows):
            network = replace(architecture, rules=replace(architecture.rules, steps=steps))
            for name, values in _compared(network, precision, state, pattern, label, number):
                shape = (len(states), len(windows), len(values))
                found.setdefault(name, np.zeros(shape, np.float32))[moment, window] = values
    return found


def _compared(network, precision, state, pattern, label, number):
    """Names and values of one window: a neuron each."""
    half = network.rules.steps // 2
    counted = half - network.rules.skip
    units = piecewise.forward(network, state, pattern[None], counted)
    errors = piecewise.backward(network, state, units, np.array([label]))
    counts, _ = show(network, precision, state, pattern, label, number)
    for layer in network.hidden:
        yield f"forward_units_{layer}", units[layer][0]
        yield f"forward_spikes_{layer}", counts[f"{layer}.h"] / counted
        yield f"backward_units_{layer}", errors[layer][0]
        # Errors come from the loss circuit, which does not run in the first steps.
        yield f"backward_spikes_{layer}", _errors(counts, layer) / (half - network.rules.wait)


def _errors(counts, layer):
    """Error spikes of a layer, those of negative errors with a minus."""
    return counts[f"{layer}_plus.count"] - counts[f"{layer}_minus.count"]
