"""Equations against theory: rates, PSPs, STDP window, scaling, threshold, random numbers."""

from dataclasses import fields, replace

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeMonitor, StateMonitor, mV, ms
from scipy import stats

from equations.hao2020 import neurons, plasticity
from equations.hao2020.settings import MNIST_DRIVE, settings
from equations.parameters import namespace
from models.devices import compile_network
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.diehl_cook.stdp_window import stdp_window
from models.own_equations.applied import bounds_of, reset_of, threshold_of
from models.shared.counter_random import counter_uniform, stream
from models.shared.euler_exact_decay import EulerExactDecay
from tests.conftest import needs_compiler, small_architecture

DT = 0.5 * ms


def excitatory(n, extra="", **keywords):
    """Hidden neurons without network; theta frozen."""
    cell = neurons.Excitatory()
    names = namespace(cell)
    text = neurons.EXCITATORY
    group = NeuronGroup(
        n, text.equations + extra, namespace=names, dt=DT, threshold=threshold_of(text),
        reset=reset_of(text), method=EulerExactDecay(bounds_of(text)), **keywords)
    group.V = cell.E_rest
    group.theta = 20 * mV
    return group, cell


def test_rate_of_a_lif():
    """Constant conductance: period = hold + steps for V to cross, from the exact recursion."""
    conductance = np.array([0.35, 0.5, 1.0, 2.0])
    group, cell = excitatory(4, "drive : 1 (constant)\n")
    group.drive = conductance
    group.run_regularly("g_E = drive", when="before_groups")
    spikes = SpikeMonitor(group)
    Network(group, spikes).run(2000 * ms)
    v_rest = -65.0
    v_th = -52.0
    for k, g in enumerate(conductance):
        # V_n - V_inf shrinks by a = 1 - dt/tau*(1 + g) in each step.
        v_inf = (v_rest + g * 0.0) / (1 + g)
        a = 1 - 0.5 / 100 * (1 + g)
        steps = np.floor(np.log((v_th - v_inf) / (v_rest - v_inf)) / np.log(a)) + 1
        frozen = round(float(cell.refractory / DT))
        period = (steps + frozen) * 0.5
        intervals = np.diff(spikes.t[spikes.i == k] / ms)
        np.testing.assert_allclose(intervals, period, atol=1e-6)


def test_size_of_a_psp():
    """One input spike of weight w: sum of g is w/(1 - exp(-dt/tau)) = 2.54 w, V follows Eq. 1."""
    group, cell = excitatory(1)
    group.g_E = 0.3
    monitor = StateMonitor(group, ["V", "g_E"], record=0, when="end")
    Network(group, monitor).run(20 * ms)
    v = -65.0
    g = 0.3
    decay = np.exp(-0.5)
    expected = []
    for _ in range(40):
        v += 0.5 / 100 * ((-65 - v) + g * (0 - v))
        g *= decay
        expected.append(v)
    np.testing.assert_allclose(monitor.V[0] / mV, expected, atol=1e-9)
    total = 0.3 + monitor.g_E[0][:-1].sum()
    assert total == pytest.approx(0.3 / (1 - decay), rel=1e-6)
    assert 1 / (1 - decay) == pytest.approx(2.54, abs=0.005)


def test_inhibition_stops_at_the_equilibrium_potential():
    """Forward Euler would overshoot -100 mV with a strong inhibitory conductance."""
    group, cell = excitatory(1)
    group.g_I = 500
    monitor = StateMonitor(group, "V", record=0)
    Network(group, monitor).run(5 * ms)
    assert monitor.V[0].min() / mV == pytest.approx(-100)


def test_refractory_period_freezes_five_steps():
    """V stays at reset for 2.5 ms after a spike although the drive is strong."""
    group, cell = excitatory(1)
    group.V = 0 * mV
    group.g_E = 1
    monitor = StateMonitor(group, "V", record=0, when="end")
    spikes = SpikeMonitor(group)
    Network(group, monitor, spikes).run(6 * ms)
    at = int(round(spikes.t[0] / DT))
    v = monitor.V[0] / mV
    np.testing.assert_allclose(v[at:at + 6], -65, atol=1e-9)
    assert v[at + 6] > -65


@pytest.mark.parametrize("rule", list(plasticity.RULES))
def test_stdp_window(rule):
    """Eq. 6 at every distance; a coincidence counts once, as potentiation."""
    stdp = plasticity.STDP(nu=0.01, depression=0.7)
    delta, change = stdp_window(plasticity.RULES[rule], namespace(stdp))
    window = 0.1 * np.exp(-np.abs(delta) / 20)
    if rule == "asymmetric":
        window = np.where(delta < 0, -0.7 * window, window)
    np.testing.assert_allclose(change / stdp.nu, window, atol=1e-12)


@needs_compiler
def test_scaling_sums(compiled, stimuli):
    """Eq. 7: after the next presentation begins, each neuron's weights sum to beta*N*w_max.

    A blank image lets nothing change after the scaling (the teacher alone raises no
    weights of silent presynaptic neurons; their traces have decayed).
    """
    architecture, network = compiled()
    state = initial_state(architecture, 3)
    for name in state:
        if name.endswith((".x", ".y")):
            state[name][:] = 0
    blank = {**stimuli(1), "pattern": np.zeros((1, 64))}
    state, _ = network(state, blank)
    for name, each in architecture.projections().items():
        expected = each.stdp.beta * each.stdp.w_max * architecture.sizes[each.source]
        np.testing.assert_allclose(state[f"{name}.w"].sum(0), expected, rtol=1e-12)


