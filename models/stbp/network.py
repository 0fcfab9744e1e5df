"""A network as a list of layers, and the loss on its output rates."""

import math

import numpy as np
from numpy.typing import NDArray

from models.errors import SuiteError

KERNELS = ("numpy", "numba")


class Network:
    """Layers one after the other.

    Parameters
    ----------
    layers : list
        Of `Dense`, `Flatten`, `Convolution`, `AveragePool`.
    kernels : {'numpy', 'numba'}
        What computes on the CPU: NumPy alone, or loops compiled by Numba. These are for spiking
        layers of float32 or float64 and all gradients but 'literal'; others are left to NumPy.
        Both give the same sums in another order.

    Attributes
    ----------
    vanished : bool
        Whether all gradients of the last batch were exactly zero.

    Raises
    ------
    SuiteError
        If the kernels are unknown or Numba is missing.
    """

    vanished = False

    def __init__(self, layers: list, kernels: str = "numpy"):
        if kernels not in KERNELS:
            raise SuiteError(f"unknown kernels {kernels!r}: choose one of {', '.join(KERNELS)}")
        self.layers = list(layers)
        self.kernels = kernels
        self._compiled = None
        if kernels == "numba":
            from models.stbp.kernels import CompiledLayers
            self._compiled = CompiledLayers(self.layers)

    @property
    def parameters(self) -> list[dict[str, NDArray]]:
        """Parameters of each layer, a list of dicts of arrays; changed in place by optimisers."""
        return [layer.parameters for layer in self.layers]

    def forward(self, inputs: NDArray) -> tuple[NDArray, list]:
        """Spikes of the last layer.

        Parameters
        ----------
        inputs : ndarray, shape (T, samples, ...)
            Floating-point numbers, or spikes as bool or uint8.

        Returns
        -------
        outputs : ndarray, shape (T, samples, classes)
        kept : list
            For `backward`.

        Raises
        ------
        SuiteError
            If there is no time step or no sample, or a number is not finite.
        """
        if inputs.ndim < 3 or min(inputs.shape[:2]) < 1:
            raise SuiteError(f"inputs of shape {inputs.shape}: a presentation needs at least one "
                             "time step and one sample, (T, samples, ...)")
        # On a GPU the host would have to wait for the answer.
        if (isinstance(inputs, np.ndarray) and inputs.dtype.kind == "f"
                and not np.isfinite(inputs).all()):
            raise SuiteError("the inputs hold NaN or infinity; they must be finite")
        if self._compiled and isinstance(inputs, np.ndarray):
            return self._compiled.forward(inputs)
        kept = []
        for layer in self.layers:
            inputs, own = layer.forward(inputs)
            kept.append(own)
        return inputs, [*kept, inputs.shape]

    def backward(self, spatial: NDArray, kept: list) -> list[dict[str, NDArray]]:
        """Gradients of all layers.

        Parameters
        ----------
        spatial : ndarray, shape (T, samples, classes)
            The loss's derivative by the outputs.
        kept : list
            From `forward`.

        Returns
        -------
        list of dict of str to ndarray
            As `parameters`.

        Raises
        ------
        SuiteError
            If the derivative's shape is not that of the outputs.
        """
        if self._compiled and isinstance(spatial, np.ndarray):
            return self._compiled.backward(spatial, kept)
        if spatial.shape != kept[-1]:
            raise SuiteError(f"derivatives of shape {spatial.shape} for outputs of {kept[-1]}: "
                             "they must be alike")
        gradients = [{} for _ in self.layers]
        first = min((k for k, p in enumerate(self.parameters) if p), default=0)
        for k in range(len(self.layers) - 1, first - 1, -1):
            spatial, gradients[k] = self.layers[k].backward(spatial, kept[k], k > first)
        return gradients

    def gradients(self, inputs: NDArray, targets: NDArray, may_vanish: bool = False
                  ) -> tuple[NDArray, list[dict[str, NDArray]], NDArray]:
        """Loss and gradients for a batch.

        Parameters
        ----------
        inputs : ndarray, shape (T, samples, ...)
        targets : ndarray, shape (samples, classes)
        may_vanish : bool
            Accept gradients that are all zero: with few samples this happens in training.

        Returns
        -------
        loss : ndarray of no dimension
        gradients : list of dict
        outputs : ndarray, shape (T, samples, classes)

        Raises
        ------
        SuiteError
            If all gradients are exactly zero and the outputs no better than silence, or a
            gradient is not finite. Where the samples are nearly fitted, no gradient at all is
            no error: the few membrane potentials that matter are outside the surrogate.
        """
        outputs, kept = self.forward(inputs)
        loss, spatial = rate_loss(outputs, targets)
        gradients = self.backward(spatial, kept)
        total = float(sum(abs(g).sum() for layer in gradients for g in layer.values()))
        self.vanished = total == 0
        if not math.isfinite(total):
            raise SuiteError("a gradient is not finite: lower the learning rate or look for NaN "
                             "in the data")
        if total == 0 and not may_vanish and self._learned_nothing(outputs, targets, loss):
            raise SuiteError(
                "all gradients are exactly zero: the input is silent" if not inputs.any() else
                "all gradients are exactly zero: no membrane potential comes near the threshold. "
                "Lower V_th (0.4 to 0.5 for MNIST), draw the biases from U(0, V_th), or widen "
                "the surrogate; if this comes after some training, lower the learning rate")
        return loss, gradients, outputs

    @staticmethod
    def _learned_nothing(outputs, targets, loss):
        """Whether silent outputs would do as well."""
        return 0 < float(rate_loss(0 * outputs, targets)[0]) <= float(loss)


def rate_loss(outputs: NDArray, targets: NDArray) -> tuple[NDArray, NDArray]:
    """Half the squared distance of the output rates from the targets (Eq. 9), per sample.

    Parameters
    ----------
    outputs : ndarray, shape (T, samples, classes)
    targets : ndarray, shape (samples, classes)

    Returns
    -------
    loss : ndarray of no dimension
        Mean over the samples.
    spatial : ndarray, shape of outputs
        Its derivative by the outputs (Eq. 11), the same in every time step.

    Raises
    ------
    SuiteError
        If the targets' shape is not (samples, classes).
    """
    if targets.shape != outputs.shape[1:]:
        raise SuiteError(f"targets of shape {targets.shape} do not fit outputs of shape "
                         f"{outputs.shape} (time steps, samples, classes)")
    missing = targets - outputs.mean(0)
    steps, samples = outputs.shape[:2]
    spatial = (missing * (-1 / (steps * samples)))[None].repeat(steps, 0)
    return 0.5 * (missing * missing).sum() / samples, spatial
