"""Values that the variables of a network have before its first call.

The device has queued what the description of the network assigned: constants, arrays and text, in
this order of lines. Numbers and arrays are written into the blocks here; text is a function of the
kernel (``assign``), executed when its turn has come.
"""

from collections.abc import Callable

import numpy as np

from models.gpu.device import NUMBERS, KernelDevice
from models.gpu.layout import FIXED, OWN, Layout
from models.gpu.timed_arrays import PLACE

WORDS = {"true": 1, "INFINITY": np.inf, "-INFINITY": -np.inf, "false": False, "NAN": np.nan}
"""What Brian2 writes in C++ in place of a number."""


class InitialValues:
    """The assignments of a network, in order.

    Parameters
    ----------
    device : KernelDevice
        The network has been built, its run is the last thing in the queue.
    layout : Layout

    Attributes
    ----------
    assignments : list of KernelCodeObject
        Those by text.
    numbers : ndarray
        Constants of the equations, by their places in the text; set by who writes it.
    """

    def __init__(self, device: KernelDevice, layout: Layout):
        self._layout = layout
        self.numbers = np.empty(0)
        self._steps = []
        self.assignments = []
        self._timed = {PLACE.format(name=timed.name): timed.values
                       for timed in device.timed_arrays}
        self._ranges = [(name, start) for _, name, start in device.arange_arrays]
        self._static = dict(device.static_arrays)
        for command, arguments in device.main_queue:
            if command == "run_code_object":
                code, = arguments
                self._steps.append((command, len(self.assignments)))
                self.assignments.append(code)
            elif command.startswith("set_"):
                self._steps.append((command, arguments))

    def blocks(self, assign: Callable) -> dict[str, np.ndarray]:
        """Both blocks with these values.

        Parameters
        ----------
        assign : callable
            ``assign(number, blocks)`` executes an assignment by text, in place.

        Returns
        -------
        dict of str to ndarray of uint8
            By region.
        """
        blocks = {region: np.zeros(self._layout.sizes[region], np.uint8)
                  for region in (OWN, FIXED)}
        for name, start in self._ranges:
            view = self._view(blocks, name)
            if view is not None:
                view[:] = start + np.arange(len(view))
        for name, values in self._timed.items():
            self._view(blocks, name)[:] = values.ravel()
        self._view(blocks, NUMBERS)[:len(self.numbers)] = self.numbers
        for command, arguments in self._steps:
            if command == "run_code_object":
                assign(arguments, blocks)
            else:
                self._set(blocks, command, arguments)
        return blocks

    def _set(self, blocks, command, arguments):
        name, *values = arguments
        view = self._view(blocks, name)
        if view is None:
            return
        if command == "set_by_constant":
            view[:] = values[0]
        elif command == "set_by_single_value":
            text = values[1].replace(" ", "")
            number = WORDS.get(text)
            view[values[0]] = float(text) if number is None else number
        elif command == "set_by_array":
            view[:] = self._static[values[0]]
        else:
            indices, numbers = values
            view[self._static[indices]] = self._static[numbers]

    def _view(self, blocks, name):
        """The array of that name; None where the kernel has none, as of clocks."""
        place = self._layout.places.get(name)
        return None if place is None else place.view(blocks[place.region])
