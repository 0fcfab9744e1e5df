"""The network of Hao et al. (2020), written and compiled in several ways.

======  ==========================================================================
dense   the suite's text equations, compiled by `models.dense`; dense32 in float32
plain   the same equations with Brian2's own Synapses and loops; the same bits
naive   Brian2 as ports of this network are usually written
bare    a hand-written C++ loop; bare32 in float32
======  ==========================================================================

One CPU core, MNIST (or the embedded digits, enlarged), the paper's parameters. All forms
start from the weights and thresholds that the compiled network has after 100 samples, so
that their activity is that of learning and nearly the same; the notes under the table
give it. What is compared changes turns after every measurement, so that a busy machine
slows all of them.
"""

import os
import tempfile
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pooch

from equations.hao2020 import MNIST_DRIVE, settings
from models.counter_random import stream
from models.design import Design, initial_state
from models.diehl_cook import build
from models.errors import SuiteError
from models.standalone import StandaloneNetwork
from protocols import datasets
from protocols.benchmarks.bare_diehl_cook import BareNetwork
from protocols.benchmarks.naive_diehl_cook import NaiveNetwork
from protocols.benchmarks.table import Row, Table
from protocols.benchmarks.usage import PeakMemory, cpu_seconds
from protocols.datasets.catalogue import CACHE
from protocols.evaluation import patterns

SIZES = (100, 400, 1600)
PLAIN_UP_TO = 400
"""The plain and naive forms are measured up to this size, larger ones on demand
(`Options.naive_all`)."""

KEPT = (".w", ".theta")

WARM_UP = 100
SIDE = 28


def load_images(n):
    """Patterns and labels of ``n`` images of 28 x 28 pixels, without any download.

    Parameters
    ----------
    n : int
        If there are not as many, they begin again.

    Returns
    -------
    patterns : ndarray, shape (n, 784), in [0, 1]
    labels : ndarray of int, shape (n,)
    source : str
        For the title.
    """
    places = [os.environ.get("SNN_DATA"), pooch.os_cache(CACHE)]
    if any(place and Path(place, "mnist").is_dir() for place in places):
        dataset, mean, source = datasets.load("mnist"), None, "MNIST images"
        images = dataset.x_train
    else:
        # Each pixel three times and a margin of two; as bright as MNIST on average.
        dataset, mean = datasets.load("digits"), MNIST_DRIVE / SIDE**2
        images = np.pad(dataset.x_train.repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2)))
        source = "scikit-learn's digits enlarged to 28 x 28 (no MNIST in $SNN_DATA or the cache)"
    index = np.arange(n) % len(images)
    return patterns(images[index], mean), dataset.y_train[index], source


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
        self.name, self.n, self.compile_s, self._show = name, n, compile_s, show
        self._peak, self._ms, self.spikes = PeakMemory(), [], None

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


def compiled(design, **keywords):
    """Compile a network; returns it and the CPU seconds that took."""
    before = cpu_seconds()
    network = StandaloneNetwork(lambda: build(design), "benchmark's", **keywords)
    network.wait()
    return network, cpu_seconds() - before


def difference(network, state, stimuli, samples):
    """CPU milliseconds and hidden spikes per presentation of a compiled network.

    Both calls begin alike, so that their difference in CPU time is that of the
    presentations which only the longer has; starting the program and reading the state
    cancel.

    Parameters
    ----------
    network : models.compiled.CompiledNetwork
    state : dict
    stimuli : callable
        Stimuli of the first n samples.
    samples : int
        By how many the two calls differ.
    """
    seconds, slots = [], []
    for n in lengths(samples):
        before = cpu_seconds(children_only=True)
        _, records = network(state, stimuli(n))
        seconds.append(cpu_seconds(children_only=True) - before)
        slots.append(len(records.slots["input.cursor"]))
    ms = 1e3 * (seconds[1] - seconds[0]) / (slots[1] - slots[0])
    return ms, float(records.slots["hidden1.count"].sum(1).mean())


