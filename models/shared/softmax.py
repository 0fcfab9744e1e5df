"""Softmax and its cross-entropy."""

from typing import Any

import numpy as np

from models.shared.array_module import module_of


def softmax(drive: Any) -> Any:
    """Probabilities of each row.

    Parameters
    ----------
    drive : ndarray, shape (samples, outputs)

    Returns
    -------
    ndarray, shape (samples, outputs)
    """
    powers = module_of(drive).exp(drive - drive.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def cross_entropy(outputs: Any, targets: Any) -> tuple[float, Any]:
    """Cross-entropy of some probabilities, and its derivative by the drive of the softmax.

    Parameters
    ----------
    outputs, targets : ndarray, shape (samples, outputs)
        Targets are 1 for the class of a sample and 0 elsewhere.

    Returns
    -------
    loss : float
        Mean over the samples.
    error : ndarray, shape (samples, outputs)
        For each sample by itself.
    """
    xp = module_of(outputs)
    chance = (outputs * targets).sum(1)
    # A probability that single precision cannot hold has a loss nevertheless.
    loss = -xp.log(xp.maximum(chance, np.finfo(outputs.dtype).tiny)).mean()
    return float(loss), outputs - targets
