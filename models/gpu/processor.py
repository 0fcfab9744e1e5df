"""What a network needs of the processor on which it runs: CUDA and OpenCL each in their way."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Processor(ABC):
    """A processor that executes kernels, and its memory.

    Attributes
    ----------
    name : str
        For messages.
    memory : int
        Bytes that one array may take.
    """

    name: str
    memory: int

    @abstractmethod
    def compile(self, text: str):
        """Make a program of a kernel's text (`models.gpu.program.Program`).

        Returns
        -------
        object
            For `launch`.

        Raises
        ------
        SuiteError
            With the compiler's first error.
        """

    @abstractmethod
    def group_size(self, largest: int) -> int:
        """Threads of a work-group that suit a network.

        Parameters
        ----------
        largest : int
            Neurons of its largest group.
        """

    @abstractmethod
    def upload(self, blocks: np.ndarray):
        """Copy an array of bytes to the processor; an object that stands for it."""

    @abstractmethod
    def download(self, buffer, shape: tuple[int, int], front: int | None = None) -> np.ndarray:
        """Copy it back.

        Parameters
        ----------
        buffer : object
            Of `upload`.
        shape : tuple of int
            (blocks, bytes).
        front : int, optional
            The first bytes of each block alone.

        Returns
        -------
        ndarray of uint8, shape (blocks, bytes)
        """

    @abstractmethod
    def launch(self, program, function: str, buffers: tuple, strides: tuple[int, int], number: int,
               replicas: int, group_size: int) -> None:
        """Execute a function of a program, a work-group for each replica, and wait for its end.

        Parameters
        ----------
        program : object
            Of `compile`.
        function : {'show', 'assign'}
        buffers : tuple
            The replicas' own blocks and the fixed ones.
        strides : tuple of int
            Bytes from the blocks of one replica to those of the next.
        number : int
            The function's last argument.
        replicas, group_size : int
        """
