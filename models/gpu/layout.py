"""Where the arrays of a replica lie: in a block of bytes, or in one that replicas can share."""

from dataclasses import dataclass

import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type

ALIGNMENT = 128
"""Bytes of a line of a GPU's cache: rows of arrays begin with one."""

OWN = "_own"
FIXED = "_fixed"


@dataclass(frozen=True)
class Place:
    """An array in one of the two blocks.

    Attributes
    ----------
    name, type : str
        In C.
    region : {'_own', '_fixed'}
        What is written, or differs between replicas anyhow, is a replica's own. The rest can be
        the same for all of them.
    offset : int
        Bytes.
    count : int
        Elements.
    dtype : numpy.dtype
    """

    name: str
    type: str
    region: str
    offset: int
    count: int
    dtype: np.dtype

    @property
    def end(self) -> int:
        """Bytes up to its end."""
        return self.offset + self.count * self.dtype.itemsize

    def view(self, block: np.ndarray) -> np.ndarray:
        """The array in one block, or in a stack of them.

        Parameters
        ----------
        block : ndarray of uint8, shape (..., bytes)

        Returns
        -------
        ndarray, shape (..., count)
            A view.
        """
        return block[..., self.offset:self.end].view(self.dtype)


class Layout:
    """Places of arrays by name.

    Attributes
    ----------
    places : dict of str to Place
    sizes : dict of str to int
        Bytes of each block.
    """

    def __init__(self):
        self.places = {}
        self.sizes = {OWN: ALIGNMENT, FIXED: ALIGNMENT}

    def add(self, name: str, dtype, count: int, region: str = OWN) -> None:
        """Give an array a place, if it has none."""
        if name in self.places:
            return
        dtype = np.dtype(dtype)
        # Brian2 stores conditions as characters.
        kind = c_data_type(dtype)
        place = Place(name, kind, region, self.sizes[region], max(1, count),
                      np.dtype(np.int8) if kind == "char" else dtype)
        self.places[name] = place
        self.sizes[region] = -(-place.end // ALIGNMENT)*ALIGNMENT

    def __getitem__(self, name: str) -> Place:
        return self.places[name]
