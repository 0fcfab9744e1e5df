"""The training loop: what is learned, tested, kept and told when, the same for every protocol."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from models.errors import Diverged, SuiteError
from models.shared.cpu_time import cpu_seconds
from protocols import datasets
from protocols.runs.chance import chance_warnings
from protocols.runs.checkpoint import (
    Checkpoint, Progress, part, prefixed, refuse_infinite, write_checkpoint,
)
from protocols.runs.console import Console
from protocols.runs.directory import SUMMARY, RunDirectory
from protocols.runs.learner import Answers, Learner
from protocols.runs.settings import RunSettings, to_tables
from protocols.runs.weights_hash import promised

CHECKPOINT_SECONDS = 20
PATIENCE = 2
"""Epochs after which a network is expected to do better than guessing."""


def column(quantity: str, readout: str, readouts: tuple[str, ...]) -> str:
    """Name of a quantity of a readout in the tables."""
    return quantity if len(readouts) == 1 else f"{quantity}_{readout}"


def evaluation(samples: int) -> str:
    """Names the random numbers of the test after so many training samples."""
    return f"evaluation-{samples}"


def choose_samples(settings: RunSettings, dataset):
    """Training samples to learn from, and those held out for choosing the state that is tested.

    Parameters
    ----------
    settings : RunSettings
    dataset : protocols.datasets.Dataset

    Returns
    -------
    train, validation : ndarray of int
        The classes have the same shares in both.

    Raises
    ------
    SuiteError
        If too many or too few are to be held out.
    """
    index = np.arange(len(dataset.y_train))
    if settings.train_samples:
        index = index[:settings.train_samples]
    if not settings.held_out:
        return index, index[:0]
    if settings.held_out >= len(index):
        raise SuiteError(f"--held-out {settings.held_out} leaves nothing of {len(index)} training "
                         "samples")
    return datasets.hold_out(dataset, settings.held_out, settings.seed, index)


class Training:
    """A run underway.

    Parameters
    ----------
    protocol : str
    learner : Learner
    validation : ndarray of int
        Held-out training samples.
    directory : RunDirectory
    console : Console
    cpu : callable
        Returns the processor seconds that the run has taken so far.

    Attributes
    ----------
    progress : Progress
    best : dict of str to dict of str to ndarray
        By readout, what had been learned at its best evaluation.
    """

    def __init__(self, protocol: str, learner: Learner, validation: np.ndarray,
                 directory: RunDirectory, console: Console,
                 cpu: Callable[[], float] = cpu_seconds):
        self.protocol = protocol
        self.learner = learner
        self.settings = learner.settings
        self.dataset = learner.dataset
        self.validation = validation
        self.directory = directory
        self.console = console
        self._cpu = cpu
        self._promised = promised(learner.device, getattr(self.settings, "precision", None))
        self.progress = Progress(samples=learner.first, promised=self._promised)
        self.best: dict[str, dict[str, np.ndarray]] = {}
        self.keep = sorted(set(self.settings.keep))
        self.fingerprint = self.dataset.fingerprint()

    # -- the loop -----------------------------------------------------------------------

    def fit(self) -> None:
        """Train from where `progress` stands to the end.

        Raises
        ------
        Diverged
            If what learns is not finite any more; the line says whether a checkpoint is left.
        """
        try:
            self._fit()
        except Diverged as error:
            kept = (self.directory.path / "checkpoint.npz").exists()
            raise Diverged(f"{error}; an earlier checkpoint is kept" if kept else
                           f"{error}; no checkpoint had been written") from None

    def _fit(self) -> None:
        """As `fit`."""
        p = self.progress
        learner = self.learner
        self._keep_passed(p.samples - 1)
        saved = time.monotonic()
        with self.console.progress(learner.total, p.samples, self.settings.preset):
            while p.samples < learner.total:
                learner.prepare(p.samples)
                before = p.samples
                test = learner.next_test(before)
                keep = [n for n in self.keep if n > before]
                with self._timed():
                    p.samples = learner.advance(before, min(test, learner.total, *keep))
                if p.samples >= test:
                    self.evaluate()
                if p.samples >= test or time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self.save()
                    saved = time.monotonic()
                self._keep_passed(before)
                self.console.advance(p.samples, learner.status())
            if not p.rows or p.rows[-1]["samples"] != p.samples:
                # A run that is ended just where it stands.
                learner.prepare(p.samples)
                self.evaluate()
                self.save()

    @contextlib.contextmanager
    def _timed(self):
        """Add the time of what is done inside to that of the run."""
        cpu = self._cpu()
        wall = time.monotonic()
        try:
            yield
        finally:
            self.progress.cpu_seconds += self._cpu() - cpu
            self.progress.wall_seconds += time.monotonic() - wall

    def _keep_passed(self, before: int) -> None:
        """Keep the checkpoints that are asked for at or before the present, but after `before`."""
        for n in self.keep:
            name = f"checkpoint-{n}"
            if before < n <= self.progress.samples and not (
                    self.directory.path / f"{name}.npz").exists():
                self.save(name)

    # -- tests --------------------------------------------------------------------------

    def test(self, split: str, index: np.ndarray, purpose: str, learned=None) -> Answers:
        """Answers to some samples; their time counts."""
        with self._timed():
            return self.learner.test(split, index, purpose, learned)

    def evaluate(self) -> None:
        """Add a row to metrics.csv: on held-out samples if there are some, else on the test set."""
        p = self.progress
        learner = self.learner
        refuse_infinite(learner.arrays(), p.samples)
        if len(self.validation):
            answers = self.test("train", self.validation, evaluation(p.samples))
            truth = self.dataset.y_train[self.validation]
        else:
            everything = np.arange(len(self.dataset.y_test))
            answers = self.test("test", everything, evaluation(p.samples))
            truth = self.dataset.y_test
        accuracies = answers.accuracies(truth)
        row = {"samples": p.samples, "epoch": learner.epoch(p.samples),
               "split": "validation" if len(self.validation) else "test"}
        for readout in learner.readouts:
            row[column("accuracy", readout, learner.readouts)] = accuracies.get(readout)
        row |= learner.begin_row() | answers.row
        row |= {"cpu_seconds": round(p.cpu_seconds, 2), "wall_seconds": round(p.wall_seconds, 2)}
        if learner.phase(p.samples) is not None:
            row["phase"] = learner.phase(p.samples)
        for line in self._noticed(answers, truth, row["epoch"]):
            p.warnings.append(line)
            self.console.warn(line)
        p.rows.append(row)
        if len(self.validation) and learner.phase(p.samples) == learner.phase(learner.total):
            self._keep_best(accuracies)
        self.directory.write_table("metrics.csv", p.rows)
        self.console.evaluated(row, learner)

    def _noticed(self, answers: Answers, truth: np.ndarray, epoch: float) -> list[str]:
        """What is wrong with the network at the first test; at the first one after `PATIENCE`
        epochs and at the last one, whether it still guesses."""
        p = self.progress
        guessing = chance_warnings(answers.predicted, truth, self.learner.words)
        if not p.rows:
            return [*self.learner.warnings(answers), *guessing]
        late = p.rows[-1]["epoch"] < PATIENCE <= epoch or p.samples >= self.learner.total
        if not late:
            return []
        return [f"after {epoch:g} epochs {line}; train for longer, with another step or with "
                "another network" for line in guessing]

    def _keep_best(self, accuracies: dict[str, float]) -> None:
        """Remember what has been learned if a readout was never better."""
        for readout, value in accuracies.items():
            if value > self.progress.best.get(readout, {"value": -1})["value"]:
                self.progress.best[readout] = {"value": value, "samples": self.progress.samples}
                self.best[readout] = self.learner.learned()

    # -- checkpoints --------------------------------------------------------------------

    def save(self, name: str = "checkpoint") -> None:
        """Write a checkpoint from which training continues exactly."""
        arrays = self.learner.arrays()
        for readout, learned in self.best.items():
            arrays |= prefixed(f"best:{readout}", learned)
        write_checkpoint(self.directory, Checkpoint(
            path=self.directory.path, protocol=self.protocol,
            tables=to_tables(self.settings, self.protocol), fingerprint=self.fingerprint,
            data=asdict(self.dataset.description()), progress=self.progress,
            facts=self.learner.facts(), arrays=arrays), name)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Take up a checkpoint of this run.

        Raises
        ------
        SuiteError
            If it is of another network, or has shown more samples than the run is to have.
        """
        shown = checkpoint.progress.samples
        if shown > self.learner.total:
            raise SuiteError(f"the run has shown {shown} samples, more than the "
                             f"{self.learner.total} of so few epochs; choose more")
        self.refuse_keep()
        for n in self.keep:
            if n < shown and not (self.directory.path / f"checkpoint-{n}.npz").exists():
                raise SuiteError(f"--keep {n}: the run has shown {shown} samples already and kept "
                                 f"no checkpoint-{n}.npz; leave it out, or start anew with "
                                 "another --out")
        self.learner.restore(checkpoint)
        self.progress = checkpoint.progress
        self.progress.promised = self.progress.promised and self._promised
        self.best = {readout: part(checkpoint.arrays, f"best:{readout}")
                     for readout in checkpoint.progress.best}
        if self.progress.rows:
            self.directory.write_table("metrics.csv", self.progress.rows)
        # What it says is of an end that lies before the present.
        self.directory.remove(SUMMARY)

    def refuse_keep(self) -> None:
        """Refuse to keep checkpoints that the run does not reach.

        Raises
        ------
        SuiteError
        """
        for n in self.keep:
            if n > self.learner.total:
                raise SuiteError(f"--keep {n} is no number of samples from 1 to "
                                 f"{self.learner.total}")
