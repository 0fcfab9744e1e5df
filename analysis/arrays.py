"""Lazy, checked access to the arrays of an NPZ file."""

import zipfile
import zlib
from functools import cached_property
from pathlib import Path

import numpy as np

from analysis.errors import AnalysisError, MissingData

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
}
# Of layers that each network names for itself.
RATES = "rates_"
# Indices and numbers of things, whatever type they were saved in.
SPIKES_OF = frozenset(name for name in ACTIVITY_AXES if name.endswith("_i"))
WHOLE = SPIKES_OF | {
    "image_shape", "labels", "neuron_class", "raster_label", "voltage_neuron", "epoch_samples",
    "train_first", "events_x", "events_y", "events_p", "events_label"}
CLASSES = frozenset({"labels", "neuron_class", "raster_label", "events_label"})
MOST_CLASSES = 10_000
SIZES = frozenset({"image_shape", "epoch_samples"})
# Of spikes an empty array is an observation.
MAY_BE_EMPTY = SPIKES_OF | {name.removesuffix("_i") + "_t_ms" for name in SPIKES_OF}


def activity_axes(name):
    """The names of the axes of an array of activity.npz, None of one that is not known."""
    if name.startswith(RATES):
        return ("samples", f"{name.removeprefix(RATES)} neurons")
    return ACTIVITY_AXES.get(name)


class Arrays:
    """The arrays of an NPZ file, each read and checked on first use.

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

    def __init__(self, path, axes=None):
        self.path = Path(path)
        self.axes = axes or (lambda name: None)
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
        """The names of the arrays, a tuple of str in the order of the file."""
        return tuple(self._open(lambda archive: archive.files))

    def __contains__(self, name):
        return name in self.names

    def __getitem__(self, name):
        if name not in self.names:
            raise MissingData(f"{self.path.name} has no {name}")
        if name not in self._read:
            self._read[name] = self._checked(name, self._open(lambda archive: archive[name]))
        return self._read[name]

    def _checked(self, name, array):
        axes = self.axes(name)
        if axes is not None and array.ndim != len(axes):
            wanted = " x ".join(axes) or "one number"
            raise AnalysisError(f"{self.path}: {name} has shape {array.shape}, expected "
                                f"{wanted}; run the protocol again")
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise AnalysisError(f"{self.path}: {name} holds NaN, infinity or something other "
                                "than numbers; run the protocol again and look where they "
                                "come from")
        if array.size == 0 and name not in MAY_BE_EMPTY:
            raise MissingData(f"{name} in {self.path.name} is empty")
        if name in WHOLE:
            if (array != np.round(array)).any():
                raise AnalysisError(f"{self.path}: {name} holds fractions, expected whole "
                                    "numbers; run the protocol again")
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

    def take(self, *names):
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
