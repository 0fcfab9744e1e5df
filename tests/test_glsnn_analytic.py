"""GLSNN's neurons, targets and initial state against what can be computed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from equations.zhao2020.settings import FORMS, Form, Neurons, RateNeurons, form, walk
from models.baselines import EVERY_NETWORK, RULES
from models.errors import SuiteError
from models.glsnn import neurons
from models.glsnn.architecture import feedback_layers, feedback_weights, initial_arrays
from models.glsnn.constants import constants
from models.glsnn.network import SpikingNetwork, squared_error
from models.glsnn.rule import GLSNN
from models.shared.layered import Outer, layer_names, one_hot
from models.shared.optimisers import SGD, Adam

SIZES = (64, 40, 30, 20, 10)


def responses(drive, chosen):
    """What neurons do with some constant currents."""
    return neurons.respond(np.atleast_2d(np.asarray(drive, float)), chosen,
                           constants(chosen, np.float64), keep=True)


def made(chosen, sizes=SIZES, dtype=np.float64):
    """A network of a form."""
    return SpikingNetwork(sizes, initial_arrays(sizes, 0, chosen.output_bias, dtype), chosen)


def peak(forward):
    """Largest V of hidden neurons."""
    return max(V.max() for V in forward.details["largest"][:-1])


def images(digits, n):
    """Digits from 0 to 1, and their classes."""
    x = digits.x_train[:n].reshape(n, -1) / 255
    return x, one_hot(digits.y_train[:n], 10, x)


def test_a_neuron_by_hand():
    """Eq. 3 at I = 1, g_L = 1: g_E is 0, 0.05, 0.0975, 0.142625 before the steps 1 to 4."""
    by_hand = [0.0, 0.0002, 0.00058561]
    for steps, V in enumerate(by_hand, start=1):
        found = responses(1.0, replace(form("conductance"), T=steps * Neurons.dt))
        np.testing.assert_allclose(found.potentials, V, rtol=1e-4, atol=1e-12)
        assert found.counts == 0
    # 0.00058561 - 0.02 (0.00058561 + 0.142625 (0.00058561 - 0.2)) is above V_th = 0.0009.
    found = responses(1.0, replace(form("conductance"), T=4 * Neurons.dt))
    np.testing.assert_allclose(found.largest, 0.00114273, rtol=1e-5)
    assert (found.counts, found.last, found.potentials) == (1, 1, 0)
    assert found.spikes.ravel().tolist() == [0, 0, 0, 1]


def test_a_neuron_of_the_variant_by_hand():
    """V += (I - V)/2 at I = 0.8: 0.4, then 0.6 and a spike, and again."""
    found = responses(0.8, replace(form("rate"), T=4 * Neurons.dt))
    assert found.spikes.ravel().tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(found.largest, 0.6)
    # dV/dI is 0.5 and then 0.75; the curve is 2 - 4*0.1 at both potentials.
    np.testing.assert_allclose(found.slopes, 2 * 1.6 * (0.5 + 0.75))


@pytest.mark.parametrize("name", FORMS)
def test_more_current_more_spikes(name):
    """The staircase of spikes over current rises from none to one in nearly each step."""
    counts = responses(np.linspace(-1, 40, 4001), form(name)).counts.ravel()
    assert (np.diff(counts) >= 0).all()
    assert counts[0] == 0
    if name != "literal":
        assert counts[-1] >= form(name).steps - 2


def test_gain_is_the_mean_slope_of_the_staircase():
    chosen = form("conductance")
    currents = np.linspace(0, 3, 3001)
    counts = responses(currents, chosen).counts.ravel()
    rising = (counts > 0) & (counts < chosen.band * chosen.steps)
    slope = np.polyfit(currents[rising], counts[rising], 1)[0]
    found = neurons.gain(chosen, constants(chosen, np.float64), currents)
    assert found == pytest.approx(slope, rel=0.2)


def test_printed_numbers_do_not_fire_untrained(digits):
    """V stays below V_th, all that is passed on is the current, and the network is linear."""
    network = made(form("literal"))
    x, _ = images(digits, 200)
    forward = network.forward(x)
    assert all((counts == 0).all() for counts in forward.details["counts"])
    assert 0.05 < peak(forward) / Neurons.V_th < 1
    product = x
    for k in range(len(SIZES) - 1):
        product = product @ network.weights(k)
    np.testing.assert_allclose(forward.outputs, product, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["conductance", "stepwise", "rate"])
def test_other_forms_fire(digits, name):
    network = made(form(name))
    forward = network.forward(images(digits, 200)[0])
    assert peak(forward) > (RateNeurons if name == "rate" else Neurons).V_th
    assert forward.details["counts"][0].mean() > 0.02 * form(name).steps


def test_walk_changes_one_thing_at_a_time():
    """From the printed numbers to the form 'conductance', which `walk` itself checks."""
    steps = walk()
    assert steps[0][1] == Form()
    assert steps[1][0] == "g_L 20.0 -> 1.0"
    assert replace(steps[-1][1], name="conductance") == form("conductance")
    assert len({repr(chosen) for _, chosen in steps}) == len(steps)


# -- Eq. 4-7 -------------------------------------------------------------------------------------

def test_eq_5_is_the_exact_gradient(digits):
    """S - target of the last hidden layer is eta_t times the derivative of the loss by S."""
    network = made(replace(form("conductance"), gate="none"))
    x, targets = images(digits, 6)
    lesson = GLSNN(network, 0, eta_t=0.3).lesson(x, targets, None)
    S = lesson.forward.activities[-2]
    difference = lesson.gradients["hidden2_hidden3.w"].above
    W = network.weights(3)
    step = 1e-6
    for sample, neuron in ((0, 0), (3, 7), (5, 19)):
        losses = []
        for sign in (1, -1):
            moved = S[sample:sample + 1].copy()
            moved[0, neuron] += sign * step
            outputs = moved @ W + network.bias(3)
            losses.append(squared_error(outputs, targets[sample:sample + 1])[0])
        gradient = (losses[0] - losses[1]) / (2 * step)
        assert difference[sample, neuron] == pytest.approx(0.3 * gradient, rel=1e-6)


def test_eq_6_and_7_by_hand(digits):
    """Layers with feedback: S_pre times B e where h is 1, means over the batch."""
    network = made(form("conductance"))
    x, targets = images(digits, 8)
    rule = GLSNN(network, 0)
    lesson = rule.lesson(x, targets, None)
    forward = lesson.forward
    e = 2 * (forward.outputs - targets)
    counts = forward.details["counts"][1]
    h = (counts > 0) & (counts < 7)
    assert 0.1 < h.mean() < 0.9
    expected = sum(np.outer(forward.activities[1][k], h[k] * (rule.feedback["hidden2"].T @ e[k]))
                   for k in range(8)) / 8
    np.testing.assert_allclose(lesson.gradients["hidden1_hidden2.w"].dense(), expected, rtol=1e-9,
                               atol=1e-15)
    output = sum(np.outer(forward.activities[3][k], e[k]) for k in range(8)) / 8
    np.testing.assert_allclose(lesson.gradients["hidden3_output.w"].dense(), output, rtol=1e-9,
                               atol=1e-15)
    np.testing.assert_allclose(lesson.gradients["output.b"], e.mean(0), rtol=1e-9)


def test_feedback_carries_the_error_of_outputs_that_are_silent(digits):
    """Eq. 6 has e itself; a surrogate of 0 at the output stops what the output weights carry."""
    network = made(form("rate"))
    network.bias(3)[:] = -5
    x, targets = images(digits, 8)
    rule = GLSNN(network, 0)
    lesson = rule.lesson(x, targets, None)
    h = lesson.forward.details["gates"]
    assert not lesson.forward.outputs.any() and not h[-1].any() and h[1].any()
    e = -2 * targets
    np.testing.assert_allclose(lesson.gradients["hidden1_hidden2.w"].above,
                               h[1] * (e @ rule.feedback["hidden2"]), rtol=1e-9, atol=1e-15)
    for name in ("hidden2_hidden3.w", "hidden3_output.w"):
        assert not lesson.gradients[name].above.any()


@pytest.mark.parametrize("method", EVERY_NETWORK)
@pytest.mark.parametrize("name", ["conductance", "rate"])
def test_the_output_learns_by_its_drive(digits, name, method):
    """Of other methods, too: e times the slope of the output, 1 where S_out is the current."""
    network = made(form(name))
    x, targets = images(digits, 8)
    lesson = RULES[method](network).lesson(x, targets, None)
    forward = lesson.forward
    e = 2 * (forward.outputs - targets)
    slope = np.ones_like(e) if name == "conductance" else forward.details["gates"][-1]
    assert (slope == 1).all() if name == "conductance" else slope.min() > 1.1
    np.testing.assert_allclose(lesson.gradients["hidden3_output.w"].above, e * slope, rtol=1e-12)
    np.testing.assert_allclose(lesson.gradients["output.b"], (e * slope).mean(0), rtol=1e-12)


@pytest.mark.parametrize("name", ["conductance", "rate"])
def test_currents_alone_have_exact_gradients(digits, name):
    """A current is its own derivative, whatever gate stands for that of spikes."""
    switches = {f"{part}_{what}": what == "current" for part in ("hidden", "output")
                for what in ("current", "spikes")}
    gate = "surrogate" if name == "rate" else "none"
    network = made(replace(form(name), gate=gate, **switches))
    x, targets = images(digits, 8)
    gradients = RULES["bp"](network).lesson(x, targets, None).gradients
    for layer in ("hidden1", "hidden3", "output"):
        bias = network.arrays[f"{layer}.b"]
        losses = []
        for sign in (1, -1):
            bias[2] += sign * 1e-6
            losses.append(squared_error(network.forward(x).outputs, targets)[0])
            bias[2] -= sign * 1e-6
        assert gradients[f"{layer}.b"][2] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-5)


def test_layers_with_feedback():
    sizes = (9, 4, 4, 4, 4, 3)
    assert feedback_layers(sizes) == ["hidden1", "hidden2", "hidden3"]
    assert feedback_layers(sizes, 2) == ["hidden2", "hidden3"]
    assert feedback_layers(sizes, 2, "bottom") == ["hidden1", "hidden2"]
    assert feedback_layers(sizes, 0) == feedback_layers((9, 4, 3)) == []
    with pytest.raises(SuiteError, match="this network has 3 at most"):
        feedback_layers(sizes, 4)
    with pytest.raises(SuiteError, match="choose one of top, bottom"):
        feedback_layers(sizes, 1, "middle")


@pytest.mark.parametrize("count, learning", [
    (0, ["hidden2_hidden3", "hidden3_output"]),
    (1, ["hidden1_hidden2", "hidden2_hidden3", "hidden3_output"]),
    ("all", ["input_hidden1", "hidden1_hidden2", "hidden2_hidden3", "hidden3_output"])])
def test_layers_without_feedback_stay(digits, count, learning):
    """Section 4.3: without any feedback the last two matrices learn."""
    network = made(form("conductance"))
    before = {name: value.copy() for name, value in network.arrays.items()}
    rule = GLSNN(network, 0, count)
    SGD(0.1).step(rule.arrays, rule.lesson(*images(digits, 20), None).gradients)
    changed = [name for name, value in network.arrays.items()
               if name.endswith(".w") and not np.array_equal(value, before[name])]
    assert changed == [f"{name}.w" for name in learning]


def test_initial_state():
    """Singular values 1, biases as the form says; every matrix has random numbers of its own."""
    arrays = initial_arrays(SIZES, 3, output_bias=0.5, dtype=np.float64)
    arrays |= {f"B{k}": value for k, value in feedback_weights(
        SIZES, layer_names(SIZES)[1:-1], 3, np.float64).items()}
    for name, value in arrays.items():
        if value.ndim == 2:
            np.testing.assert_allclose(np.linalg.svd(value)[1], 1, err_msg=name)
        else:
            assert (value == (0.5 if name == "output.b" else 0)).all()
    more = initial_arrays((*SIZES[:-1], 25, 10), 3, dtype=np.float64)
    assert np.array_equal(arrays["input_hidden1.w"], more["input_hidden1.w"])
    other = initial_arrays(SIZES, 4, dtype=np.float64)
    assert not np.allclose(arrays["input_hidden1.w"], other["input_hidden1.w"])


@pytest.mark.parametrize("name", ["conductance", "stepwise", "rate"])
def test_it_learns(digits, name):
    """In three short epochs, from chance to most of the digits."""
    chosen = form(name)
    network = made(chosen, (64, 100, 100, 10), np.float32)
    rule = GLSNN(network, 0)
    optimiser = Adam() if chosen.optimiser == "adam" else SGD()
    optimiser.rate = chosen.rate(0) * (3 if name == "rate" else 1)
    x, targets = (values.astype(np.float32) for values in images(digits, 1200))
    losses = []
    for _ in range(3):
        for first in range(0, len(x), 10):
            part = slice(first, first + 10)
            lesson = rule.lesson(x[part], targets[part], None)
            optimiser.step(rule.arrays, lesson.gradients)
            losses.append(lesson.loss)
    answers = network.forward(x).outputs.argmax(1)
    assert (answers == digits.y_train[:1200]).mean() > 0.8
    assert np.mean(losses[-100:]) < 0.6 * np.mean(losses[:100])


# -- what the spikes carry -------------------------------------------------------------------------

def test_without_hidden_spikes_the_answer_is_the_bias(digits):
    network = made(form("conductance"))
    network.arrays["output.b"][:] = np.arange(10)

    def none(layer, spikes):
        return 0 * spikes

    outputs = network.forward(images(digits, 5)[0], change=none).outputs
    np.testing.assert_array_equal(outputs, np.tile(np.arange(10.0), (5, 1)))


@pytest.mark.parametrize("name, same", [("conductance", True), ("stepwise", False)])
def test_order_of_spikes_in_time(digits, name, same):
    """Counts alone are passed on by the form 'conductance', spikes in their steps by 'stepwise'."""
    network = made(form(name))
    x = images(digits, 50)[0]
    layers = []

    def reversed_in_time(layer, spikes):
        layers.append((layer, spikes.shape))
        return spikes[::-1]

    changed = network.forward(x, change=reversed_in_time).outputs
    assert np.allclose(changed, network.forward(x).outputs) == same
    assert layers == [(f"hidden{k}", (10, 50, SIZES[k])) for k in (1, 2, 3)]


# -- gradients that are products ------------------------------------------------------------------

@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("kernels", ["numpy", "numba"])
@pytest.mark.parametrize("samples", [1, 10, 40])
def test_steps_along_products(real, kernels, samples):
    """SGD adds them where the weights lie; Adam makes the matrix."""
    rng = np.random.default_rng(0)
    below = (rng.normal(size=(samples, 21)) * (rng.random((samples, 21)) < 0.5)).astype(real)
    above = rng.normal(size=(samples, 77)).astype(real)
    W = rng.normal(size=(21, 77)).astype(real)
    dense = below.T.astype(float) @ above / samples
    tolerance = 1e-5 if real == np.float32 else 1e-12
    np.testing.assert_allclose(Outer(below, above).dense(), dense, rtol=0, atol=tolerance)
    for order in ("C", "F"):
        arrays = {"w": np.array(W, order=order), "b": np.ones(3, real)}
        SGD(0.3, kernels).step(arrays, {"w": Outer(below, above)})
        np.testing.assert_allclose(arrays["w"], W - 0.3 * dense, rtol=0, atol=tolerance)
        assert (arrays["b"] == 1).all()
    found = [{"w": W.copy()}, {"w": W.copy()}]
    Adam(0.01).step(found[0], {"w": Outer(below, above)})
    Adam(0.01).step(found[1], {"w": Outer(below, above).dense()})
    assert np.array_equal(found[0]["w"], found[1]["w"])
    assert not np.allclose(found[0]["w"], W)
