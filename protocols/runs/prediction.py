"""Classifying single images with a trained run of any protocol."""

import sys
import time
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import numpy as np

from models.errors import SuiteError
from models.shared.cpu_time import cpu_seconds
from protocols import datasets
from protocols.runs import protocol as protocols
from protocols.runs.checkpoint import Checkpoint, is_number, read_checkpoint
from protocols.runs.directory import CHECKPOINT
from protocols.runs.learner import Answers, Learner
from protocols.runs.settings import declarations, from_tables

PURPOSE = "predict"
"""Names the random numbers of a prediction."""

say = partial(print, file=sys.stderr)
"""Standard output is for the answers."""


@dataclass(frozen=True, eq=False)
class Images(datasets.Dataset):
    """Images to be classified, as a set of data without training samples.

    Attributes
    ----------
    training_drive : float
        Mean sum of the pixels of the images that the network was trained on.
    """

    training_drive: float = 0.0

    @property
    def drive(self) -> float:
        """Mean sum of the pixels (0 to 255) of a training image."""
        return self.training_drive


def described_data(checkpoint: Checkpoint) -> datasets.Description:
    """What a checkpoint says of its data.

    Raises
    ------
    SuiteError
        If that makes no sense.
    """
    found = dict(checkpoint.data)
    if not _is_description(found):
        raise SuiteError(f"{checkpoint.path} does not describe its data as it should; choose "
                         "another run")
    found["image_shape"] = tuple(found["image_shape"])
    found["class_names"] = tuple(found["class_names"])
    return datasets.Description(**found)


def _is_description(found: dict) -> bool:
    """Whether it can be that of a data set."""
    if found.keys() != {field.name for field in fields(datasets.Description)}:
        return False
    shape = found["image_shape"]
    drive = found["drive"]
    return (isinstance(found["name"], str) and isinstance(found["kind"], str)
            and _is_list_of(found["class_names"], str) and bool(found["class_names"])
            and _is_list_of(shape, int) and all(length > 0 for length in shape)
            and (found["kind"] != "images" or len(shape) in (2, 3))
            and is_number(drive) and drive >= 0)


def _is_list_of(value: object, kind: type) -> bool:
    """Whether it is a list of things of a kind; true and false are no numbers."""
    return isinstance(value, list) and all(
        isinstance(each, kind) and not isinstance(each, bool) for each in value)


def images_of(checkpoint: Checkpoint, files: list, resize: bool = False) -> Images:
    """Image files as the network of a checkpoint takes them.

    Where it was trained on images that were resized, or if `resize` says so, they may be of any
    size. It is told on standard error where colours become grey.

    Raises
    ------
    SuiteError
        If it takes no images, or a file cannot be used.
    """
    data = described_data(checkpoint)
    if data.kind != "images":
        raise SuiteError(f"{checkpoint.path} was trained on {data.kind}; single images cannot be "
                         "shown to it")
    resize = resize or bool(checkpoint.tables.get("run", {}).get("resize"))
    images = np.array([datasets.image_file(file, data.image_shape, resize) for file in files])
    if len(data.image_shape) == 2:
        for file in files:
            if Path(file).suffix != ".npy" and datasets.has_colours(file):
                say(f"{file}: colours become grey")
    return image_set(data, images.reshape(len(files), *data.image_shape).astype(np.uint8))


def image_set(data: datasets.Description, images: np.ndarray) -> Images:
    """Images as the test samples of a set of data.

    Parameters
    ----------
    data : datasets.Description
        Of the data that the network was trained on.
    images : ndarray of uint8, shape (n, height, width) or (n, height, width, 3)
    """
    return Images(
        name=data.name, kind="images", x_train=images[:0], y_train=np.zeros(0, np.int64),
        x_test=images, y_test=np.zeros(len(images), np.int64), class_names=data.class_names,
        training_drive=data.drive)


def trained(checkpoint: Checkpoint, images: Images, seed: int | None = None) -> Learner:
    """The learner of a checkpoint, to classify images.

    Raises
    ------
    SuiteError
        If the checkpoint is of no known protocol, or does not hold what its network needs.
    """
    protocol = protocols.find(checkpoint.protocol)
    settings = from_tables(protocol.settings, checkpoint.tables, protocol.name)
    if seed is not None:
        settings = replace(settings, seed=declarations(settings)["seed"].check(seed))
    learner = protocol.learner(settings, images, np.arange(0), say)
    learner.restore(checkpoint)
    return learner


