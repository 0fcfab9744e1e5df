"""One training step of GLSNN, form by form, and of the methods that it is compared with.

A step is a batch: the mode of a row names the form or the method. Each has the batch of its own,
which a note repeats. Networks have three hidden layers; rows ``depth-K`` have K of
200. All networks learn some batches before the measurement, so that their neurons fire as they do
while it learns.

=======  =========================================================================
numba    the suite's network and rule, in compiled loops
numpy    the same on NumPy alone
plain    a loop in NumPy as one would write it (`protocols.benchmarks.glsnn_peers`)
torch    PyTorch, backpropagation alone
brian2   the Brian2 groups, an image of the test; beside it the arrays
=======  =========================================================================

A peer is measured only if it changes the weights as the suite's network does.
"""

import time
from collections.abc import Callable

import numpy as np

from equations.zhao2020.settings import FORMS
from models.errors import SuiteError
from models.shared.layered import one_hot
from models.shared.optimisers import SGD, Adam
from protocols.benchmarks import Options
from protocols.benchmarks.glsnn_peers import PlainBP, PlainGLSNN, TorchBP, missing_torch, pairs
from protocols.benchmarks.images import SIDE, load_images
from protocols.benchmarks.table import Row, Table
from protocols.glsnn.engine import groups
from protocols.glsnn.methods import Method
from protocols.glsnn.settings import METHODS, GLSNNSettings

SIZES = (800, 256)
HIDDEN = 3
DEPTHS = range(1, 9)
DEPTH_NEURONS = 200
WARM_UP = 20
"""Batches of training before the measurement."""
EPOCH = 60_000


