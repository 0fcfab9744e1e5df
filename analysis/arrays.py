"""Lazy, checked access to the arrays of an NPZ file."""

import zipfile
import zlib
from functools import cached_property
from pathlib import Path

import numpy as np

from analysis.errors import AnalysisError, MissingData

# The arrays of activity.npz and the name of each of their axes. Axes of one name must
# have one length; a mismatch means that the file mixes two runs.
ACTIVITY_AXES = {
    "images": ("samples", "pixels"),
    "image_shape": ("image axes",),
    "labels": ("samples",),
    "hidden_counts": ("samples", "hidden neurons"),
    "sl_counts": ("samples", "classes"),
    "weights_input": ("input neurons", "hidden neurons"),
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
}
# Indices and numbers of things, whatever type they were saved in.
WHOLE = frozenset(name for name in ACTIVITY_AXES if name.endswith("_i")) | {
    "image_shape", "labels", "neuron_class", "raster_label", "voltage_neuron", "epoch_samples",
    "train_first"}


class Arrays:
    """The arrays of an NPZ file, each read and checked on first use.

    Parameters
    ----------
    path : str or pathlib.Path
        The NPZ file.
    axes : dict of str to tuple of str, optional
        The names of the axes of the arrays; they give the number of dimensions an array
        must have.

    Raises
    ------
    MissingData
        The file is absent; on access also: no such array, or an empty one (of spikes,
        an empty array is an observation).
    AnalysisError
        The file is damaged; on access also: the array does not hold finite numbers or
        has another number of dimensions.
    """

    def __init__(self, path, axes=None):
        self.path = Path(path)
        self.axes = axes or {}
        self._read = {}
        if not self.path.is_file():
            raise MissingData(f"{self.path.name} is absent")

    def _open(self, use):
        """Call `use` on the opened file; a damaged one is reported in one line."""
        try:
            with np.load(self.path, allow_pickle=False) as archive:
                return use(archive)
        except (OSError, ValueError, EOFError, AttributeError, KeyError, TypeError,
                NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            # NumPy's own message is of no use here: on a damaged file it speaks of pickles.
            raise AnalysisError(f"{self.path}: not a readable NPZ file of numbers; run the "
                                "protocol again, or remove the file to skip its figures"
                                ) from error

    @cached_property
    def names(self):
        """The names of the arrays in the file, a frozenset."""
        return frozenset(self._open(lambda archive: archive.files))

    def __contains__(self, name):
        return name in self.names

    def __getitem__(self, name):
        if name not in self.names:
            raise MissingData(f"{self.path.name} has no {name}")
        if name not in self._read:
            self._read[name] = self._checked(name, self._open(lambda archive: archive[name]))
        return self._read[name]

    def _checked(self, name, array):
        if name in self.axes and array.ndim != len(self.axes[name]):
            wanted = " x ".join(self.axes[name]) or "one number"
            raise AnalysisError(f"{self.path}: {name} has shape {array.shape}, expected "
                                f"{wanted}; run the protocol again")
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise AnalysisError(f"{self.path}: {name} holds NaN, infinity or something other "
                                "than numbers; run the protocol again and look where they "
                                "come from")
        if array.size == 0 and not name.startswith("raster_"):
            raise MissingData(f"{name} in {self.path.name} is empty")
        if name in WHOLE:
            if (array != np.round(array)).any():
                raise AnalysisError(f"{self.path}: {name} holds fractions, expected whole "
                                    "numbers; run the protocol again")
            # Small unsigned integers would overflow in sums and differences.
            array = array.astype(int)
        return array

    def take(self, *names):
        """Several arrays, checked to fit each other.

        Parameters
        ----------
        *names : str
            Names of arrays, all of them in `axes`.

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
            for axis, length in zip(self.axes[name], self[name].shape):
                first, known = lengths.setdefault(axis, (name, length))
                if length != known:
                    raise AnalysisError(f"{self.path}: {first} has {known} {axis}, {name} has "
                                        f"{length}; the file mixes two runs, run the protocol "
                                        "again")
        return [self[name] for name in names]
