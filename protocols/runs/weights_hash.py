"""SHA-256 of weights and thresholds, the one number by which runs on two machines are compared.

Arrays are hashed one after the other, by the alphabet of their names. Each begins with the text
``NAME <f8 ROWSxCOLUMNS`` and a newline. Its numbers follow in C order as little-endian float64.
Numbers of a network in single precision are exactly such. A zero has no sign, and a number below the
smallest normal one of double precision counts as 0: programs may flush such numbers or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

UNPROMISED = {(device, precision) for device in ("genn", "genn-cpu")
              for precision in ("float64", "float32")} | {("runtime", "float32")}
"""Devices that compute the last bits in another way (protocols/hashes/README.md)."""

SMALLEST = float(np.finfo(np.float64).smallest_normal)


def promised(device: str | None, precision: str | None) -> bool:
    """Whether a device computes the bits that are the same everywhere.

    Parameters
    ----------
    device : str or None
        As ``--device`` has it; None of what learns on arrays alone.
    precision : {'float64', 'float32'} or None
        None of a protocol that has no such setting.
    """
    return (device, precision) not in UNPROMISED


def head(name: str, shape: tuple[int, ...]) -> str:
    """The text before the numbers of an array."""
    return f"{name} <f8 {'x'.join(map(str, shape))}\n"


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
        found.update(head(name, values.shape).encode())
        found.update(np.ascontiguousarray(values, "<f8").tobytes())
    return found.hexdigest()
