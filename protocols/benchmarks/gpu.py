"""Many copies of the network of Hao et al. (2020) side by side on a GPU, beside one CPU core.

    python -m protocols.benchmark gpu
    python -m protocols.benchmark gpu --device opencl --sizes 100 --replicas 1 4

The device shows what it computes before it shows how fast: one replica has the bits of
cpp_standalone, and the first of the most replicas those of one alone. A network that differs ends
the benchmark. Then training presentations are timed by wall clock, in both precisions.
``--samples`` are shared among the replicas, four each at least. Where nvidia-smi is found, it tells
the power.
"""

import shutil
import subprocess
import threading
import time
from functools import partial

import numpy as np

from models.devices import compile_network
from models.devices.standalone import StandaloneNetwork
from models.diehl_cook.network import build
from models.errors import SuiteError
from protocols.benchmarks.cases import Case, difference
from protocols.benchmarks.images import load_images
from protocols.benchmarks.table import Row, Table

SIZES = (400, 1600, 6400)
REPLICAS = (1, 32, 132, 264, 528)
"""132 multiprocessors are those of an H100 or H200."""

LEAST = 4
"""Samples of a replica in the longer call of a measurement."""

COMPARED = 5
"""Samples after which results are compared."""

PRECISIONS = {"": "float64", "32": "float32"}
POWER = ("nvidia-smi", "--query-gpu=power.draw", "--format=csv,noheader,nounits")


class Watch:
    """The mean power of the first GPU while a block runs, if the driver tells it.

    Attributes
    ----------
    watts : float or None
    """

    def __init__(self):
        self.watts = None
        self._told = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        if shutil.which(POWER[0]):
            self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._told:
            self.watts = float(np.mean(self._told))

    def _look(self):
        while not self._over.wait(0.05):
            said = subprocess.run(POWER, capture_output=True, text=True).stdout.split()
            if said and said[0].replace(".", "", 1).isdigit():
                self._told.append(float(said[0]))


class ReplicatedCase(Case):
    """The network of one size, with stimuli for many copies of it."""

    def replicas(self, count, samples):
        """States and stimuli: every copy sees the images from another one on."""
        state = self.state("train")
        given = [self.stimuli(samples) | {"stream": 1000 + replica} for replica in range(count)]
        return [state] * count, given


def check(case, network, most):
    """Compare the bits of a device with those of cpp_standalone, and of many with one.

    Parameters
    ----------
    case : ReplicatedCase
    network : models.devices.compiled_network.CompiledNetwork
        Float64.
    most : int
        Replicas.

    Raises
    ------
    SuiteError
        If anything differs.
    """
    architecture = case.architecture("train")
    samples = min(COMPARED, case.capacity)
    states, given = case.replicas(most, samples)
    expected = StandaloneNetwork(partial(build, architecture), "benchmark's")(states[0], given[0])
    alone = network(states[0], given[0])
    many = network.replicas(states, given)[0]
    for found, name in ((alone, "one replica"), (many, f"the first of {most} replicas")):
        for kind, values, others in (("state", found[0], expected[0]),
                                     ("record", found[1].slots, expected[1].slots)):
            for key, value in others.items():
                if not np.array_equal(values[key], value):
                    raise SuiteError(f"n = {case.n}: {name} and cpp_standalone differ in the "
                                     f"{kind} {key}")


def timed(case, network, count, repeats):
    """Wall milliseconds per presentation, and watts.

    A short and a long call are compared, so that copying the state cancels.

    Raises
    ------
    SuiteError
        If the longer call did not take longer.
    """
    longer = max(LEAST, case.samples // count)
    short = max(1, longer // 4)
    # Some drivers compile a kernel when it is first called.
    network.replicas(*case.replicas(count, 1))
    ms = []
    watch = Watch()
    with watch:
        for _ in range(repeats):
            seconds = []
            shown = []
            for samples in (short, longer):
                states, given = case.replicas(count, samples)
                start = time.monotonic()
                results = network.replicas(states, given)
                seconds.append(time.monotonic() - start)
                shown.append(sum(len(records.samples) for _, records in results))
            ms.append(1e3 * (seconds[1] - seconds[0]) / (shown[1] - shown[0]))
    if np.median(ms) <= 0:
        raise SuiteError(f"{count} replicas, n = {case.n}: too short to be measured; give more "
                         "--samples or --repeats")
    return float(np.median(ms)), watch.watts


def on_cpu(case, precision, repeats):
    """Wall milliseconds per presentation of one core."""
    architecture = case.architecture("train")
    network = StandaloneNetwork(partial(build, architecture), "benchmark's", precision=precision)
    network.wait()
    return float(np.median([
        difference(network, case.learned, case.stimuli, case.samples, time.monotonic)[0]
        for _ in range(repeats)]))


def run(options, report):
    """Measure the device at all sizes and numbers of replicas.

    Parameters
    ----------
    options : protocols.benchmarks.Options
    report : callable
        Takes a line that says what is being done.

    Returns
    -------
    protocols.benchmarks.table.Table

    Raises
    ------
    SuiteError
        If the device is missing, or computes other bits than cpp_standalone.
    """
    images, labels, source = load_images(ReplicatedCase.warm_up + 2 * options.samples)
    replicas = options.replicas or REPLICAS
    rows = []
    notes = [f"{options.device}: one replica, and the first of {max(replicas)}, have the bits of "
             f"cpp_standalone after {COMPARED} samples"]
    for n in options.sizes or SIZES:
        case = ReplicatedCase(n, options.samples, images, labels)
        for bits, precision in PRECISIONS.items():
            report(f"n = {n}, {precision}, compiling")
            start = time.monotonic()
            network = compile_network(partial(build, case.architecture("train")), options.device,
                                      precision=precision)
            compile_s = time.monotonic() - start
            if precision == "float64":
                report(f"n = {n}, comparing with cpp_standalone")
                check(case, network, max(replicas))
            report(f"n = {n}, {precision}, one CPU core")
            ms = on_cpu(case, precision, options.repeats)
            rows.append(Row(f"cpu{bits} train", n, ms, None, None))
            told = [f"cpu {1e3 / ms:.0f}"]
            for count in replicas:
                report(f"n = {n}, {precision}, {count} replicas")
                ms, watts = timed(case, network, count, options.repeats)
                rows.append(Row(f"{count}x{options.device}{bits} train", n, ms, None, compile_s))
                power = "" if watts is None else f" ({watts:.0f} W)"
                told.append(f"{count}x {1e3 / ms:.0f}{power}")
            notes.append(f"presentations a second, n = {n}, {precision}: {', '.join(told)}")
    return Table(
        title=f"gpu, {source}: wall ms per training presentation (1000 steps), of all replicas "
              f"together,\nmedian of {options.repeats} without copying the state; wall seconds "
              "until the kernel is compiled", reference="cpu", rows=rows, notes=notes)
