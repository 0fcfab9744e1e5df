"""Every parameter that a method and a form take changes what is learned."""

from dataclasses import replace

import numpy as np
import pytest

from equations.zhao2020.baselines import METHODS as BASELINES
from models.baselines import EVERY_NETWORK
from models.shared.layered import one_hot
from models.shared.optimisers import SGD, Adam
from protocols.glsnn.methods import Method
from protocols.glsnn.settings import GLSNNSettings

SIZES = (64, 20, 20, 20, 10)
FIRING = ("conductance", "stepwise", "rate")
"""In the form literal no neuron fires, so what spikes do cannot matter."""
EPOCHS = (0, 1, 40)
ANOTHER = {"T": 0.2, "decay_epochs": 3}
"""Values for numbers that little more or less of is the same for `EPOCHS` or in time steps."""


def learned(settings, digits):
    """Weights and biases after a batch in each of some epochs."""
    settings.check()
    method = Method(settings, SIZES)
    rule = method.rule(method.initial())
    optimiser = Adam() if method.optimiser == "adam" else SGD()
    images = digits.x_train.reshape(-1, 64) / 255
    for k, epoch in enumerate(EPOCHS):
        shown = slice(20 * k, 20 * k + 20)
        targets = one_hot(digits.y_train[shown], 10, images)
        lesson = rule.lesson(images[shown], targets, np.random.default_rng(k))
        optimiser.rate = method.rate(epoch)
        optimiser.step(rule.arrays, lesson.gradients)
    return np.concatenate([array.ravel() for array in rule.arrays.values()])


def other(value):
    """Another value of a number or a switch."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else 0.7 * value + 0.01


@pytest.mark.parametrize("method, form", [
    *(("glsnn", form) for form in FIRING), *((method, "own") for method in BASELINES),
    *((method, form) for method in EVERY_NETWORK for form in FIRING)])
def test_no_parameter_is_idle(digits, method, form):
    plain = GLSNNSettings(network="20-20-20-classes", precision="float64", kernels="numpy",
                          method=method, form=form)
    before = learned(plain, digits)
    own = Method(plain, SIZES)
    for name in plain.known_parameters():
        switch = name.endswith(("_current", "_spikes"))
        value = getattr(own.form if hasattr(own.form, name) else own.numbers, name)
        if switch or name in ("eta_t", "width") and own.optimiser == "adam":
            # Switches of S depend on each other, and Adam's are refused (test_glsnn_settings).
            continue
        changed = {name: ANOTHER.get(name, other(value))}
        after = learned(replace(plain, parameters=changed), digits)
        assert np.abs(after - before).max() > 1e-9, changed
