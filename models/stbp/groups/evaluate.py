"""Trained weights shown spikes by the compiled Brian2 network."""

import math

import numpy as np

from models.devices import compile_network
from models.errors import SuiteError
from models.stbp.groups.network import DT, stbp_network
from models.stbp.groups.weights import state_of


INPUT_BYTES = 2**24
"""Input of one call of the program, a byte per neuron and time step."""


class BrianNetwork:
    """A network of Brian2 groups, compiled once and run with any weights.

    Parameters
    ----------
    layers : list of models.stbp.architecture.Layer
    neurons : equations.wu2018.IterativeLIF
    steps : int
        Time steps T of a sample.
    device : {'cpp_standalone', 'runtime'}
    observe : bool
        Needed by `spikes`.
    precision : {'float64', 'float32'}
    capacity : int, optional
        Samples shown by one call of the program; the default fills `INPUT_BYTES`. Its input has
        this size whatever is shown: choose the batch size for calls of one batch.
    announce : callable, optional
        Takes a line before the compiler starts (`models.devices.compile_network`).

    Attributes
    ----------
    cpu_seconds : float
        Processor time of the last `counts` or `spikes`.

    Raises
    ------
    SuiteError
        Unknown device or precision, no C++ compiler, a parameter that makes no sense.
    """

    def __init__(self, layers, neurons, steps, device="cpp_standalone", observe=False,
                 precision="float64", capacity=None, announce=None):
        if steps < 1:
            raise SuiteError(f"a presentation needs at least one time step, not {steps}")
        self.layers, self.steps, self.observe = layers, steps, observe
        self.n_inputs = math.prod(layers[0].source)
        self.capacity = capacity or max(1, INPUT_BYTES // (steps * self.n_inputs))
        self.cpu_seconds = 0.0
        self._network = compile_network(
            lambda: stbp_network(layers, neurons, steps, self.capacity, observe), device, "STBP",
            precision, announce=announce)

    def counts(self, weights, spikes):
        """Spikes of the output neurons.

        Parameters
        ----------
        weights : dict of str to ndarray
            As the companion's (`models.stbp.build.build`).
        spikes : ndarray, shape (samples, T, ...)
            Input of 0 and 1, images as (height, width, channels).

        Returns
        -------
        ndarray of int, shape (samples, classes)

        Raises
        ------
        SuiteError
            If weights or spikes do not fit the network, or the device fails.
        """
        return np.concatenate([
            records.per_sample("output.count") for _, records in self._shown(weights, spikes)])

    def spikes(self, weights, spikes):
        """Spikes of all layers.

        Parameters
        ----------
        weights, spikes
            As for `counts`.

        Returns
        -------
        dict of str to ndarray of uint8, shape (samples, T, ...)
            By the layers' names; 1 in a pooling layer where its value is not 0.

        Raises
        ------
        SuiteError
            As `counts`; or if the network was not made for being observed.
        """
        if not self.observe:
            raise SuiteError("this network records no spikes: make it with observe=True")
        found = {layer.name: np.zeros((len(spikes), self.steps, *layer.shape), np.uint8)
                 for layer in self.layers}
        for first, records in self._shown(weights, spikes):
            for name, array in found.items():
                neuron, time = records.spikes[name]
                # Samples follow each other without a pause.
                step = first * self.steps + np.rint(time / float(DT)).astype(int)
                array.reshape(len(spikes) * self.steps, -1)[step, neuron] = 1
        return found

    def _shown(self, weights, spikes):
        """First sample and records of each chunk."""
        spikes = np.asarray(spikes)
        if (spikes.ndim < 3 or not len(spikes) or spikes.shape[1] != self.steps
                or math.prod(spikes.shape[2:]) != self.n_inputs):
            raise SuiteError(f"spikes of shape {spikes.shape}; this network takes (samples, "
                             f"{self.steps} time steps, {self.n_inputs} inputs)")
        state = state_of(weights, self.layers)
        self.cpu_seconds = 0.0
        for first in range(0, len(spikes), self.capacity):
            part = spikes[first:first + self.capacity]
            rows = part.astype(bool).reshape(len(part), self.steps, -1)
            if not (rows.reshape(part.shape) == part).all():
                raise SuiteError("input spikes must be 0 or 1")
            _, records = self._network(state, {"spikes": rows})
            self.cpu_seconds += records.cpu_seconds
            yield first, records
