"""Compiled loops (Numba) for the neurons of `models.glsnn` on the CPU.

Imported where ``kernels="numba"`` is asked for.
"""

from models.glsnn.kernels.responses import respond

__all__ = ["respond"]
