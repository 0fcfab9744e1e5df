"""The methods that GLSNN is compared with: the property of each, and that each learns."""

from dataclasses import replace

import numpy as np
import pytest

from equations.zhao2020.baselines import METHODS, EPNumbers, baseline_numbers
from models.baselines import RULES, baseline
from models.baselines.bp import BP
from models.baselines.equilibrium import StatesNetwork
from models.baselines.mlp import TanhMLP, initial_mlp
from models.errors import SuiteError
from models.shared.layered import Outer, one_hot
from protocols import datasets

SIZES = (7, 6, 5, 4, 3)
DIGITS = (64, 60, 60, 10)
LEAST = {"bp": 94, "rfa": 94, "dfa": 94, "dtp": 94, "dtp-sigma": 94, "lra-e": 92, "ep": 92}
"""Per cent of the test digits after the epochs of `EPOCHS`."""
EPOCHS = 8


def rng():
    return np.random.default_rng(5)


def small(method, seed=0, **changes):
    """A rule on a small network in double precision, with biases, and a batch."""
    numbers = replace(baseline_numbers(method, len(SIZES) - 2), **changes)
    rule = baseline(method, SIZES, numbers, seed, float)
    drawn = np.random.default_rng(1)
    for name, value in rule.network.arrays.items():
        if name.endswith(".b"):
            value += drawn.normal(0, 0.1, value.shape)
    inputs = drawn.random((9, SIZES[0]))
    return rule, inputs, one_hot(drawn.integers(0, 3, 9), 3, inputs)


def dense(gradient):
    return gradient.dense() if isinstance(gradient, Outer) else gradient


def descend(rule, gradients):
    """One plain step."""
    for name, gradient in gradients.items():
        rule.arrays[name] -= rule.numbers.eta * dense(gradient)


def measured(loss, value, step=1e-6):
    """Central differences of a loss by the elements of an array."""
    found = np.zeros_like(value)
    for place in np.ndindex(value.shape):
        kept = value[place]
        losses = []
        for sign in (1, -1):
            value[place] = kept + sign * step
            losses.append(loss())
        value[place] = kept
        found[place] = (losses[0] - losses[1]) / (2 * step)
    return found


@pytest.fixture(scope="module")
def digits():
    """Training and test images, and their labels."""
    found = datasets.load("digits")
    shown = [x.reshape(len(x), -1).astype(np.float32) / 255
             for x in (found.x_train, found.x_test)]
    return shown[0], found.y_train, shown[1], found.y_test


def learn(rule, digits, epochs, look=None):
    """Train on the digits, and hand the rule to a function before each epoch and at the end."""
    inputs, labels, _, _ = digits
    batch = rule.numbers.batch
    for epoch in range(epochs):
        if look:
            look(rule)
        order = np.random.default_rng(epoch).permutation(len(inputs))
        for first in range(0, len(order), batch):
            index = order[first:first + batch]
            targets = one_hot(labels[index], 10, inputs)
            descend(rule, rule.lesson(inputs[index], targets,
                                      np.random.default_rng([epoch, first])).gradients)
    if look:
        look(rule)
    return rule


# ---- what each method claims --------------------------------------------------------------


def test_backpropagation_is_the_gradient():
    """Element by element, of all layers."""
    rule, inputs, targets = small("bp")
    network = rule.network
    gradients = rule.lesson(inputs, targets, rng()).gradients
    assert gradients.keys() == network.arrays.keys()
    for name, value in network.arrays.items():
        by_hand = measured(lambda: network.loss(network.forward(inputs), targets)[0],
                           value)
        np.testing.assert_allclose(dense(gradients[name]), by_hand, atol=1e-8)
        assert np.abs(by_hand).max() > 1e-3


@pytest.mark.parametrize("method", ["rfa", "dfa"])
def test_feedback_aligns(digits, method):
    """The hidden layers' gradients turn towards those of backpropagation."""
    inputs, labels, _, _ = digits
    targets = one_hot(labels[:200], 10, inputs)
    angles = []

    def look(rule):
        own = rule.lesson(inputs[:200], targets, rng()).gradients
        exact = BP(rule.network).lesson(inputs[:200], targets, rng()).gradients
        angles.append([angle(own[name], exact[name])
                       for name in ("input_hidden1.w", "hidden1_hidden2.w")])
        assert angle(own["hidden2_output.w"], exact["hidden2_output.w"]) < 0.1

    rule = baseline(method, DIGITS, baseline_numbers(method, 2), 0)
    learn(rule, digits, 3, look)
    angles = np.array(angles)
    assert (angles[1:] < 90).all()
    assert (angles[1] < angles[0] - 3).all() and (angles[-1] < angles[0] - 10).all()


