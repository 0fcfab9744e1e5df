"""A network of the companion from its layers and weights, and back."""

import math

import numpy as np

from models.errors import SuiteError
from models.shared.resources import check_fits
from models.stbp.convolution import AveragePool, Convolution
from models.stbp.initial import normalised_uniform
from models.stbp.layers import Dense, Flatten
from models.stbp.network import Network
from models.stbp.neuron import Neurons
from models.stbp.rectifier import Rectifiers


def build(layers, weights, neurons, gradient="exact", kernels="numpy"):
    """Make a network.

    The inputs may have any shape (T, samples, ...) with as many elements as it takes.

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
        w, b = weights[f"{layer.name}.w"], weights[f"{layer.name}.b"]
        if layer.kind == "convolution":
            made.append(Convolution(w, b, own))
            continue
        if not made or isinstance(made[-1], (Convolution, AveragePool)):
            made.append(Flatten())
        made.append(Dense(w, b, own))
    return Network(made, kernels)


def check_weights(layers, weights):
    """Refuse weights that do not fit the layers.

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


def initial_weights(layers, rng, dtype=np.float32):
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
            weights[name] = (normalised_uniform(rng, shape, dtype) if name.endswith(".w")
                             else np.zeros(shape, dtype))
    return weights


def balance(layers, weights, neurons, inputs):
    """Scale each layer's weights until its neurons come near the threshold, in place.

    Eq. 29-30 know neither the threshold nor the input's rate: with V_th = 1.5 on MNIST they are
    dead (`equations.wu2018.IterativeLIF`). Here, layer after layer, the weights' norm is chosen so
    that the root mean square of the weighted input is V_th (after Mishkin & Matas 2016, All you
    need is a good init); 1 for rectified units, 0.1 for the linear ones of their output.

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
        if neurons is None and layer is network.layers[-1]:
            # A linear output starts near 0, or training must first unlearn it.
            goal = 0.1
        else:
            goal = neurons.V_th if neurons else 1
        if layer.parameters:
            drive = layer.drive(inputs) - layer.b
            rms = float((drive * drive).mean(dtype=np.float64)) ** 0.5
            if rms > 0:
                layer.w *= goal / rms
        inputs, _ = layer.forward(inputs)
