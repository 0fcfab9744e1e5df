"""The network of Shrestha et al. (2019), 784-500-10 at T = 100, compiled in several ways.

=======  ====================================================================
dense32  the suite's text equations, compiled by `models.dense`
plain32  the same equations with Brian2's own Synapses and loops
bare32   a hand-written C++ loop (`protocols.benchmarks.bare_emstdp`)
=======  ====================================================================

All are in single precision: training with feedback by the forward weights (sw) and straight from
the output (dfa), and testing. The dense form and the hand-written loop compute the same bits
(tests/test_emstdp_benchmark.py); Brian2's own loops round their constants elsewhere. One CPU core,
MNIST (or the embedded digits, enlarged).
"""

from functools import partial

import numpy as np

from equations.shrestha2019.settings import rules
from models.devices.standalone import StandaloneNetwork
from models.emstdp.architecture import Architecture, initial_state
from models.emstdp.network import build
from models.shared.counter_random import stream
from models.shared.cpu_time import cpu_seconds
from protocols.benchmarks.bare_emstdp import BareNetwork
from protocols.benchmarks.cases import Contender, difference, lengths, measured
from protocols.benchmarks.table import Table

SIZES = (500,)
MODES = {"sw": ("sw", True), "dfa": ("dfa", True), "test": ("sw", False)}
"""Feedback, and whether the network learns."""
FORMS = {"dense32": False, "plain32": True}
"""Compiled forms, and whether they are Brian2's own Synapses."""
RATE = 0.1


class Case:
    """The network with one size of the hidden layer, and the weights to start from.

    Parameters
    ----------
    n : int
        Hidden neurons.
    samples : int
        Of one measurement.
    images, labels : ndarray
        The first `warm_up` are for the warm-up.
    """

    warm_up = 1000

    def __init__(self, n, samples, images, labels):
        self.n = n
        self.samples = samples
        self.images = images
        self.labels = labels
        self.capacity = max(self.warm_up, *lengths(samples))
        self._learned = {}

    def architecture(self, feedback, learns=True):
        """The network with one way of feedback, or that of testing."""
        sizes = (self.images.shape[1], self.n, 10)
        found = Architecture(sizes, rules("adapted", feedback), feedback, capacity=self.capacity)
        return found if learns else found.for_testing()

    def stimuli(self, learns, count, first=None):
        """Stimuli of the first samples after the warm-up, or after another one."""
        first = self.warm_up if first is None else first
        part = slice(first, first + count)
        found = {"pattern": self.images[part], "stream": stream(0, "benchmark"), "first": first}
        if learns:
            found |= {"label": self.labels[part], "rate": np.full(count, RATE)}
        return found

    def compiled(self, form, mode):
        """A row of a compiled network; the first one of a way of feedback learns for all."""
        feedback, learns = MODES[mode]
        architecture = self.architecture(feedback, learns)
        before = cpu_seconds()
        network = StandaloneNetwork(partial(build, architecture), "benchmark's",
                                    plain=FORMS[form], precision="float32")
        network.wait()
        seconds = cpu_seconds() - before
        if feedback not in self._learned:
            self._learned[feedback], _ = network(
                initial_state(architecture, seed=0), self.stimuli(True, self.warm_up, 0))
        state = {name: self._learned[feedback][name] for name in network.shapes}
        return Contender(f"{form} {mode}", self.n, seconds, partial(
            difference, network, state, partial(self.stimuli, learns), self.samples,
            count=hidden_count))

    def bare(self, mode, folder):
        """The row of the hand-written loop."""
        feedback, learns = MODES[mode]
        before = cpu_seconds()
        loop = BareNetwork(self.architecture(feedback, learns), folder)
        # Its input has a label and a rate even where nothing is learned.
        shown = self.stimuli(True, max(lengths(self.samples)))
        return Contender(f"bare32 {mode}", self.n, cpu_seconds() - before,
                         partial(shown_by, loop, self._learned[feedback], shown))


def hidden_count(records):
    """Counted hidden spikes by sample and neuron."""
    return sum(records.slots[name].astype(float) for name in ("hidden1.h", "hidden1.h_hat")
               if name in records.slots)


def shown_by(loop, state, stimuli):
    """Milliseconds and counted hidden spikes per sample of the hand-written loop."""
    ms, counts, _ = loop(state, stimuli)
    return ms, float(counts[:, 0].mean())


def contenders(case, folder):
    """All forms of the network with one size of the hidden layer.

    Parameters
    ----------
    case : Case
    folder : path-like
        For programs.

    Yields
    ------
    protocols.benchmarks.cases.Contender
    """
    for mode in MODES:
        for form in FORMS:
            yield case.compiled(form, mode)
        yield case.bare(mode, folder)


def run(options, report):
    """Measure all forms of the network at all sizes of the hidden layer.

    Parameters
    ----------
    options : protocols.benchmarks.Options
    report : callable
        Takes a line that says what is being done.

    Returns
    -------
    protocols.benchmarks.table.Table
    """
    rows, notes, source = measured(contenders, options, report, SIZES, Case)
    return Table(
        title=f"emstdp, {source}: CPU ms per sample (100 steps) on one core, float32, median of "
              f"{options.repeats}\nwithout the start of the program; peak memory of the "
              "program; CPU seconds of code generation and compiler",
        reference="bare", rows=rows, notes=notes)
