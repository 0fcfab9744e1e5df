"""The idx format of MNIST (Y. LeCun, C. Cortes, C. J. C. Burges, 1998)."""

import gzip
import math
import pathlib

import numpy as np

from models.errors import SuiteError
from protocols.files import reading, regular_file

UNSIGNED_BYTE = 0x08


def read_payload(path: pathlib.Path) -> bytes:
    """Return the bytes of an idx file, unpacked where the name ends in ``.gz``.

    Raises
    ------
    SuiteError
        If the file is missing or no regular file, or its compression is damaged.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with reading(path), opener(regular_file(path), "rb") as file:
        return file.read()


def read_idx(path: pathlib.Path, ndim: int) -> np.ndarray:
    """Read an idx file of unsigned bytes.

    The header is two zero bytes, the type (8: unsigned byte), the number of dimensions and
    then each dimension as a big-endian 32-bit integer.

    Parameters
    ----------
    path : pathlib.Path
        Compressed with gzip if its name ends in ``.gz``.
    ndim : int
        Number of dimensions the file must have: 3 for images, 1 for labels.

    Returns
    -------
    ndarray of uint8
        Read-only.

    Raises
    ------
    SuiteError
        If the type, the number of dimensions or the length is not as it must be, or it is empty.
    """
    payload = read_payload(path)
    magic = bytes((0, 0, UNSIGNED_BYTE, ndim))
    if payload[:4] != magic:
        raise SuiteError(
            f"{path} begins with {payload[:4].hex(' ') or 'nothing'}, an idx file of {ndim} "
            f"dimension(s) with {magic.hex(' ')}: check that it is the right file"
        )
    header = 4 + 4 * ndim
    if len(payload) < header:
        raise SuiteError(f"{path} ends within its header: fetch it again")
    shape = tuple(np.frombuffer(payload, ">u4", ndim, offset=4).tolist())
    if 0 in shape:
        raise SuiteError(f"{path} has the shape {shape}, it holds no data: fetch it again")
    if len(payload) != header + math.prod(shape):
        raise SuiteError(
            f"{path} should have {math.prod(shape)} bytes of data for the shape {shape} but has "
            f"{len(payload) - header}: fetch it again"
        )
    return np.frombuffer(payload, np.uint8, offset=header).reshape(shape)
