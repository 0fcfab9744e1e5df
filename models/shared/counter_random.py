"""Random numbers as a pure function of integers (counter-based).

``counter_uniform(stream, sample, attempt, neuron, draw)`` hashes its arguments to a
number in (0, 1). There is no generator state: a presentation has the same input spikes
on every device, in every chunk, after a resume, and in whatever order or process
presentations are computed. Counter-based generators are described by Salmon et al.
(2011), Parallel random numbers: as easy as 1, 2, 3. The mixing function is the finaliser
of SplitMix64 (Steele, Lea & Flood 2014), applied once for every argument.
"""

from collections.abc import Callable

import numpy as np
from brian2 import Function
from numpy.typing import ArrayLike, NDArray

GOLDEN = 0x9E3779B97F4A7C15
FACTOR_1 = 0xBF58476D1CE4E5B9
FACTOR_2 = 0x94D049BB133111EB

# QUALIFIER is how a target marks a function; that of GeNN serves host and device, that of
# kernels (`models.gpu`) CUDA and OpenCL.
_CPP = f"""
QUALIFIER uint64_t _counter_mix(uint64_t z)
{{
    z += {GOLDEN}ULL;
    z = (z ^ (z >> 30)) * {FACTOR_1}ULL;
    z = (z ^ (z >> 27)) * {FACTOR_2}ULL;
    return z ^ (z >> 31);
}}
QUALIFIER double counter_uniform(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e)
{{
    uint64_t z = _counter_mix((uint64_t)a);
    z = _counter_mix(z ^ (uint64_t)b);
    z = _counter_mix(z ^ (uint64_t)c);
    z = _counter_mix(z ^ (uint64_t)d);
    z = _counter_mix(z ^ (uint64_t)e);
    return ((double)(z >> 11) + 0.5) * {2.0 ** -53!r};
}}
"""


def mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64, of 64-bit integers."""
    z = z + np.uint64(GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(FACTOR_1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(FACTOR_2)
    return z ^ (z >> np.uint64(31))


def counter_uniform(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike,
                    e: ArrayLike) -> NDArray[np.float64]:
    """Uniform numbers in (0, 1) from five integers (arrays broadcast).

    Parameters
    ----------
    a, b, c, d, e : int or array of int
        Arguments, each taken as a 64-bit integer.

    Returns
    -------
    ndarray of float
        Multiples of 2**-53, shifted by half a step so that 0 and 1 never occur.
    """
    with np.errstate(over="ignore"):
        z = np.uint64(0)
        for k, word in enumerate((a, b, c, d, e)):
            word = np.asarray(word).astype(np.int64).astype(np.uint64)
            z = mix(z ^ word) if k else mix(word)
        return ((z >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0 ** -53


def stream(seed: int, purpose: str) -> int:
    """Integer that names a random stream (31 bits, for Brian's int32 variables).

    Parameters
    ----------
    seed : int
        Seed of the run.
    purpose : str
        What the numbers are for, such as ``'train'``; streams of different purposes are
        unrelated.

    Returns
    -------
    int
    """
    words = [ord(c) for c in purpose][:64]
    return int(np.random.SeedSequence([seed, *words]).generate_state(1)[0] & 0x7FFFFFFF)


def brian_function() -> Function:
    """`counter_uniform` as a Brian2 function, for the targets of all devices."""
    return on_all_targets(counter_uniform, _CPP, 5, "float")


def on_all_targets(function: Callable, code: str, arguments: int, returns: str) -> Function:
    """A function of integers as a Brian2 function, for the targets of all devices.

    Parameters
    ----------
    function : callable
        For NumPy.
    code : str
        The same in C++, with QUALIFIER where a target marks a function.
    arguments : int
        Their number.
    returns : {'float', 'integer'}

    Returns
    -------
    brian2.Function
    """
    made = Function(function, arg_units=[1] * arguments, return_unit=1,
                    arg_types=["integer"] * arguments, return_type=returns)
    for target, qualifier in (("cpp", "static inline"), ("genn", "SUPPORT_CODE_FUNC"),
                              ("kernel", "DEVICE")):
        made.implementations.add_implementation(target, code.replace("QUALIFIER", qualifier))
    return made
