"""Lazy, checked access to the arrays of an NPZ file."""

import io
import math
import os
import re
import struct
import zipfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from analysis.errors import AnalysisError, MissingData
from analysis.files import need_file

# The arrays of activity.npz, of any protocol, and the name of each of their axes. Axes of one
# name must have one length; a mismatch means that the file mixes two runs.
ACTIVITY_AXES = {
    "images": ("samples", "pixels"),
    "image_shape": ("image axes",),
    "labels": ("samples",),
    "hidden_counts": ("samples", "hidden neurons"),
    "sl_counts": ("samples", "classes"),
    "weights_input": ("input neurons", "neurons behind the input"),
    "weights_sl": ("hidden neurons", "classes"),
    "theta_mV": ("hidden neurons",),
    "neuron_class": ("hidden neurons",),
    **{f"raster_{group}_{what}": (f"{group} spikes",)
       for group in ("input", "hidden", "inhibitory", "sl") for what in ("i", "t_ms")},
    "raster_label": (),
    "presentation_ms": (),
    "voltage_t_ms": ("times",),
    "voltage_mV": ("recorded neurons", "times"),
    "voltage_threshold_mV": ("recorded neurons", "times"),
    "voltage_neuron": ("recorded neurons",),
    **{f"voltage_g_{kind}": ("recorded neurons", "times") for kind in "EI"},
    "stdp_dt_ms": ("spike pairs",),
    "stdp_symmetric": ("spike pairs",),
    "stdp_asymmetric": ("spike pairs",),
    "train_spikes": ("training samples",),
    "train_ink": ("training samples",),
    "epoch_samples": (),
    "train_first": (),
    "theta_start_mV": ("hidden neurons",),
    "theta_end_mV": ("hidden neurons",),
    "theta_samples": ("theta readings",),
    "theta_mean_mV": ("theta readings",),
    "raster_centre": ("time steps", "centre pixels"),
    **{f"raster_{when}": ("time steps", "outputs") for when in ("before", "after")},
    **{f"surrogate_{what}": ("distances",)
       for what in ("distance", "rectangular", "polynomial", "sigmoid", "gaussian")},
    "surrogate_width": (),
    **{f"events_{what}": ("events",) for what in ("t_ms", "x", "y", "p")},
    "events_label": (),
    **{f"pairing_{what}": ("draws", "pairs") for what in ("weight", "emstdp", "stdp")},
    "pairing_windows_ms": ("windows",),
    **{f"pairing_{kernel}_{spikes}": ("windows", "draws")
       for kernel in ("exponential", "rectangular") for spikes in ("all", "nearest")},
    "pairing_drives_percent": ("drives",),
    **{f"pairing_{drive}": ("drives", "draws") for drive in ("bias", "external")},
    **{f"window_{what}": () for what in ("steps", "sample", "label", "answer")},
    **{f"staircase_{what}": ("staircase drives",) for what in ("drive", "count")},
    **{f"staircase_error_{what}": ("error drives",) for what in ("drive", "count")},
    "compared_steps": ("windows",),
    "angle_samples": ("moments of learning",),
    **{f"neuron_{what}": ("steps of a neuron",) for what in ("V", "peak", "g_E", "spikes")},
    **{f"neuron_{what}": () for what in ("threshold", "index")},
    **{f"shown_{what}": ("shown samples",) for what in ("sample", "label")},
    **{f"lesion_{what}": ("changes of spikes",) for what in ("name", "accuracy")},
    "lesion_samples": (),
}
# Of layers and groups that each network names for itself. The name in brackets stands for {}.
RATES = "rates_"
SHOWN = "shown_"
STDP_OF = "stdp_of_"
FAMILIES = {
    rf"{RATES}(.+)": ("samples", "{} neurons"),
    r"window_(.+)_(?:i|step)": ("{} spikes",),
    r"window_(.+)_size": (),
    r"(?:forward|backward)_(?:units|spikes)_(.+)": ("moments", "windows", "{} neurons"),
    r"angle_(.+)": ("moments of learning", "layers"),
    rf"{STDP_OF}(.+)": ("spike pairs",),
    rf"{SHOWN}(.+)": ("shown samples", "steps of a sample", "{} neurons"),
}
# Indices and numbers of things, whatever type they were saved in.
SPIKES_OF = frozenset(name for name in ACTIVITY_AXES if name.endswith("_i"))
WHOLE = SPIKES_OF | {
    "image_shape", "labels", "neuron_class", "raster_label", "voltage_neuron", "epoch_samples",
    "train_first", "events_x", "events_y", "events_p", "events_label", "compared_steps",
    "neuron_index", "shown_sample", "shown_label", "lesion_samples"}
# Everything else is a number.
TEXTS = frozenset({"lesion_name"})
CLASSES = frozenset({"labels", "neuron_class", "raster_label", "events_label", "window_label",
                     "window_answer", "shown_label"})
MOST_CLASSES = 10_000
# Beyond it a float no longer holds every whole number.
LARGEST = 2**53
SIZES = frozenset({"image_shape", "epoch_samples", "window_steps", "compared_steps",
                   "lesion_samples"})
# Of spikes an empty array is an observation.
MAY_BE_EMPTY = SPIKES_OF | {name.removesuffix("_i") + "_t_ms" for name in SPIKES_OF}
WINDOW = "window_"


def activity_axes(name: str) -> tuple[str, ...] | None:
    """The names of the axes of an array of activity.npz, None of one that is not known."""
    if name in ACTIVITY_AXES:
        return ACTIVITY_AXES[name]
    for pattern, axes in FAMILIES.items():
        if found := re.fullmatch(pattern, name):
            return tuple(axis.format(found[1]) for axis in axes)
    return None