@needs_compiler
def test_theta_follows_equation_5(compiled, stimuli):
    """theta_n+1 = theta_n*exp(-T/tau) plus the dynamic increment at each spike."""
    architecture, network = compiled()
    state = initial_state(architecture, 3)
    after, records = network(state, stimuli(1))
    rule = architecture.settings.threshold
    step = float(rule.alpha) * 0.5e-3 / float(rule.tau_theta)
    assert step == pytest.approx(0.07e-3)
    theta = np.full(20, 20e-3)
    for spikes in records.slots["hidden1.count"]:
        theta *= np.exp(-0.5 / float(rule.tau_theta))
        for k in range(20):
            for _ in range(spikes[k]):
                theta[k] += step * 20e-3 / abs(2 * theta[k] - 20e-3)
    np.testing.assert_allclose(after["hidden1.theta"], theta, rtol=1e-12)
    assert (theta > 20e-3).any()


@needs_compiler
@pytest.mark.parametrize("tau_theta_ms", [
    6e6, pytest.param(8e6, marks=pytest.mark.slow), 2e7])
def test_theta_decays_as_in_single_precision(digits, tau_theta_ms):
    """The slots' rounded decay is that of the authors' float32 steps; 2e7 ms never decays.

    A second decay, of 8e6 ms, is slow: it shows the same as that of 6e6 ms.
    """
    base = settings("mnist", 100)
    architecture = replace(
        small_architecture(digits, learn=frozenset({"hidden"}), readout=False),
        theta_decay="single-precision",
        settings=replace(base, threshold=replace(base.threshold, tau_theta=tau_theta_ms * ms)))
    network = compile_network(lambda: build(architecture))
    state = initial_state(architecture, 1)
    start = np.linspace(16.2, 63, architecture.hidden[0]).astype(np.float32)
    state["hidden1.theta"] = 1e-3 * start.astype(float)
    blank = {"pattern": np.zeros((1, 64)), "stream": 1, "first": 0}
    after, records = network(state, blank)
    slots = len(records.slots["input.cursor"])
    assert not records.slots["hidden1.count"].any()

    theta = start.copy()
    dt = np.float32(0.5)
    tau = np.float32(tau_theta_ms)
    for _ in range(1000 * slots):
        theta -= theta / tau * dt
    assert theta.dtype == np.float32
    # A slot that crosses 32 mV is the only one that can differ.
    np.testing.assert_allclose(1e3 * after["hidden1.theta"], theta, atol=2.5e-3)
    steady = (start < 31.5) | (start > 32.5)
    np.testing.assert_allclose(1e3 * after["hidden1.theta"][steady], theta[steady], atol=5e-6)
    moved = start - 1e3 * after["hidden1.theta"]
    if tau_theta_ms == 2e7:
        assert np.abs(moved).max() < 1e-12
    else:
        exact = start * -np.expm1(-0.5e3 * slots / tau_theta_ms)
        assert (moved > 0.5 * exact).all() and np.abs(moved / exact - 1).max() > 0.2


def test_counter_uniform_is_uniform_and_independent():
    """Kolmogorov-Smirnov against U(0, 1) along every argument, no correlation."""
    zero = np.zeros(20000, int)
    for k in range(5):
        arguments = [zero] * 5
        arguments[k] = np.arange(20000)
        u = counter_uniform(*arguments)
        assert stats.kstest(u, "uniform").pvalue > 1e-3
        assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 0.03
    assert 0 < u.min() and u.max() < 1


def test_streams_differ():
    """Seeds and purposes name different streams within int32."""
    names = {stream(seed, purpose) for seed in range(50) for purpose in ("train", "final")}
    assert len(names) == 100 and max(names) < 2**31


@pytest.mark.parametrize("n, tau_s, alpha_mV", [
    (100, 6e3, 8.4e5), (400, 6e3, 8.4e5), (1600, 8e3, 1.12e6), (6400, 2e4, 2e6), (10000, 2e4, 2e6),
])
def test_table_1_parameters(n, tau_s, alpha_mV):
    """tau_theta and alpha of Table 1."""
    threshold = settings("mnist", n).threshold
    assert float(threshold.tau_theta) == pytest.approx(tau_s)
    assert float(threshold.alpha / mV) == pytest.approx(alpha_mV)


@pytest.mark.parametrize("n, tau_s, alpha_mV, beta, V_const_mV, w_max", [
    (400, 5e4, 5e6, 0.05, -80, 40), (6400, 2e4, 2e6, 0.025, -72, 8)])
def test_table_3_parameters(n, tau_s, alpha_mV, beta, V_const_mV, w_max):
    """tau_theta, alpha and beta of Table 3, the rest of the authors' code; sizes between."""
    for size in (n, n + 1):
        found = settings("fashion-mnist", size)
        assert float(found.threshold.tau_theta) == pytest.approx(tau_s)
        assert float(found.threshold.alpha / mV) == pytest.approx(alpha_mV)
        assert found.input_stdp.beta == beta
        assert float(found.excitatory.V_const / mV) == pytest.approx(V_const_mV)
        assert found.readout_stdp.w_max == w_max
        assert found.image_mean == 30


def test_general_settings_keep_the_drive():
    """Half the ink, twice the weights: the mean excitatory drive is MNIST's."""
    base = settings("mnist", 100).input_stdp
    half = settings("general", 100, drive=MNIST_DRIVE / 2).input_stdp
    assert half.w_max == pytest.approx(2 * base.w_max)
    assert half.nu / half.w_max == pytest.approx(base.nu / base.w_max)


def test_parameters_carry_units():
    """Every time and voltage of the parameter sets is a quantity."""
    whole = settings("mnist", 400)
    for group in (whole.excitatory, whole.inhibitory, whole.readout, whole.threshold):
        for f in fields(group):
            assert hasattr(getattr(group, f.name), "dim"), f.name
