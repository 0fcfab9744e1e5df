"""Training by STBP, batch after batch, with evaluations and checkpoints."""

import time
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from models.errors import SuiteError
from models.stbp import SGD, Adam
from models.stbp.architecture import layers_of
from models.shared.array_module import array_module, to_numpy
from models.stbp.build import balance, build, check_weights, initial_weights
from protocols.resume import refuse_other, take
from protocols.stbp.distortion import elastic
from protocols.stbp.evaluation import evaluate
from protocols.stbp.inputs import Events, inputs_of, one_hot
from protocols.stbp.plan import FREE

CHECKPOINT_SECONDS = 20
LEARNING = 100
"""Samples in a row (or an epoch, if that is less) whose all-zero gradients are an error."""
# What a random number is for; the seed of each generator is (seed, purpose, ...).
WEIGHTS, ORDER, INPUT, TEST, BALANCE, SPLIT = range(6)


@dataclass
class Progress:
    """Where a run stands: with the optimiser's state, all that a checkpoint holds.

    Attributes
    ----------
    epoch, batch : int
        Epochs finished, and batches of the next.
    loss, correct, shown : float, int, int
        Sum of the losses, right answers and samples of the epoch so far.
    rows : list of dict
        Evaluations so far (metrics.csv).
    best : dict
        ``accuracy`` and ``samples`` of the best held-out evaluation.
    best_weights : dict of str to ndarray
    """

    epoch: int = 0
    batch: int = 0
    loss: float = 0.0
    correct: int = 0
    shown: int = 0
    rows: list = field(default_factory=list)
    best: dict = field(default_factory=dict)
    best_weights: dict = field(default_factory=dict)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0