def angle(one, other):
    """Between two gradients, in degrees."""
    a = dense(one).ravel().astype(float)
    b = dense(other).ravel().astype(float)
    cosine = a @ b / np.sqrt((a @ a) * (b @ b))
    return np.degrees(np.arccos(min(cosine, 1.0)))


@pytest.mark.parametrize("sign", [0, 1])
def test_the_nudged_phase_tends_to_the_gradient(sign):
    """The error of equilibrium propagation is of the order of beta, from either side."""
    seed = next(k for k in range(20) if np.random.default_rng(k).integers(2) == sign)
    sizes = (4, 5, 3)
    numbers = EPNumbers(fall=1.0, free=200, nudged=200)
    rule = baseline("ep", sizes, numbers, 1, float)
    drawn = np.random.default_rng(2)
    for name, value in rule.arrays.items():
        # Weak enough that all states settle within (0, 1), where they feel a small nudge.
        value[:] = 0.3 * value if name.endswith(".w") else drawn.uniform(0.2, 0.5, value.shape)
    inputs = drawn.random((6, 4))
    targets = one_hot(drawn.integers(0, 3, 6), 3, inputs)
    network = rule.network
    assert all(slope.all() for slope in network.forward(inputs).slopes)
    exact = {name: measured(lambda: network.loss(network.forward(inputs), targets)[0],
                            value) for name, value in rule.arrays.items()}
    errors = []
    for beta in (0.1, 0.01, 0.001):
        rule.numbers = replace(numbers, beta=beta)
        found = rule.lesson(inputs, targets, np.random.default_rng(seed)).gradients
        errors.append(max(np.abs(dense(found[name]) - exact[name]).max() for name in exact))
    assert min(np.abs(value).max() for value in exact.values()) > 0.01
    assert errors[1] < 0.2 * errors[0] and errors[2] < 0.2 * errors[1] and errors[2] < 3e-3


@pytest.mark.parametrize("method", ["dtp", "dtp-sigma"])
def test_inverses_learn(digits, method):
    """Noisy activities come back better, while the layer itself learns too."""
    inputs = digits[0][:200]
    squares = []

    def look(rule):
        _, deviation, _ = rule.reconstruction(1, rule.network.forward(inputs), rng())
        squares.append((deviation * deviation).sum(1).mean())

    learn(baseline(method, DIGITS, baseline_numbers(method, 2), 0), digits, 4, look)
    assert (np.diff(squares) < 0).all() and squares[-1] < 0.6 * squares[0]


@pytest.mark.parametrize("method", ["dtp", "dtp-sigma"])
def test_a_layer_at_its_target_asks_for_nothing(method):
    """The difference in difference target propagation: what inverses get wrong drops out."""
    rule, inputs, _ = small(method)
    forward = rule.network.forward(inputs)
    below = rule.target_below(1, forward.activities[2], forward)
    np.testing.assert_allclose(below, forward.activities[1], rtol=1e-12)
    assert np.abs(rule.reconstruction(1, forward, rng())[1]).max() > 0.1


def test_targets_of_dtp_sigma_can_be_reached():
    """A target above that no unit reaches gives one below that units reach; not so in DTP."""
    largest = {}
    for method in ("dtp", "dtp-sigma"):
        rule, inputs, _ = small(method)
        forward = rule.network.forward(inputs)
        target = forward.activities[2] + 2
        largest[method] = np.abs(rule.target_below(1, target, forward)).max()
    assert largest["dtp-sigma"] < 1 < largest["dtp"]


