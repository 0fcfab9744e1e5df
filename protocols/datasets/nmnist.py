"""N-MNIST: MNIST seen by a moving event camera.

G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor, "Converting static image datasets to spiking
neuromorphic datasets using saccades", Frontiers in Neuroscience 9:437 (2015).
"""

import pathlib
import re

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset
from protocols.datasets.files import find, members

FILES = "Train.tar.gz and Test.tar.gz, or Train.zip and Test.zip, or the folders Train and Test"
ORIGIN = "https://www.garrickorchard.com/datasets/n-mnist"

SENSOR_SIZE = (34, 34)
EVENT = np.dtype([("t", np.int64), ("x", np.int16), ("y", np.int16), ("p", np.int16)])

OVERFLOW_ROW = 240
"""An event with this y is no spike: the clock ran over, later times grow by `OVERFLOW_STEP`
(the authors' eventvision.py)."""
OVERFLOW_STEP = 2**13

MEMBER = re.compile(r"(?:^|/)([0-9])/([0-9]+)\.bin$")


def decode(content: bytes, source: str) -> np.ndarray:
    """Decode the events of one sample.

    Five bytes an event: x, y, then one bit of polarity (1 ON) and 23 bits of time in
    microseconds, big-endian.

    Parameters
    ----------
    content : bytes
    source : str
        File name, for the error message.

    Returns
    -------
    ndarray of `EVENT`, shape (n_events,)

    Raises
    ------
    SuiteError
        If the length is not a multiple of five, there is no event, or one lies outside
        the sensor.
    """
    if not content or len(content) % 5:
        raise SuiteError(
            f"{source} has {len(content)} bytes, events take 5 bytes each: it is truncated, "
            f"unpack or fetch it again"
        )
    x, y, high, middle, low = np.frombuffer(content, np.uint8).reshape(-1, 5).T
    events = np.empty(len(x), EVENT)
    events["t"] = (high & 0x7F).astype(np.int64) << 16 | middle.astype(np.int64) << 8 | low
    events["x"] = x
    events["y"] = y
    events["p"] = high >> 7
    overflow = y == OVERFLOW_ROW
    if overflow.any():
        events["t"] += OVERFLOW_STEP * np.cumsum(overflow)
        events = events[~overflow]
    height, width = SENSOR_SIZE
    if not len(events) or events["x"].max() >= width or events["y"].max() >= height:
        raise SuiteError(
            f"{source} holds events outside the {width} x {height} pixels: it is damaged or of "
            f"another set, fetch it again"
        )
    return events


def read_part(root: pathlib.Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Read the training or the test samples.

    Parameters
    ----------
    root : pathlib.Path
        Folder or archive with the files ``LABEL/INDEX.bin``.

    Returns
    -------
    samples : list of ndarray of `EVENT`
        In the order of their index, which is that of MNIST.
    labels : ndarray of int64, shape (n,)

    Raises
    ------
    SuiteError
        If there is none, or one is damaged.
    """
    found = []
    for match, content in members(root, MEMBER):
        events = decode(content, f"{root}/{match.string}")
        found.append((int(match[2]), int(match[1]), events))
    if not found:
        raise SuiteError(f"{root} holds no files LABEL/INDEX.bin: get them from {ORIGIN}")
    found.sort(key=lambda sample: sample[0])
    return [events for _, _, events in found], np.array([label for _, label, _ in found], np.int64)


def read(folder: pathlib.Path) -> Dataset:
    """Read the set, or the part of it which is there.

    Parameters
    ----------
    folder : pathlib.Path
        Holds `FILES`, with any number of samples. The full set takes some 4 GB of memory.

    Returns
    -------
    Dataset
        Of the kind 'events', about 300 ms a sample.

    Raises
    ------
    SuiteError
        If a part is missing or damaged.
    """
    parts = {}
    for part in ("Train", "Test"):
        names = (part, f"{part}.tar.gz", f"{part}.zip", f"{part.lower()}.zip")
        parts[part] = read_part(find(folder, names, ORIGIN))
    return Dataset(
        name="n-mnist",
        kind="events",
        x_train=parts["Train"][0],
        y_train=parts["Train"][1],
        x_test=parts["Test"][0],
        y_test=parts["Test"][1],
        class_names=tuple("0123456789"),
        sensor_size=SENSOR_SIZE,
    )
