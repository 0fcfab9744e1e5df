"""What compiled loops (Numba) have in common, on the CPU.

- `compiled`: how loops are compiled
- `vectors`: sums in the processor's vector registers
- `buffers`: memory that is used again
- `adam`: the optimiser's step

Imported where ``kernels="numba"`` is asked for.

Raises
------
SuiteError
    If Numba is not installed.
"""

from models.errors import SuiteError

try:
    import numba  # noqa: F401
except ImportError:
    raise SuiteError("kernels 'numba' need the package Numba: pip install numba, or choose "
                     "--kernels numpy") from None

from models.shared.kernels.compilation import compiled

__all__ = ["compiled"]
