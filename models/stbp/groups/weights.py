"""Weights of the companion as a state of the Brian2 network, and back."""

import numpy as np

from models.devices.network_description import NetworkDescription
from models.errors import SuiteError
from models.stbp.architecture import Layer
from models.stbp.build import Weights, check_weights


def state_of(weights: Weights, layers: list[Layer]) -> Weights:
    """The companion's weights as the state of a compiled network.

    Parameters
    ----------
    weights : dict of str to ndarray
        ``'conv1.w'`` of shape (height, width, channels, maps), ``'dense1.w'`` of shape
        (inputs, neurons), ``'dense1.b'`` ...
    layers : list of models.stbp.architecture.Layer

    Returns
    -------
    dict of str to ndarray
        The same names; kernels flattened.

    Raises
    ------
    SuiteError
        If a weight is missing, of another shape, or not finite.
    """
    check_weights(layers, weights)
    state = {}
    for layer in layers:
        for name in layer.parameters:
            value = np.array(weights[name], dtype=float)
            if not np.isfinite(value).all():
                raise SuiteError(f"weights {name} hold NaN or infinity")
            state[name] = value.ravel() if layer.kind == "convolution" else value
    return state


def weights_of(state: Weights, layers: list[Layer]) -> Weights:
    """The reverse of `state_of`.

    Parameters
    ----------
    state : dict of str to ndarray
        It may hold more than the weights.
    layers : list of models.stbp.architecture.Layer

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    SuiteError
        If the state is that of another network.
    """
    weights = {}
    for layer in layers:
        for name, shape in layer.parameters.items():
            if name not in state:
                raise SuiteError(f"the Brian2 network has no {name}: it is another network than "
                                 "that of the weights")
            value = np.array(state[name], dtype=float)
            flat = layer.kind == "convolution" and value.shape == (np.prod(shape),)
            if value.shape != shape and not flat:
                raise SuiteError(f"the Brian2 network's {name} is of shape {value.shape}, the "
                                 f"weights need {shape}: it is another network")
            weights[name] = value.reshape(shape)
    return weights


def read_weights(description: NetworkDescription, layers: list[Layer]) -> Weights:
    """Weights and biases of live groups, on Brian2's runtime device.

    Parameters
    ----------
    description : models.devices.network_description.NetworkDescription
        From `models.stbp.groups.stbp_network`.
    layers : list of models.stbp.architecture.Layer

    Returns
    -------
    dict of str to ndarray
        float64 copies, with which `models.stbp.build.build` makes a network that trains on.

    Raises
    ------
    SuiteError
        If the groups are of another shape.
    """
    shapes = description.shapes()
    return weights_of({
        name: np.array(owner.variables[variable].get_value()).reshape(shapes[name])
        for name, (owner, variable) in description.state.items()}, layers)


def write_weights(description: NetworkDescription, layers: list[Layer],
                  weights: Weights) -> None:
    """Give live groups the companion's weights.

    Parameters
    ----------
    description, layers
        As for `read_weights`.
    weights : dict of str to ndarray
        As for `state_of`.

    Raises
    ------
    SuiteError
        If weights, layers and groups do not fit each other.
    """
    read_weights(description, layers)
    for name, value in state_of(weights, layers).items():
        owner, variable = description.state[name]
        owner.variables[variable].set_value(value.ravel())
