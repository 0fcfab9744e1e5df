"""Checks and conversions of arrays which a user made."""

import math

import numpy as np

from models.errors import SuiteError


def as_uint8(images: np.ndarray, source: str) -> np.ndarray:
    """Convert grey or colour values to uint8, 0 .. 255.

    Integers must lie in 0 .. 255 and are kept; booleans become 0 and 255. Floats whose
    largest value is at most 1 are taken as 0 .. 1 and multiplied by 255, other floats as
    0 .. 255; both are rounded.

    Parameters
    ----------
    images : ndarray
    source : str
        File and array, for the error message.

    Returns
    -------
    ndarray of uint8
        Of the same shape.

    Raises
    ------
    SuiteError
        If a value is NaN, infinite or out of range, or the type is not numeric.
    """
    if images.dtype == np.uint8:
        return images
    if images.dtype == bool:
        return images * np.uint8(255)
    if images.dtype.kind not in "iuf":
        raise SuiteError(f"{source} holds {images.dtype}: images must be uint8 or floats")
    if not np.isfinite(images).all():
        raise SuiteError(f"{source} holds NaN or infinite values: replace them")
    low = images.min(initial=0)
    high = images.max(initial=0)
    if low < 0 or high > 255:
        raise SuiteError(
            f"{source} holds values from {low} to {high}: scale them to 0 .. 1 or 0 .. 255"
        )
    if images.dtype.kind == "f":
        images = np.rint(images * 255 if high <= 1 else images)
        if high > 0 and not images.any():
            raise SuiteError(f"{source} holds values up to {high}, all of them black: scale them "
                             "to 0 .. 1 or 0 .. 255")
    return images.astype(np.uint8)


def as_images(array: np.ndarray, source: str) -> np.ndarray:
    """Bring an array into the shape of a stack of images.

    Parameters
    ----------
    array : ndarray
        (n, height, width), (n, height, width, 3), (n, height, width, 1), or (n, pixels)
        with a square number of pixels, rows one after the other.
    source : str
        File and array, for the error message.

    Returns
    -------
    ndarray
        (n, height, width) or (n, height, width, 3), of the same type.

    Raises
    ------
    SuiteError
        If the shape is none of these, or the array is empty.
    """
    shape = array.shape
    if array.ndim == 2 and math.isqrt(shape[1]) ** 2 == shape[1]:
        side = math.isqrt(shape[1])
        array = array.reshape(-1, side, side) if side else array
    elif array.ndim == 4 and shape[3] == 1:
        array = array[..., 0]
    elif not (array.ndim == 3 or array.ndim == 4 and shape[3] == 3):
        raise SuiteError(
            f"{source} has the shape {shape}: images must be (n, height, width), "
            f"(n, height, width, 3) or (n, pixels) with a square number of pixels"
        )
    if array.size == 0:
        raise SuiteError(f"{source} is empty (shape {shape}): at least one image is needed")
    return array


def check_labels(labels: np.ndarray, n: int, source: str) -> None:
    """Check that there is one integer label for each of ``n`` samples.

    Parameters
    ----------
    labels : ndarray
    n : int
    source : str
        File and array, for the error message.

    Raises
    ------
    SuiteError
        If ``labels`` is not an integer array of shape (n,); it says how to make one of a
        column or row, of one-hot labels, of whole numbers saved as floats, and of names.
    """
    shape = labels.shape
    if labels.ndim > 1 and labels.size == n == max(shape):
        raise SuiteError(
            f"{source} has the shape {shape}: one integer a sample is needed, from such a "
            f"column or row it is y.ravel()"
        )
    if labels.ndim == 2:
        raise SuiteError(
            f"{source} has the shape {shape}: one integer a sample is needed, from one-hot "
            f"labels it is y.argmax(axis=1)"
        )
    if labels.ndim != 1:
        raise SuiteError(
            f"{source} has the shape {shape}: one integer a sample is needed, make it ({n},)"
        )
    if labels.dtype.kind == "f" and np.array_equal(labels, np.rint(labels)):
        raise SuiteError(
            f"{source} holds whole numbers as {labels.dtype}: labels must be integers, save "
            f"y.astype(int)"
        )
    if labels.dtype.kind not in "iub":
        raise SuiteError(
            f"{source} holds {labels.dtype}: labels must be integers, number the classes as "
            f"numpy.unique(y, return_inverse=True)[1] does"
        )
    if len(labels) != n:
        raise SuiteError(f"{source} has {len(labels)} labels for {n} samples: they must agree")
