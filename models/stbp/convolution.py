"""Convolution and average pooling over (T, samples, height, width, channels)."""

from typing import Any

from numpy.typing import NDArray

from models.errors import SuiteError
from models.shared.array_module import module_of
from models.stbp.layers import check_parameters
from models.stbp.neuron import Neurons
from models.stbp.rectifier import Rectifiers


class Convolution:
    """Shared kernels, no padding, stride 1; then the neurons.

    Parameters
    ----------
    w : ndarray, shape (height, width, channels, maps)
    b : ndarray, shape (maps,)
    neurons : models.stbp.neuron.Neurons or models.stbp.rectifier.Rectifiers

    Raises
    ------
    SuiteError
        If the shapes do not fit, or a value is not finite.
    """

    def __init__(self, w: NDArray, b: NDArray, neurons: Neurons | Rectifiers):
        check_parameters(w, b, 4)
        self.w = w
        self.b = b
        self.neurons = neurons

    @property
    def parameters(self) -> dict[str, NDArray]:
        """``{name: array}``."""
        return {"w": self.w, "b": self.b}

    def forward(self, inputs: NDArray) -> tuple[NDArray, tuple]:
        """As `models.stbp.layers.Dense.forward`.

        Raises
        ------
        SuiteError
            If the channels differ or the image is smaller than the kernel.
        """
        o, u = self.neurons.forward(self.drive(inputs))
        return o, (inputs, o, u)

    def drive(self, inputs: NDArray) -> NDArray:
        """As `models.stbp.layers.Dense.drive`."""
        self.check(inputs.shape)
        height, width, _, maps = self.w.shape
        steps, samples = inputs.shape[:2]
        shape = (steps, samples, inputs.shape[2] - height + 1, inputs.shape[3] - width + 1, maps)
        x = module_of(inputs).empty(shape, self.w.dtype)
        kernels = self.w.reshape(-1, maps)
        # Steps are taken one at a time: the patches of one stay in the cache.
        for t in range(steps):
            x[t] = (self._patches(inputs[t]) @ kernels).reshape(shape[1:])
        x += self.b
        return x

    def check(self, shape: tuple[int, ...]) -> None:
        """As `models.stbp.layers.Dense.check`."""
        height, width, channels, _ = self.w.shape
        if len(shape) != 5 or shape[4] != channels or shape[2] < height or shape[3] < width:
            raise SuiteError(
                f"kernels of {height} x {width} x {channels} cannot take an array of shape "
                f"{shape} (time steps, samples, height, width, channels)")

    def backward(self, spatial: NDArray, kept: Any, needed: bool = True
                 ) -> tuple[NDArray | None, dict[str, NDArray]]:
        """As `models.stbp.layers.Dense.backward`."""
        inputs, o, u = kept
        du, passed = self.neurons.backward(spatial, o, u)
        xp = module_of(u)
        height, width, channels, maps = self.w.shape
        kernels = self.w.reshape(-1, maps)
        gradient = xp.zeros_like(kernels)
        below = xp.zeros(inputs.shape, u.dtype) if needed else None
        rows, columns = du.shape[2:4]
        for t in range(len(inputs)):
            gradient += self._patches(inputs[t]).T @ du[t].reshape(-1, maps)
            if needed:
                # Each place in the kernel has a product of its own: what that adds to is then in
                # one piece.
                flat = passed[t].reshape(-1, maps)
                for i in range(height):
                    for j in range(width):
                        part = (flat @ self.w[i, j].T).reshape(-1, rows, columns, channels)
                        below[t, :, i:i + rows, j:j + columns] += part
        return below, {"w": gradient.reshape(self.w.shape),
                       "b": du.reshape(-1, maps).sum(0)}

    def _patches(self, images):
        """What each kernel position sees, shape (samples*rows*columns, height*width*channels)."""
        height, width, channels, _ = self.w.shape
        windows = module_of(images).lib.stride_tricks.sliding_window_view(
            images.astype(self.w.dtype, copy=False), (height, width), (1, 2))
        return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, height * width * channels)


class AveragePool:
    """Mean over squares that do not overlap; not spikes any more, but a share of them.

    Parameters
    ----------
    size : int

    Raises
    ------
    SuiteError
        If the size is not positive.
    """

    parameters = {}

    def __init__(self, size: int):
        if size < 1:
            raise SuiteError(f"squares of {size} pixels; they need one or more")
        self.size = size

    def forward(self, inputs: NDArray) -> tuple[NDArray, tuple]:
        """As `models.stbp.layers.Dense.forward`.

        Raises
        ------
        SuiteError
            If these are no images, or no multiple of the squares.
        """
        self.check(inputs.shape)
        k = self.size
        steps, samples, height, width, channels = inputs.shape
        split = inputs.reshape(steps, samples, height // k, k, width // k, k, channels)
        # The means of integers are of double precision.
        kind = inputs.dtype if inputs.dtype.kind == "f" else None
        return split.mean((3, 5), dtype=kind), inputs.shape

    def check(self, shape: tuple[int, ...]) -> None:
        """As `models.stbp.layers.Dense.check`."""
        if len(shape) != 5:
            raise SuiteError(f"pooling takes (T, samples, height, width, channels), not {shape}")
        k = self.size
        height, width = shape[2:4]
        if height % k or width % k:
            raise SuiteError(f"squares of {k} do not fill an image of {height} x {width}")

    def backward(self, spatial: NDArray, kept: Any, needed: bool = True
                 ) -> tuple[NDArray | None, dict[str, NDArray]]:
        """As `models.stbp.layers.Dense.backward`."""
        if not needed:
            return None, {}
        k = self.size
        return (spatial / k**2).repeat(k, 2).repeat(k, 3), {}
