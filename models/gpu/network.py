"""A network as one kernel: each work-group simulates a replica, from its first slot to its last."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from brian2.core.base import BrianObjectException

from models.devices.arguments import Arguments
from models.devices.brian2_turns import brian2_turn
from models.devices.compiled_network import CompiledNetwork
from models.devices.network_description import NetworkDescription
from models.devices.precision import float_type
from models.errors import SuiteError
from models.gpu.layout import FIXED, OWN
from models.gpu.processor import Processor
from models.gpu.program import Program
from models.gpu.transfer import Transfer

OPTIONS = {"build_on_run": False, "directory": None}
PREFERENCES = {"devices.cpp_standalone.openmp_threads": 0}


class KernelNetwork(CompiledNetwork):
    """A network compiled for CUDA or OpenCL.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription; called while the device is active.
    processor : models.gpu.processor.Processor
        `models.gpu.opencl.OpenCL` or `models.gpu.cuda.Cuda`.
    label : str
        Names the network in messages.
    precision : {'float64', 'float32'}
        Of the network's variables.
    group_size : int, optional
        Threads of a work-group; the same bits for any number. The default suits the processor.
    announce : callable, optional
        Takes a line before the compiler starts (`models.devices.compile_network`).

    Raises
    ------
    SuiteError
        What has no form in a kernel; what the compiler refuses.

    Attributes
    ----------
    program : models.gpu.program.Program
    group_size : int
    """

    side_by_side = True

    def __init__(self, build: Callable[[], NetworkDescription], processor: Processor,
                 label: str = "compiled", precision: str = "float64",
                 group_size: int | None = None, announce: Callable[[str], None] | None = None):
        with brian2_turn("kernel", PREFERENCES, **OPTIONS) as device:
            device.reinit()
            device.activate(**OPTIONS)
            try:
                with float_type(precision):
                    super().__init__(build(), label)
                    self.description.network.run(self.description.slot, namespace={})
            except BrianObjectException as error:
                if isinstance(error.__cause__, SuiteError):
                    raise error.__cause__ from None
                raise
            self.program = Program(self.description, device)
            self._transfer = Transfer(self.description, device, self.program.layout)
            # The device would keep all that it generated until the next network is built.
            device.reinit()
        if announce is not None:
            announce(f"compiling the {label} network for {processor.name} (some 10 s)")
        self._processor = processor
        self._compiled = processor.compile(self.program.text)
        self.group_size = group_size or processor.group_size(self.program.largest)
        self._untouched = self.program.initial.blocks(self._assign)

    def untouched_state(self) -> dict[str, np.ndarray]:
        """The state that the description gave the variables.

        Returns
        -------
        dict of str to ndarray
            For a call, in the shapes of ``shapes``.
        """
        return self._transfer.state(self._untouched[OWN], self._untouched[FIXED])

    @property
    def likeness(self) -> tuple:
        """Networks of one kernel are alike, whatever the numbers in their equations."""
        return (self._processor.name, self.group_size, self.program.text, *self._transfer.key())

    def _run_replicas(self, arguments: Sequence[Arguments], copies: Sequence[KernelNetwork]):
        most = self._fitting()
        results = []
        for first in range(0, len(arguments), most):
            untouched = [copy._untouched for copy in copies[first:first + most]]
            results += self._run_together(arguments[first:first + most], untouched)
        return results

    def _fitting(self):
        """Replicas that fit into the processor's memory together."""
        sizes = self.program.layout.sizes
        needed = max(sizes.values())
        if needed > self._processor.memory:
            raise SuiteError(
                f"the {self.label} network needs {needed / 1e6:.0f} MB in one piece, "
                f"{self._processor.name} gives {self._processor.memory / 1e6:.0f}: choose smaller "
                "layers, or --device cpp_standalone")
        return self._processor.memory // needed

    def _run_together(self, arguments, untouched):
        """Replicas side by side, in as many launches as the records of their slots need."""
        start = time.process_time()
        layout = self.program.layout
        blocks = self._transfer.fill(untouched, arguments)
        buffers = tuple(self._processor.upload(blocks[region]) for region in (OWN, FIXED))
        parts = [[] for _ in arguments]
        going_on = True
        while going_on:
            self._launch("show", buffers, blocks, self.program.slots, self.group_size)
            front = self._processor.download(buffers[0], blocks[OWN].shape, self.program.front)
            shown = layout["_shown"].view(front)[:, 0]
            for row, slots, part in zip(front, shown, parts):
                part.append(self._transfer.recorded(row, int(slots)))
            going_on = layout["_left"].view(front).any()
        own = self._processor.download(buffers[0], blocks[OWN].shape)
        samples = np.array([given.n_samples for given in arguments])
        if (self._transfer.shown_samples(own) < samples).any():
            raise SuiteError("too many time steps for one call; show fewer samples")
        # Replicas that agree in it share the fixed block.
        fixed = np.broadcast_to(blocks[FIXED], (len(own), blocks[FIXED].shape[1]))
        results = [self._transfer.result(*each) for each in zip(own, fixed, parts)]
        cpu = (time.process_time() - start) / len(arguments)
        return [(*result, cpu) for result in results]

    def _launch(self, function, buffers, blocks, number, group_size):
        own = blocks[OWN]
        fixed = blocks[FIXED]
        # Replicas that share their fixed block all find the first one.
        strides = (own.shape[1], fixed.shape[1] if len(fixed) > 1 else 0)
        self._processor.launch(self._compiled, function, buffers, strides, number, len(own),
                               group_size)

    def _assign(self, number, blocks):
        """Execute an assignment by text; the blocks change in place."""
        stacks = {region: block[None] for region, block in blocks.items()}
        buffers = tuple(self._processor.upload(stacks[region]) for region in (OWN, FIXED))
        self._launch("assign", buffers, stacks, number, 1)
        for region, buffer in zip((OWN, FIXED), buffers):
            blocks[region][:] = self._processor.download(buffer, stacks[region].shape)[0]
