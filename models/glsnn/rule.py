"""GLSNN: global targets and local plasticity, Eq. 4-7 and Algorithm 1 of Zhao et al. (2020)."""

import numpy as np

from models.glsnn.architecture import feedback_layers, feedback_weights
from models.glsnn.network import SpikingNetwork, squared_error
from models.shared.array_module import module_of
from models.shared.layered import Array, Lesson, Rule


class GLSNN(Rule):
    """Targets of hidden layers from the error of the output, and S_pre (S - target) for weights.

    The layer's own S drops out of S - target. So Eq. 6-7 say S_pre (B e) of a layer with feedback:
    direct feedback alignment without a derivative, but for the gate h of the form.

    Parameters
    ----------
    network : models.glsnn.network.SpikingNetwork
    seed : int
        Of the feedback weights B.
    count : int or 'all'
        Hidden layers with feedback; hidden layers without do not learn, the last one always does.
    side : {'top', 'bottom'}
        Of `models.glsnn.architecture.feedback_layers`.
    eta_t : float, optional
        Learning rate of the target; the default is that of the network's form.

    Attributes
    ----------
    feedback : dict of str to ndarray, shape (outputs, neurons)
        B by hidden layer, fixed: a function of seed and sizes.

    Raises
    ------
    SuiteError
        If there are not so many hidden layers.
    """

    def __init__(self, network: SpikingNetwork, seed: int, count: int | str = "all",
                 side: str = "top", eta_t: float | None = None):
        super().__init__(network)
        like = network.weights(0)
        self.eta_t = network.form.eta_t if eta_t is None else eta_t
        layers = feedback_layers(network.sizes, count, side)
        self.feedback = _of_module(feedback_weights(network.sizes, layers, seed, like.dtype), like)

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """Algorithm 1 for a batch, but for Eq. 8, which is the optimiser's.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs), in [0, 1]
        targets : ndarray, shape (samples, outputs)
        rng : numpy.random.Generator
            Not used.
        """
        network = self.network
        forward = network.forward(inputs)
        loss, error = squared_error(forward.outputs, targets)
        output = self._gated(error, forward, -1)
        deltas = [self._difference(k, error, output, forward)
                  for k in range(len(network.sizes) - 2)]
        # Eq. 7: S_pre times what is returned here, as a mean over the batch.
        gradients = network.gradients(forward.activities, [*deltas, output])
        return Lesson(loss, gradients, forward)

    def _difference(self, k, error, output, forward):
        """S - target of the k-th hidden layer, times h; None if it has no target.

        Feedback weights carry the error as it is. The output weights carry its product with h of the
        output, which is the gradient of Eq. 4.
        """
        network = self.network
        last = k == len(network.sizes) - 3
        layer = network.layers[k + 1]
        if not last and layer not in self.feedback:
            return None
        S = forward.activities[k + 1]
        target = self._target_by_weights(S, output) if last else self._target_by_feedback(
            S, error, layer)
        return self._gated(S - target, forward, k)

    def _target_by_weights(self, S, error):
        """Eq. 5: S - eta_t W^T e, the last hidden layer down the exact gradient of Eq. 4."""
        W = self.network.weights(len(self.network.sizes) - 2)
        return S - S.dtype.type(self.eta_t) * (error @ W.T)

    def _target_by_feedback(self, S, error, layer):
        """Eq. 6: S - (B e + b) with b = 0; eta_t stands in Eq. 5 alone."""
        return S - error @ self.feedback[layer]

    @staticmethod
    def _gated(difference, forward, k):
        """Times h of `equations.zhao2020.settings.Form.gate`."""
        gate = forward.details["gates"][k]
        return difference if gate is None else difference * gate


def _of_module(arrays: dict, like: Array) -> dict:
    """Arrays of NumPy as those of another array's module."""
    xp = module_of(like)
    return {name: xp.asarray(value) for name, value in arrays.items()}
