"""The network without spikes that the spiking one approximates (Shrestha et al. 2019, 3.1 and 3.2).

Piecewise linear units with the weights and thresholds of a spiking network. Activities and errors
are spikes per step, so that a count of n steps approximates n times them.

- forward: Eq. 6, and the dotted line of Fig. 2a for the staircase of Eq. 4
- backward: Eq. 8, and the line of Fig. 3a for the staircase of Eq. 9
- gradient: Eq. 7 and 10, the exact one of the L2 loss
"""

import numpy as np
from numpy.typing import NDArray

from models.emstdp.architecture import Architecture

Arrays = dict[str, NDArray[np.float64]]


def forward(architecture: Architecture, state: dict, intensities: NDArray, steps: int) -> Arrays:
    """Activities of all layers.

    A unit is silent below its threshold. Above it the activity rises with the slope 1/theta: a
    rectifier that is shifted by theta. No neuron fires more than once in a step.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    state : dict of str to ndarray
        Weights, as `models.emstdp.architecture.initial_state` names them.
    intensities : ndarray, shape (samples, inputs)
        Probabilities of an input spike per step.
    steps : int
        Steps in which the input adds up. The threshold has to be reached once in them.

    Returns
    -------
    dict of str to ndarray, shape (samples, neurons)
        Spikes per step, by layer.
    """
    found = {"input": np.asarray(intensities, float)}
    for name, (below, above) in architecture.projections().items():
        u = found[below] @ state[f"{name}.w"]
        if architecture.rules.bias:
            u = u + state[f"{above}.b"]
        found[above] = np.clip(u / architecture.thresholds[above] - 1 / steps, 0, 1)
    return found


def output_error(architecture: Architecture, activities: Arrays, labels: NDArray) -> NDArray:
    """Derivative of the L2 loss, section 3.4: target rates less those of the output.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    activities : dict of str to ndarray
        Of `forward`.
    labels : ndarray of int, shape (samples,)

    Returns
    -------
    ndarray, shape (samples, outputs)
    """
    target = np.eye(architecture.sizes[-1])[np.asarray(labels, int)]
    return target / architecture.rules.target_period - activities["output"]


def backward(architecture: Architecture, state: dict, activities: Arrays,
             labels: NDArray) -> Arrays:
    """Errors of all layers but the input.

    Loss neurons correct the output while they measure it. The error at which both settle is that of
    the uncorrected output over theta_l/w_L + gamma.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
        Says which feedback.
    state : dict of str to ndarray
        Weights; for FA and DFA the fixed ones, too.
    activities : dict of str to ndarray
        Of `forward`.
    labels : ndarray of int, shape (samples,)

    Returns
    -------
    dict of str to ndarray, shape (samples, neurons)
        Error spikes per step, those of negative errors with a minus, by layer.
    """
    rules = architecture.rules
    loss = output_error(architecture, activities, labels)
    found = {"output": loss / (rules.theta_loss / rules.w_loss + rules.gamma)}
    for layer in reversed(architecture.hidden):
        source = architecture.feedback_source(layer)
        symmetric = architecture.feedback == "sw"
        back = state[f"{layer}_{source}.w"].T if symmetric else state[f"feedback_{layer}.B"]
        error = found[source] @ back / architecture.error_thresholds[layer]
        if rules.gated:
            error = error * (activities[layer] > 0)
        found[layer] = np.clip(error, -1, 1)
    return found


def descent(architecture: Architecture, state: dict, activities: Arrays,
            labels: NDArray) -> dict[str, tuple[NDArray, NDArray]]:
    """The direction in which the L2 loss of each sample falls most.

    Eq. 5 gives the derivative of a hidden unit: 1/theta where it is active, in every step too, else
    0. At the output it is 1/theta throughout, because a silent output gets an error, too (Eq. 8).

    Parameters
    ----------
    architecture, state, activities, labels
        Of `backward`.

    Returns
    -------
    dict of str to tuple of ndarray
        By projection the two factors of the negative gradient, Eq. 10, of shapes (samples, below)
        and (samples, above).
    """
    delta = output_error(architecture, activities, labels) / architecture.thresholds["output"]
    found = {}
    for name, (below, _) in reversed(architecture.projections().items()):
        found[name] = (activities[below], delta)
        if below != "input":
            delta = (delta @ state[f"{name}.w"].T) * (activities[below] > 0)
            delta = delta / architecture.thresholds[below]
    return dict(reversed(found.items()))
