"""Compiled loops (Numba) for networks of `models.stbp` on the CPU.

Imported where ``kernels="numba"`` is asked for.
"""

from models.errors import SuiteError

try:
    import numba  # noqa: F401
except ImportError:
    raise SuiteError("kernels 'numba' need the package Numba: pip install numba, or choose "
                     "--kernels numpy") from None

from models.stbp.kernels.adam import adam_step, fits
from models.stbp.kernels.units import CompiledLayers

__all__ = ["CompiledLayers", "adam_step", "fits"]
