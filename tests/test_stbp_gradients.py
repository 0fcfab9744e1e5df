"""Gradients of STBP: against finite differences, and against forward differentiation."""

import numpy as np
import pytest

from equations.wu2018 import IterativeLIF
from models.errors import SuiteError
from models.stbp import (
    GRADIENTS, SGD, SURROGATES, Adam, AveragePool, Convolution, Dense, Flatten, Network, Neurons,
)
from models.stbp.initial import bernoulli, normalised_uniform
from models.stbp.network import rate_loss
from models.stbp.neuron import GATES

STEPS = 6
SAMPLES = 4
CLASSES = 3


def mlp(gradient="exact", smooth=False, dtype=np.float64, **parameters):
    """12-9-7-3, alive, with its inputs and targets."""
    rng = np.random.default_rng(0)
    lif = IterativeLIF(**{"tau": 0.4, **parameters})
    sizes = [12, 9, 7, CLASSES]
    layers = [Dense(normalised_uniform(rng, (a, b), dtype),
                    rng.uniform(0, 0.3, b).astype(dtype),
                    Neurons(lif, gradient, k == len(sizes) - 2, smooth))
              for k, (a, b) in enumerate(zip(sizes, sizes[1:]))]
    return Network(layers), *batch(rng, (12,), dtype)


def cnn(gradient="exact", smooth=False, dtype=np.float64, **parameters):
    """4C3-P2-5C2-F-3 on 8 x 7 x 2, with its inputs and targets."""
    rng = np.random.default_rng(1)
    lif = IterativeLIF(**{"tau": 0.4, **parameters})

    def neurons(output=False):
        return Neurons(lif, gradient, output, smooth)

    def weights(*shape):
        return normalised_uniform(rng, shape, dtype), rng.uniform(0, 0.3, shape[-1]).astype(dtype)

    layers = [Convolution(*weights(3, 2, 2, 4), neurons()), AveragePool(2),
              Convolution(*weights(2, 2, 4, 5), neurons()), Flatten(),
              Dense(*weights(2 * 2 * 5, CLASSES), neurons(True))]
    return Network(layers), *batch(rng, (8, 7, 2), dtype)


def batch(rng, shape, dtype):
    inputs = bernoulli(rng, rng.uniform(0, 1, (SAMPLES, *shape)), STEPS, dtype)
    return inputs, np.eye(CLASSES, dtype=dtype)[rng.integers(0, CLASSES, SAMPLES)]


def each_parameter(network):
    for k, layer in enumerate(network.parameters):
        for name, value in layer.items():
            yield k, name, value


@pytest.mark.parametrize("make", [mlp, cnn])
@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_finite_differences(make, gate, surrogate):
    """With a smoothed step the loss is differentiable: central differences along directions."""
    network, inputs, targets = make(smooth=True, surrogate=surrogate, gate=gate, width=0.7)
    _, gradients, _ = network.gradients(inputs, targets)
    rng = np.random.default_rng(2)
    step = 1e-5
    for k, name, value in each_parameter(network):
        # Rectangular and polynomial curves have corners. A direction of one element at a time
        # would hardly meet one, yet a direction of all elements tests all of them.
        direction = rng.normal(size=value.shape)
        direction /= np.linalg.norm(direction)
        losses = []
        for sign in (1, -1):
            value += sign * step * direction
            losses.append(float(network.gradients(inputs, targets)[0]))
            value -= sign * step * direction
        measured = (losses[0] - losses[1]) / (2 * step)
        expected = float((gradients[k][name] * direction).sum())
        scale = np.linalg.norm(gradients[k][name])
        assert scale > 1e-6
        assert abs(measured - expected) < 1e-6 * scale, (k, name)


def tangent(network, inputs, targets, directions):
    """Derivative of the loss along a change of all parameters, carried forward in time.

    Spikes stay spikes; a change of u changes o by the surrogate's value. Written for
    single neurons and steps, with none of the library's layers but their weights.
    """
    o = inputs
    do = np.zeros_like(inputs)
    for layer, change in zip(network.layers, directions):
        if isinstance(layer, Flatten):
            o, do = (a.reshape(*a.shape[:2], -1) for a in (o, do))
        elif isinstance(layer, AveragePool):
            o, do = (pooled(a, layer.size) for a in (o, do))
        else:
            weigh = weighed if isinstance(layer, Dense) else convolved
            x = weigh(o, layer.w) + layer.b
            dx = weigh(do, layer.w) + weigh(o, change["w"]) + change["b"]
            o, do = neurons_tangent(x, dx, layer.neurons)
    missing = targets - o.mean(0)
    return -float((missing * do.mean(0)).sum()) / len(targets)


def pooled(a, size):
    """Means over squares."""
    return sum(a[:, :, i::size, j::size] for i in range(size) for j in range(size)) / size**2


def weighed(a, w):
    """All inputs to all neurons."""
    return np.einsum("tsi,ij->tsj", a, w)


