"""Algorithm 1 of Shrestha et al. (2019) in NumPy, to compare the network of text with.

It is written to be read beside the paper and is not made fast. It goes step by step and spike by
spike, so that sums are made in the order in which `models.emstdp.network` makes them. Here the
accumulated error of a neuron is one number with a sign, as in Eq. 9. There, two groups hold it and
its negative.
"""

from collections import defaultdict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.emstdp.architecture import Architecture
from models.shared.counter_bits import counter_bits, counter_key

SIGNS = {"minus": -1, "plus": 1}


def input_spikes(architecture: Architecture, pattern: ArrayLike, stream: int, number: int,
                 precision: str = "float64") -> NDArray[np.bool_]:
    """Section 4.2, the spikes of a sample.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    pattern : array_like, shape (inputs,)
        Intensities from 0 to 1.
    stream, number : int
        Random stream, and the sample's number in it.
    precision : {'float64', 'float32'}

    Returns
    -------
    ndarray of bool, shape (T, inputs)
    """
    coding = architecture.rules.coding
    pattern = np.asarray(pattern, float)
    step = np.arange(architecture.rules.steps + 1)[:, None]
    if coding == "regular":
        summed = pattern.astype(precision) * step.astype(precision)
        return np.diff(np.floor(summed), axis=0) > 0
    neuron = np.arange(len(pattern)) if coding == "poisson" else 0
    bits = counter_bits(counter_key(stream, number, neuron), step[:-1])
    return bits < (2**30 * pattern).astype(int)


