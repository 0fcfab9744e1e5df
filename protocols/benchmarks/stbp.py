"""One training and one testing step of Wu et al. (2018), beside PyTorch and its libraries.

The suite's network with both kernels, and the peers of `protocols.benchmarks.stbp_peers`. A step is
a batch: draw the spikes, forward, and in training backward and Adam. All start from the same
weights, after some batches of training; before that, loss and gradients of each peer are compared
with the suite's. 784-800-10 (mlp) and 15C5-P2-40C5-P2-300-10 (cnn), T = 30, batches of 100.
"""

import time
from importlib.metadata import version

import numpy as np

from equations.wu2018 import IterativeLIF
from models.errors import SuiteError
from models.stbp import Adam
from models.stbp.architecture import layers_of
from models.stbp.build import balance, build, initial_weights
from models.stbp.initial import bernoulli
from protocols.benchmarks import stbp_peers
from protocols.benchmarks.images import SIDE, load_images
from protocols.benchmarks.table import Row, Table

STEPS = 30
BATCH = 100
WARM_UP = 20
"""Batches of training before the measurement."""
COMPARED = 4
"""Samples by which a peer's gradients are compared."""
EPOCH = 60_000

HIDDEN = {"mlp": 800, "cnn": 300}
"""Neurons of the fully connected hidden layer."""
PEERS = {"mlp": tuple(stbp_peers.FORMS), "cnn": ("torch", "spikingjelly")}


class SuiteNetwork:
    """The suite's network, with the peers' functions."""

    def __init__(self, kernels, layers, weights, neurons):
        self.network = build(layers, {name: value.copy() for name, value in weights.items()},
                             neurons, kernels=kernels)
        self.adam = Adam(1e-3, kernels=kernels)
        self.rng = np.random.default_rng(1)

    def train(self, pixels, targets, steps):
        """As `stbp_peers.TorchNetwork.train`."""
        _, gradients, _ = self.network.gradients(
            bernoulli(self.rng, pixels, steps, np.uint8), targets)
        self.adam.step(self.network.parameters, gradients)

    def test(self, pixels, targets, steps):
        """As `stbp_peers.TorchNetwork.test`."""
        return self.network.forward(bernoulli(self.rng, pixels, steps, np.uint8))[0].mean(0)


class Case:
    """Networks of one architecture.

    Parameters
    ----------
    name : {'mlp', 'cnn'}
    hidden : int
        Fully connected hidden neurons.
    images : ndarray, shape (samples, 784), in [0, 1]
    labels : ndarray of int, shape (samples,)
    """

    def __init__(self, name, hidden, images, labels):
        self.name = name
        self.hidden = hidden
        self.neurons = IterativeLIF()
        shape = (SIDE**2,) if name == "mlp" else (SIDE, SIDE, 1)
        text = f"{hidden}-10" if name == "mlp" else f"15C5-P2-40C5-P2-{hidden}-10"
        self.layers = layers_of(text, shape)
        self.images = images.reshape(-1, *shape).astype(np.float32)
        self.targets = np.eye(10, dtype=np.float32)[labels]
        rng = np.random.default_rng(0)
        self.weights = initial_weights(self.layers, rng)
        balance(self.layers, self.weights, self.neurons,
                bernoulli(rng, self.images[:BATCH], STEPS))
        learner = self.suite("numba")
        for k in range(WARM_UP):
            learner.train(*self.batch(k), STEPS)
        self.weights = {f"{layer.name}.{name}": value
                        for layer, own in zip(self._weighted(), self._parameters(learner))
                        for name, value in own.items()}

    def _weighted(self):
        return [layer for layer in self.layers if layer.parameters]

    @staticmethod
    def _parameters(suite):
        return [own for own in suite.network.parameters if own]

    def batch(self, k):
        """Images and targets; they begin again after the last."""
        first = k * BATCH % (len(self.images) - BATCH + 1)
        return self.images[first:first + BATCH], self.targets[first:first + BATCH]

    def suite(self, kernels):
        """The suite's network."""
        return SuiteNetwork(kernels, self.layers, self.weights, self.neurons)

    def peer(self, form):
        """A peer, once it has shown that it is the same network.

        Raises
        ------
        SuiteError
            If its loss or gradients differ.
        """
        # They are compared in double precision, where no spike depends on the order of a sum.
        weights = {name: value.astype(np.float64) for name, value in self.weights.items()}
        spikes = bernoulli(np.random.default_rng(2), self.images[:COMPARED], STEPS, np.float64)
        targets = self.targets[:COMPARED].astype(np.float64)
        loss, gradients, _ = build(self.layers, weights, self.neurons).gradients(spikes, targets)
        double = stbp_peers.TorchNetwork(form, self.layers, weights, self.neurons)
        found, others = double.gradients(spikes, targets)
        expected = {f"{layer.name}.{name}": value for layer, own in zip(
            self._weighted(), [g for g in gradients if g]) for name, value in own.items()}
        differences = [abs(found / float(loss) - 1), *(
            np.linalg.norm(others[name] - value) / np.linalg.norm(value)
            for name, value in expected.items())]
        if not max(differences) < 1e-4:
            raise SuiteError(f"{form} {self.name}: its loss or gradients differ from the suite's "
                             f"by up to {max(differences):.1e}; it is another network")
        return stbp_peers.TorchNetwork(form, self.layers, self.weights, self.neurons)