def convolved(a, w):
    """Kernels at every place that they fit into."""
    height, width = w.shape[:2]
    rows = a.shape[2] - height + 1
    columns = a.shape[3] - width + 1
    return sum(np.einsum("tsrcn,nm->tsrcm", a[:, :, i:i + rows, j:j + columns], w[i, j])
               for i in range(height) for j in range(width))


def neurons_tangent(x, dx, neurons):
    """Spikes for weighted inputs, and their change for a change of the inputs."""
    p = neurons.parameters
    u = np.zeros_like(x[0])
    du = np.zeros_like(u)
    spike = np.zeros_like(u)
    dspike = np.zeros_like(u)
    o = np.zeros_like(x)
    do = np.zeros_like(x)
    for t in range(len(x)):
        if p.gate == "linear":
            f = p.tau * (1 - spike)
            slope = -p.tau
        else:
            f = p.tau * np.exp(-spike / p.tau)
            slope = -np.exp(-spike / p.tau)
        if neurons.gradient == "spatial":
            du = dx[t]
        elif neurons.gradient == "exact":
            du = f * du + u * slope * dspike + dx[t]
        else:
            du = f * du + dx[t]
        u = f * u + x[t]
        spike = (u >= p.V_th).astype(float)
        dspike = SURROGATES[p.surrogate].derivative(u - p.V_th, p.width) * du
        o[t] = spike
        do[t] = dspike
    return o, do


@pytest.mark.parametrize("gradient", ["exact", "detached", "spatial"])
@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize("make", [mlp, cnn])
def test_forward_differentiation(make, gate, surrogate, gradient):
    """The spiking network itself: another recursion, in the other direction of time."""
    network, inputs, targets = make(gradient, surrogate=surrogate, gate=gate)
    _, gradients, outputs = network.gradients(inputs, targets)
    assert 0 < outputs.mean() < 1
    rng = np.random.default_rng(3)
    directions = [{name: rng.normal(size=value.shape) for name, value in layer.items()}
                  for layer in network.parameters]
    expected = tangent(network, inputs, targets, directions)
    found = sum(float((g[name] * d[name]).sum())
                for g, d in zip(gradients, directions) for name in d)
    assert expected != 0
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("make", [mlp, cnn])
def test_float32(make):
    """Single precision: the same to 1e-4."""
    exact, found = (make(dtype=dtype) for dtype in (np.float64, np.float32))
    (_, a, spikes), (_, b, others) = (n.gradients(x, y) for n, x, y in (exact, found))
    np.testing.assert_array_equal(spikes, others)
    for k, name, value in each_parameter(found[0]):
        assert b[k][name].dtype == value.dtype == np.float32
        difference = np.linalg.norm(a[k][name] - b[k][name])
        assert difference < 1e-4 * np.linalg.norm(a[k][name])


def test_literal_equations():
    """Eq. 11-20 written out, from the output to the first layer."""
    network, inputs, targets = mlp("literal")
    _, gradients, outputs = network.gradients(inputs, targets)
    below = inputs
    seen = []
    for layer in network.layers:
        above, (_, o, u) = layer.forward(below)
        seen.append((below, o, u))
        below = above
    direct = rate_loss(outputs, targets)[1]
    for layer, (below, o, u), found in reversed([*zip(network.layers, seen, gradients)]):
        p = layer.neurons.parameters
        h = SURROGATES[p.surrogate].derivative(u - p.V_th, p.width)
        delta = direct.copy()
        for t in range(STEPS - 2, -1, -1):
            delta[t] += delta[t + 1] * h[t + 1] * u[t] * -p.tau             # Eq. 15, 17
        du = np.zeros_like(u)
        du[:-1] = delta[1:] * h[1:] * p.tau * (1 - o[:-1])                  # Eq. 16, 18
        if layer is network.layers[-1]:
            du[-1] = delta[-1] * h[-1]                                      # Eq. 12
        else:
            du += delta * h                                                 # Eq. 14, 18
        np.testing.assert_allclose(found["b"], du.sum((0, 1)), rtol=1e-12)
        np.testing.assert_allclose(found["w"], np.einsum("tsi,tsj->ij", below, du), rtol=1e-12)
        direct = np.einsum("tsj,ij->tsi", delta * h, layer.w)               # Eq. 13, 17
    exact, _, _ = mlp("exact")
    _, others, _ = exact.gradients(inputs, targets)
    # The output layer loses its spatial term: its gradient shrinks (facts: to 6 % at tau 0.1).
    assert np.linalg.norm(gradients[-1]["w"]) < 0.7 * np.linalg.norm(others[-1]["w"])


