"""Error-driven local representation alignment (LRA-E), Ororbia & Mali (2019). AAAI 33, 4651-4658.

    e_n = a_n - y                                 error of the output
    y_k = f(u_k - beta e_{k+1} E_{k+1,k})         targets of the hidden layers, from the top
    e_k = a_k - y_k                               their errors
    dw_{k-1,k} = a_{k-1}^T e_k                    no slope: targets went through f
    dE_{k,k-1} = gamma e_k^T a_{k-1}              so E moves as the transpose of w moves

E is random at first. As both move alike it turns into the transpose of w, up to what is left of
the first values. Each step lessens the local errors |a_k - y_k|^2, as f rises.

Taken from the authors' code: the numbers, E ~ N(0, 1) and dE. Of their files mnist.py hands the
errors of hidden layers down by the transpose of E, mnist_newTF.py and mnist_torch.py by E, as here.
Their code has no learning biases; here db_k = e_k. Weights are orthogonal at first; theirs are
N(0, 0.01). Tuned: the step.
"""

import numpy as np

from equations.zhao2020.baselines import LRANumbers
from models.baselines.mlp import TanhMLP, check_tanh
from models.shared.array_module import module_of
from models.shared.layered import Array, Lesson, Outer, Rule
from models.shared.random_matrices import normal


class LRAE(Rule):
    """Errors of targets that error weights, which learn, hand down.

    Parameters
    ----------
    network : TanhMLP
    numbers : equations.zhao2020.baselines.LRANumbers
    seed : int
        Of the error weights.

    Attributes
    ----------
    arrays : dict of str to ndarray
        With the error weights ``'ABOVE_BELOW.E'``, shape (above, below).

    Raises
    ------
    SuiteError
        If the network is another one.
    """

    def __init__(self, network: TanhMLP, numbers: LRANumbers = LRANumbers(), seed: int = 0):
        super().__init__(network)
        check_tanh(network, "lra-e")
        self.numbers = numbers
        for k in range(1, len(network.sizes) - 1):
            like = network.weights(k)
            name = self.error_weights(k)
            drawn = normal(seed, name, like.shape[::-1], numbers.spread)
            self.arrays[name] = module_of(like).asarray(drawn.astype(like.dtype))

    def error_weights(self, k: int) -> str:
        """Name of the error weights from the k-th layer behind the input to the one below."""
        return f"{self.network.layers[k + 1]}_{self.network.layers[k]}.E"

    def lesson(self, inputs: Array, targets: Array, rng: np.random.Generator) -> Lesson:
        """As `Rule.lesson`."""
        network = self.network
        forward = network.forward(inputs)
        loss, error = network.loss(forward, targets)
        errors = [error]
        for k in range(len(network.sizes) - 2, 0, -1):
            handed = errors[0] @ self.arrays[self.error_weights(k)]
            u = forward.details["drives"][k - 1]
            target = network.activity(k - 1, u - self.numbers.beta * handed)
            errors.insert(0, forward.activities[k] - target)
        gradients = network.gradients(forward.activities, errors)
        for k in range(1, len(errors)):
            scaled = self.numbers.gamma * errors[k]
            gradients[self.error_weights(k)] = Outer(scaled, forward.activities[k])
        return Lesson(loss, gradients, forward)
