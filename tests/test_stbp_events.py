"""Inputs as events give the inputs back, and are as few as they can be."""

import numpy as np
import pytest

pytest.importorskip("numba")

from models.shared.kernels.buffers import Buffers  # noqa: E402
from models.stbp.kernels.events import encode  # noqa: E402


def decoded(code, shape, by_input=False):
    """The inputs (samples, T, n) that events stand for."""
    samples, steps, n = shape
    x = np.zeros(shape)
    for s in range(samples):
        at = slice(code.usual[s], code.usual[s + 1])
        x[s][:, code.usual_index[at]] += code.usual_value[at]
        if by_input:
            for k in range(code.inputs[s], code.inputs[s + 1]):
                at = slice(code.input_start[k], code.input_start[k + 1])
                x[s][code.when[at], code.input_index[k]] += code.amount[at]
            continue
        for t in range(steps):
            at = slice(code.step[s * steps + t], code.step[s * steps + t + 1])
            x[s, t, code.index[at]] += code.value[at]
    return x


# Rows are compared 64 inputs at a time; from 128 steps on votes need more than 8 bits.
@pytest.mark.parametrize("steps", [1, 7, 127, 128, 300])
@pytest.mark.parametrize("n", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_round_trip(steps, n, dtype):
    rng = np.random.default_rng([steps, n])
    # Silent inputs, such as fire at nearly every step, and some between.
    rate = rng.choice([0, 0.03, 0.5, 0.97, 1], (4, 1, n))
    x = ((rng.random((4, steps, n)) < rate) * rng.integers(1, 5, (4, 1, n))).astype(dtype)
    code = encode(x, np.float64(0.25), True, Buffers())
    np.testing.assert_array_equal(decoded(code, x.shape), x * 0.25)
    np.testing.assert_array_equal(decoded(code, x.shape, by_input=True), x * 0.25)
    # Each input here has one value beside 0: what is at most steps costs nothing (one that
    # leads by a single step may be missed).
    fired = (x > 0).sum(1)
    fewest = np.minimum(fired, steps - fired).sum()
    assert fewest <= code.step[-1] <= fewest + (2 * fired - steps == 1).sum()
