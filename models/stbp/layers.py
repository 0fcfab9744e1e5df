"""Layers of weights: fully connected, and the change of shape before it."""

from models.errors import SuiteError
from models.stbp.arrays import module_of


class Dense:
    """All inputs to all neurons, Eq. 3-4.

    Parameters
    ----------
    w : ndarray, shape (inputs, neurons)
    b : ndarray, shape (neurons,)
    neurons : models.stbp.neuron.Neurons

    Raises
    ------
    SuiteError
        If the shapes do not fit, or a value is not finite.
    """

    def __init__(self, w, b, neurons):
        _check(w, b, 2)
        self.w, self.b, self.neurons = w, b, neurons

    @property
    def parameters(self):
        """``{name: array}``."""
        return {"w": self.w, "b": self.b}

    def forward(self, inputs):
        """Spikes of all time steps.

        Parameters
        ----------
        inputs : ndarray, shape (T, samples, inputs)

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

    def drive(self, inputs):
        """Weighted inputs with the bias (Eq. 3-4), of the outputs' shape."""
        if inputs.ndim != 3 or inputs.shape[2] != len(self.w):
            raise SuiteError(f"a layer of {len(self.w)} inputs cannot take an array of shape "
                             f"{inputs.shape} (time steps, samples, inputs)")
        steps, samples, n = inputs.shape
        x = inputs.reshape(-1, n) @ self.w
        x += self.b
        return x.reshape(steps, samples, -1)

    def backward(self, spatial, kept, needed=True):
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
        n, m = self.w.shape
        flat = du.reshape(-1, m)
        gradients = {"w": inputs.reshape(-1, n).T @ flat, "b": flat.sum(0)}
        below = (passed.reshape(-1, m) @ self.w.T).reshape(inputs.shape) if needed else None
        return below, gradients


class Flatten:
    """(T, samples, height, width, channels) to (T, samples, inputs)."""

    parameters = {}

    def forward(self, inputs):
        """As `Dense.forward`."""
        return inputs.reshape(*inputs.shape[:2], -1), inputs.shape

    def backward(self, spatial, kept, needed=True):
        """As `Dense.backward`."""
        return spatial.reshape(kept) if needed else None, {}


def _check(w, b, dimensions):
    if w.ndim != dimensions or b.shape != w.shape[-1:]:
        raise SuiteError(f"weights of shape {w.shape} and biases of shape {b.shape} do not fit")
    for array, what in ((w, "weights"), (b, "biases")):
        if not bool(module_of(array).isfinite(array).all()):
            raise SuiteError(f"the {what} hold NaN or infinity")
