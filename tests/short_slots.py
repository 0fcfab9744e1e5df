"""A small network whose slots last 50 ms: it runs in seconds without a compiler."""

import dataclasses

import numpy as np
from brian2 import ms

from equations.hao2020.settings import settings
from models.diehl_cook.architecture import Architecture

N_INPUT = 30
N_HIDDEN = 6
N_CLASSES = 3
SAMPLES = 2
PIXELS = np.random.default_rng(0).uniform(0, 1, (SAMPLES, N_INPUT))
STIMULI = {"pattern": PIXELS, "label": np.array([1.0, 0.0]), "stream": 77, "first": 5}


def architecture(learn, genn=False):
    """The network; ``learn`` and ``genn`` as in `Architecture`."""
    full = settings("general", 100, drive=PIXELS.sum() / SAMPLES * 10)
    timing = dataclasses.replace(
        full.presentation, presentation=40 * ms, rest=10 * ms, min_spikes=1)
    return Architecture(dataclasses.replace(full, presentation=timing), n_input=N_INPUT,
                        hidden=(N_HIDDEN,), n_classes=N_CLASSES, learn=learn, capacity=SAMPLES,
                        genn=genn)
