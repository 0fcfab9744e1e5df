"""What changes in a presentation: inputs as deviations from what they are at most steps.

A pixel that fires at 29 of 30 steps costs one event, not 29. A weighted input is that of the usual
values, summed once a sample, and of what deviates from them at a step. That is exact but for the
order of sums.
"""

from collections import namedtuple

import numba
import numpy as np
from numpy.typing import NDArray

from models.shared.kernels import compiled
from models.shared.kernels.buffers import Buffers
from models.shared.kernels.vectors import differ, lowest

Code = namedtuple("Code", "usual usual_index usual_value step index value "
                          "inputs input_index input_start when amount")
"""Inputs of a batch as events.

usual : (samples + 1,) where a sample's usual values that are not 0 begin, in
usual_index, usual_value : (n,) each.
step : (samples*T + 1,) where a step's events begin, in
index, value : (events,) each, the input and its deviation.
inputs : (samples + 1,) where a sample's inputs with events begin, in
input_index : (m,), whose events begin at
input_start : (m + 1,) in
when, amount : (events,) each, the step and the deviation.
"""


@compiled
def _usual(x, usual, votes):
    """The value of each input at most steps; 0 if that leaves fewer deviations."""
    # Numbers of the votes' type let as many votes as fit into a register be counted at once.
    kind = votes.dtype.type
    one = kind(1)
    minus = kind(-1)
    none = kind(0)
    votes[:] = minus
    for t in range(x.shape[0]):
        now = x[t]
        # After Boyer & Moore (1991) what has the majority is left in the end.
        for i in range(now.shape[0]):
            count = kind(votes[i] + (one if now[i] == usual[i] else minus))
            new = count < none
            usual[i] = now[i] if new else usual[i]
            votes[i] = one if new else count
    votes[:] = none
    for t in range(x.shape[0]):
        now = x[t]
        for i in range(now.shape[0]):
            votes[i] = kind(votes[i] + (one if now[i] == usual[i] else none)
                            + (minus if now[i] == 0 else none))
    for i in range(x.shape[1]):
        if votes[i] <= none:
            usual[i] = 0


@numba.njit(inline="always")
def _difference(now, usual, scale):
    """What an input counts more than usual."""
    real = type(scale)
    return (real(now) - real(usual)) * scale


@compiled
def _deviations(now, usual, scale, index, value, k):
    """Append what is not as usual in a row from place k on; returns the place after it."""
    whole = now.shape[0] // 64 * 64
    for i in range(0, whole, 64):
        found = differ(now, usual, i)
        while found:
            place = np.uint64(i + lowest(found))
            index[k] = place
            value[k] = _difference(now[place], usual[place], scale)
            k += np.uint64(1)
            found &= found - np.uint64(1)
    for i in range(np.uint64(whole), np.uint64(now.shape[0])):
        if now[i] != usual[i]:
            index[k] = i
            value[k] = _difference(now[i], usual[i], scale)
            k += np.uint64(1)
    return k


@compiled
def _encode(x, scale, coded, votes, usual, usual_index, usual_value, step, index, value):
    samples, steps, n = x.shape
    common = np.zeros(n, x.dtype)
    k = np.uint64(0)
    m = 0
    for s in range(samples):
        if coded:
            _usual(x[s], common, votes)
        for i in range(n):
            if common[i] != 0:
                usual_index[m] = i
                usual_value[m] = scale * common[i]
                m += 1
        usual[s + 1] = m
        for t in range(steps):
            k = _deviations(x[s, t], common, scale, index, value, k)
            step[s * steps + t + 1] = k


@compiled
def _transpose(step, index, value, n, inputs, input_index, input_start, when, amount):
    """Events by input from events by step."""
    samples = len(inputs) - 1
    steps = (len(step) - 1) // samples
    count = np.zeros(n, np.intp)
    place = np.empty(n, np.intp)
    m = 0
    for s in range(samples):
        first = step[s * steps]
        for k in range(first, step[(s + 1) * steps]):
            count[index[k]] += 1
        for i in range(n):
            if count[i]:
                input_index[m] = i
                input_start[m] = first
                place[i] = first
                first += count[i]
                count[i] = 0
                m += 1
        for t in range(steps):
            for k in range(step[s * steps + t], step[s * steps + t + 1]):
                i = index[k]
                when[place[i]] = t
                amount[place[i]] = value[k]
                place[i] += 1
        inputs[s + 1] = m
        input_start[m] = first


def encode(x: NDArray, scale: np.floating, by_input: bool, buffers: Buffers,
           coded: bool = True) -> Code:
    """Inputs as events.

    Parameters
    ----------
    x : ndarray, shape (samples, T, inputs), contiguous
        Numbers; what they count is x*scale.
    scale : numpy.float32 or numpy.float64
        Its type is that of the events.
    by_input : bool
        Whether the events are wanted by input, too.
    buffers : models.shared.kernels.buffers.Buffers
    coded : bool
        False: every input but 0 is an event, so that the sum of none is exactly 0.

    Returns
    -------
    Code
    """
    samples, steps, n = x.shape
    real = type(scale)

    def start(k):
        return np.zeros(k + 1, np.intp)

    # Buffers have the largest size they may need: pages that nothing is written to cost nothing.
    none = np.empty(0, np.uint32)
    code = Code(start(samples), buffers.empty("usual_index", samples * n, np.uint32),
                buffers.empty("usual_value", samples * n, real), start(samples * steps),
                buffers.empty("index", x.size, np.uint32), buffers.empty("value", x.size, real),
                start(0), none, start(0), none, np.empty(0, real))
    # Votes count steps.
    votes = np.empty(n, np.int8 if steps < 128 else np.int16)
    _encode(x, scale, coded, votes, *code[:6])
    if not by_input:
        return code
    events = code.step[-1]
    found = min(samples * n, events)
    code = code._replace(
        inputs=start(samples), input_index=buffers.empty("input_index", found, np.uint32),
        input_start=start(found), when=buffers.empty("when", events, np.uint32),
        amount=buffers.empty("amount", events, real))
    _transpose(code.step, code.index, code.value, n, *code[6:])
    return code
