"""Three easy classes of 8 x 8 pixels, and a network of ten neurons trained on them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from protocols.diehl_cook_sl.learner import DiehlCookLearner
from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.runs.command import main

SIDE = 8
CLASSES = ("3", "5", "8")
HALF = 24
"""Training samples of a tiny run up to its first test."""
WHOLE = 48


def images(n, seed):
    """``n`` noisy images a class, a bright bar at another place in each, and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(len(CLASSES)), n)
    bars = np.zeros((len(CLASSES), SIDE, SIDE))
    for k, bar in enumerate(bars):
        bar[:, 2 * k:2 * k + 3] = 220
    noisy = bars[labels] + rng.normal(0, 20, (len(labels), SIDE, SIDE))
    return np.clip(noisy, 0, 255).astype(np.uint8), np.array(CLASSES, dtype=int)[labels]


def arrays(n_train=10, n_test=4):
    """Training and test data."""
    x_train, y_train = images(n_train, 0)
    x_test, y_test = images(n_test, 1)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def write_data(path, n_train=10, n_test=4, **changes):
    """Write a data set as .npz; ``changes`` replace its arrays."""
    np.savez(path, **arrays(n_train, n_test) | changes)
    return path


@dataclass(frozen=True)
class TinyRun:
    """A finished run on three classes.

    Attributes
    ----------
    path : Path
        Run directory; the checkpoint after `HALF` of its samples is kept in it.
    data : Path
    options : list of str
        Of the command line, but for ``--out``.
    """

    path: Path
    data: Path
    options: list


def leave_out_figures(patch):
    """Let trainings record nothing that only figures need: it takes seconds."""
    patch.setattr(DiehlCookLearner, "activity", lambda *_: {})


def train(folder):
    """Make a `TinyRun` in a folder."""
    data = write_data(folder / "tiny.npz")
    run = TinyRun(folder / "run", data, [
        "--dataset", str(data), "--hidden", "10", "--epochs", "2", "--held-out", "6",
        "--test-every", str(HALF), "--workers", "1", "--no-figures"])
    with pytest.MonkeyPatch.context() as patch:
        leave_out_figures(patch)
        main(PROTOCOL, [*run.options, "--keep", str(HALF), "--out", str(run.path)])
    return run
