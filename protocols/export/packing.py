"""Arrays as text in a page."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping

import numpy as np


def packed(values: np.ndarray | bytes) -> dict[str, str]:
    """An array as JSON holds it: its type and gzip as base64 (`unpack` of templates/network.js).

    Parameters
    ----------
    values : ndarray or bytes
        Of float64, float32, int32, uint32 or uint8.

    Returns
    -------
    dict of str to str
        ``type``, as NumPy names it, and ``data``. The same array gives the same text.
    """
    array = np.frombuffer(values, np.uint8) if isinstance(values, bytes) else np.asarray(values)
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    data = gzip.compress(little.tobytes(), mtime=0)
    return {"type": array.dtype.name, "data": base64.b64encode(data).decode()}


def all_packed(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, str]]:
    """Arrays by name, each packed."""
    return {name: packed(values) for name, values in arrays.items()}
