"""The network of Wu et al. (2018) in PyTorch, on one thread: autograd, snnTorch, SpikingJelly.

============  =====================================================================
torch         plain autograd, layer by layer: products over all time steps at once
torch-steps   plain autograd, all layers at each step, as the authors' code does it
snntorch      ``snntorch.Leaky``, all layers at each step, as its users write it
spikingjelly  ``LIFNode`` in its multi-step mode, layer by layer
============  =====================================================================

The same neurons, surrogate (rectangular), loss and Adam as the suite's network, so that loss and
gradients are the same, too.
"""

import contextlib
import importlib
import io

import numpy as np

FORMS = {"torch": "torch", "torch-steps": "torch", "snntorch": "snntorch",
         "spikingjelly": "spikingjelly.activation_based.neuron"}
"""The module that each needs."""


def missing(form):
    """Why a form cannot be had, or None."""
    try:
        # PyTorch complains there of what only a GPU needs.
        with contextlib.redirect_stderr(io.StringIO()):
            importlib.import_module(FORMS[form])
    except ImportError as error:
        return f"{form}: not measured, {error} (pip install 'brian2-learning-suite[peers]')"
    return None


def _spike_function(torch, width):
    """A step whose derivative is the rectangular curve (Eq. 23)."""

    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            context.save_for_backward(x)
            return (x >= 0).to(x)

        @staticmethod
        def backward(context, by):
            x, = context.saved_tensors
            return by * (x.abs() < 0.5 * width).to(x) * (1 / width)

    return Spike.apply


class TorchNetwork:
    """The network in one of the `FORMS`.

    Parameters
    ----------
    form : str
    layers : list of models.stbp.architecture.Layer
    weights : dict of str to ndarray
    neurons : equations.wu2018.IterativeLIF
    """

    def __init__(self, form, layers, weights, neurons):
        import torch
        torch.set_num_threads(1)
        self.torch = torch
        self.form = form
        self.layers = layers
        self.neurons = neurons
        self.spike = _spike_function(torch, neurons.width)
        self.weights = {}
        for layer in layers:
            for name in layer.parameters:
                # PyTorch's order is (outputs, inputs) and (maps, channels, height, width).
                value = np.ascontiguousarray(weights[name].transpose(
                    {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[weights[name].ndim]))
                self.weights[name] = torch.tensor(value, requires_grad=True)
        self.adam = torch.optim.Adam(self.weights.values(), lr=1e-3)
        self.nodes = {layer.name: self._node() for layer in layers if layer.kind != "pool"}

    def _node(self):
        """A library's neurons of a layer."""
        p = self.neurons
        if self.form == "snntorch":
            import snntorch
            return snntorch.Leaky(beta=p.tau, threshold=p.V_th, spike_grad=self.spike,
                                  reset_mechanism="zero", reset_delay=False)
        if self.form == "spikingjelly":
            from spikingjelly.activation_based import neuron
            return neuron.LIFNode(tau=1 / (1 - p.tau), decay_input=False, v_threshold=p.V_th,
                                  v_reset=0.0, surrogate_function=self.spike, step_mode="m")
        return None

    def _weigh(self, layer, x):
        """Weighted input, or means, for (samples, ...); images are (samples, channels, ...)."""
        functional = self.torch.nn.functional
        if layer.kind == "pool":
            return functional.avg_pool2d(x, layer.size)
        w, b = (self.weights[f"{layer.name}.{name}"] for name in "wb")
        if layer.kind == "convolution":
            return functional.conv2d(x, w, b)
        if x.ndim == 4:
            # The suite flattens images with their channels last.
            x = x.permute(0, 2, 3, 1).flatten(1)
        return functional.linear(x, w, b)

    def _fire(self, layer, x):
        """Spikes of all steps for weighted inputs (T, samples, ...)."""
        if self.form == "spikingjelly":
            node = self.nodes[layer.name]
            node.reset()
            return node(x)
        state = None
        fired = []
        for now in x.unbind(0):
            state = self._step(layer, now, state)
            fired.append(state[0])
        return self.torch.stack(fired)

    def _step(self, layer, x, state):
        """Spikes and potential after a step."""
        if self.form == "snntorch":
            node = self.nodes[layer.name]
            return node(x, node.reset_mem() if state is None else state[1])
        p = self.neurons
        u = x
        if state is not None:
            u = state[1] * (p.tau * (1 - state[0])) + x
        return self.spike(u - p.V_th), u

    def rates(self, spikes):
        """Output rates for spikes (T, samples, ...)."""
        if spikes.ndim == 5:
            spikes = spikes.permute(0, 1, 4, 2, 3)
        if self.form in ("torch", "spikingjelly"):
            for layer in self.layers:
                x = self._weigh(layer, spikes.flatten(0, 1)).unflatten(0, spikes.shape[:2])
                spikes = x if layer.kind == "pool" else self._fire(layer, x)
            return spikes.mean(0)
        states = {}
        total = 0
        for x in spikes.unbind(0):
            for layer in self.layers:
                x = self._weigh(layer, x)
                if layer.kind != "pool":
                    states[layer.name] = self._step(layer, x, states.get(layer.name))
                    x = states[layer.name][0]
            total = total + x
        return total / len(spikes)

    def gradients(self, spikes, targets):
        """Loss and gradients, for a comparison with the suite's.

        Parameters
        ----------
        spikes : ndarray, shape (T, samples, ...)
        targets : ndarray, shape (samples, classes)

        Returns
        -------
        loss : float
        gradients : dict of str to ndarray
            In the shapes of the suite's weights.
        """
        loss = self._loss(self.torch.tensor(spikes), self.torch.tensor(targets))
        self.adam.zero_grad()
        loss.backward()
        found = {name: value.grad.numpy() for name, value in self.weights.items()}
        return loss.item(), {
            name: value.transpose({4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[value.ndim])
            for name, value in found.items()}

    def _loss(self, spikes, targets):
        missing = targets - self.rates(spikes)
        return 0.5 * (missing * missing).sum() / len(targets)

    def _spikes(self, pixels, steps):
        # A comparison is faster than torch.bernoulli.
        pixels = self.torch.from_numpy(pixels)
        return (self.torch.rand(steps, *pixels.shape) < pixels).to(pixels)

    def train(self, pixels, targets, steps):
        """One step of Adam from images (samples, ...) in [0, 1]."""
        loss = self._loss(self._spikes(pixels, steps), self.torch.from_numpy(targets))
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()

    def test(self, pixels, targets, steps):
        """Output rates alone."""
        with self.torch.no_grad():
            return self.rates(self._spikes(pixels, steps))
