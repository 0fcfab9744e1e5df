"""Random integers for many trials of one neuron: a key for the sample, then a number a step.

`models.shared.counter_random` mixes five 64-bit integers for each number. Where every neuron draws
in every step, that is too slow. Here the same mixing makes a key for each neuron and sample.
A 32-bit mixing function of two multiplications makes a number of the key and the step (Wellons 2018,
"Prospecting for hash functions"). Loops over neurons that call it are vectorised.
"""

import numpy as np
from brian2 import Function
from numpy.typing import ArrayLike, NDArray

from models.shared.counter_random import FACTOR_1, FACTOR_2, GOLDEN, mix, on_all_targets

_STEP = 0x9E3779B9
_C1 = 0x7FEB352D
_C2 = 0x846CA68B

_KEY_CPP = f"""
QUALIFIER int32_t counter_key(int64_t a, int64_t b, int64_t c)
{{
    uint64_t words[3] = {{(uint64_t)a, (uint64_t)b, (uint64_t)c}};
    uint64_t z = 0;
    for (int k = 0; k < 3; k++) {{
        z = (z ^ words[k]) + {GOLDEN}ULL;
        z = (z ^ (z >> 30)) * {FACTOR_1}ULL;
        z = (z ^ (z >> 27)) * {FACTOR_2}ULL;
        z = z ^ (z >> 31);
    }}
    return (int32_t)(uint32_t)(z >> 32);
}}
"""
_BITS_CPP = f"""
QUALIFIER int32_t counter_bits(int32_t key, int32_t step)
{{
    uint32_t x = (uint32_t)key + (uint32_t)step * {_STEP}u;
    x ^= x >> 16;
    x *= {_C1}u;
    x ^= x >> 15;
    x *= {_C2}u;
    x ^= x >> 16;
    return (int32_t)(x >> 2);
}}
"""


def counter_key(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> NDArray[np.int32]:
    """Keys for `counter_bits` from three integers (arrays broadcast).

    Parameters
    ----------
    a, b, c : int or array of int
        Arguments, each taken as a 64-bit integer.

    Returns
    -------
    ndarray of int32
    """
    with np.errstate(over="ignore"):
        z = np.uint64(0)
        for word in (a, b, c):
            z = mix(z ^ np.asarray(word).astype(np.int64).astype(np.uint64))
        return (z >> np.uint64(32)).astype(np.uint32).view(np.int32)


def counter_bits(key: ArrayLike, step: ArrayLike) -> NDArray[np.int32]:
    """Integers from 0 to 2**30 - 1, uniform, from a key and a time step (arrays broadcast).

    Parameters
    ----------
    key : int or array of int
        From `counter_key`.
    step : int or array of int

    Returns
    -------
    ndarray of int32
    """
    with np.errstate(over="ignore"):
        key = np.asarray(key).astype(np.int64).astype(np.uint32)
        x = key + np.asarray(step).astype(np.uint32) * np.uint32(_STEP)
        x = (x ^ (x >> np.uint32(16))) * np.uint32(_C1)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(_C2)
        x = x ^ (x >> np.uint32(16))
        return (x >> np.uint32(2)).astype(np.int32)


def brian_functions() -> dict[str, Function]:
    """`counter_key` and `counter_bits` as Brian2 functions, by name."""
    return {"counter_key": on_all_targets(counter_key, _KEY_CPP, 3, "integer"),
            "counter_bits": on_all_targets(counter_bits, _BITS_CPP, 2, "integer")}
