"""Difference target propagation, Lee, Zhang, Fischer & Bengio (2015). ECML PKDD, 498-515.

Each hidden layer has a target; g_k is a learned inverse of the k-th layer, from k to k - 1.

    t_m = a_m - eta_t dL/da_m                        last hidden layer m
    t_{k-1} = a_{k-1} + g_k(t_k) - g_k(a_k)          the layers below, from the top
    loss of layer k         |a_k - t_k|^2            so that dw = a_{k-1}^T 2 (a_k - t_k) f'(u_k)
    g_k(a) = tanh(a V_k + c_k)
    loss of the inverse     |g_k(f_k(a~)) - a~|^2    at a~ = a_{k-1} + N(0, sigma^2)

Taken from their code: sigma, the ratio of the steps, orthogonal first values of w and V. There
each array has its own running scale of the gradient (RMSProp), an epoch of inverses precedes each
epoch of weights, and dL/da_m is that of the mean over a batch. Here steps are plain, both learn
from the same batch, and dL/da_m is that of each sample. Tuned: eta and eta_t.

DTP-sigma is a variant of Ororbia & Mali (2019). Their text was not at hand when this was written,
and their code does not hold it. So what follows is our reading, with targets
that units can reach; no equation of it is theirs. The difference is taken in the drives, and the
target is passed through the units.

    u^_{k-1} = u_{k-1} + t_k V_k - a_k V_k,  t_{k-1} = tanh(u^_{k-1})
    loss of the inverse     |f_k(tanh(u~)) V_k + c_k - u~|^2    at u~ = u_{k-1} + N(0, sigma^2)
"""

import numpy as np

from equations.zhao2020.baselines import DTPNumbers
from models.baselines.mlp import TanhMLP, check_tanh
from models.shared.array_module import module_of
from models.shared.layered import Array, Forward, Lesson, Outer, Rule
from models.shared.random_matrices import orthogonal


class DTP(Rule):
    """Targets come down by inverses that learn.

    Parameters
    ----------
    network : TanhMLP
    numbers : equations.zhao2020.baselines.DTPNumbers
    seed : int
        Of the inverses.

    Attributes
    ----------
    arrays : dict of str to ndarray
        With the inverses ``'ABOVE_BELOW.V'``, shape (above, below), and ``'ABOVE_BELOW.c'``.

    Raises
    ------
    SuiteError
        If the network is another one.
    """

    method = "dtp"

    def __init__(self, network: TanhMLP, numbers: DTPNumbers = DTPNumbers(), seed: int = 0):
        super().__init__(network)
        check_tanh(network, self.method)
        self.numbers = numbers
        for k in range(1, len(network.sizes) - 2):
            like = network.weights(k)
            xp = module_of(like)
            drawn = orthogonal(seed, f"{self.inverse(k)}.V", like.shape[::-1])
            self.arrays[f"{self.inverse(k)}.V"] = xp.asarray(drawn.astype(like.dtype))
            self.arrays[f"{self.inverse(k)}.c"] = xp.zeros(like.shape[0], like.dtype)

    def inverse(self, k: int) -> str:
        """Name of the inverse of the k-th layer behind the input."""
        return f"{self.network.layers[k + 1]}_{self.network.layers[k]}"

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """As `Rule.lesson`."""
        network = self.network
        forward = network.forward(inputs)
        loss, error = network.loss(forward, targets)
        top = len(network.sizes) - 3
        by_activity = error @ network.weights(top + 1).T
        target = forward.activities[top + 1] - self.numbers.eta_target * by_activity
        deltas = [error]
        for k in range(top, -1, -1):
            deltas.insert(0, 2 * (forward.activities[k + 1] - target) * forward.slopes[k])
            if k > 0:
                target = self.target_below(k, target, forward)
        gradients = network.gradients(forward.activities, deltas)
        for k in range(1, top + 1):
            above, deviation, slope = self.reconstruction(k, forward, rng)
            own = (2 * self.numbers.eta_inverse) * deviation * slope
            gradients[f"{self.inverse(k)}.V"] = Outer(above, own)
            gradients[f"{self.inverse(k)}.c"] = own.mean(0)
        return Lesson(loss, gradients, forward)

    def target_below(self, k: int, target: Array, forward: Forward) -> Array:
        """Target of the layer below, of the target of the k-th layer behind the input."""
        below = forward.activities[k]
        above = forward.activities[k + 1]
        return below + self._inverted(k, target) - self._inverted(k, above)

    def reconstruction(self, k: int, forward: Forward,
                       rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """What the inverse of the k-th layer behind the input makes of noisy activities.

        Returns
        -------
        above : ndarray, shape (samples, units)
            What the layer passes on of them.
        deviation : ndarray, shape (samples, units below)
            Of what comes back from them.
        slope : ndarray, shape (samples, units below), or float
            Derivative of what comes back by the drive of the inverse.
        """
        noisy = self._with_noise(forward.activities[k], rng)
        above = self.network.activity(k, self.network.drive(k, noisy))
        returned = self._inverted(k, above)
        return above, returned - noisy, 1 - returned * returned

    def _inverted(self, k, above):
        """What the inverse of a layer makes of its activities."""
        drive = self._linear(k, above)
        return module_of(drive).tanh(drive)

    def _linear(self, k, above):
        """Drive of the units of an inverse."""
        return above @ self.arrays[f"{self.inverse(k)}.V"] + self.arrays[f"{self.inverse(k)}.c"]

    def _with_noise(self, values, rng):
        """Values with noise of the inverses' standard deviation."""
        noise = rng.standard_normal(values.shape, values.dtype)
        return values + self.numbers.sigma * module_of(values).asarray(noise)


class DTPSigma(DTP):
    """Differences of drives, and targets within the range of the units; else as `DTP`.

    Our reading of DTP-sigma, whose equations were not at hand.
    """

    method = "dtp-sigma"

    def target_below(self, k: int, target: Array, forward: Forward) -> Array:
        """As `DTP.target_below`."""
        change = (target - forward.activities[k + 1]) @ self.arrays[f"{self.inverse(k)}.V"]
        return self.network.activity(k - 1, forward.details["drives"][k - 1] + change)

    def reconstruction(self, k: int, forward: Forward,
                       rng: np.random.Generator) -> tuple[Array, Array, float]:
        """As `DTP.reconstruction`, of noisy drives."""
        noisy = self._with_noise(forward.details["drives"][k - 1], rng)
        passed_on = self.network.activity(k - 1, noisy)
        above = self.network.activity(k, self.network.drive(k, passed_on))
        return above, self._linear(k, above) - noisy, 1.0
