"""Arrays of a rule and of its optimiser as checkpoints hold them."""

import numpy as np

from models.shared.array_module import module_of, to_numpy
from models.shared.layered import Arrays
from models.shared.optimisers import SGD, Adam
from protocols.runs.checkpoint import Checkpoint, array

MOMENTS = ("mean", "square")
"""Of Adam, for each array."""


def restored(checkpoint: Checkpoint, arrays: Arrays) -> None:
    """Fill the arrays of a rule with those of a checkpoint.

    Raises
    ------
    SuiteError
        If it is of another network.
    """
    for name, value in arrays.items():
        value[...] = _like(value, array(checkpoint, f"state:{name}", value.shape))


def optimiser_arrays(optimiser: SGD | Adam, layers: list[str]) -> dict[str, np.ndarray]:
    """The state of an optimiser.

    Parameters
    ----------
    optimiser : SGD or Adam
    layers : list of str
        Of the network, from the input to the output.

    Returns
    -------
    dict of str to ndarray
        ``'K.w.mean'``, ``'K.b.square'`` and so on of the K-th layer behind the input (the first is
        0); other arrays by their own names; the number of ``steps``.
    """
    short = short_names(layers)
    found = {}
    for name, value in optimiser.state.items():
        owner, _, moment = name.rpartition(".")
        if moment in MOMENTS:
            name = f"{short.get(owner, owner)}.{moment}"
        found[name] = np.asarray(to_numpy(value))
    return found


def take_optimiser(checkpoint: Checkpoint, optimiser: SGD | Adam, arrays: Arrays,
                   layers: list[str]) -> None:
    """Take the state of an optimiser from a checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
    optimiser : SGD or Adam
        A fresh one.
    arrays : dict of str to ndarray
        What it changes.
    layers : list of str
        Of `optimiser_arrays`.

    Raises
    ------
    SuiteError
        If the checkpoint is of another optimiser.
    """
    if "steps" not in optimiser.state:
        return
    short = short_names(layers)
    optimiser.state["steps"] = int(array(checkpoint, "optimiser:steps", (), "i"))
    for name, value in arrays.items():
        kept = {moment: f"optimiser:{short.get(name, name)}.{moment}" for moment in MOMENTS}
        # What has never had a gradient has no moments.
        if any(other in checkpoint.arrays for other in kept.values()):
            for moment, other in kept.items():
                found = array(checkpoint, other, value.shape)
                optimiser.state[f"{name}.{moment}"] = _like(value, found)


def short_names(layers: list[str]) -> dict[str, str]:
    """``'K.w'`` and ``'K.b'`` by the names of weights and biases."""
    found = {}
    for k, (below, above) in enumerate(zip(layers, layers[1:])):
        found[f"{below}_{above}.w"] = f"{k}.w"
        found[f"{above}.b"] = f"{k}.b"
    return found


def _like(value: object, found: np.ndarray) -> object:
    """An array of the type and the array module of another one."""
    return module_of(value).asarray(found.astype(value.dtype))