def predict(directory, files, device: str | None = None, readout: str | None = None,
            seed: int | None = None, resize: bool = False) -> dict:
    """Classify image files.

    A run that held training samples out predicts with the weights which classified those best by
    the readout, like its predictions.csv; any other with its latest weights.

    Parameters
    ----------
    directory : path-like
        Run directory.
    files : sequence of path-like
        See `protocols.datasets.image_file`.
    device : str, optional
        One of `models.devices.DEVICES`. Default: what the protocol finds best
        (`protocols.runs.learner.Learner.classify`). The answers are the same.
    readout : str, optional
        Which one names the label. Default: that of the run.
    seed : int, optional
        Of the input spikes. Default: that of the run.
    resize : bool
        Bring images of another size to that of the training. A run that was trained with
        ``--resize`` always does.

    Returns
    -------
    dict
        ``run``, ``protocol``, ``readout``, ``units``, ``device``, ``seed``, ``build_seconds`` (of
        the network) and ``predictions``: for each file ``file``, ``label``, ``class`` (its number),
        ``votes`` of each readout by class name, the protocol's own columns of predictions.csv, and
        ``cpu_ms``.

    Raises
    ------
    SuiteError
        If the run or a file cannot be used.
    """
    checkpoint = read_checkpoint(Path(directory) / CHECKPOINT)
    images = images_of(checkpoint, list(files), resize)
    learner = trained(checkpoint, images, seed)
    readout = readout or learner.readout
    if readout not in learner.readouts:
        raise SuiteError(f"{directory} has no readout {readout!r}: choose --readout "
                         f"{' or '.join(learner.readouts)}")
    learned = checkpoint.learned(readout) or None
    began = time.perf_counter()
    used = learner.prepare_classifying(device)
    building = time.perf_counter() - began
    found = []
    for k, file in enumerate(files):
        start = cpu_seconds()
        answers = learner.classify(np.array([k]), PURPOSE, learned, device)
        seconds = cpu_seconds() - start
        if readout not in answers.predicted:
            raise SuiteError(f"{directory} has no trained {learner.words[readout]}; choose "
                             f"--readout {' or '.join(answers.predicted)}")
        found.append({"file": str(file), **_answer(answers, readout, images.class_names),
                      "cpu_ms": round(1e3 * seconds, 1)})
    return {"run": str(directory), "protocol": checkpoint.protocol, "readout": readout,
            "units": learner.units, "device": used,
            "seed": learner.settings.seed, "build_seconds": round(building, 2),
            "predictions": found}


def _answer(answers: Answers, readout: str, names: tuple) -> dict:
    """Label, votes and columns of one image."""
    answer = int(answers.predicted[readout][0])
    votes = {name: dict(zip(names, np.asarray(counts[0]).tolist()))
             for name, counts in answers.votes.items()}
    columns = {name: _plain(values[0]) for name, values in answers.columns.items()}
    return {"label": names[answer], "class": answer, "votes": votes, **columns}


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def report(result: dict) -> list[str]:
    """Lines of text for what `predict` returned."""
    words = protocols.find(result["protocol"]).learner.words
    lines = []
    for found in result["predictions"]:
        silent = not any(found["votes"].get(result["readout"], {0: 1}).values())
        remark = "  (no votes: the first class by convention)" if silent else ""
        lines.append(f"{found['file']}: {found['label']}{remark}")
        for name, votes in found["votes"].items():
            text = "  ".join(f"{label}: {vote:.3g}" for label, vote in votes.items())
            lines.append(f"  {words[name]} ({result['units'][name]})  {text}")
        own = [f"{name.replace('_', ' ')} {value}" for name, value in found.items()
               if name not in ("file", "label", "class", "votes", "cpu_ms") and value != ""]
        lines.append("  " + ", ".join([*own, f"{found['cpu_ms']:.0f} ms CPU"]))
    return lines
