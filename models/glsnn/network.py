"""The spiking network of Zhao et al. (2020): layers of neurons, each connected to the next one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from equations.zhao2020.settings import Form
from models.glsnn import neurons
from models.glsnn.constants import constants
from models.shared.array_module import module_of
from models.shared.layered import Array, Arrays, Forward, LayeredNetwork

Change = Callable[[str, Array], Array]
"""What is to become of the spikes of a hidden layer: (its name, shape (T, samples, neurons)) ->
the same shape."""


@dataclass
class Layer:
    """What a layer did.

    Attributes
    ----------
    name : str
    drive : ndarray, shape (samples, neurons) or (T, samples, neurons)
        Current I of Eq. 3: one for all steps, or one for each.
    response : models.glsnn.neurons.Response
    S : ndarray, shape (samples, neurons)
        What is learned from, `equations.zhao2020.settings.Form.reading`.
    """

    name: str
    drive: Array
    response: neurons.Response
    S: Array


class SpikingNetwork(LayeredNetwork):
    """A network of one of the forms.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of the input, of the hidden layers and of the output.
    arrays : dict of str to ndarray
        Of `models.glsnn.architecture.initial_arrays`.
    form : equations.zhao2020.settings.Form
    kernels : {'numpy', 'numba'}
        What computes the neurons on the CPU: the same bits.

    Attributes
    ----------
    form : equations.zhao2020.settings.Form
    gain : float
        Of a unit of current, in units of S; it stands for the derivative of S where 0 < n < T/dt.

    Raises
    ------
    SuiteError
        If the kernels are to be Numba's and it is not installed.
    """

    def __init__(self, sizes: tuple[int, ...], arrays: Arrays, form: Form,
                 kernels: str = "numpy"):
        super().__init__(sizes, arrays)
        self.form = form
        like = self.weights(0)
        self._constants = constants(form, like.dtype.type)
        self._respond = neurons.respond
        self._products = None
        if kernels == "numba" and isinstance(like, np.ndarray):
            from models.glsnn.kernels import respond
            from models.shared.kernels import products
            self._respond = respond
            self._products = products
        per_spike = form.tau / form.steps
        self.gain = per_spike * neurons.gain(form, self._constants, like)

    # -- Eq. 3 -------------------------------------------------------------------------------

    def run(self, inputs: Array, keep: bool = False, change: Change | None = None
            ) -> Iterator[Layer]:
        """Layers from the first hidden one to the output, each for all its steps.

        No layer acts on one below, so the order "layer after layer" gives the numbers of the order
        "step after step".

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs), in [0, 1]
            S of the input, the same in all steps.
        keep : bool
            Whether the responses hold the spikes of all steps.
        change : callable, optional
            Changes the spikes of hidden layers before they are passed on.
        """
        form = self.form
        stepwise = form.passing == "steps"
        passed = inputs
        for k, name in enumerate(self.layers[1:]):
            drive = self._drive(passed, k)
            hidden = k < len(self.sizes) - 2
            changed = change is not None and hidden
            response = self._respond(drive, form, self._constants,
                                     keep or changed or (stepwise and hidden))
            if changed:
                response.spikes = change(name, response.spikes)
                response.counts = response.spikes.sum(0)
                response.last = response.spikes[-1]
            S = self._read(drive, response, hidden)
            yield Layer(name, drive, response, S)
            passed = self._stepwise(drive, response) if stepwise and hidden else S

    def _drive(self, passed, k):
        """Weighted activities of the layer below, and the bias."""
        weights = self.weights(k)
        rows = passed.reshape(-1, passed.shape[-1])
        if self._products and self._products.fits(weights, rows):
            summed = self._products.weighted(rows, weights, self.bias(k))
        else:
            summed = rows @ weights + self.bias(k)
        return summed.reshape(*passed.shape[:-1], summed.shape[-1])

    def _parts(self, hidden):
        """Whether S holds the current, and the spikes."""
        form = self.form
        if hidden:
            return form.hidden_current, form.hidden_spikes
        return form.output_current, form.output_spikes

    def _read(self, drive, response, hidden):
        """S that is learned from."""
        form = self.form
        last = form.reading == "last"
        current, spikes = self._parts(hidden)
        S = response.last if last else response.counts
        S = S * S.dtype.type((form.tau if last else form.tau / form.steps) if spikes else 0)
        if current:
            if drive.ndim == 3:
                drive = drive[-1] if last else drive.mean(0)
            S = S + drive
        return S

    def _stepwise(self, drive, response):
        """S of every step, which a hidden layer passes on in this step; or S of all of them."""
        current, spikes = self._parts(hidden=True)
        real = drive.dtype.type
        if current and drive.ndim == 2 and not response.spikes.any():
            # Where nothing fires, as in the literal form, all steps are the same: one will do.
            return drive
        S = response.spikes * real(self.form.tau if spikes else 0)
        return S + drive if current else S

    # -- what rules ask --------------------------------------------------------------------

    def forward(self, inputs: Array, change: Change | None = None) -> Forward:
        """Activities of all layers.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs), in [0, 1]
        change : callable, optional
            Of `run`.

        Returns
        -------
        Forward
            Activities S. Slopes: h times what stands for the derivative of S by the current. The
            details are lists by layer behind the input: ``counts`` of spikes, ``potentials`` V
            after the last step, ``largest`` V of all steps, and ``gates`` h, None where h is 1.
        """
        activities = [inputs]
        slopes = []
        details = {"counts": [], "potentials": [], "largest": [], "gates": []}
        for layer in self.run(inputs, change=change):
            hidden = layer.name != "output"
            response = layer.response
            gate = self._gate(response, hidden)
            activities.append(layer.S)
            slopes.append(self._slopes(response, gate, hidden))
            details["counts"].append(response.counts)
            details["potentials"].append(response.potentials)
            details["largest"].append(response.largest)
            details["gates"].append(gate)
        return Forward(activities, slopes, details)

    def _gate(self, response, hidden):
        """h of `equations.zhao2020.settings.Form.gate`; None is 1."""
        form = self.form
        counts = response.counts
        if form.gate == "surrogate" and response.slopes is not None:
            current, spikes = self._parts(hidden)
            h = response.slopes * counts.dtype.type(form.tau / form.steps if spikes else 0)
            return h + 1 if current else h
        if not hidden or form.gate in ("none", "surrogate"):
            return None
        h = counts > 0
        if form.gate == "band":
            h = h & (counts < form.band * form.steps)
        return h.astype(counts.dtype)

    def _slopes(self, response, gate, hidden):
        """What stands for the derivative of S by the current."""
        if self.form.gate == "surrogate" and gate is not None:
            return gate
        xp = module_of(response.counts)
        current, spikes = self._parts(hidden)
        slopes = xp.full_like(response.counts, float(current))
        if spikes and self.gain:
            firing = (response.counts > 0) & (response.counts < self.form.steps)
            slopes = slopes + firing.astype(slopes.dtype) * slopes.dtype.type(self.gain)
        return slopes if gate is None else slopes * gate

    def loss(self, forward: Forward, targets: Array) -> tuple[float, Array]:
        """As `LayeredNetwork.loss`, of Eq. 4: e times the slopes of the output.

        These are 1 unless S_out holds spikes.
        """
        loss, error = squared_error(forward.outputs, targets)
        return loss, error * forward.slopes[-1]


def squared_error(outputs: Array, targets: Array) -> tuple[float, Array]:
    """Eq. 4, as a mean over the samples, and e = 2 (S_out - S_T) of each sample.

    The bars of the printed e must be parentheses, or the sign of the error is lost.

    Parameters
    ----------
    outputs, targets : ndarray, shape (samples, outputs)

    Returns
    -------
    loss : float
    error : ndarray, shape (samples, outputs)
        The derivative of the loss by S_out.
    """
    difference = outputs - targets
    loss = float((difference * difference).sum()) / len(outputs)
    return loss, 2 * difference
