"""Three easy classes of 8 x 8 pixels, and a network of ten neurons trained on them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.devices import compile_network
from protocols.diehl_cook_sl import __main__ as diehl_cook_sl, training

SIDE = 8
CLASSES = ("3", "5", "8")
HALF, WHOLE = 24, 48  # training samples of a tiny run


def images(n, seed):
    """``n`` noisy images a class, a bright bar at another place in each, and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(len(CLASSES)), n)
    bars = np.zeros((len(CLASSES), SIDE, SIDE))
    for k, bar in enumerate(bars):
        bar[:, 2 * k:2 * k + 3] = 220
    noisy = bars[labels] + rng.normal(0, 20, (len(labels), SIDE, SIDE))
    return np.clip(noisy, 0, 255).astype(np.uint8), np.array(CLASSES, dtype=int)[labels]


def write_data(path, n_train=10, n_test=4, **changes):
    """Write a data set as .npz; ``changes`` replace its arrays."""
    (x_train, y_train), (x_test, y_test) = images(n_train, 0), images(n_test, 1)
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    np.savez(path, **arrays | changes)
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
    networks : dict
        The compiled networks by label, for other runs with these options.
    """

    path: Path
    data: Path
    options: list
    networks: dict


def train(folder):
    """Make a `TinyRun` in a folder."""
    data = write_data(folder / "tiny.npz")
    run = TinyRun(folder / "run", data, [
        "--dataset", str(data), "--hidden", "10", "--epochs", "2", "--held-out", "6",
        "--test-every", str(HALF), "--workers", "1", "--no-figures"], {})

    def keeping(build, device, label, *more):
        run.networks[label] = compile_network(build, device, label, *more)
        return run.networks[label]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "compile_network", keeping)
        diehl_cook_sl.main([*run.options, "--keep", str(HALF), "--out", str(run.path)])
    return run
