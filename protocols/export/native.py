"""What the command line learns: the weights that the page is to end with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from protocols.runs.checkpoint import Checkpoint, read_checkpoint
from protocols.runs.directory import CHECKPOINT
from protocols.runs.learner import Learner


def native_weights(learner: Learner, end: int, checkpoint: Checkpoint | None
                   ) -> dict[str, np.ndarray]:
    """Weights and thresholds after some samples, by the compiled program of the run.

    Parameters
    ----------
    learner : Learner
    end : int
        Samples.
    checkpoint : Checkpoint or None
        Of the run; learning goes on from it, unless it has shown more samples.

    Returns
    -------
    dict of str to ndarray
    """
    position = 0
    if checkpoint is not None and checkpoint.progress.samples <= end:
        learner.restore(checkpoint)
        position = checkpoint.progress.samples
    else:
        learner.begin()
    while position < end:
        position = learner.advance(position, end)
    return learner.exact()


def latest_checkpoint(directory: Path, end: int) -> Checkpoint | None:
    """The checkpoint of a run that has come nearest to a number of samples, without passing it.

    Those of ``--keep`` count, too.

    Parameters
    ----------
    directory : Path
    end : int
    """
    found = None
    for path in [directory / CHECKPOINT, *directory.glob("checkpoint-*.npz")]:
        if path.exists():
            each = read_checkpoint(path)
            samples = each.progress.samples
            if samples <= end and (found is None or samples > found.progress.samples):
                found = each
    return found
