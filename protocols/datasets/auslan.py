"""Australian Sign Language signs (high quality): series of glove readings.

M. W. Kadous, "Temporal classification", PhD thesis, University of New South Wales (2002);
UCI Machine Learning Repository, 'tctodd'. One signer, 95 signs, nine sessions in nine weeks
with three samples of each sign. About 100 frames a second, 22 readings a frame: for the left,
then the right hand x, y, z, roll, pitch, yaw and the bend of the five fingers.
"""

import pathlib
import re

import numpy as np

from models.errors import SuiteError
from protocols.datasets.dataset import Dataset
from protocols.datasets.files import find, members
from protocols.files import reading

FILES = "tctodd.tar.gz, or unpacked the folders tctodd1 .. tctodd9"
ORIGIN = "https://archive.ics.uci.edu/dataset/115/australian+sign+language+signs+high+quality"

N_READINGS = 22
TEST_SAMPLE = 3

MEMBER = re.compile(r"(?:^|/)([^/.][^/]*)-([0-9]+)\.tsd$")

ALIASES = {"her": "his_hers", "hers": "his_hers"}
"""The published archive spells one sign otherwise in its first folder."""


def decode(content: bytes, source: str) -> np.ndarray:
    """Decode one sample.

    Parameters
    ----------
    content : bytes
        Text, a line of 22 numbers a frame.
    source : str
        File name, for the error message.

    Returns
    -------
    ndarray of float64, shape (frames, 22)

    Raises
    ------
    SuiteError
        If a line has another number of readings, or a reading is no finite number.
    """
    if not content.strip():
        raise SuiteError(f"{source} is empty: unpack or fetch it again")
    with reading(source):
        series = np.loadtxt(content.splitlines(), ndmin=2)
    if series.shape[1] != N_READINGS:
        raise SuiteError(
            f"{source} has {series.shape[1]} readings a frame, not {N_READINGS}: fetch it again"
        )
    if not np.isfinite(series).all():
        raise SuiteError(f"{source} holds NaN or infinite readings: fetch it again")
    return series


def read(folder: pathlib.Path) -> Dataset:
    """Read the set and split it.

    Shrestha et al. (2019, section 4.4) do not say how they divided the samples (nor which 50
    of the 95 signs their 50 output neurons stand for). Here the third sample of each session
    is the test sample: 18 training and 9 test samples a sign, no chance in it, and each of
    the nine weeks in both parts, as in the random splits usual for this set. Whole sessions
    held out would be a harder task.

    Parameters
    ----------
    folder : pathlib.Path
        Holds `FILES`, the folders also inside one named ``tctodd``.

    Returns
    -------
    Dataset
        Of the kind 'series', 1710 training and 855 test samples of 45 to 136 frames, ordered
        by session, then by sign. Readings as recorded, not scaled.

    Raises
    ------
    SuiteError
        If files are missing or damaged.
    """
    root = find(folder, ("tctodd", "tctodd.tar.gz", "tctodd1"), ORIGIN)
    root = folder if root.name == "tctodd1" else root
    parts = {"train": [], "test": []}
    for match, content in sorted(members(root, MEMBER), key=lambda found: found[0].string):
        part = parts["test" if int(match[2]) == TEST_SAMPLE else "train"]
        sign = ALIASES.get(match[1], match[1])
        part.append((sign, decode(content, f"{root}/{match.string}")))
    signs = {part: {sign for sign, _ in samples} for part, samples in parts.items()}
    if len(signs["train"]) < 2 or signs["train"] != signs["test"]:
        raise SuiteError(
            f"{root} must hold SIGN-1.tsd, SIGN-2.tsd and SIGN-3.tsd for two signs or more: "
            f"get it from {ORIGIN}"
        )
    class_names = tuple(sorted(signs["train"]))
    label = {sign: number for number, sign in enumerate(class_names)}
    x = {}
    y = {}
    for part, samples in parts.items():
        x[part] = [series for _, series in samples]
        y[part] = np.array([label[sign] for sign, _ in samples], np.int64)
    return Dataset(
        name="auslan",
        kind="series",
        x_train=x["train"],
        y_train=y["train"],
        x_test=x["test"],
        y_test=y["test"],
        class_names=class_names,
    )
