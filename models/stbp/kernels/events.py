"""What changes in a presentation: inputs as deviations from what they are at most steps.

A pixel that fires at 29 of 30 steps costs one event, not 29: a weighted input is that of the usual
values, summed once per sample, and what deviates from it at a step. Exact but for the order of
sums.
"""

from collections import namedtuple

import numpy as np

from models.stbp.kernels.loops import compiled
from models.stbp.kernels.vectors import not_zero

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
    # All in 16 bits: as many numbers as fit into a register at once.
    one, minus, none = np.int16(1), np.int16(-1), np.int16(0)
    votes[:] = minus
    for t in range(x.shape[0]):
        now = x[t]
        # Boyer & Moore (1991): what has the majority is left in the end.
        for i in range(now.shape[0]):
            count = np.int16(votes[i] + (one if now[i] == usual[i] else minus))
            new = count < none
            usual[i] = now[i] if new else usual[i]
            votes[i] = one if new else count
    votes[:] = none
    for t in range(x.shape[0]):
        now = x[t]
        for i in range(now.shape[0]):
            votes[i] = np.int16(votes[i] + (one if now[i] == usual[i] else none)
                                + (minus if now[i] == 0 else none))
    for i in range(x.shape[1]):
        if votes[i] <= none:
            usual[i] = 0


_PLACES = np.array([sorted(range(8), key=lambda j: not mask >> j & 1) for mask in range(256)],
                   np.uint8)
"""Of eight numbers, those not 0 first, by the bits that tell which."""
_COUNT = np.array([mask.bit_count() for mask in range(256)], np.intp)


@compiled
def _deviations(row, index, value, k):
    """Append what is not 0 in a row from place k on; returns the place after it.

    Eight are written at once and those that are 0 written over, since a processor cannot guess
    which they are.
    """
    for i in range(0, row.shape[0], 8):
        mask = not_zero(row, i)
        if mask:
            for j in range(8):
                place = i + _PLACES[mask, j]
                index[k + np.uint64(j)] = place
                value[k + np.uint64(j)] = row[np.uint64(place)]
            k += _COUNT[mask]
    return k


@compiled
def _encode(x, scale, row, usual, usual_index, usual_value, step, index, value):
    samples, steps, n = x.shape
    common, votes = np.zeros(n, x.dtype), np.empty(n, np.int16)
    level = np.zeros(n, row.dtype)
    k, m = 0, 0
    for s in range(samples):
        _usual(x[s], common, votes)
        for i in range(n):
            level[i] = common[i]
            if common[i] != 0:
                usual_index[m] = i
                usual_value[m] = scale * common[i]
                m += 1
        usual[s + 1] = m
        for t in range(steps):
            now = x[s, t]
            for i in range(n):
                row[i] = now[i]
            for i in range(n):
                row[i] = (row[i] - level[i]) * scale
            k = _deviations(row, index, value, k)
            step[s * steps + t + 1] = k


@compiled
def _transpose(step, index, value, n, inputs, input_index, input_start, when, amount):
    """Events by input from events by step."""
    samples = len(inputs) - 1
    steps = (len(step) - 1) // samples
    count, place, m = np.zeros(n, np.intp), np.empty(n, np.intp), 0
    for s in range(samples):
        first = step[s * steps]
        for k in range(first, step[(s + 1) * steps]):
            count[index[k]] += 1
        for i in range(n):
            if count[i]:
                input_index[m], input_start[m], place[i] = i, first, first
                first += count[i]
                count[i] = 0
                m += 1
        for t in range(steps):
            for k in range(step[s * steps + t], step[s * steps + t + 1]):
                i = index[k]
                when[place[i]], amount[place[i]] = t, value[k]
                place[i] += 1
        inputs[s + 1] = m
        input_start[m] = first


def encode(x, scale, by_input, buffers):
    """Inputs as events.

    Parameters
    ----------
    x : ndarray, shape (samples, T, inputs), contiguous
        Numbers; what they count is x*scale.
    scale : numpy.float32 or numpy.float64
        Its type is that of the events.
    by_input : bool
        Whether the events are wanted by input, too.
    buffers : models.stbp.kernels.buffers.Buffers

    Returns
    -------
    Code
    """
    samples, steps, n = x.shape
    real = type(scale)

    def start(k):
        return np.zeros(k + 1, np.intp)

    # Eight more, since places are written to before they are known to count. Pages that nothing
    # is written to cost nothing.
    size, none = x.size + 8, np.empty(0, np.uint32)
    row = np.zeros(-(-n // 8) * 8, real)
    code = Code(start(samples), buffers.empty("usual_index", samples * n, np.uint32),
                buffers.empty("usual_value", samples * n, real), start(samples * steps),
                buffers.empty("index", size, np.uint32), buffers.empty("value", size, real),
                start(0), none, start(0), none, np.empty(0, real))
    _encode(x, scale, row, *code[:6])
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