def test_local_errors_fall():
    """A small step of LRA-E takes each layer nearer to its target, from the same layer below."""
    rule, inputs, targets = small("lra-e")
    network = rule.network
    lesson = rule.lesson(inputs, targets, rng())
    for k in range(len(SIZES) - 1):
        name = f"{network.layers[k]}_{network.layers[k + 1]}.w"
        below = lesson.gradients[name].below
        error = lesson.gradients[name].above
        target = lesson.forward.activities[k + 1] - error
        step = 0.05
        drive = (below @ (network.weights(k) - step * dense(lesson.gradients[name]))
                 + network.bias(k) - step * lesson.gradients[f"{network.layers[k + 1]}.b"])
        left = network.activity(k, drive) - target
        assert (left * left).sum() < 0.999 * (error * error).sum() > 0


def test_error_weights_move_as_the_weights_do():
    """E changes by the transpose of what w changes by."""
    rule, inputs, targets = small("lra-e", gamma=0.5)
    gradients = rule.lesson(inputs, targets, rng()).gradients
    np.testing.assert_allclose(dense(gradients["output_hidden3.E"]),
                               0.5 * dense(gradients["hidden3_output.w"]).T, rtol=1e-12)


# ---- what all share -----------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_learns_the_digits(digits, method):
    """Two hidden layers; equilibrium propagation, which takes many epochs with two, has one."""
    sizes = (64, 60, 10) if method == "ep" else DIGITS
    numbers = replace(baseline_numbers(method, len(sizes) - 2), batch=10)
    rule = learn(baseline(method, sizes, numbers, 0), digits, EPOCHS)
    outputs = rule.network.forward(digits[2]).outputs
    assert 100 * (outputs.argmax(1) == digits[3]).mean() > LEAST[method]


@pytest.mark.parametrize("method", METHODS)
def test_a_lesson_is_a_function(method):
    """Of arrays, batch and generator: nothing is kept or changed, a rebuilt rule says the same."""
    rule, inputs, targets = small(method)
    before = {name: value.copy() for name, value in rule.arrays.items()}
    first = rule.lesson(inputs, targets, rng())
    second = rule.lesson(inputs, targets, rng())
    rebuilt, _, _ = small(method)
    for name, value in rebuilt.arrays.items():
        value[:] = before[name]
    third = rebuilt.lesson(inputs, targets, rng())
    assert first.gradients.keys() == rule.arrays.keys()
    for name, value in rule.arrays.items():
        np.testing.assert_array_equal(value, before[name])
        assert dense(first.gradients[name]).shape == value.shape
        assert np.abs(dense(first.gradients[name])).max() > 0
        for other in (second, third):
            np.testing.assert_array_equal(dense(first.gradients[name]),
                                          dense(other.gradients[name]))


@pytest.mark.parametrize("method", METHODS)
def test_seeds(method):
    """All that is random is a function of the seed."""
    lessons = []
    for seed in (0, 0, 1):
        rule, inputs, targets = small(method, seed)
        lessons.append(rule.lesson(inputs, targets, rng()).gradients)
    for name, gradient in lessons[0].items():
        np.testing.assert_array_equal(dense(gradient), dense(lessons[1][name]))
        assert (dense(gradient) != dense(lessons[2][name])).any()


@pytest.mark.parametrize("method", ["rfa", "dfa"])
def test_fixed_matrices_are_the_seeds(method):
    """On equal weights, another seed gives other errors."""
    arrays = initial_mlp(SIZES, 0, float)
    rules = [RULES[method](TanhMLP(SIZES, arrays), seed=seed) for seed in (0, 0, 1)]
    for one, same, other in zip(*(rule.feedback for rule in rules), strict=True):
        np.testing.assert_array_equal(one, same)
        assert (one != other).all()


@pytest.mark.parametrize("method, other", [
    ("dtp", "ep"), ("dtp-sigma", "ep"), ("lra-e", "ep"), ("ep", "bp")])
def test_another_network(method, other):
    """Methods that need units of their own refuse others, and say which methods take all."""
    network = small(other)[0].network
    with pytest.raises(SuiteError, match=f"--method {method} has no spiking form.*bp, rfa and dfa"):
        RULES[method](network)


@pytest.mark.parametrize("method", ["bp", "rfa", "dfa"])
def test_any_network(method):
    """Slopes are all that they ask of hidden units."""
    network = StatesNetwork(SIZES, small("ep")[0].network.arrays)
    _, inputs, targets = small(method)
    gradients = RULES[method](network).lesson(inputs, targets, rng()).gradients
    assert gradients.keys() == network.arrays.keys()
