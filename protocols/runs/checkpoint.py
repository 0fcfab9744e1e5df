"""Checkpoints: arrays and facts of a run in one file, read whole and checked or not at all."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.errors import Diverged, SuiteError
from protocols.npz import read_npz
from protocols.runs.declaration import is_finite
from protocols.runs.directory import RunDirectory
from protocols.runs.settings import FORMAT


@dataclass
class Progress:
    """Where a run stands, apart from its learner.

    Attributes
    ----------
    samples : int
        Training samples shown.
    rows : list of dict
        Evaluations so far (metrics.csv).
    best : dict
        By readout, ``{"value": per cent, "samples": when}`` of the best held-out evaluation.
    warnings : list of str
        What was noticed of the network.
    cpu_seconds, wall_seconds : float
    promised : bool
        Whether all devices so far compute the same bits everywhere
        (`protocols.runs.weights_hash.promised`).
    """

    samples: int = 0
    rows: list = field(default_factory=list)
    best: dict = field(default_factory=dict)
    warnings: list = field(default_factory=list)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    promised: bool = True


@dataclass(frozen=True)
class Checkpoint:
    """Content of a checkpoint file.

    Attributes
    ----------
    path : Path
    protocol : str
    tables : dict
        Of the run's config.toml.
    fingerprint : dict
        Of its data, `protocols.datasets.Dataset.fingerprint`.
    data : dict
        What a network must know of its data, `protocols.datasets.Description`.
    progress : Progress
    facts : dict
        The learner's own.
    arrays : dict of str to ndarray
        The learner's own; and ``best:READOUT:NAME``, what had been learned at the best evaluation.
    """

    path: Path
    protocol: str
    tables: dict
    fingerprint: dict
    data: dict
    progress: Progress
    facts: dict
    arrays: dict

    def learned(self, readout: str) -> dict[str, np.ndarray]:
        """What had been learned at the best held-out evaluation of a readout; empty if none was."""
        return part(self.arrays, f"best:{readout}")

    def other_data(self, fingerprint: dict) -> list[str]:
        """Entries in which a fingerprint is not that of the checkpoint's data, sorted."""
        now = json.loads(json.dumps(fingerprint))
        return sorted(name for name in now if self.fingerprint.get(name) != now[name])


def write_checkpoint(directory: RunDirectory, checkpoint: Checkpoint, name: str = "checkpoint"):
    """Write ``NAME.npz`` with the facts as JSON inside it, and some of them again beside it.

    One file holds both, so that no kill can leave them out of step; the copy beside it is for
    reading.

    Raises
    ------
    SuiteError
        If an array is not finite, or the disk is full; the file of before stays.
    """
    refuse_infinite(checkpoint.arrays, checkpoint.progress.samples)
    progress = vars(checkpoint.progress)
    facts = {"format": FORMAT, "protocol": checkpoint.protocol, "tables": checkpoint.tables,
             "fingerprint": checkpoint.fingerprint, "data": checkpoint.data,
             "progress": progress, "facts": checkpoint.facts,
             # A damaged directory of the file can make arrays vanish.
             "arrays": sorted(checkpoint.arrays)}
    text = json.dumps(facts).encode()
    data = io.BytesIO()
    np.savez(data, facts=np.frombuffer(text, np.uint8), **checkpoint.arrays)
    directory.write(f"{name}.npz", data.getvalue())
    brief = {key: progress[key] for key in ("samples", "best", "cpu_seconds", "wall_seconds")}
    brief = {"format": FORMAT, "protocol": checkpoint.protocol, **brief}
    directory.write_json(f"{name}.json", brief)


def refuse_infinite(arrays: dict[str, np.ndarray], samples: int):
    """Refuse to test or keep what has diverged.

    Raises
    ------
    Diverged
        If an array holds NaN or infinity.
    """
    for name, value in arrays.items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise Diverged(f"{name.partition(':')[2] or name} is not finite after {samples} "
                           "samples: lower the learning rate")


def read_checkpoint(path) -> Checkpoint:
    """Read and check a checkpoint file.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    SuiteError
        If it is missing, damaged, none of this suite, or of another format.
    """
    path = Path(path)
    if not path.exists():
        raise SuiteError(f"there is no checkpoint {path}; a training writes one into its run "
                         "directory")
    arrays = read_npz(path, advice="take another checkpoint or start the run anew")
    try:
        facts = json.loads(arrays.pop("facts").tobytes())
    except (KeyError, ValueError, RecursionError):
        raise _no_checkpoint(path) from None
    if not isinstance(facts, dict):
        raise _no_checkpoint(path)
    if facts.get("format") != FORMAT:
        if "plan" in facts:
            raise SuiteError(f"{path} was written by an older version of the suite (format 1): "
                             "start the run anew, or continue it with that version")
        raise _no_checkpoint(path)
    if facts.get("arrays") != sorted(arrays):
        raise SuiteError(f"{path} is damaged: arrays are missing; take another checkpoint or start "
                         "the run anew")
    refuse = _refuser(path)
    for name, kind in (("protocol", str), ("tables", dict), ("fingerprint", dict), ("data", dict),
                       ("progress", dict), ("facts", dict)):
        refuse(isinstance(facts.get(name), kind), name)
    return Checkpoint(path, facts["protocol"], facts["tables"], facts["fingerprint"],
                      facts["data"], _progress(facts["progress"], refuse), facts["facts"], arrays)


