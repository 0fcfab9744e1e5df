"""The passes that make generated loops fast, each of which can be left out.

None changes a float64 result by a bit (tests/test_dense.py), with two exceptions in *branch_free*.
``clip`` with bounds in the wrong order gives what Brian2 gives on NumPy, not in C++. A false flag
times a variable that already holds NaN or infinity is NaN, where Brian2 has 0. What each is worth
is measured by leaving it out: ``python -m protocols.benchmark passes --samples 100 --repeats 3``.
Factors of CPU time on the network of Hao et al. (2020), N = 400, float32, on an Intel Xeon with
nothing else running, where single figures are uncertain by some 0.1:

=============  ========  =======
left out       training  testing
=============  ========  =======
independent    2.3       1.1
block_scan     1.3       1.5
calendar       1.2       1.4
ahead          1.1       1.2
sleep          1.1       1.2
fusion         1.0       1.1
known_step     1.0       1.1
branch_free    1.0       1.0
four_spikes    1.0       1.0
short_counter  1.0       1.0
idle           1.0       1.0
=============  ========  =======

Without calendar nothing is found ahead either.

The network of Shrestha et al. (2019), 784-500-10 with SW, where a hundred input neurons and fifty
hidden ones fire in a step, on another processor beside other work (float32, training):

===========  ======
left out     factor
===========  ======
four_spikes  1.9
block_scan   1.6
idle         1.04
===========  ======

The compiler does not know that the weights which it reads are not what it stores: left alone, it
stores a neuron's sum after every spike (`models.dense.registers`). Listing spikes from bits instead
of one neuron after the other (block_scan) took 6 % less there. Twelve or sixteen rows at a time
need more addresses than there are registers, and were slower than eight. Blocks of columns whose sums
stay in registers for all spikes of a step were slower still: they jump from row to row.

Reading a matrix transposed (`models.dense.shared_matrix`) takes one cycle per weight, as its
elements do not lie side by side: a quarter of the training of 784-500-500-10 with SW.

Large networks (N = 6400, float32) wait for memory: a spike's row of weights, 26 kB, takes 2 to
3.5 us. Tried there and not taken, since no gain stood out from the noise: writing back only those
blocks of weights that changed, a block of columns for all spikes of a step, the three steps of
the normalisation block by block, pages of 2 MB. Fetching rows ahead of their use saved 15 % where
images have many spikes (Fashion-MNIST), but nothing that could be told in training on MNIST.
"""

from brian2 import get_device

PASSES = {
    "independent": "ivdep, or clang's word for it, where no iteration sees another "
                   "(`loops.independent_iterations`)",
    "branch_free": "conditions as values instead of branches (`expressions.BranchFreeRenderer`)",
    "known_step": "dt as a number, so that the compiler computes exp(-dt/tau)",
    "short_counter": "the count of time steps in 32 bits where that is the same "
                     "(`expressions.fits`)",
    "block_scan": "thresholds are tested block by block, spikes listed where there is one",
    "four_spikes": "the weights of four spikes, or eight, are added at a time, in their order",
    "idle": "a threshold that no neuron can reach in this time step is not tested",
    "sleep": "blocks of neurons whose update changes no bit are left out (`models.dense.sleep`)",
    "fusion": "state update and threshold in one pass over the neurons (`models.dense.fusion`)",
    "calendar": "neurons with a known time step of their next event wait for it",
    "ahead": "their spikes of a slot are found at its beginning (`models.dense.ahead`)",
}


def active(name: str) -> bool:
    """Whether a pass is made for the active device.

    Parameters
    ----------
    name : str
        A key of `PASSES`.
    """
    if name not in PASSES:
        raise KeyError(name)
    return name not in get_device().without
