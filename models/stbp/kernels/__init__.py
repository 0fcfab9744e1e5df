"""Compiled loops (Numba) for networks of `models.stbp` on the CPU.

Imported where ``kernels="numba"`` is asked for.
"""

from models.stbp.kernels.compiled_layers import CompiledLayers

__all__ = ["CompiledLayers"]
