"""Logistic regression as a protocol of its own: what a new method has to write, and no more.

``python -m tests.logistic`` is its command line.
"""

from dataclasses import dataclass

import numpy as np

from protocols.runs.checkpoint import array
from protocols.runs.declaration import setting
from protocols.runs.learner import Answers, Learner
from protocols.runs.protocol import Protocol
from protocols.runs.settings import RunSettings


@dataclass(frozen=True)
class LogisticSettings(RunSettings):
    """Settings of logistic regression."""

    rate: float = setting(0.5, "training", "learning rate", above=0)
    batch: int = setting(16, "training", "samples per step", at_least=1)


class LogisticLearner(Learner):
    """Gradient descent on the cross-entropy of one layer, batch after batch."""

    def _pixels(self, split, index):
        samples = getattr(self.dataset, f"x_{split}")[index]
        return samples.reshape(len(index), -1) / 255

    @property
    def total(self):
        """Samples of all epochs."""
        return round(self.settings.epochs * len(self.train))

    def next_test(self, position):
        """The end of the epoch."""
        return (position // len(self.train) + 1) * len(self.train)

    def begin(self):
        """Weights of 0."""
        self.weights = np.zeros((self._pixels("test", [0]).shape[1], self.dataset.n_classes))

    def advance(self, position, stop):
        """Learn one batch, in an order that depends on the seed and the epoch alone."""
        epoch, inside = divmod(position, len(self.train))
        order = np.random.default_rng([self.settings.seed, epoch]).permutation(self.train)
        index = order[inside:min(inside + self.settings.batch, inside + stop - position)]
        pixels = self._pixels("train", index)
        error = softmax(pixels @ self.weights) - np.eye(self.dataset.n_classes)[
            self.dataset.y_train[index]]
        self.weights = self.weights - self.settings.rate * pixels.T @ error / len(index)
        return position + len(index)

    def learned(self):
        """The weights."""
        return {"w": self.weights.copy()}

    def test(self, split, index, purpose, learned=None):
        """The class of the highest probability."""
        weights = self.weights if learned is None else learned["w"]
        probability = softmax(self._pixels(split, index) @ weights)
        return Answers({"output": probability.argmax(1)}, {"output": probability})

    def arrays(self):
        """The weights."""
        return {"w": self.weights}

    def restore(self, checkpoint):
        """Take the weights of a checkpoint."""
        self.begin()
        self.weights = array(checkpoint, "w", self.weights.shape)


def softmax(values):
    """Probabilities of the classes, shape (n, classes)."""
    powers = np.exp(values - values.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


PROTOCOL = Protocol(name="logistic", module="tests.logistic", settings=LogisticSettings,
                    learner=LogisticLearner, description=__doc__)


if __name__ == "__main__":
    from protocols.runs.command import main

    main(PROTOCOL)
