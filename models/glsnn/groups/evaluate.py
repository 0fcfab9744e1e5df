"""Trained weights shown images by the compiled Brian2 network."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equations.zhao2020.settings import Form, Neurons
from models.devices import compile_network
from models.errors import SuiteError
from models.glsnn.groups.network import glsnn_network, sample_steps
from models.shared.layered import layer_names, layered_shapes


@dataclass
class Shown:
    """What the groups did, by layer behind the input.

    Attributes
    ----------
    counts : list of ndarray of int, shape (samples, neurons)
        Spikes.
    potentials : list of ndarray, shape (samples, neurons)
        V after the last step.
    activities : list of ndarray, shape (samples, neurons)
        S that is learned from; the last are the outputs.
    """

    counts: list
    potentials: list
    activities: list


class BrianNetwork:
    """A network of Brian2 groups, compiled once and run with any weights.

    Parameters
    ----------
    sizes : tuple of int
    form : equations.zhao2020.settings.Form
    device : {'cpp_standalone', 'runtime'}
    observe : bool
        Needed by `spikes`.
    precision : {'float64', 'float32'}
    capacity : int
        Samples of one call of the program.
    announce : callable, optional
        Takes a line before the network is compiled (`models.devices.compile_network`).

    Attributes
    ----------
    cpu_seconds : float
        Processor time of the last call.

    Raises
    ------
    SuiteError
        If the device or precision is unknown, or there is no C++ compiler.
    """

    def __init__(self, sizes: tuple[int, ...], form: Form, device: str = "cpp_standalone",
                 observe: bool = False, precision: str = "float64", capacity: int = 500,
                 announce: Callable[[str], None] | None = None):
        self.sizes = sizes
        self.form = form
        self.observe = observe
        self.capacity = capacity
        self.layers = layer_names(sizes)[1:]
        self.cpu_seconds = 0.0

        def network():
            return glsnn_network(sizes, form, capacity, observe)

        self._network = compile_network(network, device, "GLSNN", precision, announce=announce)

    def __call__(self, arrays: dict[str, NDArray], inputs: NDArray) -> Shown:
        """Show images.

        Parameters
        ----------
        arrays : dict of str to ndarray
            Weights and biases, as the companion's.
        inputs : ndarray, shape (samples, inputs), in [0, 1]

        Raises
        ------
        SuiteError
            If weights or images do not fit the network, or the device fails.
        """
        parts = [records for _, records in self._shown(arrays, inputs)]

        def layers(variable):
            return [np.concatenate([part.per_sample(f"{layer}.{variable}") for part in parts])
                    for layer in self.layers]

        return Shown(layers("n"), layers("V_end"), layers("S_read"))

    def spikes(self, arrays: dict[str, NDArray], inputs: NDArray) -> list[NDArray[np.uint8]]:
        """Spikes of every step, by layer behind the input.

        Parameters
        ----------
        arrays, inputs
            Of a call.

        Returns
        -------
        list of ndarray of uint8, shape (T, samples, neurons)

        Raises
        ------
        SuiteError
            As a call; or if the network was not made for being observed.
        """
        if not self.observe:
            raise SuiteError("this network records no spikes: make it with observe=True")
        steps = self.form.steps
        found = [np.zeros((len(inputs), steps, n), np.uint8) for n in self.sizes[1:]]
        shown = sample_steps(self.sizes, self.form)
        for first, records in self._shown(arrays, inputs):
            for layer, array in zip(self.layers, found):
                neuron, time = records.spikes[layer]
                sample, step = np.divmod(np.rint(time / Neurons.dt).astype(int), shown)
                # Layer after layer: each has steps of its own.
                array[first + sample, step % steps, neuron] = 1
        return [array.swapaxes(0, 1) for array in found]

    def _shown(self, arrays, inputs):
        """First sample and records of each chunk."""
        inputs = np.asarray(inputs, dtype=float)
        if inputs.ndim != 2 or not len(inputs) or inputs.shape[1] != self.sizes[0]:
            raise SuiteError(f"images of shape {inputs.shape}; this network takes (samples, "
                             f"{self.sizes[0]} pixels)")
        state = {name: np.asarray(arrays[name], dtype=float) for name in layered_shapes(self.sizes)}
        self.cpu_seconds = 0.0
        for first in range(0, len(inputs), self.capacity):
            part = inputs[first:first + self.capacity]
            _, records = self._network(state, {"pattern": part})
            self.cpu_seconds += records.cpu_seconds
            yield first, records
