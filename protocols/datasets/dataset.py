"""What every loader returns."""

import zlib
from dataclasses import dataclass

import numpy as np

from models.errors import SuiteError


@dataclass(frozen=True)
class Description:
    """What a network must know of a set; checkpoints keep it.

    Attributes
    ----------
    name : str
    kind : {'images', 'events', 'series'}
    image_shape : tuple of int
    class_names : tuple of str
    drive : float
        Mean sum of the pixels (0 to 255) of a training image; 0 of other kinds.
    """

    name: str
    kind: str
    image_shape: tuple
    class_names: tuple
    drive: float

    @property
    def n_classes(self):
        """Number of classes."""
        return len(self.class_names)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test samples with their labels.

    Attributes
    ----------
    name : str
        Name of the set, or the path it was read from.
    kind : {'images', 'events', 'series'}
        What a sample is.
    x_train, x_test : ndarray or list of ndarray
        'images': uint8, shape (n, height, width) or (n, height, width, 3), RGB.
        'events': a list of structured arrays, one row an event, with the fields ``t``
        (int64, microseconds), ``x``, ``y`` (pixels, from the upper left) and ``p`` (1 ON,
        0 OFF).
        'series': a list of float64 arrays of shape (frames, readings).
    y_train, y_test : ndarray of int64, shape (n,)
        Labels, 0 .. ``n_classes`` - 1.
    class_names : tuple of str
        ``class_names[label]`` is the name of the class.
    sensor_size : tuple of int, optional
        (height, width) of the sensor, in pixels; only for 'events'.
    remarks : tuple of str
        What a user should know of the way in which the samples were read, a line each.
    """

    name: str
    kind: str
    x_train: np.ndarray | list
    y_train: np.ndarray
    x_test: np.ndarray | list
    y_test: np.ndarray
    class_names: tuple
    sensor_size: tuple | None = None
    remarks: tuple = ()

    @property
    def n_classes(self):
        """Number of classes."""
        return len(self.class_names)

    def fingerprint(self) -> dict:
        """What tells this set from another one, wherever it lies; for resuming a training.

        Returns
        -------
        dict
            Fit for JSON and equal after it: ``kind``, ``sample_shape`` (see there),
            ``class_names``, ``training_samples``, ``test_samples`` and ``contents``
            (`checksum`). The name is left out: a path may move.
        """
        return {
            "kind": self.kind,
            "sample_shape": list(self.sample_shape),
            "class_names": list(self.class_names),
            "training_samples": len(self.x_train),
            "test_samples": len(self.x_test),
            "contents": self.checksum(),
        }

    def checksum(self) -> int:
        """CRC-32 of all samples and labels, with their order, types and shapes.

        Arrays that follow one another as the same bytes but end elsewhere differ in it.
        """
        found = 0
        for part in (self.x_train, self.y_train, self.x_test, self.y_test):
            arrays = part if isinstance(part, list) else [part]
            found = zlib.crc32(f"{len(arrays)} arrays".encode(), found)
            for array in arrays:
                found = zlib.crc32(f"{array.dtype.descr} {array.shape}".encode(), found)
                found = zlib.crc32(np.ascontiguousarray(array), found)
        return found

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """What the samples have in common: for 'images' their shape, for 'events' that of the
        sensor, for 'series' (readings a frame,)."""
        if self.kind == "series":
            return self.x_train[0].shape[1:]
        return tuple(self.image_shape)

    @property
    def drive(self) -> float:
        """Mean sum of the pixels (0 to 255) of a training image; 0 of other kinds."""
        if self.kind != "images":
            return 0.0
        pixels = self.x_train.reshape(len(self.x_train), -1)
        return float(pixels.sum(1, dtype=float).mean())

    def description(self) -> Description:
        """The `Description` of the set."""
        return Description(self.name, self.kind, tuple(self.sample_shape),
                           tuple(self.class_names), self.drive)

    @property
    def image_shape(self):
        """Shape of one image; for 'events' that of the sensor.

        Raises
        ------
        SuiteError
            For 'series', which have no such shape.
        """
        if self.kind == "images":
            return self.x_train.shape[1:]
        if self.kind == "events":
            return self.sensor_size
        raise SuiteError(
            f"{self.name} holds series of readings, not images: choose a set of images "
            f"such as digits or mnist"
        )
