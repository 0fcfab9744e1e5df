"""What the equations of Shrestha et al. (2019) say of the network, on the network itself."""

import numpy as np
import pytest

from models.emstdp.architecture import initial_state
from protocols import datasets
from tests.conftest import needs_compiler
from tests.emstdp_networks import STREAM, architecture, network

pytestmark = needs_compiler

# Sizes and factors that make all thresholds 1. Sums of such numbers are exact.
UNITS = {"scale": 16.0, "beta_hidden": 0.25, "beta_output": 0.0625, "beta_error": 0.5,
         "theta_loss": 1.0}
HIDDEN = 64


def of_units(**changes):
    """16-64-4 with direct feedback, reset by subtraction, biases, and thresholds of 1.

    The loss circuit runs through phase 2.
    """
    switches = {"reset_forward": "subtraction", "bias": True, "bounded": False, "wait": 0}
    chosen = architecture((16, HIDDEN, 4), "dfa", steps=64, capacity=400,
                          **UNITS | switches | changes)
    assert set(chosen.thresholds.values()) | set(chosen.error_thresholds.values()) == {1}
    return chosen


def call(chosen, state, patterns, labels=None, rates=None):
    """Counts by name, spikes by group as (step, neuron), and the state after a call."""
    n = len(patterns)
    given = {"pattern": patterns, "stream": STREAM, "first": 0}
    if chosen.learns:
        given |= {"label": np.zeros(n, int) if labels is None else labels,
                  "rate": np.zeros(n) if rates is None else rates}
    state, records = network(chosen)(state, given)
    spikes = {name: (np.rint(1e3 * time).astype(int), neuron)
              for name, (neuron, time) in records.spikes.items()}
    return records.slots, spikes, state


def silent(chosen):
    """All weights 0."""
    return {name: np.zeros_like(value) for name, value in initial_state(chosen, 0).items()}


# -- Fig. 2a ------------------------------------------------------------------------------------

