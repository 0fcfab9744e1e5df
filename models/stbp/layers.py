"""Layers of weights: fully connected, and the change of shape before it."""

from typing import Any

from numpy.typing import DTypeLike, NDArray

from models.errors import SuiteError
from models.shared.array_module import module_of
from models.stbp.neuron import Neurons
from models.stbp.rectifier import Rectifiers


class Dense:
    """All inputs to all neurons, Eq. 3-4.

    Parameters
    ----------
    w : ndarray, shape (inputs, neurons)
    b : ndarray, shape (neurons,)
    neurons : models.stbp.neuron.Neurons or models.stbp.rectifier.Rectifiers

    Raises
    ------
    SuiteError
        If the shapes do not fit, or a value is not finite.
    """

    def __init__(self, w: NDArray, b: NDArray, neurons: Neurons | Rectifiers):
        check_parameters(w, b, 2)
        self.w = w
        self.b = b
        self.neurons = neurons

    @property
    def parameters(self) -> dict[str, NDArray]:
        """``{name: array}``."""
        return {"w": self.w, "b": self.b}

    def forward(self, inputs: NDArray) -> tuple[NDArray, tuple]:
        """Spikes of all time steps.

        Parameters
        ----------
        inputs : ndarray, shape (T, samples, inputs)
            Floating-point numbers, or spikes as bool or uint8.

        Returns
        -------
        outputs : ndarray, shape (T, samples, neurons)
        kept : tuple
            For `backward`.

        Raises
        ------
        SuiteError
            If the inputs are not as many as the weights'.
        """
        o, u = self.neurons.forward(self.drive(inputs))
        return o, (inputs, o, u)

    def drive(self, inputs: NDArray) -> NDArray:
        """Weighted inputs with the bias (Eq. 3-4), of the outputs' shape."""
        self.check(inputs.shape)
        active, used = _active(inputs, self.w.dtype)
        x = active @ self.w[used]
        x += self.b
        return x.reshape(*inputs.shape[:2], -1)

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse inputs of another shape.

        Raises
        ------
        SuiteError
        """
        if len(shape) != 3 or shape[2] != len(self.w):
            raise SuiteError(f"a layer of {len(self.w)} inputs cannot take an array of shape "
                             f"{shape} (time steps, samples, inputs)")

    def backward(self, spatial: NDArray, kept: tuple, needed: bool = True
                 ) -> tuple[NDArray | None, dict[str, NDArray]]:
        """Gradients of the parameters, and what the layer below needs.

        Parameters
        ----------
        spatial : ndarray, shape (T, samples, neurons)
            The loss's derivative by the outputs.
        kept : tuple
            From `forward`.
        needed : bool
            Whether there is a layer below.

        Returns
        -------
        spatial : ndarray, shape (T, samples, inputs), or None
        gradients : dict
            As `parameters`.
        """
        inputs, o, u = kept
        du, passed = self.neurons.backward(spatial, o, u)
        m = self.w.shape[1]
        flat = du.reshape(-1, m)
        active, used = _active(inputs, self.w.dtype)
        w = module_of(flat).zeros_like(self.w)
        w[used] = active.T @ flat
        below = None
        if needed:
            below = (passed.reshape(-1, m) @ self.w.T).reshape(inputs.shape)
        return below, {"w": w, "b": flat.sum(0)}


class Flatten:
    """(T, samples, height, width, channels) to (T, samples, inputs)."""

    parameters = {}

    def forward(self, inputs: NDArray) -> tuple[NDArray, tuple[int, ...]]:
        """As `Dense.forward`."""
        return inputs.reshape(*inputs.shape[:2], -1), inputs.shape

    def backward(self, spatial: NDArray, kept: Any, needed: bool = True
                 ) -> tuple[NDArray | None, dict[str, NDArray]]:
        """As `Dense.backward`."""
        return spatial.reshape(kept) if needed else None, {}


def _active(inputs: NDArray, dtype: DTypeLike):
    """Inputs as a matrix of `dtype`, (T*samples, active), and which are in it.

    Inputs given as integers are spikes; those that are silent in the whole batch are left out.
    """
    flat = inputs.reshape(-1, inputs.shape[2])
    if flat.dtype.kind not in "bu":
        return flat.astype(dtype, copy=False), slice(None)
    used = flat.any(0).nonzero()[0]
    return flat[:, used].astype(dtype), used


def check_parameters(w: NDArray, b: NDArray, dimensions: int) -> None:
    """Refuse weights and biases that cannot be those of a layer.

    Parameters
    ----------
    w : ndarray
        The last axis is that of the neurons or maps.
    b : ndarray
    dimensions : int
        Of the weights.

    Raises
    ------
    SuiteError
        If the shapes do not fit, or a value is not finite.
    """
    if w.ndim != dimensions or b.shape != w.shape[-1:]:
        raise SuiteError(f"weights of shape {w.shape} and biases of shape {b.shape} do not fit")
    for array, what in ((w, "weights"), (b, "biases")):
        if not bool(module_of(array).isfinite(array).all()):
            raise SuiteError(f"the {what} hold NaN or infinity")
