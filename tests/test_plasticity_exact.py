"""The plasticity of a compiled network, recomputed in NumPy from its recorded spikes."""

import numpy as np
import pytest

from models.diehl_cook.architecture import initial_state
from tests.conftest import needs_compiler

pytestmark = needs_compiler


def raster(spikes, n, n_steps, dt):
    """Spikes as (n_steps, n) booleans."""
    index, times = spikes
    out = np.zeros((n_steps, n), bool)
    out[np.rint(np.asarray(times) / dt).astype(int), index] = True
    return out


def learn(w, pre, post, stdp, dt, slot_steps, coincidences="once"):
    """Eq. 6 in trace form and Eq. 7, with the order of a step as in equations.hao2020.plasticity.

    Parameters
    ----------
    w : ndarray, shape (n_pre, n_post)
    pre, post : ndarray of bool, shape (n_steps, n)
    coincidences : {'once', 'twice'}
        Whether a presynaptic spike sees the trace of a postsynaptic one of the same step.
    """
    w = w.copy()
    x = np.ones(w.shape[0])
    y = np.ones(w.shape[1])
    decay = np.exp(-dt / float(stdp.tau_trace))
    total = stdp.beta * stdp.w_max * len(x)
    # Spikes of a step reach the synapses in the next one.
    arriving = np.vstack([np.zeros(len(x), bool), pre[:-1]])
    answering = np.vstack([np.zeros(len(y), bool), post[:-1]])
    for step, (fired, answered) in enumerate(zip(arriving, answering)):
        if step % slot_steps == 0:
            w *= total / w.sum(0)
        if coincidences == "twice":
            y[answered] += stdp.A
        w[fired] = np.clip(w[fired] + stdp.nu * y, 0, stdp.w_max)
        w[:, answered] = np.clip(w[:, answered] + stdp.nu * x[:, None], 0, stdp.w_max)
        if coincidences == "once":
            y[answered] += stdp.A
        x = x * decay
        y = y * decay
        x[pre[step]] += stdp.A
    return w


@pytest.mark.parametrize("name, layers", [
    ("input_hidden1", ("input", "hidden1")), ("hidden1_readout", ("hidden1", "readout"))])
def test_weights_follow_from_spikes(compiled, stimuli, name, layers):
    """Every weight to rounding; two spikes in one step count once, and that makes a difference."""
    architecture, network = compiled(observe=True)
    state = initial_state(architecture, 1)
    after, records = network(state, stimuli(4))
    timing = architecture.settings.presentation
    dt = float(timing.dt)
    slot = timing.slot_steps
    n_steps = len(records.slots["input.cursor"]) * slot
    pre, post = (raster(records.spikes[layer], architecture.sizes[layer], n_steps, dt)
                 for layer in layers)
    assert (pre.sum(1).astype(bool) & post.sum(1).astype(bool)).any()
    stdp = architecture.projections()[name].stdp
    expected = learn(state[f"{name}.w"], pre, post, stdp, dt, slot)
    np.testing.assert_allclose(after[f"{name}.w"], expected, rtol=1e-12, atol=1e-15)
    other = learn(state[f"{name}.w"], pre, post, stdp, dt, slot, coincidences="twice")
    assert abs(other - expected).max() > 1e-6
