"""What a network did while it learned: which images it was shown, its spikes and thresholds."""

from __future__ import annotations

import numpy as np

from protocols.runs.checkpoint import Checkpoint, array


class History:
    """Course of a training, chunk by chunk.

    Attributes
    ----------
    order, spikes : list of ndarray of int
        Which image each training sample was, and its hidden spikes; without a hidden layer none.
    theta : list of (int, float)
        Samples shown and the mean threshold in mV, after each chunk.
    """

    def __init__(self):
        self.order = []
        self.spikes = []
        self.theta = []

    def add(self, index: np.ndarray) -> None:
        """Add images that were shown."""
        self.order.append(index.astype(np.int32))

    def add_hidden(self, spikes: np.ndarray, samples: int, theta: float) -> None:
        """Add hidden spikes of each of these samples, and the mean threshold (mV) after them."""
        self.spikes.append(spikes.astype(np.int32))
        self.theta.append((samples, theta))

    @property
    def last_theta(self) -> float | None:
        """Mean threshold in mV after the last chunk."""
        return float(self.theta[-1][1]) if self.theta else None

    def arrays(self) -> dict[str, np.ndarray]:
        """Of a checkpoint."""
        return {"spikes": _joined(self.spikes), "order": _joined(self.order),
                "theta": np.array(self.theta, float).reshape(-1, 2)}

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> History:
        """The course that a checkpoint holds.

        Raises
        ------
        SuiteError
            If arrays are missing or have another shape.
        """
        found = cls()
        found.spikes = [array(checkpoint, "spikes", (None,), "i")]
        found.order = [array(checkpoint, "order", (None,), "i")]
        theta = array(checkpoint, "theta", (None, 2))
        found.theta = [(int(samples), float(mean)) for samples, mean in theta]
        return found

    def activity(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Arrays of ``activity.npz``.

        Parameters
        ----------
        images : ndarray, shape (n, ...)
            All training images.

        Returns
        -------
        dict of str to ndarray
            ``train_ink``, the mean pixel of each image that was shown; with a hidden layer
            ``train_spikes``, ``theta_samples`` and ``theta_mean_mV``, too.
        """
        ink = images.reshape(len(images), -1).mean(1)
        arrays = {"train_ink": ink[np.concatenate(self.order)].astype(np.float32)}
        if self.theta:
            theta = np.array(self.theta)
            arrays |= {"train_spikes": np.concatenate(self.spikes), "theta_samples": theta[:, 0],
                       "theta_mean_mV": theta[:, 1]}
        return arrays


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, np.int32)