class Reference:
    """The network of an architecture.

    Parameters
    ----------
    architecture : models.emstdp.architecture.Architecture
    precision : {'float64', 'float32'}
        Of weights and potentials.
    """

    def __init__(self, architecture: Architecture, precision: str = "float64"):
        self.architecture = architecture
        self.rules = architecture.rules
        self.half = architecture.rules.steps // 2
        self.real = np.dtype(precision).type
        self.theta = architecture.thresholds
        self.theta_e = architecture.error_thresholds

    def __call__(self, state: dict, trains: ArrayLike, labels: ArrayLike | None = None,
                 rates: ArrayLike | None = None) -> tuple[dict, dict, dict]:
        """Show samples, and learn them if the network does.

        Parameters
        ----------
        state : dict of str to ndarray
            As `models.emstdp.architecture.initial_state` makes it.
        trains : array_like of bool, shape (n, T, inputs)
            Input spikes.
        labels, rates : array_like, shape (n,)
            Of a network that learns.

        Returns
        -------
        state : dict of str to ndarray
        counts : dict of str to ndarray, shape (n, neurons)
            ``'LAYER.h'``; of a network that learns also ``'LAYER.h_hat'``, and of its errors
            ``'LAYER_plus.count'`` and ``'LAYER_minus.count'``.
        spikes : dict of str to list of (int, int)
            Step and neuron of each spike, by group, in their order.
        """
        self.state = {name: np.array(value, self.real) for name, value in state.items()}
        counts = defaultdict(list)
        spikes = defaultdict(list)
        for number, train in enumerate(trains):
            self._rest()
            for step in range(self.rules.steps):
                fired = self._forward(train[step], step)
                if self.architecture.learns and step >= self.half:
                    fired |= self._backward(fired, labels[number], step)
                for name, neurons in fired.items():
                    spikes[name] += [(number * self.rules.steps + step, n) for n in neurons]
            if self.architecture.learns:
                self._learn(rates[number])
            for name, count in self.count.items():
                counts[name].append(count)
        state = {name: value.astype(float) for name, value in self.state.items()}
        return state, {name: np.array(count) for name, count in counts.items()}, spikes

    def _rest(self):
        """All potentials and counts are 0 at the beginning of a window."""
        sizes = dict(zip(self.architecture.layers, self.architecture.sizes))
        above = self.architecture.layers[1:]
        self.U = {layer: np.zeros(sizes[layer], self.real) for layer in above}
        self.E = {layer: np.zeros(sizes[layer], self.real) for layer in above}
        names = [f"{layer}.h" for layer in sizes]
        if self.architecture.learns:
            names += [f"{layer}.h_hat" for layer in sizes]
            names += [f"{layer}_{sign}.count" for layer in above for sign in SIGNS]
        self.count = {name: np.zeros(sizes[name.partition(".")[0].partition("_")[0]])
                      for name in names}

    def _forward(self, inputs, step):
        """Eq. 1, the forward neurons: who fires in a step, and what these spikes do."""
        rules = self.rules
        learns = self.architecture.learns
        fired = {"input": np.flatnonzero(inputs)}
        for layer, U in self.U.items():
            if rules.clear and learns and step == self.half:
                U[:] = 0
            if rules.bias:
                U += self.state[f"{layer}.b"]
            fired[layer] = self._fire(U, self.theta[layer], rules.reset_forward)
        for layer, neurons in fired.items():
            if not learns or rules.skip <= step < self.half:
                self.count[f"{layer}.h"][neurons] += 1
            elif step >= self.half + rules.skip:
                self.count[f"{layer}.h_hat"][neurons] += 1
        for name, (below, above) in self.architecture.projections().items():
            for neuron in fired[below]:
                self.U[above] += self.state[f"{name}.w"][neuron]
        return fired

    def _backward(self, forward, label, step):
        """The error network in a step of phase 2."""
        rules = self.rules
        fired = {}
        for layer, E in self.E.items():
            # Eq. 5: the derivative of a neuron that was silent in phase 1 is 0.
            gated = rules.gated and layer != "output"
            able = self.count[f"{layer}.h"] > 0 if gated else True
            for name, sign in SIGNS.items():
                neurons = self._fire(E, self.theta_e[layer], rules.reset_error, sign, able)
                fired[f"{layer}_{name}"] = neurons
                self.count[f"{layer}_{name}.count"][neurons] += 1
        since = step - self.half - rules.wait
        if since >= 0:
            # Section 3.4, the loss: E_l += w_L s_target - w_L s_l.
            self.E["output"][forward["output"]] -= self.real(rules.w_loss)
            if since % rules.target_period == 0:
                fired["target"] = [label]
                self.E["output"][label] += self.real(rules.w_loss)
        for layer in self.architecture.hidden:
            source = self.architecture.feedback_source(layer)
            if self.architecture.feedback == "sw":
                weights = self.state[f"{layer}_{source}.w"].T
            else:
                weights = self.state[f"feedback_{layer}.B"]
            for name, sign in SIGNS.items():
                for neuron in fired[f"{source}_{name}"]:
                    self.E[layer] += sign * weights[neuron]              # Eq. 8
        for layer, U in self.U.items():
            for name, sign in SIGNS.items():
                neurons = fired[f"{layer}_{name}"]
                U[neurons] += sign * self.real(rules.gamma * self.theta[layer])    # Eq. 13
                if rules.bounded and sign < 0:
                    U[neurons] = np.maximum(U[neurons], -self.real(self.theta[layer]))
        return fired

    def _fire(self, potential, theta, reset, sign=1, able=True):
        """Which neurons fire; they are set back."""
        theta = self.real(theta)
        fired = np.flatnonzero((sign * potential >= theta) & able)
        potential[fired] = 0 if reset == "zero" else potential[fired] - sign * theta
        return fired

    def _learn(self, rate):
        """Eq. 12: w += eta (h_hat - h) h_pre, for one window or for several at once."""
        for name, (below, above) in self.architecture.projections().items():
            factor = self.rules.output_factor if above == "output" else 1.0
            eta = self.real(factor * rate / self.half**2)
            pre = self.count[f"{below}.h"]
            if self.rules.presynaptic == "all":
                pre = pre + self.count[f"{below}.h_hat"]
            post = (self.count[f"{above}.h_hat"] - self.count[f"{above}.h"]).astype(self.real)
            self._change(f"{name}.w", f"{name}.dw", eta, pre.astype(self.real)[:, None], post)
            if self.rules.bias:
                # A neuron that fires in every step stands for it.
                self._change(f"{above}.b", f"{above}.db", eta, self.real(self.rules.always), post)

    def _change(self, name, total, eta, pre, post):
        """Change weights or biases, or what is summed for it. Brian2 multiplies in this order."""
        if self.rules.windows == 1:
            change = eta * pre * post
        else:
            self.state[total] += pre * post
            if eta == 0:
                return
            change = self.real(1 / self.rules.windows) * (eta * self.state[total])
            self.state[total][:] = 0
        bound = self.real(self.rules.w_max)
        self.state[name] = np.clip(self.state[name] + change, -bound, bound)