class Trainer:
    """Runs a plan.

    Parameters
    ----------
    plan : protocols.stbp.plan.Plan
    dataset : protocols.datasets.Dataset
    run : protocols.rundir.RunDirectory
    report : callable
        ``report(samples, loss, accuracy)``, called after each batch; means of the epoch.

    Raises
    ------
    SuiteError
        If network and data set do not fit, or the array module is missing.
    """

    def __init__(self, plan, dataset, run, report=None):
        self.plan, self.dataset, self.run = plan, dataset, run
        self.report = report or (lambda *_: None)
        self.xp = array_module(plan.array_module)
        self.inputs = inputs_of(dataset, "train", plan.steps, plan.units, plan.contrast)
        self.labels = dataset.y_train
        self.test_inputs = inputs_of(dataset, "test", plan.steps, plan.units, plan.contrast)
        text = plan.network.replace("classes", str(dataset.n_classes))
        self.layers = layers_of(text, self.inputs.shape)
        outputs = self.layers[-1].shape[0]
        if outputs < dataset.n_classes:
            raise SuiteError(f"network {plan.network!r} has {outputs} outputs, {dataset.name} has "
                             f"{dataset.n_classes} classes")
        self.targets = one_hot(self.labels, outputs, plan.precision)
        self.train, self.validation = self._split()
        self.description = {
            "input_shape": list(self.inputs.shape), "class_names": list(dataset.class_names),
            "training_samples": len(self.inputs), "test_samples": len(self.test_inputs),
            "contents": dataset.checksum()}
        if isinstance(self.inputs, Events) and (plan.distortion_alpha or plan.contrast != "set"):
            raise SuiteError(f"{dataset.name} holds events; distortion and contrast are for "
                             "images, leave them out")
        self.progress = Progress()
        self._vanished = 0
        self.set_weights(self.initial())

    def _split(self):
        """Indices to train on, and held-out ones."""
        n = len(self.inputs)
        index = np.arange(min(n, self.plan.train_samples or n))
        if self.plan.held_out >= len(index):
            raise SuiteError(f"--held-out {self.plan.held_out} leaves nothing of {len(index)} "
                             "training samples")
        if not self.plan.held_out:
            return index, index[:0]
        index = self.rng(SPLIT).permutation(index)
        return np.sort(index[self.plan.held_out:]), np.sort(index[:self.plan.held_out])

    def rng(self, *words):
        """Generator for a purpose and a position."""
        return np.random.default_rng([self.plan.seed, *words])

    # -- weights ------------------------------------------------------------------------

    def initial(self):
        """Weights before training, ``{'dense1.w': ndarray, ...}``."""
        plan = self.plan
        weights = initial_weights(self.layers, self.rng(WEIGHTS), np.dtype(plan.precision))
        if plan.initial == "balanced":
            some = self.inputs.show(self.train[:plan.batch], self.rng(BALANCE))
            balance(self.layers, weights, self.neurons, some.astype(plan.precision))
        return weights

    @property
    def neurons(self):
        """Parameters of the neurons, None for the non-spiking twin."""
        return self.plan.neurons if self.plan.units == "spiking" else None

    def set_weights(self, weights, optimiser_state=None):
        """Build the network with weights, and its optimiser."""
        plan = self.plan
        self.weights = {name: self.xp.array(value) for name, value in weights.items()}
        kernels = plan.kernels if plan.array_module == "numpy" else "numpy"
        self.network = build(self.layers, self.weights, self.neurons, plan.gradient, kernels)
        self.optimiser = (Adam(plan.rate, kernels=kernels) if plan.optimiser == "adam"
                          else SGD(plan.rate))
        for name, value in (optimiser_state or {}).items():
            self.optimiser.state[name] = self.xp.array(value) if value.ndim else int(value)

    # -- training -----------------------------------------------------------------------

    @property
    def total(self):
        """Samples of all epochs."""
        return self.plan.epochs * len(self.train)

    @property
    def done(self):
        """Samples shown so far."""
        p, n = self.progress, len(self.train)
        return p.epoch * n + min(p.batch * self.plan.batch, n)

    def fit(self):
        """Train from where `progress` stands."""
        # Weights that have blown up are found by their gradients, with a clear word.
        with np.errstate(over="ignore", invalid="ignore"):
            self._fit()

    def _fit(self):
        p, began = self.progress, time.monotonic() - self.progress.wall_seconds
        saved = time.monotonic()
        while p.epoch < self.plan.epochs:
            start = time.process_time()
            order = self.rng(ORDER, p.epoch).permutation(self.train)
            self.optimiser.rate = self.plan.rate_in(p.epoch)
            while p.batch * self.plan.batch < len(order):
                self._step(order[p.batch * self.plan.batch:(p.batch + 1) * self.plan.batch])
                self.report(self.done, p.loss / p.shown, 100 * p.correct / p.shown)
                p.cpu_seconds += time.process_time() - start
                start, p.wall_seconds = time.process_time(), time.monotonic() - began
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self.save()
                    saved = time.monotonic()
            p.epoch, p.batch = p.epoch + 1, 0
            self._refuse_infinite()
            self._evaluate()
            p.cpu_seconds += time.process_time() - start
            p.wall_seconds = time.monotonic() - began
            p.loss, p.correct, p.shown = 0.0, 0, 0
            self.save()
            saved = time.monotonic()

    def _step(self, index):
        """One batch."""
        p, plan, xp = self.progress, self.plan, self.xp
        change = None
        if plan.distortion_alpha:
            change = partial(elastic, sigma=plan.distortion_sigma, alpha=plan.distortion_alpha)
        shown = self.inputs.show(index, self.rng(INPUT, p.epoch, p.batch), change)
        targets = xp.asarray(self.targets[index])
        enough = min(LEARNING, len(self.train))
        loss, gradients, outputs = self.network.gradients(
            xp.asarray(shown), targets, may_vanish=self._vanished + len(index) < enough)
        self._vanished = self._vanished + len(index) if self.network.vanished else 0
        self.optimiser.step(self.network.parameters, gradients)
        right = outputs.mean(0)[:, :self.dataset.n_classes].argmax(1) == targets.argmax(1)
        p.loss += float(loss) * len(index)
        p.correct += int(right.sum())
        p.shown += len(index)
        p.batch += 1

    def _evaluate(self):
        """A row of metrics.csv, by held-out training samples if there are some."""
        p, held_out = self.progress, len(self.validation) > 0
        inputs = self.inputs if held_out else self.test_inputs
        labels = self.labels if held_out else self.dataset.y_test
        index = self.validation if held_out else np.arange(len(inputs))
        result = evaluate(self.network, inputs, index, [self.plan.seed, TEST],
                          self.dataset.n_classes, self.xp)
        accuracy = result.accuracy(labels[index])
        p.rows.append({
            "samples": self.done, "epoch": p.epoch, "split": "validation" if held_out else "test",
            "accuracy": accuracy, "train_accuracy": 100 * p.correct / p.shown,
            "train_loss": p.loss / p.shown, "output_rate": float(result.rates.mean()),
            "cpu_seconds": round(p.cpu_seconds, 2), "wall_seconds": round(p.wall_seconds, 2),
        })
        if held_out and accuracy > p.best.get("accuracy", -1):
            p.best = {"accuracy": accuracy, "samples": self.done}
            p.best_weights = self.numpy_weights()
        self.run.write_table("metrics.csv", p.rows)

    # -- checkpoints --------------------------------------------------------------------

    def numpy_weights(self):
        """Copies of the weights as NumPy arrays."""
        return {name: to_numpy(value).copy() for name, value in self.weights.items()}

    def _refuse_infinite(self):
        for name, value in self.weights.items():
            if not bool(self.xp.isfinite(value).all()):
                raise SuiteError(f"{name} is not finite after {self.done} samples: lower the "
                                 "learning rate (--rate); an earlier checkpoint is kept")

    def save(self):
        """Write a checkpoint from which training continues exactly."""
        self._refuse_infinite()
        p = self.progress
        arrays = {f"weights:{k}": v for k, v in self.numpy_weights().items()}
        arrays |= {f"optimiser:{k}": to_numpy(v) for k, v in self.optimiser.state.items()}
        arrays |= {f"best:{k}": v for k, v in p.best_weights.items()}
        names = ("epoch", "batch", "loss", "correct", "shown", "rows", "best", "cpu_seconds",
                 "wall_seconds")
        facts = {"plan": self.plan.config(), **self.description, "samples": self.done}
        self.run.write_checkpoint(arrays, facts | {name: getattr(p, name) for name in names})

    def resume(self, arrays, facts):
        """Take up a checkpoint.

        Raises
        ------
        SuiteError
            If it is of another network or protocol, or has shown more epochs than the plan has.
        """
        weights, p = part(arrays, "weights"), self.progress
        refuse_other(facts | {"data": facts}, self.plan.config(), (*FREE, "dataset"),
                     self.description)
        check_weights(self.layers, weights)
        take(p, facts, ("epoch", "batch", "loss", "correct", "shown", "rows", "best",
                        "cpu_seconds", "wall_seconds"))
        if p.epoch + (p.batch > 0) > self.plan.epochs:
            raise SuiteError(f"the run has begun epoch {p.epoch + (p.batch > 0)}; --epochs "
                             f"{self.plan.epochs} is less, choose more")
        p.best_weights = part(arrays, "best")
        self.set_weights(weights, part(arrays, "optimiser"))
        self.run.write_table("metrics.csv", p.rows)


def part(arrays, prefix):
    """Arrays of a checkpoint whose names begin with ``PREFIX:``, without it."""
    return {k.partition(":")[2]: v for k, v in arrays.items() if k.startswith(f"{prefix}:")}
