"""Direct feedback alignment, Nokland (2016). Advances in Neural Information Processing Systems 29.

    delta_n = e                       the loss by the drive of the output
    delta_k = (e B_k) f'(u_k)         hidden layers, all at once
    dw_{k-1,k} = a_{k-1}^T delta_k, db_k = delta_k

Each hidden layer gets the output's error by a fixed random matrix of its own. Tuned: the step; the
width of B is such that errors keep their length.
"""

import numpy as np

from equations.zhao2020.baselines import FeedbackNumbers
from models.baselines.rfa import fixed_matrix
from models.shared.layered import Array, LayeredNetwork, Lesson, Rule


class DFA(Rule):
    """The error goes from the output to each hidden layer by a fixed matrix.

    Parameters
    ----------
    network : LayeredNetwork
    numbers : equations.zhao2020.baselines.FeedbackNumbers
    seed : int
        Of the fixed matrices.

    Attributes
    ----------
    feedback : list of ndarray, shape (outputs, units)
        By hidden layer.
    """

    def __init__(self, network: LayeredNetwork, numbers: FeedbackNumbers = FeedbackNumbers(),
                 seed: int = 0):
        super().__init__(network)
        self.numbers = numbers
        output = len(network.sizes) - 2
        self.feedback = []
        for k in range(output):
            self.feedback.append(fixed_matrix(network, k, output, numbers.width, seed))

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """As `Rule.lesson`."""
        network = self.network
        forward = network.forward(inputs)
        loss, error = network.loss(forward, targets)
        deltas = [(error @ matrix) * slope
                  for matrix, slope in zip(self.feedback, forward.slopes)]
        return Lesson(loss, network.gradients(forward.activities, [*deltas, error]), forward)