def _progress(found: dict, refuse) -> Progress:
    """Progress of a checkpoint's facts, checked."""
    # Checkpoints of earlier versions do not say it.
    found = {"promised": True} | found
    for name in vars(Progress()):
        refuse(name in found, name)
    refuse(is_count(found["samples"]), "samples")
    for name in ("cpu_seconds", "wall_seconds"):
        refuse(is_number(found[name]) and found[name] >= 0, name)
    refuse(isinstance(found["promised"], bool), "promised")
    refuse(isinstance(found["rows"], list) and all(map(_is_row, found["rows"])), "rows")
    columns = [list(row) for row in found["rows"]]
    refuse(all(each == columns[0] for each in columns), "rows")
    refuse(isinstance(found["warnings"], list)
           and all(isinstance(text, str) for text in found["warnings"]), "warnings")
    refuse(isinstance(found["best"], dict) and all(map(_is_best, found["best"].values())), "best")
    return Progress(**{name: found[name] for name in vars(Progress())})


def _is_row(row: object) -> bool:
    """Whether it is a row of metrics.csv."""
    if not isinstance(row, dict) or not is_count(row.get("samples")):
        return False
    if row.get("split") not in ("test", "validation"):
        return False
    return all(value is None or isinstance(value, str) or is_number(value)
               for value in row.values())


def _is_best(entry: object) -> bool:
    """Whether it tells of a best evaluation."""
    return (isinstance(entry, dict) and is_number(entry.get("value"))
            and is_count(entry.get("samples")))


def is_number(value: object) -> bool:
    """Whether something that was read is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and is_finite(value)


def is_count(value: object) -> bool:
    """Whether something that was read is 0 or a positive whole number."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _refuser(path: Path):
    def refuse(sound: bool, name: str):
        if not sound:
            raise SuiteError(f"{path} is damaged: its {name} makes no sense; take another "
                             "checkpoint or start the run anew")

    return refuse


def _no_checkpoint(path: Path) -> SuiteError:
    return SuiteError(f"{path} is no checkpoint of this suite; take another one or start the run "
                      "anew")


def fact(checkpoint: Checkpoint, name: str, kind: type) -> object:
    """A fact of the learner's own, of the right kind.

    Raises
    ------
    SuiteError
        If it is missing, of another kind, negative or not finite.
    """
    value = checkpoint.facts.get(name)
    sound = isinstance(value, kind) and isinstance(value, bool) == (kind is bool)
    if kind in (int, float):
        sound = sound and is_finite(value) and value >= 0
    if not sound:
        raise SuiteError(f"{checkpoint.path} is damaged: its {name} makes no sense; take another "
                         "checkpoint or start the run anew")
    return value


def array(checkpoint: Checkpoint, name: str, shape: tuple, kinds: str = "f") -> np.ndarray:
    """An array of the learner's own, of the right shape and kind.

    Parameters
    ----------
    checkpoint : Checkpoint
    name : str
    shape : tuple
        ``None`` stands for any length.
    kinds : str
        Of NumPy: 'f' real, 'i' whole numbers.

    Raises
    ------
    SuiteError
        If it is missing, not of that shape or kind, or not finite.
    """
    value = checkpoint.arrays.get(name)
    fits = (value is not None and value.dtype.kind in kinds and len(value.shape) == len(shape)
            and all(n is None or n == m for n, m in zip(shape, value.shape)))
    if not fits:
        raise SuiteError(f"{checkpoint.path} belongs to another network: its {name} is missing or "
                         f"not of shape {shape}")
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        raise SuiteError(f"{checkpoint.path} holds NaN or infinity in {name}; take another "
                         "checkpoint or start the run anew")
    return value


def part(arrays: dict, prefix: str) -> dict:
    """Arrays whose names begin with ``PREFIX:``, without it."""
    beginning = f"{prefix}:"
    return {name.removeprefix(beginning): value for name, value in arrays.items()
            if name.startswith(beginning)}


def prefixed(prefix: str, arrays: dict) -> dict:
    """Arrays with ``PREFIX:`` before their names."""
    return {f"{prefix}:{name}": value for name, value in arrays.items()}
