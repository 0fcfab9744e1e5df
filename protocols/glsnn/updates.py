"""Updates of a rule beside those of backpropagation, on the same network and samples."""

import math

import numpy as np

from models.baselines.bp import BP
from models.shared.array_module import to_numpy
from models.shared.layered import Array, Outer, Rule

UPDATES = 5
"""Of the generator that a rule may draw from: its seeds are (seed, UPDATES)."""


def updates(rule: Rule, inputs: Array, targets: Array, seed: int) -> dict[str, float | None]:
    """How the weights onto each layer would change, and how far that is from backpropagation.

    Nothing is learned. On spiking neurons backpropagation takes what stands for the derivatives of
    their activities, `models.shared.layered.Forward.slopes`.

    Parameters
    ----------
    rule : models.shared.layered.Rule
    inputs : ndarray, shape (samples, inputs)
    targets : ndarray, shape (samples, outputs)
    seed : int

    Returns
    -------
    dict of str to float or None
        ``'LAYER_update'``, the norm of the gradient of the weights onto it, and ``'LAYER_angle'``
        in degrees; None where they do not change.
    """
    network = rule.network
    rng = np.random.default_rng([seed, UPDATES])
    own = rule.lesson(inputs, targets, rng).gradients
    exact = BP(network).lesson(inputs, targets, rng).gradients
    found = {}
    for below, layer in zip(network.layers, network.layers[1:]):
        name = f"{below}_{layer}.w"
        a = _dense(own.get(name))
        b = _dense(exact[name])
        found[f"{layer}_update"] = None if a is None else float(np.linalg.norm(a))
        found[f"{layer}_angle"] = None if a is None else angle(a, b)
    return found


def angle(a: np.ndarray, b: np.ndarray) -> float | None:
    """Degrees between two matrices as vectors; None if one is 0.

    Parameters
    ----------
    a, b : ndarray of one shape
    """
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    if not lengths:
        return None
    return math.degrees(math.acos(np.clip(np.vdot(a, b) / lengths, -1, 1)))


def _dense(gradient: Outer | Array | None) -> np.ndarray | None:
    """A gradient as a matrix of NumPy in double precision."""
    if gradient is None:
        return None
    matrix = gradient.dense() if isinstance(gradient, Outer) else gradient
    return to_numpy(matrix).astype(float)
