"""Random feedback alignment, Lillicrap, Cownden, Tweed & Akerman (2016). Nature Communications 7.

    delta_n = e                                    the loss by the drive of the output
    delta_k = (delta_{k+1} B_{k+1,k}) f'(u_k)      hidden layers, from the top
    dw_{k-1,k} = a_{k-1}^T delta_k, db_k = delta_k

It is backpropagation with a fixed random matrix B in the place of each transpose. The weights turn
towards those matrices. Tuned: the step; the width of B is such that errors keep their length.
"""

import numpy as np

from equations.zhao2020.baselines import FeedbackNumbers
from models.shared.array_module import module_of
from models.shared.layered import Array, LayeredNetwork, Lesson, Rule
from models.shared.random_matrices import uniform


class RFA(Rule):
    """The errors go back from layer to layer by fixed matrices.

    Parameters
    ----------
    network : LayeredNetwork
    numbers : equations.zhao2020.baselines.FeedbackNumbers
    seed : int
        Of the fixed matrices.

    Attributes
    ----------
    feedback : list of ndarray, shape (units of the next layer, units)
        By hidden layer.
    """

    def __init__(self, network: LayeredNetwork, numbers: FeedbackNumbers = FeedbackNumbers(),
                 seed: int = 0):
        super().__init__(network)
        self.numbers = numbers
        self.feedback = []
        for k in range(len(network.sizes) - 2):
            self.feedback.append(fixed_matrix(network, k, k + 1, numbers.width, seed))

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """As `Rule.lesson`."""
        network = self.network
        forward = network.forward(inputs)
        loss, error = network.loss(forward, targets)
        deltas = [error]
        for k in range(len(forward.slopes) - 2, -1, -1):
            deltas.insert(0, (deltas[0] @ self.feedback[k]) * forward.slopes[k])
        return Lesson(loss, network.gradients(forward.activities, deltas), forward)


def fixed_matrix(network: LayeredNetwork, k: int, source: int, width: float, seed: int) -> Array:
    """Weights of errors from one layer to another.

    Parameters
    ----------
    network : LayeredNetwork
        Of its arrays' type.
    k, source : int
        Layers behind the input (the first is 0): where errors arrive, and where they come from.
    width : float
        They are U(-width, width)/sqrt(units of the source).
    seed : int

    Returns
    -------
    ndarray, shape (units of the source, units)
    """
    shape = (network.sizes[source + 1], network.sizes[k + 1])
    name = f"feedback_{network.layers[source + 1]}_{network.layers[k + 1]}.B"
    drawn = uniform(seed, name, shape, width / shape[0]**0.5)
    like = network.weights(k)
    return module_of(like).asarray(drawn.astype(like.dtype))
