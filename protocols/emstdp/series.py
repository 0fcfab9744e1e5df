"""Series of readings as intensities of frames x readings inputs (section 4.4)."""

from dataclasses import dataclass

import numpy as np

from models.errors import SuiteError

FRAMINGS = ("resampled", "first")
SCALINGS = ("percentiles", "range")
OUTER = (1, 99)
"""Per cent of a reading's training values, between which 'percentiles' scales."""


@dataclass(frozen=True)
class SeriesForm:
    """How a series becomes intensities.

    Attributes
    ----------
    frames : int
        Frames that the network sees.
    framing : {'resampled', 'first'}
        Which: all of the sample, interpolated linearly at so many equidistant times; or its first
        ones, as recorded.
    scaling : {'percentiles', 'range'}
        What becomes 0 and 1, for each reading alone: the percentiles `OUTER` of its values in the
        training samples; or their range. What lies beyond is cut.

    Notes
    -----
    The paper says nothing of a scale. Only x, y and z of each hand are signed, and most readings
    stay in a small part of their range. The percentiles served best: of held-out training samples
    (two draws of 50 signs, both framings, 150 samples each) an MLP of 150-150 got 97.2 % right with
    them and 95.3 % with the range. Where it kept the recorded scale, with signed readings moved to
    [0, 1], it was 92.8 %.
    """

    frames: int = 45
    framing: str = "resampled"
    scaling: str = "percentiles"


def series_intensities(dataset, split: str, form: SeriesForm,
                       train: np.ndarray | None = None) -> np.ndarray:
    """Intensities of series; parameters, result and errors as for `inputs.intensities`."""
    refuse_unequal(dataset)
    learned = dataset.x_train if train is None else [dataset.x_train[k] for k in train]
    low, high = bounds(np.concatenate(learned), form.scaling)
    # A reading that never changes says nothing: it stays silent.
    span = np.where(high > low, high - low, np.inf)
    samples = framed(getattr(dataset, f"x_{split}"), form, dataset.name)
    scaled = np.clip((samples - low) / span, 0, 1)
    return scaled.reshape(len(scaled), -1).astype(np.float32)


def refuse_unequal(dataset) -> None:
    """Refuse samples that differ in their readings.

    Raises
    ------
    SuiteError
    """
    readings = sorted({sample.shape[1] for sample in [*dataset.x_train, *dataset.x_test]})
    if len(readings) > 1:
        raise SuiteError(f"{dataset.name} has samples of {readings[0]} and of {readings[-1]} "
                         "readings a frame: bring all to one number")


def bounds(readings: np.ndarray, scaling: str) -> tuple[np.ndarray, np.ndarray]:
    """What becomes 0 and 1 of each reading.

    Parameters
    ----------
    readings : ndarray, shape (frames, readings)
        All frames of all training samples.
    scaling : {'percentiles', 'range'}

    Returns
    -------
    low, high : ndarray, shape (readings,)
    """
    percent = OUTER if scaling == "percentiles" else (0, 100)
    low, high = np.percentile(readings, percent, axis=0)
    return low, high


def framed(samples: list[np.ndarray], form: SeriesForm, name: str) -> np.ndarray:
    """Samples of one length.

    Parameters
    ----------
    samples : list of ndarray, shape (any number of frames, readings)
    form : SeriesForm
    name : str
        Of the set, for the error message.

    Returns
    -------
    ndarray, shape (n, frames, readings)

    Raises
    ------
    SuiteError
        If one is too short.
    """
    shortest = min(len(sample) for sample in samples)
    if form.framing == "first" and shortest < form.frames:
        raise SuiteError(f"{name} has a sample of {shortest} frames, fewer than {form.frames}; "
                         f"choose --frames {shortest} or less, or --framing resampled")
    if form.framing == "first":
        return np.stack([sample[:form.frames] for sample in samples])
    return np.stack([resampled(sample, form.frames) for sample in samples])


def resampled(sample: np.ndarray, frames: int) -> np.ndarray:
    """A series at equidistant times from its first to its last frame.

    Parameters
    ----------
    sample : ndarray, shape (any, readings)
    frames : int

    Returns
    -------
    ndarray, shape (frames, readings)
        Interpolated linearly.
    """
    recorded = np.arange(len(sample))
    times = np.linspace(0, len(sample) - 1, frames)
    return np.stack([np.interp(times, recorded, column) for column in sample.T], axis=1)
