"""The state of an untrained network, and which of its layers have feedback."""

from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from models.errors import SuiteError
from models.shared.layered import layer_names, untrained
from models.shared.random_matrices import orthogonal
from models.shared.resources import check_fits

SIDES = ("top", "bottom")


def initial_arrays(sizes: tuple[int, ...], seed: int, output_bias: float = 0.0,
                   dtype: DTypeLike = np.float32) -> dict[str, NDArray]:
    """Weights and biases of an untrained network.

    Weights are initialised "as DTP" (section 4): orthogonal, as Lee et al. (2015) make them.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of the input, of the hidden layers and of the output.
    seed : int
        Each matrix draws its own numbers, by its name.
    output_bias : float
        Of `equations.zhao2020.settings.Form`; other biases are 0.
    dtype : numpy dtype

    Returns
    -------
    dict of str to ndarray
        Of the shapes of `models.shared.layered.layered_shapes`.

    Raises
    ------
    SuiteError
        If the network is too large for this machine.
    """
    check_fits(sum(a * b for a, b in zip(sizes, sizes[1:])))
    found = untrained(sizes, partial(orthogonal, seed), dtype)
    found["output.b"][:] = output_bias
    return found


def feedback_weights(sizes: tuple[int, ...], layers: list[str], seed: int,
                     dtype: DTypeLike = np.float32) -> dict[str, NDArray]:
    """Fixed random weights of the errors onto hidden layers, B of Eq. 6.

    The text gives no spread; they are drawn as the forward weights are, as in the authors'
    published variant. The bias b of Eq. 6 is 0: any other one would drive the weights for ever,
    without any error.

    Parameters
    ----------
    sizes, seed, dtype
        Of `initial_arrays`.
    layers : list of str
        Of `feedback_layers`.

    Returns
    -------
    dict of str to ndarray, shape (outputs, neurons)
        By layer.
    """
    units = dict(zip(layer_names(sizes), sizes))
    return {layer: orthogonal(seed, f"feedback_{layer}", (sizes[-1], units[layer])).astype(dtype)
            for layer in layers}


def feedback_layers(sizes: tuple[int, ...], count: int | str = "all",
                    side: str = "top") -> list[str]:
    """Hidden layers that have feedback (section 4.3).

    The last hidden layer needs none: its target comes by the output weights (Eq. 5). So at a count
    of 0 the last two matrices learn.

    Parameters
    ----------
    sizes : tuple of int
    count : int or 'all'
    side : {'top', 'bottom'}
        Whether they are counted from the output or, as a control, from the input.

    Returns
    -------
    list of str
        From the input to the output.

    Raises
    ------
    SuiteError
        If there are not so many, or the side is unknown.
    """
    layers = layer_names(sizes)[1:-2]
    if side not in SIDES:
        raise SuiteError(f"unknown side {side!r}: choose one of {', '.join(SIDES)}")
    if count == "all":
        return layers
    if not 0 <= count <= len(layers):
        raise SuiteError(f"{count} feedback layers: this network has {len(layers)} at most, since "
                         "its last hidden layer needs none (Eq. 5); choose another number "
                         "(--feedback-layers), or all")
    return layers[len(layers) - count:] if side == "top" else layers[:count]
