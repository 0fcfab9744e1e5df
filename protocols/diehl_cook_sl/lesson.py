"""The course of a Diehl & Cook network as data (`protocols.runs.lesson`)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.shared.counter_random import stream
from protocols.diehl_cook_sl.evaluation import patterns, testing_state
from protocols.runs.lesson import Lesson

if TYPE_CHECKING:
    from protocols.diehl_cook_sl.learner import DiehlCookLearner


def lesson_of(learner: DiehlCookLearner) -> Lesson:
    """The lesson of a learner's run.

    Parameters
    ----------
    learner : DiehlCookLearner

    Raises
    ------
    SuiteError
        If it learns in several phases, has no hidden layer, or answers by label statistics.
    """
    settings = learner.settings
    if len(learner.course.phases) > 1:
        raise SuiteError(f"--method {settings.method} learns in several phases, each with a "
                         "network of its own; choose a run with --method simultaneous")
    if learner.readout != "sl" or not settings.hidden:
        raise SuiteError("the answers of this run are not those of an SL layer behind a hidden "
                         "layer; choose a run with --method simultaneous")
    phase, = learner.course.phases
    training = settings.architecture(learner.dataset, phase, capacity=1)
    testing = settings.architecture(learner.dataset, capacity=1)
    state = initial_state(training, settings.seed)
    resting = testing_state(testing, {})
    learned = {name: "float64" for name in resting if testing.is_learned(name)}
    image_mean = settings.network_parameters(learner.dataset).image_mean
    if image_mean is not None:
        raise SuiteError(f"each image of {learner.dataset.name} is brought to the same mean, which "
                         "no table of intensities holds; choose another data set")
    return Lesson(
        training=partial(build, training), testing=partial(build, testing), state=state,
        resting={name: value for name, value in resting.items() if name not in learned},
        chunk=learner.capacity, learned=learned,
        samples=partial(learner.course.samples, learner.train, phase),
        stimuli=lambda start, stop: learner.shown(phase, start, stop)[1],
        tested=lambda purpose: {"stream": stream(settings.seed, purpose), "first": 0},
        patterns=learner.images, intensities=patterns(np.arange(256)[:, None])[:, 0],
        votes="readout.count", layers=tuple(testing.layers), fields="input_hidden1.w",
        fires=(("hidden1.count", 1.0),), bars=(("hidden1.theta", 1e3),),
        bars_title="Thresholds: theta (mV) of each hidden neuron")
