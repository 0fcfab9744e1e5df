"""Random matrices as a function of a seed and a name."""

import numpy as np
from numpy.typing import NDArray


def named_rng(seed: int, name: str) -> np.random.Generator:
    """Generator of an array's own numbers, so that no array's depend on another one's."""
    return np.random.default_rng([seed, *name.encode()])


def orthogonal(seed: int, name: str, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Matrix whose singular values are all 1, as in Lee et al. (2015).

    Parameters
    ----------
    seed : int
    name : str
    shape : tuple of int
        (below, above).

    Returns
    -------
    ndarray, shape `shape`
        U V of the singular value decomposition U S V of uniform numbers; their width falls out.
    """
    drawn = named_rng(seed, name).uniform(-1, 1, shape)
    left, _, right = np.linalg.svd(drawn, full_matrices=False)
    return left @ right


def uniform(seed: int, name: str, shape: tuple[int, int], width: float) -> NDArray[np.float64]:
    """Matrix of U(-width, width).

    Parameters
    ----------
    seed, name, shape
        Of `orthogonal`.
    width : float
    """
    return named_rng(seed, name).uniform(-width, width, shape)


def normal(seed: int, name: str, shape: tuple[int, int], spread: float) -> NDArray[np.float64]:
    """Matrix of N(0, spread^2).

    Parameters
    ----------
    seed, name, shape
        Of `orthogonal`.
    spread : float
    """
    return named_rng(seed, name).normal(0, spread, shape)
