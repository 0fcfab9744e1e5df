"""Memory that is used again: fresh pages for large arrays cost a fifth of a batch's time."""

import sys

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE = 64
"""Bytes of a cache line, to which arrays are aligned."""


class Buffers:
    """Arrays by name, in memory that earlier arrays of the name had, once nothing refers to those.

    So what a caller keeps is never overwritten.
    """

    def __init__(self) -> None:
        self._kept = {}

    def empty(self, name: str, shape: tuple[int, ...] | int, dtype: DTypeLike) -> NDArray:
        """An array, not filled.

        Parameters
        ----------
        name : str
        shape : tuple of int, or int
        dtype : numpy dtype

        Returns
        -------
        ndarray
        """
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        kept = self._kept.setdefault(name, [])
        for k in range(len(kept)):
            # Two references are the list's and that of the call.
            if sys.getrefcount(kept[k]) == 2 and kept[k].nbytes >= size + LINE:
                found = kept[k]
                break
        else:
            found = np.empty(size + LINE, np.uint8)
            # Two at most: that of a batch under way and one to replace.
            kept[:] = [*kept[-1:], found]
        first = -found.ctypes.data % LINE
        return found[first:first + size].view(dtype).reshape(shape)
