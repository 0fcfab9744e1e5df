"""SHA-256 of weights and thresholds, the one number by which runs on two machines are compared.

What is hashed, in this order, for each array by the alphabet of the names: a line of text
``NAME <f8 ROWSxCOLUMNS`` and a newline, then the numbers in C order as little-endian float64, whatever
the precision of the network. In single precision each number is exactly its float32. A zero has no
sign, and a number below the smallest normal one of double precision is 0: programs may flush such
numbers or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

SMALLEST = float(np.finfo(np.float64).smallest_normal)


def weights_hash(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of arrays, in 64 hexadecimal digits.

    Parameters
    ----------
    arrays : mapping of str to ndarray of float
        By name, such as ``'input_hidden1.w'``.

    Returns
    -------
    str
    """
    found = hashlib.sha256()
    for name in sorted(arrays):
        values = np.asarray(arrays[name], np.float64)
        values = np.where(np.abs(values) < SMALLEST, 0.0, values)
        shape = "x".join(map(str, values.shape))
        found.update(f"{name} <f8 {shape}\n".encode())
        found.update(np.ascontiguousarray(values, "<f8").tobytes())
    return found.hexdigest()