@pytest.fixture(scope="module", params=["subtraction", "zero"])
def staircase(request):
    """Total inputs u and spike counts h: of one input that is always on, and of twenty at random.

    Output neuron k has the weight w[k] from each input.
    """
    chosen = architecture((20, 129), learns=False, steps=66, reset_forward=request.param,
                          scale=20.0, beta_output=0.1, capacity=60)
    assert chosen.thresholds == {"output": 1}
    weights = np.tile(np.arange(-64, 65) / 2048, (20, 1))
    weights[0] *= 32
    always = np.eye(20)[:1]
    random = np.full((40, 20), 0.5) * (np.arange(20) > 0)
    counts, spikes, _ = call(chosen, {"input_output.w": weights}, np.concatenate([always, random]))
    step, neuron = spikes["input"]
    # A spike of the last step comes too late.
    acts = step % 66 < 65
    inputs = np.zeros((41, 20))
    np.add.at(inputs, (step[acts] // 66, neuron[acts]), 1)
    return request.param, inputs @ weights, counts["output.h"]


def test_spike_count_is_a_staircase(staircase):
    """Eq. 4: h = floor(u/theta), the shifted ReLU that is cut into steps.

    A reset to 0 loses what exceeds the threshold: then Eq. 4 holds where the weight divides it.
    """
    reset, u, h = staircase
    expected = np.maximum(np.floor(u), 0)
    assert u[0].min() == -65 and u[0].max() == 65 and u[1:].std() > 1
    if reset == "subtraction":
        assert np.array_equal(h, expected)
        return
    assert (h <= expected).all()
    weight = u[0] / 65
    divides = np.isin(weight, [1, 0.5, 0.25, 0.125])
    assert divides.sum() == 4
    assert np.array_equal(h[0, divides], expected[0, divides])
    positive = weight > 0
    assert np.array_equal(h[0, positive], 65 // np.ceil(1 / weight[positive]))
    assert np.corrcoef(h[1:].ravel(), expected[1:].ravel())[0, 1] > 0.99


def test_derivative_is_that_of_a_shifted_relu(staircase):
    """Eq. 5: 1/theta on average where u >= theta, else 0."""
    reset, u, h = staircase
    assert not h[u < 1].any()
    assert h[u >= 1].all()
    if reset == "subtraction":
        steep = u[0] >= 1
        slope = np.polyfit(u[0, steep], h[0, steep], 1)[0]
        assert slope == pytest.approx(1, abs=0.02)
        # It is never more than a step from the ReLU.
        assert (np.abs(h - np.maximum(u, 0)) < 1).all()


# -- Fig. 3a, Eq. 13 and 14 ---------------------------------------------------------------------

@pytest.fixture(scope="module")
def driven():
    """A window in which the output's error drives hidden error neurons by weights of both signs.

    Hidden neurons fire in every fourth step, the output does so only when its error drives it.
    """
    chosen = of_units()
    state = silent(chosen)
    state["input_hidden1.w"][0] = 0.25
    state["feedback_hidden1.B"][0] = np.arange(-32, 32) / 32
    counts, spikes, _ = call(chosen, state, np.eye(16)[:1])
    first = {name: count[0] for name, count in counts.items()}
    return state["feedback_hidden1.B"][0], first, spikes


def arrived(spikes, group, neurons):
    """Spikes of each neuron that reached others in time to make them fire: not the last step's."""
    step, neuron = spikes[group]
    return np.bincount(neuron[step < 63], minlength=neurons)


def test_error_neurons_are_linear(driven):
    """Eq. 9: e = eps/theta, truncated toward 0, with either sign."""
    weights, counts, spikes = driven
    eps = weights * arrived(spikes, "output_plus", 4)[0]
    e = counts["hidden1_plus.count"] - counts["hidden1_minus.count"]
    assert eps.max() > 10
    assert np.array_equal(e, np.trunc(eps))
    assert np.array_equal(e[1:32], -e[:32:-1])
    assert not (counts["hidden1_plus.count"] * counts["hidden1_minus.count"]).any()


def test_change_of_activity_is_proportional_to_the_error(driven):
    """Eq. 14: h_hat - h = gamma*e, while a neuron can still fire less or more."""
    weights, counts, spikes = driven
    e = arrived(spikes, "hidden1_plus", HIDDEN) - arrived(spikes, "hidden1_minus", HIDDEN)
    change = counts["hidden1.h_hat"] - counts["hidden1.h"]
    assert (counts["hidden1.h"] == 7).all()
    free = -e <= counts["hidden1.h"]
    assert free.sum() > 40 and np.unique(e[free]).size > 15
    # Errors of the first steps of the phase, which are not counted, make a spike of difference.
    assert (np.abs(change - e)[free] <= 1).all()
    assert (change == e)[free].mean() > 0.8
    assert np.corrcoef(change[free], e[free])[0, 1] > 0.99
    assert (change[~free] >= -counts["hidden1.h"][~free]).all()


def test_output_is_driven_towards_the_target():
    """Section 3.4: error spikes at a rate of (target - output)/theta_l, each of which is a spike.

    An output of rate r0 so reaches the r at which r = r0 + (target - r)/theta_l.
    """
    for chosen, theta in ((of_units(), 1), (of_learning(100), 3)):
        counts, spikes, _ = call(chosen, silent(chosen), np.zeros((1, chosen.sizes[0])))
        running = chosen.rules.steps // 2 - chosen.rules.wait
        assert chosen.rules.theta_loss == theta
        expected = running / (1 + theta)
        assert abs(len(spikes["output"][0]) - expected) <= 1
        assert not spikes["output"][1].any()
        assert abs(counts["output_plus.count"][0, 0] - expected) <= 1
        assert not counts["output_minus.count"].any()
    # An output that is not wanted fires half as often, its rate halfway to 0.
    chosen = of_units()
    state = silent(chosen) | {"output.b": np.array([0, 0.5, 0, 0])}
    counts, _, _ = call(chosen, state, np.zeros((1, 16)))
    assert counts["output.h"][0, 1] == 15
    assert abs(counts["output.h_hat"][0, 1] - 7.5) <= 1


# -- invariants ---------------------------------------------------------------------------------

def updates_at_the_target(chosen):
    """Sum of h_pre (h_hat - h) over the synapses of a layer, for each of 400 random samples.

    The output of the label fires in every step and no other one does: there is no error.
    """
    state = silent(chosen) | {"output.b": np.array([1.0, 0, 0, 0])}
    state["input_hidden1.w"] = np.abs(initial_state(chosen, 3)["input_hidden1.w"]) / 8
    counts, _, _ = call(chosen, state, np.full((400, 16), 0.3))
    assert not any(count.any() for name, count in counts.items() if name.endswith(".count"))
    change = counts["hidden1.h_hat"] - counts["hidden1.h"]
    assert counts["hidden1.h"].any() and change.any()
    assert np.array_equal(counts["output.h_hat"][:, 0], counts["output.h"][:, 0])
    return change.sum(1)


def test_no_update_at_the_target():
    """In the mean, both phases have as many spikes: there is no bias of a cold start.

    Without clearing between the phases there is one, which the literal form has.
    """
    cleared = updates_at_the_target(of_units())
    error = cleared.std() / np.sqrt(len(cleared))
    assert abs(cleared.mean()) < 3.5 * error
    warm = updates_at_the_target(of_units(clear=False, skip=0))
    assert warm.mean() > 10 * warm.std() / np.sqrt(len(warm))


def test_a_right_answer_is_no_error():
    """The output of the label fires in every step, as soon as spikes have come through the layers.

    A loss circuit that does not wait for them has an error, nevertheless.
    """
    for wait, expected in ((3, 0), (0, 2)):
        chosen = of_units(wait=wait)
        state = silent(chosen)
        state["input_hidden1.w"][0] = 1
        state["hidden1_output.w"][:, 0] = 1 / HIDDEN
        counts, _, _ = call(chosen, state, np.eye(16)[:1])
        assert counts["output.h"][0, 0] == counts["output.h_hat"][0, 0] == 32 - chosen.rules.skip
        assert counts["output_plus.count"].sum() == expected
        assert not counts["output_minus.count"].any()


def test_backward_weights_are_the_forward_ones():
    """SW has one matrix; no state holds another one. (Its values: tests/test_emstdp_exact.py.)"""
    chosen = of_learning(40)
    objects = {each.name: each for each in network(chosen).description.network.objects}
    forward = objects["hidden1_output"].variables["w"]
    for above in ("plus", "minus"):
        for below in ("plus", "minus"):
            back = objects[f"feedback_output_{above}_hidden1_{below}"]
            assert back.variables["w"] is forward
            assert np.array_equal(back.pattern.elements(),
                                  np.arange(1000).reshape(100, 10).T.ravel())
    assert set(initial_state(chosen, 0)) == {"input_hidden1.w", "hidden1_output.w"}


# -- learning -----------------------------------------------------------------------------------

def of_learning(steps):
    """The network that the digits are learned with by default, at any T."""
    return architecture((64, 100, 10), steps=steps, capacity=400)


def gradient(state, chosen, patterns, labels):
    """Descent of the squared error of the network without spikes, of the same weights, by layer."""
    hidden, output = chosen.thresholds.values()
    u = patterns @ state["input_hidden1.w"] / hidden
    a = np.clip(u, 0, 1)
    answer = np.clip(a @ state["hidden1_output.w"] / output, 0, 1)
    delta = np.eye(10)[labels] - answer
    below = delta @ state["hidden1_output.w"].T * (u > 0)
    return {"input_hidden1.w": patterns.T @ below, "hidden1_output.w": a.T @ delta}


def angle(a, b):
    """Between two matrices as vectors, in degrees."""
    cosine = (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)
    return np.degrees(np.arccos(cosine))


@pytest.fixture(scope="module")
def shown():
    """300 digits, and labels."""
    digits = datasets.load("digits")
    return digits.x_train[:300].reshape(300, 64) / 255, digits.y_train[:300]


def test_update_follows_the_gradient(shown):
    """The angle between the update of SW and the gradient is far below 90 degrees, less with T."""
    angles = {}
    for steps in (40, 100):
        chosen = of_learning(steps)
        before = initial_state(chosen, 5)
        # So small a step changes no spike.
        _, _, after = call(chosen, before, *shown, rates=np.full(300, 1e-9))
        expected = gradient(before, chosen, *shown)
        angles[steps] = [angle(after[name] - before[name], expected[name]) for name in expected]
    assert max(angles[100]) < 45, angles
    assert max(angles[40]) < 60, angles
    assert (np.array(angles[100]) < angles[40]).all(), angles


def test_trained_network_is_alive():
    """After 1,200 digits with the defaults, much of the hidden layer fires, and each output."""
    digits = datasets.load("digits")
    patterns = digits.x_train.reshape(-1, 64) / 255
    chosen = of_learning(100)
    state = initial_state(chosen, 0)
    for first in (0, 400, 800):
        part = slice(first, first + 400)
        counts, _, state = call(chosen, state, patterns[part], digits.y_train[part],
                                np.full(400, chosen.rules.eta))
    active = (counts["hidden1.h"] > 0).mean()
    assert 0.2 < active < 0.95
    assert counts["output.h"].any(0).all()
    assert (counts["output.h"].argmax(1) == digits.y_train[800:1200]).mean() > 0.8
