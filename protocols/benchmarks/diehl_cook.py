"""The network of Hao et al. (2020), written and compiled in several ways.

========  ========================================================================
dense     the suite's text equations, compiled by `models.dense`; dense32 in float32
clang     as dense, by clang++ where it is installed beside g++ (gcc, where clang is $CXX); clang32
plain     the same equations with Brian2's own Synapses and loops; the same bits
naive     Brian2 as ports of this network are usually written
bare      a hand-written C++ loop; bare32 in float32
bindsnet  BindsNET's DiehlAndCook2015 in PyTorch, if installed (the extra 'peers')
========  ========================================================================

One CPU core, MNIST (or the embedded digits, enlarged), the paper's parameters
(`protocols.benchmarks.cases`).
"""

import os
import shutil
from functools import partial
from unittest import mock

from models.shared.cpu_time import cpu_seconds
from models.shared.resources import check_compiler, is_clang
from protocols.benchmarks import bindsnet_diehl_cook as bindsnet
from protocols.benchmarks.bare_diehl_cook import BareNetwork
from protocols.benchmarks.cases import MODES, Contender, measured
from protocols.benchmarks.naive_diehl_cook import NaiveNetwork
from protocols.benchmarks.table import Table

SIZES = (100, 400, 1600)
PLAIN_UP_TO = 400
"""Plain, naive and BindsNET are measured up to this size, larger ones on demand
(`Options.naive_all`)."""
BINDSNET_SAMPLES = 5
"""Images shown to BindsNET in one measurement; each takes it a fraction of a second."""


def naive(network):
    """The same of the naive network, whose program tells the time of its run."""
    seconds, spikes = network()
    return 1e3 * seconds / network.samples, spikes


def bare(loop, state, stimuli):
    """The same of the hand-written loop, which tells its own time."""
    ms, spikes, _ = loop(state, stimuli)
    return ms, spikes


def other_compiler():
    """The second of g++ and clang: name of its rows and command; None where there is none."""
    usual_is_clang = is_clang(check_compiler())
    name = "gcc" if usual_is_clang else "clang"
    command = {"gcc": "g++", "clang": "clang++"}[name]
    if shutil.which(command) is None:
        return None
    # macOS calls clang g++, too.
    return None if is_clang([command]) == usual_is_clang else (name, command)


def contenders(case, folder, slow):
    """All forms of the network of one size.

    Parameters
    ----------
    case : protocols.benchmarks.cases.Case
    folder : path-like
        For programs.
    slow : bool
        Whether the plain and naive forms are among them.

    Yields
    ------
    protocols.benchmarks.cases.Contender
    """
    for mode, learn in MODES.items():
        yield case.compiled("dense", mode)
        yield case.compiled("dense32", mode, precision="float32")
        if other := other_compiler():
            name, command = other
            with mock.patch.dict(os.environ, {"CXX": command}):
                yield case.compiled(name, mode)
                yield case.compiled(f"{name}32", mode, precision="float32")
        if slow:
            yield case.compiled("plain", mode, plain=True)
        for name, real in (("bare", "double"), ("bare32", "float")):
            before = cpu_seconds()
            loop = BareNetwork(case.settings, case.n, bool(learn), real, folder)
            yield Contender(f"{name} {mode}", case.n, cpu_seconds() - before,
                            partial(bare, loop, case.learned, case.stimuli(case.samples)))
    if slow:
        before = cpu_seconds()
        shown = case.stimuli(case.samples)
        network = NaiveNetwork(case.settings, case.learned, shown["pattern"], shown["label"],
                               folder)
        yield Contender("naive train", case.n, cpu_seconds() - before, partial(naive, network))
        if bindsnet.installed():
            network = bindsnet.BindsnetNetwork(
                case.n, shown["pattern"][:BINDSNET_SAMPLES], folder)
            yield Contender("bindsnet train", case.n, None, network)


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
    rows, notes, source = measured(
        lambda case, folder: contenders(case, folder,
                                        case.n <= PLAIN_UP_TO or options.naive_all),
        options, report, SIZES)
    return Table(
        title=f"diehl_cook, {source}: CPU ms per presentation (1000 steps) on one core, median "
              f"of {options.repeats}\nwithout the start of the program; peak memory of the "
              "program; CPU seconds of code generation and compiler",
        reference="bare", rows=rows, notes=notes)
