"""The course of an EMSTDP network as data (`protocols.runs.lesson`)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from models.emstdp.architecture import initial_state
from models.emstdp.network import build
from models.errors import SuiteError
from models.shared.counter_random import stream
from protocols.runs.lesson import Lesson

if TYPE_CHECKING:
    from protocols.emstdp.learner import EMSTDPLearner


def lesson_of(learner: EMSTDPLearner) -> Lesson:
    """The lesson of a learner's run.

    Parameters
    ----------
    learner : EMSTDPLearner

    Raises
    ------
    SuiteError
        If samples are no images, noise makes each presentation an image of its own, or there is no
        hidden layer.
    """
    settings = learner.settings
    if learner.dataset.kind != "images":
        raise SuiteError(f"{learner.dataset.name} holds {learner.dataset.kind}; the page shows "
                         "images")
    if settings.noise:
        raise SuiteError(f"--noise {settings.noise:g} makes each presentation an image of its own; "
                         "choose a run with --noise 0")
    if not learner.architecture.hidden:
        raise SuiteError("the network has no hidden layer to show; choose one with --network")
    training = replace(learner.architecture, capacity=1)
    testing = training.for_testing()
    return Lesson(
        training=partial(build, training), testing=partial(build, testing),
        state=initial_state(training, settings.seed), resting={}, chunk=learner.capacity,
        # Tests take the weights in single precision (`EMSTDPLearner.learned`).
        learned=dict.fromkeys(initial_state(testing, 0), "float32"),
        samples=learner.course.samples,
        stimuli=lambda start, stop: learner.shown(start, stop)[1],
        tested=lambda purpose: {"stream": stream(settings.seed, purpose), "first": 0},
        patterns=learner.patterns,
        intensities=(np.arange(256, dtype=np.float32) / 255).astype(float),
        votes="output.h", layers=tuple(testing.layers), fields="input_hidden1.w",
        fires=(("hidden1.h", 1.0), ("hidden1.h_hat", 1.0)),
        bars=(("hidden1.h", 1.0), ("hidden1.h_hat", 1.0)),
        bars_title="Spikes of each hidden neuron (its threshold is fixed)")
