"""Two faults of pocl 3.0, and that kernels are made so that they do no harm.

Kernels are small here: they hold what the large ones do where the faults were met.
"""

import numpy as np
import pytest

from models.gpu import processor_of
from models.gpu.codegen import KernelCodeObject
from tests.gpu_networks import needs_pocl

pytestmark = needs_pocl

BEGIN = """
KERNEL void show(GLOBAL char *_all, const uint64_t stride, GLOBAL char *_fixed, const uint64_t none,
                 const int32_t most)
{
    GLOBAL char *own = _all + REPLICA*stride;
    OPAQUE int32_t _me = TID;
#ifdef ONE_AFTER_THE_OTHER
    SCRATCH uint32_t *marks = (SCRATCH uint32_t *)own;
#else
    LOCAL_ARRAY uint32_t marks[8];
#endif
    GLOBAL int32_t *a = (GLOBAL int32_t *)(own + 64);
"""

# Thread 1 had written into the first list, whose only word is thread 0's.
LISTS = BEGIN + """
    GLOBAL int32_t *b = a + 64, *resets = b + 128;
    for (int32_t step = 0; step < most; step++) {
        SCRATCH uint32_t *fired = marks + (step & 1)*3;
        for (int32_t word = _me; word < 3; word += THREADS) marks[(1 - (step & 1))*3 + word] = 0;
        for (int32_t i = _me; i < 64; i += THREADS)
            if (step == 1 && i % 16 == 10) ATOMIC_OR(&fired[1 + (i >> 5)], 1u << (i & 31));
        BARRIER;
        _list(a, 20, fired, _me, THREADS);
        _list(b, 64, fired + 1, _me, THREADS);
        BARRIER;
        const int32_t n = a[20];
        for (int32_t k = 0; k < n; k++) {
            const int32_t i = a[k];
            if (i % THREADS != _me) continue;
            resets[i] += 1;
        }
        BARRIER;
    }
}
"""

# Groups side by side had found each other's bits: spikes were listed twice, or not at all.
SIDE_BY_SIDE = """
DEVICE int32_t append(int fired, int32_t i, GLOBAL int32_t *spikes, int32_t count,
                      SCRATCH uint32_t *marks, const int32_t _me)
{
    const int32_t words = (THREADS + 31)/32;
    if (_me < words) marks[_me] = 0;
    BARRIER;
    if (fired) ATOMIC_OR(&marks[_me/32], 1u << (_me % 32));
    BARRIER;
    int32_t before = 0, all = 0;
    for (int32_t word = 0; word < words; word++) {
        all += POPCOUNT(marks[word]);
        if (word < _me/32) before += POPCOUNT(marks[word]);
    }
    before += POPCOUNT(marks[_me/32] & ((1u << (_me % 32)) - 1u));
    if (fired) spikes[count + before] = i;
    BARRIER;
    return count + all;
}
DEVICE void threshold(GLOBAL const double *v, GLOBAL int32_t *spikes, int32_t n, double top,
                      SCRATCH uint32_t *marks, const int32_t _me)
{
    int32_t count = 0;
    for (int32_t tile = 0; tile < n; tile += THREADS) {
        const int32_t i = tile + _me;
        int fired = 0;
        if (i < n) fired = v[i] > top;
        count = append(fired, i, spikes, count, marks, _me);
    }
    if (_me == 0) spikes[n] = count;
}
""" + BEGIN + """
    GLOBAL double *v = (GLOBAL double *)(own + 2048);
    GLOBAL int32_t *b = a + 128, *sums = b + 128;
    for (int32_t step = 0; step < most; step++) {
        for (int32_t i = _me; i < 100; i += THREADS) {
            v[i] += 0.01*(1 + (i + (int32_t)REPLICA) % 7);
            if (v[i] > 1) v[i] -= 1;
        }
        threshold(v, a, 100, 0.9, marks, _me);
        threshold(v, b, 64, 0.8, marks, _me);
        BARRIER;
        for (int32_t k = 0; k < a[100]; k++)
            for (int32_t i = _me; i < 10; i += THREADS) sums[i] += a[k]*(i + 1);
        for (int32_t k = _me; k < b[64]; k += THREADS) sums[20 + b[k]] += 1;
        BARRIER;
    }
}
"""


def shown(text, steps, replicas, group_size, size=2048):
    """Integers of each replica after a launch."""
    processor = processor_of("opencl")
    prelude = KernelCodeObject.templater.env.get_template("prelude.c").render()
    blocks = np.zeros((replicas, size), np.uint8)
    buffers = (processor.upload(blocks), processor.upload(np.zeros((1, 64), np.uint8)))
    processor.launch(processor.compile(prelude + text), "show", buffers, (size, 0), steps, replicas,
                     group_size)
    return processor.download(buffers[0], blocks.shape)[:, 64:].copy().view(np.int32)


@pytest.mark.parametrize("group_size", [1, 2, 4])
def test_each_thread_decides_for_itself(group_size):
    """The first list stays empty."""
    found, = shown(LISTS, 2, 1, group_size)
    assert found[:21].tolist() == [0] * 21
    assert found[64:68].tolist() == [10, 26, 42, 58]
    assert found[64 + 64] == 4


def sums_of(replica, steps):
    """What the kernel is to add up."""
    v = np.zeros(100)
    found = np.zeros(84, int)
    for _ in range(steps):
        v += 0.01 * (1 + (np.arange(100) + replica) % 7)
        v[v > 1] -= 1
        found[:10] += np.flatnonzero(v > 0.9).sum() * np.arange(1, 11)
        found[20 + np.flatnonzero(v[:64] > 0.8)] += 1
    return found


@pytest.mark.parametrize("group_size", [1, 32, 100])
def test_groups_do_not_disturb_each_other(group_size):
    """Every group finds its own bits, launch after launch."""
    expected = [sums_of(replica, 300) for replica in range(4)]
    for _ in range(10):
        found = shown(SIDE_BY_SIDE, 300, 4, group_size, size=4096)
        assert np.array_equal(found[:, 256:340], expected)