def naive(network):
    """The same of the naive network, whose program tells the time of its run."""
    seconds, spikes = network()
    return 1e3 * seconds / network.samples, spikes


def bare(loop, state, stimuli):
    """The same of the hand-written loop, which tells its own time."""
    ms, spikes, _ = loop(state, stimuli)
    return ms, spikes


def contenders(n, options, images, labels, folder):
    """All forms of the network of one size, compiled, with the state to start from.

    Parameters
    ----------
    n : int
    options : protocols.benchmarks.Options
    images, labels : ndarray
        The first 100 are for the warm-up.
    folder : path-like
        For the naive network's program.

    Yields
    ------
    Contender
        As soon as it is compiled.
    """
    parameters, number = settings("mnist", n), stream(0, "benchmark")

    def design(learn):
        return Design(parameters, images.shape[1], (n,), 10, learn=frozenset(learn),
                      capacity=max(WARM_UP, *lengths(options.samples)))

    def stimuli(first, count):
        part = slice(first, first + count)
        return {"pattern": images[part], "label": labels[part], "stream": number, "first": first}

    after = partial(stimuli, WARM_UP)
    fresh = initial_state(design(["hidden", "readout"]), seed=0)
    for mode, learn in (("train", ["hidden", "readout"]), ("test", [])):
        forms = {"dense": {}, "dense32": {"precision": "float32"}}
        if n <= PLAIN_UP_TO or options.naive_all:
            forms["plain"] = {"plain": True}
        for name, keywords in forms.items():
            network, compile_s = compiled(design(learn), **keywords)
            if name == "dense" and mode == "train":
                learned, _ = network(fresh, stimuli(0, WARM_UP))
                state = learned
            elif name == "dense":
                state = initial_state(design([]), seed=0)
                state |= {k: v for k, v in learned.items() if k in state and k.endswith(KEPT)}
            yield Contender(f"{name} {mode}", n, compile_s,
                            partial(difference, network, state, after, options.samples))
        for name, real in (("bare", "double"), ("bare32", "float")):
            before = cpu_seconds()
            loop = BareNetwork(parameters, n, bool(learn), real, folder)
            yield Contender(f"{name} {mode}", n, cpu_seconds() - before,
                            partial(bare, loop, learned, after(options.samples)))
    if n <= PLAIN_UP_TO or options.naive_all:
        before = cpu_seconds()
        part = slice(WARM_UP, WARM_UP + options.samples)
        network = NaiveNetwork(parameters, learned, images[part], labels[part], folder)
        yield Contender("naive train", n, cpu_seconds() - before, partial(naive, network))


def run(options, report):
    """Measure all forms of the network at all sizes.

    Parameters
    ----------
    options : protocols.benchmarks.Options
    report : callable
        Takes a line that says what is being done.

    Returns
    -------
    protocols.benchmarks.table.Table
    """
    images, labels, source = load_images(WARM_UP + max(lengths(options.samples)))
    rows, notes = [], []
    for n in options.sizes or SIZES:
        report(f"n = {n}, compiling")
        with tempfile.TemporaryDirectory(prefix="brian2-learning-") as folder:
            # A program kept from an earlier run would hide what compiling costs.
            with mock.patch.dict(os.environ, {"SNN_CACHE": folder}):
                forms = list(contenders(n, options, images, labels, folder))
            for k in range(options.repeats):
                for form in forms:
                    report(f"n = {n}, {form.name}, {k + 1} of {options.repeats}")
                    form.measure()
        rows += [form.row() for form in forms]
        activity = ", ".join(f"{form.name} {form.spikes:.1f}" for form in forms)
        notes.append(f"hidden spikes per presentation, n = {n}: {activity}")
    return Table(
        title=f"diehl_cook, {source}: CPU ms per presentation (1000 steps) on one core, median "
              f"of {options.repeats}\nwithout the start of the program; peak memory of the "
              "program; CPU seconds of code generation and compiler",
        reference="bare", rows=rows, notes=notes)
