"""A network of the companion from its layers and weights, and the weights that it starts with."""

import math

import numpy as np
from numpy.typing import DTypeLike, NDArray

from equations.wu2018 import IterativeLIF
from models.errors import SuiteError
from models.shared.resources import check_fits
from models.stbp.architecture import Layer
from models.stbp.convolution import AveragePool, Convolution
from models.stbp.initial import normalised_uniform
from models.stbp.layers import Dense, Flatten
from models.stbp.network import Network
from models.stbp.neuron import Neurons
from models.stbp.rectifier import Rectifiers

Weights = dict[str, NDArray]
"""Arrays by names such as ``'conv1.w'``, ``'conv1.b'``."""


def build(layers: list[Layer], weights: Weights, neurons: IterativeLIF | None,
          gradient: str = "exact", kernels: str = "numpy") -> Network:
    """Make a network.

    Its inputs may have any shape (T, samples, ...) with as many elements as it takes.

    Parameters
    ----------
    layers : list of models.stbp.architecture.Layer
    weights : dict of str to ndarray
        ``'conv1.w'``, ``'conv1.b'`` ...; the network changes these arrays when it learns.
    neurons : equations.wu2018.IterativeLIF or None
        None: the non-spiking twin, with rectified units.
    gradient : str
        A key of `models.stbp.GRADIENTS`.
    kernels : {'numpy', 'numba'}
        What computes on the CPU.

    Returns
    -------
    Network

    Raises
    ------
    SuiteError
        If a weight is missing, of another shape, or not finite.
    """
    check_weights(layers, weights)
    made = []
    for layer in layers:
        if layer.kind == "pool":
            made.append(AveragePool(layer.size))
            continue
        output = layer.name == "output"
        own = Neurons(neurons, gradient, output) if neurons else Rectifiers(output)
        w = weights[f"{layer.name}.w"]
        b = weights[f"{layer.name}.b"]
        if layer.kind == "convolution":
            made.append(Convolution(w, b, own))
            continue
        if not made or isinstance(made[-1], (Convolution, AveragePool)):
            made.append(Flatten())
        made.append(Dense(w, b, own))
    return Network(made, kernels)


def check_weights(layers: list[Layer], weights: Weights) -> None:
    """Refuse weights that do not fit the layers.

    Parameters
    ----------
    layers : list of models.stbp.architecture.Layer
    weights : dict of str to ndarray

    Raises
    ------
    SuiteError
        If a weight is missing or of another shape.
    """
    for layer in layers:
        for name, shape in layer.parameters.items():
            if name not in weights:
                raise SuiteError(f"the weights lack {name}: they belong to another network")
            if weights[name].shape != shape:
                raise SuiteError(f"weights {name} are of shape {weights[name].shape}, the network "
                                 f"needs {shape}: they belong to another network")


def initial_weights(layers: list[Layer], rng: np.random.Generator,
                    dtype: DTypeLike = np.float32) -> Weights:
    """Weights by Eq. 29-30, biases 0.

    Parameters
    ----------
    layers : list of models.stbp.architecture.Layer
    rng : numpy.random.Generator
    dtype : numpy dtype

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    SuiteError
        If the network is too large for this machine.
    """
    check_fits(sum(math.prod(shape) for layer in layers for shape in layer.parameters.values()))
    weights = {}
    for layer in layers:
        for name, shape in layer.parameters.items():
            if name.endswith(".w"):
                weights[name] = normalised_uniform(rng, shape, dtype)
            else:
                weights[name] = np.zeros(shape, dtype)
    return weights


def balance(layers: list[Layer], weights: Weights, neurons: IterativeLIF | None,
            inputs: NDArray) -> None:
    """Scale each layer's weights until its neurons come near the threshold, in place.

    Eq. 29-30 know neither the threshold nor the input's rate: with V_th = 1.5 on MNIST the neurons
    are dead (`equations.wu2018.IterativeLIF`). Here, layer after layer, the weights' norm is chosen
    so that the root mean square of the weighted input is V_th (after Mishkin & Matas 2016, All you
    need is a good init). For rectified units it is 1, for the linear ones of their output 0.1.

    Parameters
    ----------
    layers : list of models.stbp.architecture.Layer
    weights : dict of str to ndarray
    neurons : equations.wu2018.IterativeLIF or None
    inputs : ndarray, shape (T, samples, ...)
        Some training samples.
    """
    network = build(layers, weights, neurons)
    for layer in network.layers:
        if layer.parameters:
            drive = layer.drive(inputs) - layer.b
            rms = float((drive * drive).mean(dtype=np.float64)) ** 0.5
            if rms > 0:
                layer.w *= _goal(neurons, layer is network.layers[-1]) / rms
        inputs, _ = layer.forward(inputs)


def _goal(neurons, last):
    """Root mean square of the weighted input of balanced neurons."""
    if neurons:
        return neurons.V_th
    # A linear output starts near 0, or training must first unlearn it.
    return 0.1 if last else 1
