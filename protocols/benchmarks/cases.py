"""What the benchmarks of the Diehl & Cook network share: data, state, and how to measure.

All forms of a network start from the weights and thresholds that the compiled network has
after 100 samples, so that their activity is that of learning and nearly the same. What is
compared changes turns after every measurement, so that a busy machine slows all of it.
"""

import os
import tempfile
from functools import cached_property, partial
from unittest import mock

import numpy as np

from equations.hao2020.settings import settings
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.architecture import Architecture, initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.shared.counter_random import stream
from models.shared.cpu_time import cpu_seconds
from protocols.benchmarks.images import load_images
from protocols.benchmarks.table import Row
from protocols.benchmarks.usage import PeakMemory

KEPT = (".w", ".theta")

WARM_UP = 100
children_cpu_seconds = partial(cpu_seconds, children_only=True)
MODES = {"train": ("hidden", "readout"), "test": ()}
"""What is plastic while measuring."""


def lengths(samples):
    """Samples of the short and of the long call of a compiled network."""
    short = max(1, samples // 10)
    return short, short + samples


class Contender:
    """One row in the making.

    Parameters
    ----------
    name : str
    n : int
    compile_s : float
    show : callable
        Measures once: CPU milliseconds and hidden spikes, both per presentation.
    """

    def __init__(self, name, n, compile_s, show):
        self.name = name
        self.n = n
        self.compile_s = compile_s
        self.spikes = None
        self._show = show
        self._peak = PeakMemory()
        self._ms = []

    def measure(self):
        """Measure once more."""
        with self._peak:
            ms, self.spikes = self._show()
        self._ms.append(ms)

    def row(self):
        """The median of all measurements.

        Raises
        ------
        SuiteError
            If the presentations are lost in the variation of the program's start.
        """
        ms = float(np.median(self._ms))
        if ms <= 0:
            raise SuiteError(f"{self.name}, n = {self.n}: too short to be measured; give more "
                             "--samples or --repeats")
        return Row(self.name, self.n, ms, self._peak.megabytes, self.compile_s)


def hidden_count(records):
    """Hidden spikes by presentation and neuron."""
    return records.slots["hidden1.count"]


def difference(network, state, stimuli, samples, clock=children_cpu_seconds, count=hidden_count):
    """Milliseconds and hidden spikes per presentation of a compiled network.

    Both calls begin alike, so that their difference in time is that of the
    presentations which only the longer has; starting the program and reading the state
    cancel.

    Parameters
    ----------
    network : models.devices.compiled_network.CompiledNetwork
    state : dict
    stimuli : callable
        Stimuli of the first n samples.
    samples : int
        By how many the two calls differ.
    clock : callable
        Seconds so far.
    count : callable
        Takes the records; returns hidden spikes by presentation and neuron.
    """
    seconds = []
    slots = []
    for n in lengths(samples):
        before = clock()
        _, records = network(state, stimuli(n))
        seconds.append(clock() - before)
        slots.append(len(records.slots["input.cursor"]))
    ms = 1e3 * (seconds[1] - seconds[0]) / (slots[1] - slots[0])
    return ms, float(count(records).sum(1).mean())


class Case:
    """The network of one size, compiled in any way and with the state to start from.

    Parameters
    ----------
    n : int
        Hidden neurons.
    samples : int
        Of one measurement.
    images, labels : ndarray
        The first `warm_up` are for the warm-up.
    """

    warm_up = WARM_UP

    def __init__(self, n, samples, images, labels):
        self.n = n
        self.samples = samples
        self.images = images
        self.labels = labels
        self.settings = settings("mnist", n)
        self.capacity = max(WARM_UP, *lengths(samples))

    def architecture(self, mode, more=0):
        """The network of a mode, 'train' or 'test'."""
        return Architecture(self.settings, self.images.shape[1], (self.n,), 10,
                            learn=frozenset(MODES[mode]), capacity=self.capacity + more)

    def stimuli(self, count, first=WARM_UP):
        """Stimuli of the first samples after the warm-up (or others)."""
        part = slice(first, first + count)
        return {"pattern": self.images[part], "label": self.labels[part],
                "stream": stream(0, "benchmark"), "first": first}

    @cached_property
    def learned(self):
        """State of the training network after the warm-up."""
        # This network has a capacity of its own: else its program would be that of a measured
        # one, which would be found in the cache.
        architecture = self.architecture("train", more=1)
        state, _ = StandaloneNetwork(lambda: build(architecture), "benchmark's")(
            initial_state(architecture, seed=0), self.stimuli(WARM_UP, 0))
        return state

    def state(self, mode):
        """State that a mode starts from."""
        if mode == "train":
            return self.learned
        state = initial_state(self.architecture("test"), seed=0)
        return state | {k: v for k, v in self.learned.items() if k in state and k.endswith(KEPT)}

    def compiled(self, name, mode, clock=children_cpu_seconds, **keywords):
        """A row of a compiled network.

        Parameters
        ----------
        name : str
            First word of the row.
        mode : {'train', 'test'}
        clock : callable
            Of `difference`.
        **keywords
            Of `models.devices.standalone.StandaloneNetwork`.
        """
        architecture = self.architecture(mode)
        before = cpu_seconds()
        network = StandaloneNetwork(lambda: build(architecture), "benchmark's", **keywords)
        network.wait()
        return Contender(
            f"{name} {mode}", self.n, cpu_seconds() - before,
            partial(difference, network, self.state(mode), self.stimuli, self.samples, clock))


def measured(contenders, options, report, sizes, case=Case):
    """Rows of all contenders, and notes that tell how active their networks were.

    Parameters
    ----------
    contenders : callable
        ``contenders(case, folder)`` yields those of one size.
    options : protocols.benchmarks.Options
    report : callable
        Takes a line that says what is being done.
    sizes : sequence of int
        Where the options name none.
    case : type
        `Case`, or one that is made of the same arguments.

    Returns
    -------
    rows : list of Row
    notes : list of str
    source : str
        Of the images.
    """
    images, labels, source = load_images(case.warm_up + max(lengths(options.samples)))
    rows = []
    notes = []
    for n in options.sizes or sizes:
        report(f"n = {n}, compiling")
        with tempfile.TemporaryDirectory(prefix="brian2-learning-") as folder:
            # A program kept from an earlier run would hide what compiling costs.
            with mock.patch.dict(os.environ, {"SNN_CACHE": folder}):
                forms = list(contenders(case(n, options.samples, images, labels), folder))
            for k in range(options.repeats):
                for form in forms:
                    report(f"n = {n}, {form.name}, {k + 1} of {options.repeats}")
                    form.measure()
        rows += [form.row() for form in forms]
        activity = ", ".join(f"{form.name} {form.spikes:.1f}" for form in forms)
        notes.append(f"hidden spikes per presentation, n = {n}: {activity}")
    return rows, notes, source