def contenders(case, notes):
    """Networks by name; why a peer is missing goes to the notes."""
    made = {kernels: case.suite(kernels) for kernels in ("numba", "numpy")}
    for form in PEERS[case.name]:
        why = stbp_peers.missing(form)
        if why is None:
            made[form] = case.peer(form)
        elif why not in notes:
            notes.append(why)
    return made


def measure(case, made, options, report):
    """Rows of training, then of testing."""
    rows = []
    batches = max(1, options.samples // BATCH)
    for mode in ("train", "test"):
        calls = {name: getattr(network, mode) for name, network in made.items()}
        times = {name: [] for name in calls}
        for name, call in calls.items():
            # The first call compiles and fills caches, so it is not measured.
            report(f"{case.name} {mode}, {name}")
            call(*case.batch(WARM_UP), STEPS)
        for k in range(options.repeats):
            for name, call in calls.items():
                report(f"{case.name} {mode}, {name}, {k + 1} of {options.repeats}")
                start = time.process_time()
                for j in range(batches):
                    call(*case.batch(WARM_UP + 1 + k * batches + j), STEPS)
                times[name].append(1e3 * (time.process_time() - start) / batches)
        rows += [Row(f"{name} {case.name}-{mode}", case.hidden, float(np.median(times[name])),
                     None, None) for name in calls]
    return rows


def run(options, report):
    """Measure both networks in all forms.

    Parameters
    ----------
    options : protocols.benchmarks.Options
    report : callable
        Takes a line that says what is being done.

    Returns
    -------
    protocols.benchmarks.table.Table
    """
    batches = WARM_UP + 1 + options.repeats * max(1, options.samples // BATCH)
    images, labels, source = load_images(BATCH * batches)
    rows = []
    notes = []
    for name in HIDDEN:
        for hidden in options.sizes or (HIDDEN[name],):
            report(f"{name}, warm-up")
            case = Case(name, hidden, images, labels)
            rows += measure(case, contenders(case, notes), options, report)
    epochs = ", ".join(f"{row.name} {row.ms * EPOCH / BATCH / 6e4:.1f}" for row in rows
                       if row.name.startswith(("numba", "numpy")))
    notes.insert(0, f"CPU minutes per {EPOCH} samples: {epochs}")
    packages = [name for name in ("torch", "snntorch", "spikingjelly")
                if stbp_peers.missing(name) is None]
    if packages:
        notes.append("peers' versions: " + ", ".join(f"{p} {version(p)}" for p in packages))
    return Table(
        title=f"stbp, {source}: CPU ms per batch of {BATCH} samples, T = {STEPS}, float32, one "
              f"thread, median of {options.repeats};\nn: neurons of the fully connected hidden "
              "layer",
        reference="numba", rows=rows, notes=notes)
