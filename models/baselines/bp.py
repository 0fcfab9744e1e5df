"""Backpropagation, Rumelhart, Hinton & Williams (1986). Nature 323, 533-536.

    delta_n = e                                      the loss by the drive of the output
    delta_k = (delta_{k+1} w_{k,k+1}^T) f'(u_k)      hidden layers, from the top
    dw_{k-1,k} = a_{k-1}^T delta_k, db_k = delta_k   means over a batch

f'(u_k) are the network's slopes, so the rule takes any layered network, also one that spikes.
Tuned: the step alone.
"""

import numpy as np

from equations.zhao2020.baselines import BPNumbers
from models.shared.layered import Array, LayeredNetwork, Lesson, Rule


class BP(Rule):
    """The errors go back by the weights themselves.

    Parameters
    ----------
    network : LayeredNetwork
    numbers : equations.zhao2020.baselines.BPNumbers
        Of the learner; the rule itself has none.
    seed : int
        It draws nothing.
    """

    def __init__(self, network: LayeredNetwork, numbers: BPNumbers = BPNumbers(), seed: int = 0):
        super().__init__(network)
        self.numbers = numbers

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """As `Rule.lesson`; the gradients are those of the loss."""
        network = self.network
        forward = network.forward(inputs)
        loss, error = network.loss(forward, targets)
        deltas = [error]
        for k in range(len(forward.slopes) - 2, -1, -1):
            deltas.insert(0, (deltas[0] @ network.weights(k + 1).T) * forward.slopes[k])
        return Lesson(loss, network.gradients(forward.activities, deltas), forward)
