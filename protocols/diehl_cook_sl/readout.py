"""Answers from spike counts: the SL layer, and label statistics of the hidden layer."""

import numpy as np


def sl_answer(counts: np.ndarray) -> np.ndarray:
    """Most active SL neuron; the lowest class on a tie or silence.

    Parameters
    ----------
    counts : ndarray, shape (n_samples, n_classes)

    Returns
    -------
    ndarray of int, shape (n_samples,)
    """
    return np.argmax(counts, axis=1)


class LabelStatistics:
    """Which class a hidden neuron stands for (Diehl & Cook 2015), from training data alone.

    Spike counts of the last ``window`` training samples are summed by class, in blocks.

    Parameters
    ----------
    n_neurons, n_classes : int
    window : int
        Samples, 60,000 (one epoch) in Hao et al. (2020).
    n_blocks : int
        Resolution of the window.
    """

    def __init__(self, n_neurons: int, n_classes: int, window: int, n_blocks: int = 12):
        self.n_classes = n_classes
        self.block = max(1, window // n_blocks)
        self.n_blocks = n_blocks
        self.sums = np.zeros((1, n_classes, n_neurons), np.float32)
        self.samples = np.zeros((1, n_classes), np.int64)

    def add(self, labels: np.ndarray, counts: np.ndarray) -> None:
        """Add training samples: labels (n,), spike counts (n, n_neurons).

        The blocks are the same however the samples are divided among calls.
        """
        while len(labels):
            # A block of another run can be a larger one.
            room = max(self.block - self.samples[-1].sum(), 0) or self.block
            self._add(labels[:room], counts[:room])
            labels = labels[room:]
            counts = counts[room:]

    def _add(self, labels, counts):
        """Add samples of one block."""
        if self.samples[-1].sum() >= self.block:
            self.sums = np.concatenate([self.sums, np.zeros_like(self.sums[:1])])
            self.samples = np.concatenate([self.samples, np.zeros_like(self.samples[:1])])
        self.sums = self.sums[-self.n_blocks:]
        self.samples = self.samples[-self.n_blocks:]
        np.add.at(self.sums[-1], labels, counts)
        np.add.at(self.samples[-1], labels, 1)

    def classes(self) -> np.ndarray:
        """Class with the highest mean count per neuron, -1 for silent ones, shape (N,)."""
        samples = self.samples.sum(0)
        means = self.sums.sum(0) / np.maximum(samples, 1)[:, None]
        return np.where(means.max(0) > 0, means.argmax(0), -1)

    def arrays(self) -> dict[str, np.ndarray]:
        """What a checkpoint keeps."""
        return {"labels.sums": self.sums, "labels.samples": self.samples}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take back what `arrays` gave."""
        self.sums = arrays["labels.sums"]
        self.samples = arrays["labels.samples"]


def label_answer(counts: np.ndarray, classes: np.ndarray,
                 n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Class whose neurons fired most on average; the lowest class on a tie.

    Parameters
    ----------
    counts : ndarray, shape (n_samples, n_neurons)
    classes : ndarray of int, shape (n_neurons,)
        From `LabelStatistics.classes`; a class without a neuron gets no vote.

    Returns
    -------
    answer : ndarray of int, shape (n_samples,)
    votes : ndarray, shape (n_samples, n_classes)
        Mean spike count of the neurons of each class.
    """
    member = classes[:, None] == np.arange(n_classes)
    votes = counts @ member / np.maximum(member.sum(0), 1)
    return np.argmax(votes, axis=1), votes
