"""Training a Diehl & Cook network chunk after chunk, with evaluations and checkpoints."""

import time
from dataclasses import asdict, dataclass, field

import numpy as np

from models.devices import compile_network
from models.shared.counter_random import stream
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from protocols.diehl_cook_sl.evaluation import evaluate, patterns
from protocols.diehl_cook_sl.readout import LabelStatistics
from protocols.resume import refuse_other, take

CHECKPOINT_SECONDS = 20
LABEL_WINDOW = 60000


@dataclass
class Progress:
    """Where a training run stands: all that a checkpoint holds.

    Attributes
    ----------
    phase, position : int
        Current phase, and samples shown in it.
    state : dict of str to ndarray
        State of the network.
    rows : list of dict
        Evaluations so far (metrics.csv).
    best : dict
        Best validation accuracy so far, by readout; its weights and classes are in
        ``best_state``.
    """

    phase: int = 0
    position: int = 0
    state: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    best: dict = field(default_factory=dict)
    best_state: dict = field(default_factory=dict)
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    spikes: list = field(default_factory=list)
    order: list = field(default_factory=list)
    theta: list = field(default_factory=list)


class Trainer:
    """Runs the phases of a plan.

    Parameters
    ----------
    plan : protocols.diehl_cook_sl.plan.Plan
    dataset : protocols.datasets.Dataset
    train, validation : ndarray of int
        Indices into the training images.
    run : protocols.rundir.RunDirectory
    workers : int
        Processes for an evaluation.
    threads : int
        Threads of the network that learns.
    report : callable
        ``report(done, total, text)``, called after each chunk and evaluation.

    Attributes
    ----------
    keep : sequence of int
        Numbers of samples after which a chunk ends, so that the state can be kept.
    """

    def __init__(self, plan, dataset, train, validation, run, workers=1, threads=1,
                 report=None):
        self.plan, self.dataset, self.run = plan, dataset, run
        self.train, self.validation = train, validation
        self.workers, self.threads = workers, threads
        self.report = report or (lambda *_: None)
        self.phases = plan.phases(len(train))
        self.capacity = int(np.clip(len(train) // 10, 25, 500))
        self.settings = plan.settings(dataset)
        self.description = asdict(dataset.description())
        self.images = patterns(dataset.x_train, self.settings.image_mean)
        self.test_images = patterns(dataset.x_test, self.settings.image_mean)
        self.labels = dataset.y_train
        self.test_architecture = plan.architecture(dataset, capacity=self.capacity)
        hidden = plan.hidden[-1] if plan.hidden else 0
        window = min(LABEL_WINDOW, len(train))
        self.statistics = LabelStatistics(hidden, dataset.n_classes, window)
        self.progress = Progress()
        self._networks = {}
        self.keep = ()

    @property
    def total(self):
        """Samples of all phases."""
        return sum(phase.samples for phase in self.phases)

    @property
    def done(self):
        """Samples shown so far."""
        return sum(p.samples for p in self.phases[:self.progress.phase]) + self.progress.position

    def network(self, phase=None):
        """Compiled network of a phase, or of testing; compiled once."""
        key = phase.name if phase else "testing"
        if key not in self._networks:
            architecture = (self.plan.architecture(self.dataset, phase, capacity=self.capacity)
                      if phase else self.test_architecture)
            self._networks[key] = compile_network(
                lambda: build(architecture), self.plan.device, f"{key} (Diehl & Cook)",
                self.plan.precision, self.threads if phase else 1)
        return self._networks[key]

    # -- samples ----------------------------------------------------------------------

    def order(self, phase, start, stop):
        """Training indices of the samples at positions start .. stop of a phase."""
        n, out = len(self.train), []
        for epoch in range(start // n, (stop - 1) // n + 1):
            if self.plan.shuffle:
                words = [self.plan.seed, self.phases.index(phase), epoch]
                index = np.random.default_rng(words).permutation(self.train)
            else:
                index = self.train
            out.append(index[max(start - epoch * n, 0):stop - epoch * n])
        return np.concatenate(out)

    def _chunk_end(self, phase, start):
        """Chunks end where there is something to do: an evaluation, a checkpoint to keep."""
        every, before = self.plan.test_every, self.done - self.progress.position
        keep = [n - before for n in self.keep if n - before > start]
        return min([start + self.capacity, phase.samples, (start // every + 1) * every, *keep])

    # -- training ---------------------------------------------------------------------

    def start(self, learned=None):
        """Fresh state; ``learned`` gives hidden weights and theta from another run.

        Raises
        ------
        SuiteError
            If ``learned`` is of another network.
        """
        if learned is not None:
            self._check(learned, self.phases[0],
                        lambda name: name.endswith((".w", ".theta")) and "readout" not in name)
            self.statistics.restore(learned)
        self._enter(self.phases[0], learned or {})

    def _check(self, arrays, phase, needed=lambda name: True):
        """Refuse arrays that lack a needed variable of the phase's network or its shape."""
        fresh = initial_state(self.plan.architecture(self.dataset, phase), 0)
        shapes = {name: value.shape for name, value in fresh.items() if needed(name)}
        # Their first axis is that of the blocks so far.
        shapes["labels.sums"] = self.statistics.sums.shape[1:]
        for name, shape in shapes.items():
            if name not in arrays or arrays[name].shape[-len(shape):] != shape:
                raise SuiteError(f"the checkpoint belongs to another network: {name} is missing "
                                 f"or not of shape {shape}")

    def _enter(self, phase, learned):
        """Begin a phase: its own fresh state with everything learned before."""
        fresh = initial_state(self.plan.architecture(self.dataset, phase), self.plan.seed)
        for name in fresh:
            if name.endswith((".w", ".theta")) and name in learned:
                fresh[name] = learned[name]
        self.progress.state = fresh

    def fit(self):
        """Run all phases from where `progress` stands."""
        p, began = self.progress, time.monotonic() - self.progress.wall_seconds
        saved = time.monotonic()
        while p.phase < len(self.phases):
            phase = self.phases[p.phase]
            self.network(phase)
            self.network()
            while p.position < phase.samples:
                at_test = self._step(phase)
                p.wall_seconds = time.monotonic() - began
                if at_test:
                    self.evaluate(phase)
                if at_test or time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self.save()
                    saved = time.monotonic()
                self.report(self.done, self.total, p.rows)
            if not p.rows or p.rows[-1]["samples"] != self.done:
                # A run that is ended just where it stands.
                self.evaluate(phase)
            p.phase, p.position = p.phase + 1, 0
            if p.phase < len(self.phases):
                self._enter(self.phases[p.phase], p.state)
            self.save()

    def _step(self, phase):
        """Show one chunk; True if an evaluation is due."""
        p = self.progress
        stop = self._chunk_end(phase, p.position)
        index = self.order(phase, p.position, stop)
        stimuli = {
            "pattern": self.images[index], "label": self.labels[index],
            "stream": stream(self.plan.seed, f"train-{'hidden' if 'hidden' in phase.learn else 'sl'}"),
            "first": p.position,
        }
        p.state, records = self.network(phase)(p.state, stimuli)
        p.cpu_seconds += records.cpu_seconds
        if self.plan.hidden:
            counts = records.per_sample(f"hidden{len(self.plan.hidden)}.count")
            self.statistics.add(self.labels[index], counts)
            p.spikes.append(counts.sum(1).astype(np.int32))
            p.theta.append((self.done + stop - p.position, 1e3 * p.state["hidden1.theta"].mean()))
        p.order.append(index.astype(np.int32))
        p.position = stop
        return stop % self.plan.test_every == 0 or stop == phase.samples

    # -- evaluation -------------------------------------------------------------------

    def test(self, learned, classes, purpose, images=None):
        """Evaluate weights on the test images (or others)."""
        images = self.test_images if images is None else images
        result = evaluate(self.network(), self.test_architecture, learned, images, self.plan.seed,
                          purpose, classes, self.workers)
        self.progress.cpu_seconds += result.cpu_seconds
        return result

    def evaluate(self, phase):
        """Evaluate now, on held-out training images if there are some, else on the test set."""
        p, held_out = self.progress, len(self.validation) > 0
        images = self.images[self.validation] if held_out else self.test_images
        truth = self.labels[self.validation] if held_out else self.dataset.y_test
        classes = self.statistics.classes() if self.plan.hidden else None
        result = self.test(p.state, classes, f"evaluation-{self.done}", images)
        accuracy = result.accuracies(truth)
        if not phase.readout:
            accuracy["sl"] = None
        hidden = result.hidden_counts
        p.rows.append({
            "samples": self.done, "epoch": round(p.position / len(self.train), 4),
            "split": "validation" if held_out else "test",
            "accuracy_sl": accuracy["sl"], "accuracy_labels": accuracy["labels"],
            "hidden_spikes": None if hidden is None else float(hidden.sum(1).mean()),
            "attempts": float(result.attempts.mean()),
            "theta_mV": p.theta[-1][1] if p.theta else None,
            "cpu_seconds": round(p.cpu_seconds, 2), "wall_seconds": round(p.wall_seconds, 2),
            "phase": phase.name,
        })
        self._keep_best(phase, accuracy, classes)
        self.run.write_table("metrics.csv", p.rows)

    def _keep_best(self, phase, accuracy, classes):
        """Remember the weights with the best accuracy by each readout in the last phase."""
        p = self.progress
        if p.phase < len(self.phases) - 1:
            return
        for readout, value in accuracy.items():
            if value is not None and value > p.best.get(readout, {"value": -1})["value"]:
                p.best[readout] = {"value": value, "samples": self.done}
                for name in p.state:
                    if name.endswith((".w", ".theta")):
                        p.best_state[f"{readout}:{name}"] = p.state[name].astype(np.float32)
                if classes is not None:
                    p.best_state[f"{readout}:classes"] = classes

    # -- checkpoints ------------------------------------------------------------------

    def save(self, name="checkpoint"):
        """Write a checkpoint from which training continues exactly."""
        p = self.progress
        join = lambda parts, dtype: np.concatenate(parts) if parts else np.empty(0, dtype)
        arrays = {f"state:{k}": v for k, v in p.state.items()}
        arrays |= {f"best:{k}": v for k, v in p.best_state.items()}
        arrays |= {f"statistics:{k}": v for k, v in self.statistics.arrays().items()}
        arrays |= {"spikes": join(p.spikes, np.int32), "order": join(p.order, np.int32),
                   "theta": np.array(p.theta).reshape(-1, 2)}
        facts = {"plan": self.plan.config(), "data": self.description, "phase": p.phase,
                 "position": p.position, "rows": p.rows, "best": p.best,
                 "cpu_seconds": p.cpu_seconds, "wall_seconds": p.wall_seconds,
                 "samples": self.done}
        self.run.write_checkpoint(arrays, facts, name)

    def resume(self, arrays, facts):
        """Take up a checkpoint.

        Raises
        ------
        SuiteError
            If it is of another network or run, or has shown more samples than the plan has.
        """
        p = self.progress
        refuse_other(facts, self.plan.config(), ("dataset", "device", "epochs", "test_every"),
                     self.description)
        take(p, facts, ("phase", "position", "rows", "best", "cpu_seconds", "wall_seconds"))
        try:
            shown = facts["samples"]
            p.spikes, p.order = [arrays["spikes"]], [arrays["order"]]
            p.theta = [tuple(row) for row in arrays["theta"]]
        except KeyError as name:
            raise SuiteError(f"the checkpoint is none of this protocol: it lacks {name}") from None
        if shown > self.total:
            raise SuiteError(f"the run has shown {shown} samples, more than the {self.total} "
                             "of so few epochs; choose more")
        if p.phase == len(self.phases) and shown < self.total:
            # A finished run, to be prolonged.
            p.phase -= 1
            p.position = shown - self.done
        p.state, p.best_state = part(arrays, "state"), part(arrays, "best")
        statistics = part(arrays, "statistics")
        self._check(p.state | statistics, self.phases[min(p.phase, len(self.phases) - 1)])
        self.statistics.restore(statistics)
        self.run.write_table("metrics.csv", p.rows)


def best_weights(best_state, readout):
    """Weights and label statistics (or None) with the best accuracy by a readout so far."""
    weights = part(best_state, readout)
    return weights, weights.pop("classes", None)


def part(arrays, prefix):
    """Arrays of a checkpoint whose names begin with ``PREFIX:``, without it."""
    return {k.partition(":")[2]: v for k, v in arrays.items() if k.startswith(f"{prefix}:")}