# Readers of an NPY header by its version; 3.0 is for structured arrays.
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# The record that ends an NPZ file: signature, disks, members (on this disk, in all), size and
# offset of the directory, length of a comment.
LAST_RECORD = struct.Struct("<4s4H2LH")


def _members(file: io.BufferedReader, archive: zipfile.ZipFile) -> list[str]:
    """Names of an archive's members, all that its last record counts."""
    file.seek(-LAST_RECORD.size, os.SEEK_END)
    counted = LAST_RECORD.unpack(file.read())[4]
    names = archive.namelist()
    if counted != len(names):
        raise ValueError("a damaged directory hides some of the members")
    return names


def _array(content: bytes) -> np.ndarray:
    """The array of an NPY file's bytes; its header must account for all of them."""
    stream = io.BytesIO(content)
    shape, by_columns, dtype = HEADERS[npy.read_magic(stream)](stream)
    begin = stream.tell()
    if dtype.hasobject or min(shape, default=0) < 0:
        raise ValueError("no array of numbers")
    if begin + math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError("the header is of another array")
    return np.ndarray(shape, dtype, content, begin, order="F" if by_columns else "C")


class Arrays:
    """The arrays of an NPZ file, each read whole and checked on first use.

    Parameters
    ----------
    path : str or pathlib.Path
        The NPZ file.
    axes : callable, optional
        ``axes(name)`` gives the names of an array's axes, so the number of dimensions it must
        have; None where nothing is known of it.

    Raises
    ------
    MissingData
        The file is absent; on access also: no such array, or an empty one (of spikes,
        an empty array is an observation).
    AnalysisError
        The file is damaged; on access also: the array does not hold finite numbers or
        has another number of dimensions.
    """

    def __init__(self, path: str | Path,
                 axes: Callable[[str], tuple[str, ...] | None] | None = None):
        self.path = Path(path)
        self.axes = axes or (lambda name: None)
        self._read = {}
        need_file(self.path)

    def _open(self, use: Callable[[io.BufferedReader, zipfile.ZipFile], Any]) -> Any:
        """Call `use` on the opened file; a damaged one is reported in one line."""
        try:
            with open(self.path, "rb") as file, zipfile.ZipFile(file) as archive:
                return use(file, archive)
        except MemoryError:
            raise
        # There is no list of what zipfile and NumPy raise on bytes that are not theirs.
        except Exception as error:
            raise AnalysisError(f"{self.path}: not a readable NPZ file of numbers; run the "
                                "protocol again, or remove the file to skip its figures"
                                ) from error

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays, in the order of the file."""
        return tuple(name.removesuffix(".npy") for name in self._open(_members))

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.names:
            raise MissingData(f"{self.path.name} has no {name}")
        if name not in self._read:
            # Only a member that is read to its end is compared with its checksum.
            array = self._open(lambda file, archive: _array(archive.read(f"{name}.npy")))
            self._read[name] = self._checked(name, array)
        return self._read[name]

    def _checked(self, name: str, array: np.ndarray) -> np.ndarray:
        """An array, if it is what its name says; whole numbers as int."""
        axes = self.axes(name)
        if axes is not None and array.ndim != len(axes):
            wanted = " x ".join(axes) or "one number"
            raise AnalysisError(f"{self.path}: {name} has shape {array.shape}, expected "
                                f"{wanted}; run the protocol again")
        if name in TEXTS and array.dtype.kind == "U":
            return array
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise AnalysisError(f"{self.path}: {name} holds NaN, infinity or something other "
                                "than numbers; run the protocol again and look where they "
                                "come from")
        if array.size == 0 and not (name in MAY_BE_EMPTY or name.startswith(WINDOW)):
            raise MissingData(f"{name} in {self.path.name} is empty")
        if name in WHOLE or name.startswith(WINDOW):
            if (array != np.round(array)).any() or (abs(array) > LARGEST).any():
                raise AnalysisError(f"{self.path}: {name} holds fractions or huge numbers, "
                                    "expected whole ones; run the protocol again")
            # Small unsigned integers would overflow in sums and differences.
            array = array.astype(int)
        elif array.dtype.kind == "b":
            # What is true or false is drawn as 1 or 0.
            array = array.astype(np.uint8)
        # A neuron that never fires has the class -1.
        low = 1 if name in SIZES else -1 if name == "neuron_class" else 0
        if (name in CLASSES | SIZES
                and (array.min() < low or name in CLASSES and array.max() >= MOST_CLASSES)):
            raise AnalysisError(f"{self.path}: {name} holds {array.min()} .. {array.max()}, not a "
                                "size or number of a class; run the protocol again")
        return array

    def take(self, *names: str) -> list[np.ndarray]:
        """Several arrays, checked to fit each other.

        Parameters
        ----------
        *names : str
            Names of arrays whose axes are known.

        Returns
        -------
        list of numpy.ndarray

        Raises
        ------
        AnalysisError
            Two arrays differ in the length of an axis they share.
        """
        lengths = {}
        for name in names:
            for axis, length in zip(self.axes(name), self[name].shape):
                first, known = lengths.setdefault(axis, (name, length))
                if length != known:
                    raise AnalysisError(f"{self.path}: {first} has {known} {axis}, {name} has "
                                        f"{length}; the file mixes two runs, run the protocol "
                                        "again")
        return [self[name] for name in names]
