"""Units of the non-spiking twins: the same layers with rectified units and one step."""

from numpy.typing import NDArray


class Rectifiers:
    """Rectified linear units; the output layer is linear.

    Parameters
    ----------
    output : bool
        Whether they are the network's last.
    """

    def __init__(self, output: bool = False):
        self.output = output

    def forward(self, x: NDArray) -> tuple[NDArray, NDArray]:
        """Activities for the weighted inputs.

        Parameters
        ----------
        x : ndarray, shape (1, samples, ...)

        Returns
        -------
        o : ndarray, shape of x
        x : ndarray
            The argument.
        """
        return (x if self.output else x * (x > 0)), x

    def backward(self, spatial: NDArray, o: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
        """As `models.stbp.neuron.Neurons.backward`."""
        du = spatial if self.output else spatial * (x > 0)
        return du, du
