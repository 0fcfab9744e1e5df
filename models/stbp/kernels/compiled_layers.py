"""Layers with compiled loops in the place of NumPy's.

A unit computes a layer, or two that are better computed together. Between units spikes go as uint8
arrays (samples, T, ...) with a scale: what an array counts is array*scale, so that the means of
pooling are counts, too.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import SuiteError
from models.shared.kernels.buffers import Buffers
from models.stbp.convolution import AveragePool, Convolution
from models.stbp.kernels import convolution_loops, dense_loops
from models.stbp.kernels.events import encode
from models.stbp.kernels.neuron_constants import at_edge, constants
from models.stbp.layers import Dense, Flatten
from models.stbp.neuron import Neurons

CHUNK = 1 << 18
"""Numbers of a product for the gradient by a convolution's inputs; it stays in the cache."""

Gradients = tuple[NDArray | None, list[dict[str, NDArray]]]
"""The loss's derivative by a unit's inputs, and the gradients of its layers."""


class CompiledLayers:
    """A network's layers; `forward` and `backward` as those of `models.stbp.Network`.

    Parameters
    ----------
    layers : list
    """

    def __init__(self, layers: list):
        self.units = _units(layers)

    def forward(self, inputs: NDArray) -> tuple[NDArray, list]:
        """As `models.stbp.Network.forward`."""
        if len(inputs) < 1:
            raise SuiteError("a presentation needs at least one time step")
        real = self.units[-1].real
        if inputs.dtype == bool:
            inputs = inputs.view(np.uint8)
        elif inputs.dtype not in (np.uint8, np.float32, np.float64):
            inputs = inputs.astype(real)
        x = np.ascontiguousarray(inputs.swapaxes(0, 1))
        scale = 1.0
        kept = []
        for unit in self.units:
            x, scale, own = unit.forward(x, scale)
            kept.append(own)
        outputs = np.ascontiguousarray(x.swapaxes(0, 1))
        return outputs.astype(real, copy=False), [outputs.shape, *kept]

    def backward(self, spatial: NDArray, kept: list) -> list[dict[str, NDArray]]:
        """As `models.stbp.Network.backward`."""
        shape, *kept = kept
        # Compiled loops do not look at the bounds of arrays.
        if spatial.shape != shape:
            raise SuiteError(f"the loss's derivative has the shape {spatial.shape}, the outputs "
                             f"have {shape}")
        spatial = np.array(spatial.swapaxes(0, 1), self.units[-1].real, order="C")
        gradients = []
        for k in range(len(self.units) - 1, -1, -1):
            below = any(layer.parameters for u in self.units[:k] for layer in u.layers)
            if not below and not any(layer.parameters for layer in self.units[k].layers):
                gradients = [{}] * len(self.units[k].layers) + gradients
                continue
            spatial, own = self.units[k].backward(spatial, kept[k], below)
            gradients = own + gradients
        return gradients


def _units(layers):
    """Layers in groups that one unit computes."""
    types = {p.dtype for layer in layers for p in layer.parameters.values()}
    real = types.pop().type if len(types) == 1 else None

    def is_covered(layer, kind):
        return (isinstance(layer, kind) and isinstance(layer.w, np.ndarray)
                and real in (np.float32, np.float64) and isinstance(layer.neurons, Neurons)
                and not layer.neurons.smooth and layer.neurons.gradient != "literal")

    found = []
    k = 0
    while k < len(layers):
        pair = layers[k:k + 2]
        if len(pair) == 2 and isinstance(pair[0], Flatten) and is_covered(pair[1], Dense):
            unit = DenseUnit(pair)
        elif is_covered(pair[0], Dense):
            unit = DenseUnit(pair[:1])
        elif is_covered(pair[0], Convolution):
            pooled = isinstance(pair[-1], AveragePool) and pair[-1].size < 16
            unit = ConvolutionUnit(pair[:1 + pooled])
        else:
            unit = PlainUnit(pair[:1], real or np.float32)
        found.append(unit)
        k += len(unit.layers)
    return found


class DenseUnit:
    """`Dense`, and `Flatten` before it.

    Parameters
    ----------
    layers : list
    """

    def __init__(self, layers):
        self.layers = layers
        self.layer = layers[-1]
        self.buffers = Buffers()
        self.real = self.layer.w.dtype.type
        self.constants = constants(self.layer.neurons, self.real)

    def forward(self, x: NDArray, scale: float) -> tuple[NDArray, float, Any]:
        """Spikes.

        Parameters
        ----------
        x : ndarray, shape (samples, T, ...), contiguous
        scale : float
            What x counts is x*scale.

        Returns
        -------
        o : ndarray of uint8, shape (samples, T, neurons)
        scale : float
        kept : tuple
            For `backward`.
        """
        samples, steps = x.shape[:2]
        flat = x.reshape(samples, steps, -1) if len(self.layers) == 2 else x
        w = self.layer.w
        b = self.layer.b
        self.layer.check((steps, samples, *flat.shape[2:]))
        code = encode(flat, self.real(scale), True, self.buffers, not at_edge(self.constants, b))
        u = self.buffers.empty("u", (samples, steps, len(b)), self.real)
        o = self.buffers.empty("o", u.shape, np.uint8)
        dense_loops.dense_forward(code, w, b, self.constants, u, o)
        return o, 1.0, (x.shape, code, u)

    def backward(self, spatial: NDArray, kept: Any, needed: bool) -> Gradients:
        """Gradients.

        Parameters
        ----------
        spatial : ndarray, shape (samples, T, neurons)
            Overwritten.
        kept : tuple
        needed : bool
            Whether there is a layer below.

        Returns
        -------
        below : ndarray, shape (samples, T, ...), or None
        gradients : list of dict
            By layer.
        """
        shape, code, u = kept
        w = np.empty_like(self.layer.w)
        b = np.empty_like(self.layer.b)
        dense_loops.dense_backward(code, self.constants, u, spatial, needed, w, b)
        below = None
        if needed:
            below = self.buffers.empty("below", shape, self.real)
            np.matmul(spatial.reshape(-1, len(b)), self.layer.w.T,
                      out=below.reshape(-1, len(w)))
        return below, [{}] * (len(self.layers) - 1) + [{"w": w, "b": b}]


