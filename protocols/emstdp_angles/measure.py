"""The angles of one run, from its checkpoints into its activity.npz."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from models.devices import compile_network
from models.emstdp.network import build
from models.errors import SuiteError
from models.shared.counter_random import stream
from protocols.emstdp.learner import EMSTDPLearner
from protocols.emstdp.protocol import PROTOCOL
from protocols.emstdp_angles import angles
from protocols.npz import read_npz
from protocols.runs.checkpoint import Checkpoint, read_checkpoint
from protocols.runs.directory import CHECKPOINT, RunDirectory
from protocols.runs.resume import refuse_other
from protocols.runs.settings import from_tables
from protocols.runs.training import choose_samples

ACTIVITY = "activity.npz"
PURPOSE = "angles"
"""Names the random numbers of the samples and of their spikes."""


def measure(run: Path, samples: int, device: str | None = None) -> list[str]:
    """Measure the angles of a run and add them to its activity.npz.

    ``angle_samples``, shape (moments,), says after how many training samples. All others have the
    shape (moments, layers), from the first hidden layer to the output: ``angle_own_symmetric`` (of
    FA and DFA), ``angle_own_gradient`` and ``angle_symmetric_gradient``. They are means of the
    angles for single samples, in degrees.

    Parameters
    ----------
    run : Path
    samples : int
        Training samples to show.
    device : str, optional
        Default: the run's.

    Returns
    -------
    list of str
        Lines of a table.

    Raises
    ------
    SuiteError
        If it is no finished run of `protocols.emstdp`, or there are not so many samples.
    """
    learner, checkpoints = opened(run, device)
    if not 0 < samples <= len(learner.train):
        raise SuiteError(f"--samples {samples}: give a number from 1 to {len(learner.train)}")
    batch = drawn(learner, samples)
    ways = networks(learner)
    rows = {}
    for moment, state in moments(learner, checkpoints):
        row = angles_of(learner, ways, state, batch)
        if np.isfinite(list(row.values())).all():
            rows[moment] = row
        else:
            learner.say(f"after {moment} samples a layer does not change: left out; show more "
                        "(--samples)")
    if not rows:
        raise SuiteError(f"{run}: at none of its checkpoints do all layers change; show more "
                         "samples (--samples)")
    names = list(next(iter(rows.values())))
    found = {"angle_samples": np.array(list(rows))}
    found |= {name: np.array([row[name] for row in rows.values()]) for name in names}
    with RunDirectory(run) as directory:
        directory.write_arrays(ACTIVITY, read_npz(run / ACTIVITY) | found)
    return table(learner, found)


def opened(run: Path, device: str | None) -> tuple[EMSTDPLearner, list[Checkpoint]]:
    """The learner of a run, and its checkpoints from the first to the last.

    Raises
    ------
    SuiteError
        If it is no finished run of this protocol, or its data are not there.
    """
    last = read_checkpoint(run / CHECKPOINT)
    if last.protocol != PROTOCOL.name:
        raise SuiteError(f"{run} is of protocols.{last.protocol}; give a run of {PROTOCOL.name}")
    if not (run / ACTIVITY).exists():
        raise SuiteError(f"{run} is not finished: it has no {ACTIVITY}; continue it with --resume")
    settings = from_tables(PROTOCOL.settings, last.tables, PROTOCOL.name)
    if device is not None:
        settings = replace(settings, device=device)
    dataset = settings.load()
    refuse_other(last, PROTOCOL, settings, dataset.fingerprint())
    learner = PROTOCOL.learner(settings, dataset, choose_samples(settings, dataset)[0])
    kept = [read_checkpoint(path) for path in run.glob("checkpoint-*.npz")]
    kept.sort(key=_shown)
    return learner, [each for each in kept if _shown(each) < _shown(last)] + [last]


def _shown(checkpoint):
    return checkpoint.progress.samples


def moments(learner: EMSTDPLearner, checkpoints: list[Checkpoint]):
    """Samples shown and the state of the network, from the beginning on."""
    learner.begin()
    yield 0, learner.state
    for checkpoint in checkpoints:
        learner.restore(checkpoint)
        yield checkpoint.progress.samples, learner.state


def drawn(learner: EMSTDPLearner, samples: int) -> angles.Batch:
    """Training samples, drawn at random."""
    number = stream(learner.settings.seed, PURPOSE)
    index = np.random.default_rng(number).permutation(learner.train)[:samples]
    return angles.Batch(learner.patterns["train"][index], learner.labels[index], number)


def networks(learner: EMSTDPLearner) -> dict:
    """Architectures and compiled networks: the run's own and the symmetric one.

    Both have the run's rules, so that only the way of the errors differs.
    """
    own = learner.architecture
    found = {"own": (own, learner.network(True))}
    symmetric = replace(own, feedback="sw")
    if symmetric == own:
        return {"symmetric": found["own"]}
    settings = learner.settings
    found["symmetric"] = (symmetric, compile_network(
        partial(build, symmetric), settings.device, "training (EMSTDP, symmetric weights)",
        settings.precision, announce=learner.say))
    return found


def angles_of(learner: EMSTDPLearner, ways: dict, state: dict,
              batch: angles.Batch) -> dict[str, list[float]]:
    """Angles at one moment, a list by layer for each pair of updates."""
    precision = learner.settings.precision
    updates = {way: angles.factors(architecture, precision, network, state, batch)
               for way, (architecture, network) in ways.items()}
    gradient = angles.descent(learner.architecture, state, batch)
    found = {f"angle_{way}_gradient": angles.between(update, gradient)
             for way, update in updates.items()}
    if "own" in updates:
        found["angle_own_symmetric"] = angles.between(updates["own"], updates["symmetric"])
    return found


def table(learner: EMSTDPLearner, found: dict[str, np.ndarray]) -> list[str]:
    """Lines of a table: a row per moment, pairs of updates beside each other."""
    layers = learner.architecture.layers[1:]
    lines = []
    for name, values in found.items():
        if name == "angle_samples":
            continue
        lines.append(f"{name.removeprefix('angle_').replace('_', ' ')}, degrees")
        lines.append("".join(f"{word:>10s}" for word in ("samples", *layers)))
        for moment, row in zip(found["angle_samples"], values):
            lines.append(f"{moment:10d}" + "".join(f"{value:10.1f}" for value in row))
    return lines
