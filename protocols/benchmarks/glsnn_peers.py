"""What the networks of Zhao et al. (2020) are measured against, written as one would by hand.

===========  ==================================================================================
PlainGLSNN   the form 'conductance' and its rule: a loop over layers and steps in NumPy
PlainBP      tanh, softmax and backpropagation in NumPy
TorchBP      the same in PyTorch with its optimiser, on one thread
===========  ==================================================================================

Products of matrices are those of the BLAS that NumPy or PyTorch has. Weights are lists of (w, b).
"""

import numpy as np

from equations.zhao2020.settings import Form, Neurons
from models.shared.layered import Arrays, LayeredNetwork
from protocols.benchmarks.stbp_peers import missing

missing_torch = missing("torch")
"""Why PyTorch cannot be had, or None."""


def pairs(network: LayeredNetwork, arrays: Arrays | None = None) -> list[tuple]:
    """Copies of the weights and biases of a network, from the first layer to the output."""
    arrays = network.arrays if arrays is None else arrays
    return [(arrays[f"{below}_{above}.w"].copy(), arrays[f"{above}.b"].copy())
            for below, above in zip(network.layers, network.layers[1:])]


class PlainGLSNN:
    """Eq. 3-8 in the form 'conductance'.

    Parameters
    ----------
    weights : list of (ndarray, ndarray)
    feedback : list of ndarray, shape (outputs, neurons)
        Of all hidden layers but the last.
    form : equations.zhao2020.settings.Form
    """

    def __init__(self, weights: list[tuple], feedback: list, form: Form):
        self.weights = weights
        self.feedback = feedback
        self.form = form

    def train(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Learn a batch.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs), in [0, 1]
        targets : ndarray, shape (samples, outputs)
        """
        form = self.form
        S = [inputs]
        gates = []
        for w, b in self.weights[:-1]:
            counts = self._counts(S[-1] @ w + b)
            S.append(counts * np.float32(form.tau / form.steps))
            gates.append((counts > 0) & (counts < form.band * form.steps))
        w, b = self.weights[-1]
        e = 2 * (S[-1] @ w + b - targets)
        deltas = [e @ B * gate for B, gate in zip(self.feedback, gates)]
        deltas += [form.eta_t * (e @ w.T) * gates[-1], e]
        descend(self.weights, S, deltas, form.eta_w)

    def _counts(self, I):
        """Spikes of a layer in all steps of a constant current."""
        p = Neurons()
        V = np.zeros_like(I)
        g = np.zeros_like(I)
        counts = np.zeros_like(I)
        for _ in range(self.form.steps):
            V -= p.dt / p.tau_m * ((V - p.V_L) + g / self.form.g_L * (V - p.V_E))
            g += p.dt / p.tau_E * (I - g)
            fired = V > p.V_th
            V[fired] = p.V_reset
            counts += fired
        return counts


class PlainBP:
    """Backpropagation.

    Parameters
    ----------
    weights : list of (ndarray, ndarray)
    eta : float
    """

    def __init__(self, weights: list[tuple], eta: float):
        self.weights = weights
        self.eta = eta

    def train(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """As `PlainGLSNN.train`."""
        a = [inputs]
        for w, b in self.weights[:-1]:
            a.append(np.tanh(a[-1] @ w + b))
        w, b = self.weights[-1]
        u = a[-1] @ w + b
        powers = np.exp(u - u.max(1, keepdims=True))
        deltas = [powers / powers.sum(1, keepdims=True) - targets]
        for (w, _), activity in zip(self.weights[:0:-1], a[:0:-1]):
            deltas.insert(0, deltas[0] @ w.T * (1 - activity * activity))
        descend(self.weights, a, deltas, self.eta)


def descend(weights: list[tuple], activities: list, deltas: list, rate: float) -> None:
    """A step down the mean of a batch."""
    scale = np.float32(rate / len(deltas[-1]))
    for (w, b), below, delta in zip(weights, activities, deltas):
        w -= scale * (below.T @ delta)
        b -= scale * delta.sum(0)


class TorchBP:
    """`PlainBP` as users of PyTorch write it.

    Parameters
    ----------
    weights : list of (ndarray, ndarray)
    eta : float
    """

    def __init__(self, weights: list[tuple], eta: float):
        import torch
        torch.set_num_threads(1)
        self.torch = torch
        layers = []
        for w, b in weights:
            linear = torch.nn.Linear(*w.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w.T.copy()))
                linear.bias.copy_(torch.from_numpy(b))
            layers += [linear, torch.nn.Tanh()]
        self.network = torch.nn.Sequential(*layers[:-1])
        self.optimiser = torch.optim.SGD(self.network.parameters(), lr=eta)

    @property
    def weights(self) -> list[tuple]:
        """Weights and biases as arrays."""
        return [(layer.weight.detach().numpy().T, layer.bias.detach().numpy())
                for layer in self.network[::2]]

    def train(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """As `PlainGLSNN.train`."""
        torch = self.torch
        loss = torch.nn.functional.cross_entropy(self.network(torch.from_numpy(inputs)),
                                                 torch.from_numpy(targets))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
