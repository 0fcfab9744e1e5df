"""How loops are compiled, and when what Numba keeps of them on disk is out of date."""

import functools
from collections.abc import Callable
from pathlib import Path

import numba


def compiled(function: Callable) -> Callable:
    """Compile a function at its first call, or take it from the cache on disk.

    Sums keep their order: nothing lets the compiler change it.

    Parameters
    ----------
    function : callable
        It may call others of its folder and of `models.shared.kernels`.

    Returns
    -------
    numba.core.dispatcher.Dispatcher
    """
    made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    file = Path(function.__code__.co_filename)
    _forget(Path(made.stats.cache_path), f"{file.stem}.{function.__qualname__}-",
            max(_newest(file.parent), _newest(Path(__file__).parent)))
    return made


@functools.cache
def _newest(folder: Path) -> float:
    """When the last of a folder's sources was changed."""
    return max((source.stat().st_mtime for source in folder.glob("*.py")), default=0.0)


def _forget(cache: Path, beginning: str, changed: float) -> None:
    """Remove what is older than a change of the sources.

    Numba itself looks at the file of a function alone, not at those of the functions it calls.
    """
    for index in cache.glob(f"{beginning}*.nbi"):
        try:
            if index.stat().st_mtime <= changed:
                index.unlink()
        except FileNotFoundError:
            pass  # Another process was faster.