class ConvolutionUnit:
    """`Convolution`, and `AveragePool` after it.

    Parameters
    ----------
    layers : list
    """

    def __init__(self, layers):
        self.layers = layers
        self.layer = layers[0]
        self.buffers = Buffers()
        self.size = layers[1].size if len(layers) == 2 else 1
        self.real = self.layer.w.dtype.type
        self.constants = constants(self.layer.neurons, self.real)
        self.maps = _filled_up(self.layer.w.shape[3])

    def _geometry(self, shape):
        """As `convolution_loops.convolve`."""
        height, width, channels, _ = self.layer.w.shape
        return (shape[3], channels, height, width, shape[2] - height + 1, shape[3] - width + 1,
                self.maps)

    def forward(self, x: NDArray, scale: float) -> tuple[NDArray, float, Any]:
        """As `DenseUnit.forward`; x is (samples, T, height, width, channels)."""
        samples, steps = x.shape[:2]
        self.layer.check((steps, samples, *x.shape[2:]))
        geometry = self._geometry(x.shape)
        rows, columns = geometry[4:6]
        maps = self.layer.w.shape[3]
        if len(self.layers) == 2:
            self.layers[1].check((steps, samples, rows, columns, maps))
        code = encode(x.reshape(samples, steps, -1), self.real(scale), False, self.buffers,
                      not at_edge(self.constants, self.layer.b))
        kernels = np.zeros((*self.layer.w.shape[:3], self.maps), self.real)
        kernels[..., :maps] = self.layer.w[:, ::-1]
        b = np.zeros(self.maps, self.real)
        b[:maps] = self.layer.b
        u = self.buffers.empty("u", (samples, steps, rows * columns * self.maps), self.real)
        pooled = self.buffers.empty(
            "pooled", (samples, steps, rows // self.size, columns // self.size, maps), np.uint8)
        convolution_loops.convolution_forward(
            code, kernels.transpose(0, 2, 1, 3).ravel(), b, geometry, self.size, self.constants, u,
            pooled)
        return pooled, 1 / self.size**2, (x.shape, code, u)

    def backward(self, spatial: NDArray, kept: Any, needed: bool) -> Gradients:
        """As `DenseUnit.backward`; spatial is not changed."""
        shape, code, u = kept
        height, width, channels, maps = self.layer.w.shape
        geometry = self._geometry(shape)
        du = self.buffers.empty("du", u.shape if needed else (2, 1, u.shape[2]), self.real)
        kernels = np.empty(height * channels * width * self.maps, self.real)
        b = np.empty(self.maps, self.real)
        convolution_loops.convolution_backward(
            code, geometry, self.size, self.constants, u, spatial, self.real(1 / self.size**2), du,
            kernels, b)
        mirrored = kernels.reshape(height, channels, width, self.maps).transpose(0, 2, 1, 3)
        gradients = [{"w": np.ascontiguousarray(mirrored[:, ::-1, :, :maps]), "b": b[:maps].copy()}]
        below = self._below(du, shape, geometry) if needed else None
        return below, gradients + [{}] * (len(self.layers) - 1)

    def _below(self, du, shape, geometry):
        """The loss's derivative by the inputs."""
        height, width, channels, maps = self.layer.w.shape
        rows, columns = geometry[4:6]
        n = _filled_up(width * channels)
        w = np.zeros((self.maps, height, n), self.real)
        w[:maps, :, :width * channels] = self.layer.w.reshape(height, -1, maps).transpose(2, 0, 1)
        w = w.reshape(self.maps, -1)
        below = self.buffers.empty("below", np.prod(shape) + 8, self.real)
        below[:] = 0
        du = du.reshape(-1, rows * columns, self.maps)
        images = max(1, CHUNK // (rows * columns * height * n))
        patches = self.buffers.empty("patches", (images, rows, columns, height, n), self.real)
        for k in range(0, len(du), images):
            part = du[k:k + images].reshape(-1, self.maps)
            own = patches[:len(du) - k]
            np.matmul(part, w, out=own.reshape(len(part), -1))
            convolution_loops.add_patches(own, below, k, geometry, shape[2])
        return below[:-8].reshape(shape)


def _filled_up(n):
    """The next multiple of 8, the numbers of `models.shared.kernels.vectors.add_scaled`."""
    return math.ceil(n / 8) * 8


class PlainUnit:
    """Any other layer, by NumPy.

    Parameters
    ----------
    layers : list
        One.
    real : type
    """

    def __init__(self, layers, real):
        self.layers = layers
        self.layer = layers[0]
        self.real = real

    def forward(self, x: NDArray, scale: float) -> tuple[NDArray, float, Any]:
        """As `DenseUnit.forward`."""
        inputs = x.swapaxes(0, 1)
        if scale != 1:
            inputs = inputs * self.real(scale)
        outputs, kept = self.layer.forward(inputs)
        return np.ascontiguousarray(outputs.swapaxes(0, 1)), 1.0, kept

    def backward(self, spatial: NDArray, kept: Any, needed: bool) -> Gradients:
        """As `DenseUnit.backward`."""
        below, gradients = self.layer.backward(spatial.swapaxes(0, 1), kept, needed)
        return None if below is None else np.ascontiguousarray(below.swapaxes(0, 1)), [gradients]