@pytest.mark.parametrize("name", SURROGATES)
@pytest.mark.parametrize("width", [0.1, 1.0, 2.5])
def test_surrogates_have_the_integral_one(name, width):
    """And the primitive is theirs, from 0 to 1."""
    x = np.linspace(-60, 60, 1_200_001)
    curve = SURROGATES[name]
    values = curve.derivative(x, width)
    assert values.min() >= 0
    assert np.trapezoid(values, x) == pytest.approx(1, abs=2e-3)
    primitive = curve.primitive(x, width)
    assert primitive[0] == pytest.approx(0, abs=1e-9) and primitive[-1] == pytest.approx(1)
    summed = np.concatenate([[0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(x))])
    np.testing.assert_allclose(primitive, summed, atol=2e-3)


def test_printed_parameters_are_dead():
    """Eq. 29-30 with V_th = 1.5 and b = 0: a clear error instead of training that stands still."""
    rng = np.random.default_rng(0)
    lif = IterativeLIF(V_th=1.5)
    sizes = [784, 800, 10]
    network = Network([Dense(normalised_uniform(rng, (a, b)), np.zeros(b, np.float32), Neurons(lif))
                       for a, b in zip(sizes, sizes[1:])])
    inputs = bernoulli(rng, rng.uniform(0, 0.26, (5, 784)), 30)
    assert not network.forward(inputs)[0].any()
    with pytest.raises(SuiteError, match="Lower V_th"):
        network.gradients(inputs, np.eye(10, dtype=np.float32)[:5])


@pytest.mark.parametrize("optimiser", [Adam(0.02), SGD(0.3)])
def test_training_lowers_the_loss(optimiser):
    """A few dozen steps on one batch."""
    network, inputs, targets = mlp()
    losses = []
    for _ in range(60):
        loss, gradients, _ = network.gradients(inputs, targets)
        losses.append(float(loss))
        optimiser.step(network.parameters, gradients)
    assert losses[-1] < 0.5 * losses[0]


def test_adam_is_the_published_algorithm():
    """The first steps by hand (Kingma & Ba 2014, algorithm 1)."""
    value = np.array([1.0, -2.0])
    g = np.array([0.3, -4.0])
    expected = value.copy()
    m = 0
    v = 0
    adam = Adam(rate=0.01)
    for k in range(1, 4):
        adam.step([{"w": value}], [{"w": g * k}])
        m = 0.9 * m + 0.1 * g * k
        v = 0.999 * v + 0.001 * (g * k) ** 2
        expected -= 0.01 * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_no_gradient_is_an_error_only_where_nothing_is_learned():
    """A spike is missing in one step of six, and every potential is far from the threshold."""
    inputs = np.ones((6, 4, 1))
    inputs[2] = 0
    targets = np.tile([1.0, 0.0], (4, 1))
    fitted = Network([Dense(np.array([[9.0, -9.0]]), np.zeros(2), Neurons())])
    loss, gradients, _ = fitted.gradients(inputs, targets)
    assert fitted.vanished and 0 < float(loss) < 0.02 and not gradients[0]["w"].any()
    for weights in ([[-9.0, -9.0]], [[-9.0, 9.0]]):
        wrong = Network([Dense(np.array(weights), np.zeros(2), Neurons())])
        with pytest.raises(SuiteError, match="comes near the threshold"):
            wrong.gradients(inputs, targets)


@pytest.mark.parametrize("call, message", [
    (lambda: Neurons(IterativeLIF(surrogate="cubic")), "unknown surrogate 'cubic'"),
    (lambda: Neurons(IterativeLIF(gate="open")), "unknown gate"),
    (lambda: Neurons(gradient="approximate"), "|".join(GRADIENTS)),
    (lambda: Neurons(IterativeLIF(tau=0.0)), "tau must be positive"),
    (lambda: Neurons().forward(np.zeros((0, 2, 3))), "at least one time step"),
    (lambda: Dense(np.full((2, 3), np.nan), np.zeros(3), Neurons()), "weights hold NaN"),
    (lambda: Dense(np.zeros((2, 3)), np.zeros(2), Neurons()), "do not fit"),
    (lambda: mlp()[0].forward(np.zeros((5, 2, 11))), "layer of 12 inputs"),
    (lambda: cnn()[0].forward(np.zeros((5, 2, 8, 7, 1))), "kernels of 3 x 2 x 2"),
    (lambda: AveragePool(2).forward(np.zeros((1, 1, 5, 4, 1))), "do not fill"),
    (lambda: rate_loss(np.zeros((5, 2, 3)), np.zeros((3, 2))), "do not fit outputs"),
    (lambda: bernoulli(np.random.default_rng(0), np.array([[2.0]]), 3), "from 0 to 1"),
    (lambda: bernoulli(np.random.default_rng(0), np.array([[0.5]]), 0), "at least one time step"),
    (lambda: mlp()[0].gradients(*(np.full(s, np.nan) for s in ((6, 4, 12), (4, 3)))), "finite"),
])
def test_bad_input(call, message):
    """One clear line."""
    with pytest.raises(SuiteError, match=message):
        call()
