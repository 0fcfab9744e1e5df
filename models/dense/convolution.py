"""Convolutions: synapses that share the elements of one kernel."""

import math

import numpy as np

from models.dense.patterns import Pattern
from models.errors import SuiteError


class Convolution(Pattern):
    """A convolution without padding, as a pattern of `models.dense.dense_synapses`.

    Neurons are numbered in the order (row, column, channel or map), elements of the kernel in the
    order (row, column, channel, map). The kernel is a group of its own, whose variables the
    synapses read::

        pattern = Convolution((28, 28, 1), size=5, maps=15)
        kernel = NeuronGroup(pattern.kernel_size, "w : 1")
        dense_synapses(source, target, pattern=pattern, values={"w": kernel},
                       on_pre="I_post += w")

    For each spike, the generated loop adds a row of the kernel to a row of neurons: maps are the
    fastest index of both, and no list of synapses is stored.

    Parameters
    ----------
    source_shape : tuple of int
        (height, width, channels) of the presynaptic neurons.
    size : int
        Edge of the kernel.
    maps : int

    Attributes
    ----------
    source_shape : tuple of int
    target_shape : tuple of int
        (rows, columns, maps) of the postsynaptic neurons.

    Raises
    ------
    SuiteError
        If the kernel does not fit into the image.
    """

    name = "a convolution"
    shares = True

    def __init__(self, source_shape: tuple[int, int, int], size: int, maps: int):
        height, width, _ = source_shape
        if min(*source_shape, size, maps) < 1 or size > min(height, width):
            raise SuiteError(f"a kernel of {size} x {size} with {maps} maps does not fit into an "
                             f"image of shape {source_shape}")
        self.source_shape = source_shape
        self.target_shape = (height - size + 1, width - size + 1, maps)
        self.size = size
        super().__init__(math.prod(source_shape), math.prod(self.target_shape))

    @property
    def words(self) -> str:
        """With the shapes of image and kernel."""
        image = " x ".join(map(str, self.source_shape))
        return (f"a convolution of {image} by {self.size} x {self.size}, "
                f"{self.target_shape[2]} maps")

    @property
    def kernel_size(self) -> int:
        """Number of the kernel's elements."""
        return self.size**2 * self.source_shape[2] * self.target_shape[2]

    @property
    def n_elements(self):
        return self.kernel_size

    @property
    def count(self):
        return self.n_post * self.size**2 * self.source_shape[2]

    def neurons(self):
        return self._synapses()[:2]

    def elements(self):
        return self._synapses()[2]

    def _synapses(self):
        """Presynaptic neuron, postsynaptic neuron and element of each synapse."""
        height, width, channels = self.source_shape
        rows, columns, maps = self.target_shape
        shape = (height, width, channels, self.size, self.size, maps)
        y, x, channel, i, j, k = np.ogrid[tuple(slice(n) for n in shape)]
        row = y - i
        column = x - j
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        inside = np.broadcast_to(inside, shape)
        pre = (y*width + x)*channels + channel
        post = (row*columns + column)*maps + k
        element = ((i*self.size + j)*channels + channel)*maps + k
        return np.array([np.broadcast_to(number, shape)[inside] for number in (pre, post, element)])

    def degrees(self):
        """As for any pattern; a neuron at the border is seen from fewer places."""
        height, width, channels = self.source_shape
        rows, columns, maps = self.target_shape
        from_above = np.bincount(np.add.outer(range(rows), range(self.size)).ravel())
        from_left = np.bincount(np.add.outer(range(columns), range(self.size)).ravel())
        places = np.outer(from_above, from_left).ravel()
        return {"N_incoming": self.size**2 * channels,
                "N_outgoing": np.repeat(places * maps, channels)}

    def loop(self, inner, low, high, pragma):
        return self._from_channel(pragma) if inner == "_j" else self._from_map(pragma)

    def _from_channel(self, pragma):
        """All places of the kernel that see the neuron _i of the image."""
        _, width, channels = self.source_shape
        rows, columns, maps = self.target_shape
        return [
            "{",
            f"const int32_t _y = _i/{width*channels}, _x = _i/{channels} % {width};",
            f"for (int32_t _row = 0; _row < {self.size}; _row++)",
            f"for (int32_t _column = 0; _column < {self.size}; _column++) {{",
            f"    if (_y < _row || _y - _row >= {rows} || _x < _column || _x - _column >= {columns})",
            "        continue;",
            f"    const int32_t _first = ((_y - _row)*{columns} + _x - _column)*{maps};",
            f"    const int32_t _tap = ((_row*{self.size} + _column)*{channels} "
            f"+ _i % {channels})*{maps};",
            f"    {pragma}",
            f"    for (int32_t _map = 0; _map < {maps}; _map++) {{",
            "        const int32_t _j = _first + _map, _element = _tap + _map;",
        ]

    def _from_map(self, pragma):
        """All neurons of the image that the neuron _j of a map sees."""
        _, width, channels = self.source_shape
        _, columns, maps = self.target_shape
        return [
            "{",
            f"const int32_t _y = _j/{columns*maps}, _x = _j/{maps} % {columns};",
            f"for (int32_t _row = 0; _row < {self.size}; _row++)",
            f"for (int32_t _column = 0; _column < {self.size}; _column++) {{",
            f"    const int32_t _first = ((_y + _row)*{width} + _x + _column)*{channels};",
            f"    const int32_t _tap = (_row*{self.size} + _column)*{channels};",
            f"    {pragma}",
            f"    for (int32_t _channel = 0; _channel < {channels}; _channel++) {{",
            "        const int32_t _i = _first + _channel;",
            f"        const int32_t _element = (_tap + _channel)*{maps} + _j % {maps};",
        ]