class SuiteNetwork:
    """The suite's network and rule, as a run has them.

    Parameters
    ----------
    neurons, hidden : int
        Of a hidden layer, and hidden layers.
    **settings
        Of `protocols.glsnn.settings.GLSNNSettings`.
    """

    def __init__(self, neurons: int, hidden: int = HIDDEN, **settings):
        network = "-".join([str(neurons)] * hidden + ["10"])
        self.sizes = (SIDE**2, *[neurons] * hidden, 10)
        self.method = Method(GLSNNSettings(network=network, **settings), self.sizes)
        self.rule = self.method.rule(self.method.initial())
        kind = Adam if self.method.optimiser == "adam" else SGD
        self.optimiser = kind(self.method.rate(0), kernels=self.method.kernels)
        self.rng = np.random.default_rng(1)

    @property
    def weights(self) -> list[tuple]:
        """Copies of weights and biases."""
        return pairs(self.rule.network)

    def take(self, arrays: dict) -> None:
        """Go on from the arrays of another one."""
        for name, value in arrays.items():
            self.rule.arrays[name][...] = value

    def train(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Learn a batch, as `protocols.benchmarks.glsnn_peers.PlainGLSNN.train`."""
        lesson = self.rule.lesson(inputs, targets, self.rng)
        self.optimiser.step(self.rule.arrays, lesson.gradients)


class Images:
    """Batches of images, which begin again after the last one."""

    def __init__(self, images: np.ndarray, labels: np.ndarray):
        self.images = images.astype(np.float32)
        self.targets = one_hot(labels, 10, self.images)

    def batch(self, k: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets of the k-th batch."""
        first = k * size % (len(self.images) - size + 1)
        return self.images[first:first + size], self.targets[first:first + size]


def contenders(neurons: int, mode: str, images: Images, hidden: int = HIDDEN,
               alone: bool = False) -> dict:
    """Networks by name, after some batches, all with the same weights.

    Parameters
    ----------
    neurons, hidden : int
    mode : str
        A form, of GLSNN, or a method.
    images : Images
    alone : bool
        The compiled loops alone.
    """
    settings = {"form": mode} if mode in FORMS else {"method": mode}
    made = {"numba": SuiteNetwork(neurons, hidden, **settings)}
    first = made["numba"]
    for k in range(WARM_UP):
        first.train(*images.batch(k, first.method.batch))
    if alone:
        return made
    if first.method.form is not None:
        made["numpy"] = SuiteNetwork(neurons, hidden, kernels="numpy", **settings)
        made["numpy"].take(first.rule.arrays)
    for name, make in _peers(mode).items():
        made[name] = _checked(name, mode, make, first, images)
    return made


def _peers(mode: str) -> dict[str, Callable]:
    """What else is the network of a mode: functions of the suite's one."""
    if mode == "conductance":
        return {"plain": _plain_glsnn}
    if mode != "bp":
        return {}
    found = {"plain": PlainBP}
    if missing_torch is None:
        found["torch"] = TorchBP
    return {name: _by_rate(kind) for name, kind in found.items()}


def _plain_glsnn(suite: SuiteNetwork) -> PlainGLSNN:
    layers = suite.rule.network.layers[1:-2]
    return PlainGLSNN(suite.weights, [suite.rule.feedback[layer] for layer in layers],
                      suite.method.form)


def _by_rate(kind: type) -> Callable:
    def make(suite: SuiteNetwork):
        return kind(suite.weights, suite.method.rate(0))
    return make


def _checked(name: str, mode: str, make: Callable, suite: SuiteNetwork, images: Images):
    """A peer, once it has shown that it learns as the suite's network does.

    Raises
    ------
    SuiteError
        If it changes the weights otherwise.
    """
    before = {name: value.copy() for name, value in suite.rule.arrays.items()}
    other = make(suite)
    start = pairs(suite.rule.network, before)
    batch = images.batch(WARM_UP, suite.method.batch)
    suite.train(*batch)
    other.train(*batch)
    for mine, its, old in zip(suite.weights, other.weights, start):
        for a, b, c in zip(mine, its, old):
            # Single precision, and sums in another order: a neuron at its threshold may differ.
            if not np.linalg.norm(a - b) <= 0.02 * np.linalg.norm(a - c):
                raise SuiteError(f"{name} {mode}: it changes the weights otherwise than the "
                                 "suite's network; it is another network")
    suite.take(before)
    return make(suite)


def measure(neurons: int, mode: str, made: dict, images: Images, options: Options,
            report: Callable) -> list[Row]:
    """Rows of networks that learn the same batches; turns change after every measurement."""
    batch = made["numba"].method.batch
    batches = max(1, options.samples // batch)
    times = {name: [] for name in made}
    for network in made.values():
        # The first call compiles and fills caches, so it is not measured.
        network.train(*images.batch(WARM_UP, batch))
    for k in range(options.repeats):
        for name, network in made.items():
            report(f"n = {neurons}, {name} {mode}, {k + 1} of {options.repeats}")
            start = time.process_time()
            for j in range(batches):
                network.train(*images.batch(WARM_UP + 1 + k * batches + j, batch))
            times[name].append(1e3 * (time.process_time() - start) / batches)
    return [Row(f"{name} {mode}", neurons, float(np.median(found)), None, None)
            for name, found in times.items()]


def tested(neurons: int, images: Images, options: Options,
           report: Callable) -> tuple[list[Row], str]:
    """Rows of a test image, of the form 'conductance': the arrays, and the Brian2 groups.

    Returns
    -------
    rows : list of Row
        Of the groups with the start of their program, which all images share.
    note : str
        In how many images their spike counts differ.
    """
    suite = contenders(neurons, "conductance", images, alone=True)["numba"]
    shown = images.batch(0, min(options.samples, len(images.images)))[0]
    call = groups(suite.method, "cpp_standalone", len(shown), report)
    by_arrays = []
    by_groups = []
    for k in range(options.repeats):
        report(f"n = {neurons}, test, {k + 1} of {options.repeats}")
        start = time.process_time()
        forward = suite.rule.network.forward(shown)
        by_arrays.append(1e3 * (time.process_time() - start) / len(shown))
        found = call(suite.rule.arrays, shown)
        by_groups.append(1e3 * call.cpu_seconds / len(shown))
    differ = np.any([(own != other).any(1) for own, other
                     in zip(forward.details["counts"], found.counts)], axis=0)
    note = (f"n = {neurons}, test: spike counts of arrays and groups differ in {differ.sum()} of "
            f"{len(shown)} images")
    return [Row(f"{name} test", neurons, float(np.median(ms)), None, None)
            for name, ms in (("numba", by_arrays), ("brian2", by_groups))], note


def run(options: Options, report: Callable) -> Table:
    """Measure all forms, all methods, all depths and a test.

    Parameters
    ----------
    options : protocols.benchmarks.Options
        ``sizes`` are neurons of a hidden layer; `DEPTHS` are measured at `DEPTH_NEURONS`.
    report : callable
        Takes a line that says what is being done.

    Returns
    -------
    protocols.benchmarks.table.Table
    """
    pictures, labels, source = load_images(options.samples * (1 + options.repeats) + 2000)
    images = Images(pictures, labels)
    rows = []
    notes = []
    modes = [*FORMS, *(method for method in METHODS if method != "glsnn")]
    for neurons in options.sizes or SIZES:
        seconds = []
        for mode in modes:
            report(f"n = {neurons}, {mode}, warm-up")
            made = contenders(neurons, mode, images)
            found = measure(neurons, mode, made, images, options, report)
            batch = made["numba"].method.batch
            seconds.append(f"{mode} {epoch_seconds(found[0], batch):.1f} (batch {batch})")
            rows += found
        notes.append(f"CPU s per {EPOCH} samples, numba, n = {neurons}: {', '.join(seconds)}")
        of_test, note = tested(neurons, images, options, report)
        rows += of_test
        notes.append(note)
    seconds = []
    for depth in DEPTHS:
        made = contenders(DEPTH_NEURONS, "conductance", images, depth, alone=True)
        found = measure(DEPTH_NEURONS, f"depth-{depth}", made, images, options, report)
        seconds.append(f"{depth}: {epoch_seconds(found[0], made['numba'].method.batch):.1f}")
        rows += found
    notes.append(f"CPU s per {EPOCH} samples against hidden layers of {DEPTH_NEURONS}, "
                 f"conductance: {', '.join(seconds)}")
    if missing_torch is not None:
        notes.append(missing_torch)
    return Table(
        title=f"glsnn, {source}: CPU ms per batch (test: per image), float32, one thread, median "
              f"of {options.repeats};\nn: neurons of a hidden layer, {HIDDEN} of them",
        reference="numba", rows=rows, notes=notes)


def epoch_seconds(row: Row, batch: int) -> float:
    """CPU seconds of an epoch of MNIST."""
    return row.ms * EPOCH / batch / 1e3
