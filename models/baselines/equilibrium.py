"""Equilibrium propagation, Scellier & Bengio (2017). Frontiers in Comput. Neuroscience 11, 24.

States s_1 .. s_n of the layers behind the input s_0 = x lie in [0, 1]. Weights serve both ways.

    E = sum_k |s_k|^2/2 - sum_k s_{k-1} w_{k-1,k} s_k - sum_k b_k s_k     the energy
    C = |s_n - y|^2                         the cost as in their code; the text has half of it
    ds_k/dt = -dE/ds_k - beta dC/ds_k       and s_k is kept in [0, 1]

    free phase     beta = 0, from s = 0 to s0
    nudged phase   beta, whose sign is drawn for each batch, from s0 to s^
    dw_{k-1,k} = (s0_{k-1}^T s0_k - s^_{k-1}^T s^_k)/beta
    db_k = (s0_k - s^_k)/beta               means over a batch, which descent takes away

For small beta these are the gradients of C at s0. The output's free states are the answers.

Taken from their code: epsilon, beta, nudged steps, batch and steps of learning, by the number of
hidden layers. There each training image's states go on from where they were an epoch before. Here
they begin at 0, since what a batch teaches is a function of weights and batch alone. Tuned: the
step of two hidden layers, and the free steps of more than one.
"""

from types import ModuleType

import numpy as np
from numpy.typing import DTypeLike

from equations.zhao2020.baselines import EPNumbers
from models.errors import SuiteError
from models.shared.array_module import module_of
from models.shared.layered import (
    Array, Arrays, Forward, LayeredNetwork, Lesson, Outer, Rule, untrained,
)
from models.shared.random_matrices import uniform


def initial_states_network(sizes: tuple[int, ...], seed: int, dtype: DTypeLike = np.float32,
                           xp: ModuleType = np) -> Arrays:
    """Weights and biases of an untrained network of states.

    Parameters
    ----------
    sizes : tuple of int
        Units of the input, of the hidden layers and of the output.
    seed : int
    dtype : numpy dtype
    xp : module
        NumPy or CuPy.

    Returns
    -------
    dict of str to ndarray
        Weights are U(-r, r), r^2 = 6/(below + above) (their code); biases are 0.
    """
    def draw(name, shape):
        return uniform(seed, name, shape, (6 / sum(shape))**0.5)

    return {name: xp.asarray(value) for name, value in untrained(sizes, draw, dtype).items()}


class StatesNetwork(LayeredNetwork):
    """States that settle.

    Parameters
    ----------
    sizes : tuple of int
    arrays : dict of str to ndarray
        Of `initial_states_network`.
    numbers : equations.zhao2020.baselines.EPNumbers
    """

    def __init__(self, sizes: tuple[int, ...], arrays: Arrays, numbers: EPNumbers = EPNumbers()):
        super().__init__(sizes, arrays)
        self.numbers = numbers

    def forward(self, inputs: Array) -> Forward:
        """As `LayeredNetwork.forward`, the states of the free phase.

        Slopes are 1 inside of (0, 1), else 0.
        """
        xp = module_of(inputs)
        states = [xp.zeros((len(inputs), n), inputs.dtype) for n in self.sizes[1:]]
        states = self.relaxed(inputs, states, self.numbers.free)
        slopes = [((s > 0) & (s < 1)).astype(s.dtype) for s in states]
        return Forward([inputs, *states], slopes)

    def loss(self, forward: Forward, targets: Array) -> tuple[float, Array]:
        """As `LayeredNetwork.loss`, of C; its derivative is that by the states of the output."""
        deviation = forward.outputs - targets
        return float((deviation * deviation).sum(1).mean()), 2 * deviation

    def relaxed(self, inputs: Array, states: list, steps: int, beta: float = 0.0,
                targets: Array | None = None) -> list:
        """States after some steps of the relaxation.

        Parameters
        ----------
        inputs : ndarray, shape (samples, inputs)
        states : list of ndarray, shape (samples, units)
            Of the layers behind the input.
        steps : int
        beta : float
            Strength of the nudge.
        targets : ndarray, shape (samples, outputs)
            Of the nudge.

        Returns
        -------
        list of ndarray
        """
        xp = module_of(inputs)
        epsilon = self.numbers.epsilon
        from_inputs = self.drive(0, inputs)
        for _ in range(steps):
            moved = []
            for k, state in enumerate(states):
                drive = self.drive(k, states[k - 1]) if k else from_inputs
                if k + 1 < len(states):
                    drive = drive + states[k + 1] @ self.weights(k + 1).T
                elif beta:
                    drive = drive + 2 * beta * (targets - state)
                moved.append(xp.clip(state + epsilon * (drive - state), 0, 1))
            states = moved
        return states


class EP(Rule):
    """Free and nudged states, and the difference of their products.

    Parameters
    ----------
    network : StatesNetwork
    numbers : equations.zhao2020.baselines.EPNumbers
    seed : int
        It draws nothing.

    Raises
    ------
    SuiteError
        If the network is another one.
    """

    def __init__(self, network: StatesNetwork, numbers: EPNumbers = EPNumbers(), seed: int = 0):
        super().__init__(network)
        if not isinstance(network, StatesNetwork):
            raise SuiteError("--method ep has no spiking form: it learns with states that settle; "
                             "--method bp, rfa and dfa take every network")
        self.numbers = numbers

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """As `Rule.lesson`; the loss is C, and the generator gives the sign of beta."""
        network = self.network
        numbers = self.numbers
        forward = network.forward(inputs)
        loss, _ = network.loss(forward, targets)
        beta = numbers.beta * (1 if rng.integers(2) else -1)
        free = forward.activities
        nudged = [inputs, *network.relaxed(inputs, free[1:], numbers.nudged, beta, targets)]
        gradients = {}
        for k in range(len(network.sizes) - 1):
            step = numbers.fall**-k
            changed = (step / beta) * (free[k + 1] - nudged[k + 1])
            gradients[f"{network.layers[k + 1]}.b"] = changed.mean(0)
            below = free[k]
            above = changed
            if k:
                # s0 s0 - s^ s^ = s0 (s0 - s^) + (s0 - s^) s^, as one product of twice the rows.
                xp = module_of(inputs)
                below = xp.concatenate([free[k], free[k] - nudged[k]])
                above = xp.concatenate([2 * changed, (2 * step / beta) * nudged[k + 1]])
            gradients[f"{network.layers[k]}_{network.layers[k + 1]}.w"] = Outer(below, above)
        return Lesson(loss, gradients, forward)
