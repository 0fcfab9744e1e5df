"""EMSTDP's update and pair STDP on the spikes of the same two neurons (Shrestha et al., 4.1)."""

import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from analysis import figures
from analysis.run import Run
from equations.shrestha2019.presentation import FULL
from equations.shrestha2019.stdp import RULES
from models.emstdp.pairing import Pairs, weight_changes
from models.shared.counter_bits import counter_bits, counter_key
from protocols.emstdp_pairing.protocol import MEASUREMENT, drawn
from protocols.emstdp_pairing.settings import PairingSettings
from protocols.runs.measurement import main
from tests.commands import one_line

STEPS = 60
WINDOWS = (10, 3)
PAIRS = 24
SMALL = ["--pairs", "25", "--draws", "3", "--steps", "40", "--drives", "30", "--windows", "10", "4",
         "--strength", "2", "--rate", "0.4"]


def made_pairs():
    """Pairs that are driven by a bias, by pulses or by both; some weights or rates are 0."""
    rng = np.random.default_rng(3)
    index = np.arange(PAIRS)
    weight = rng.uniform(-1.5, 1.5, PAIRS)
    weight[::8] = 0
    rate = rng.uniform(0.05, 0.6, PAIRS)
    rate[1::8] = 0
    return Pairs(weight=weight, rate=rate, bias=rng.uniform(0, 0.4, PAIRS) * (index % 3 > 0),
                 pulses=rng.uniform(0.1, 0.3, PAIRS) * (index % 3 < 2),
                 pre_key=counter_key(11, 0, index), post_key=counter_key(12, 0, index))


@pytest.fixture(scope="module", params=["zero", "subtraction"])
def experiment(request):
    """Reset, pairs, and what became of them."""
    pairs = made_pairs()
    changes = weight_changes(pairs, STEPS, WINDOWS, tuple(RULES), request.param, observe=True)
    return request.param, pairs, changes


def trains(changes, name):
    """Spikes as (steps of both phases, pairs) booleans."""
    index, step = changes.spikes[name]
    raster = np.zeros((2 * STEPS, PAIRS), bool)
    raster[step, index] = True
    return raster


def kernel(rule, distance, window):
    """What a pair of spikes is worth."""
    if rule.startswith("rectangular"):
        return float(distance <= window)
    return np.exp(-distance / window)


def pair_stdp(rule, pre, post, window):
    """The change by a loop over the spike times of two neurons."""
    change = 0.0
    for these, those, sign in ((post, pre, 1), (pre, post, -1)):
        for time in these:
            earlier = [other for other in those if other < time]
            if rule.endswith("nearest"):
                earlier = earlier[-1:]
            change += sign * sum(kernel(rule, time - other, window) for other in earlier)
    return change


def test_neurons_step_by_step(experiment):
    """Eq. 1 with both drives: the spikes of a loop, in both phases."""
    reset, pairs, changes = experiment
    pre = trains(changes, "pre")
    expected = np.zeros_like(pre)
    steps = np.arange(2 * STEPS)[:, None]
    assert np.array_equal(pre[STEPS:], (counter_bits(pairs.pre_key, steps)
                                        < (FULL * pairs.rate).astype(int))[STEPS:])
    for neuron in range(PAIRS):
        for step in range(2 * STEPS):
            if step % STEPS == 0:
                potential = 0.0
            elif pre[step - 1, neuron]:
                potential += pairs.weight[neuron]
            potential += pairs.bias[neuron]
            pulse = counter_bits(pairs.post_key[neuron], step % STEPS)
            potential += float(pulse < int(FULL * pairs.pulses[neuron]))
            if potential >= 1:
                expected[step, neuron] = True
                potential = 0.0 if reset == "zero" else potential - 1
    assert np.array_equal(trains(changes, "post"), expected)


def test_eq_12_on_the_trains(experiment):
    """Counts of both phases, and (h_hat - h) h_pre."""
    _, _, changes = experiment
    pre = trains(changes, "pre")
    post = trains(changes, "post")
    assert not pre[:STEPS].any()
    assert np.array_equal(changes.h, post[:STEPS].sum(0))
    assert np.array_equal(changes.h_hat, post[STEPS:].sum(0))
    assert np.array_equal(changes.h_pre, pre.sum(0))
    expected = (post[STEPS:].sum(0) - post[:STEPS].sum(0)) * pre.sum(0)
    assert np.array_equal(changes.emstdp, expected)
    assert (expected > 0).any() and (expected < 0).any()


@pytest.mark.parametrize("rule", RULES)
def test_pair_stdp_on_the_trains(experiment, rule):
    """Each form against a loop over pairs of spikes; coincident spikes are no pair."""
    _, _, changes = experiment
    pre = trains(changes, "pre")[STEPS:]
    post = trains(changes, "post")[STEPS:]
    assert (pre & post).any()
    expected = [[pair_stdp(rule, np.flatnonzero(pre[:, neuron]), np.flatnonzero(post[:, neuron]),
                           window) for window in WINDOWS] for neuron in range(PAIRS)]
    np.testing.assert_allclose(changes.stdp[rule], expected, rtol=0, atol=1e-11)
    # The windows make a difference.
    assert (changes.stdp[rule][:, 0] != changes.stdp[rule][:, 1]).any()


def test_without_influence_nothing_is_learned(experiment):
    """The same drive gives the same spikes: no weight or no presynaptic spike, no update."""
    _, pairs, changes = experiment
    idle = (pairs.weight == 0) | (pairs.rate == 0)
    assert (changes.h[idle] > 0).any()
    assert np.array_equal(changes.h[idle], changes.h_hat[idle])
    assert not changes.emstdp[idle].any()
    for found in changes.stdp.values():
        assert not found[pairs.rate == 0].any()


# ---- the command --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Run directory of a small experiment."""
    out = tmp_path_factory.mktemp("pairing") / "run"
    main(MEASUREMENT, [*SMALL, "--out", str(out), "--no-figures"])
    return out


def test_the_correlation_is_positive(measured):
    """In every draw; summary.json states mean and spread of what activity.npz holds."""
    run = Run(measured)
    emstdp, stdp = run.activity.take("pairing_emstdp", "pairing_stdp")
    every = [np.corrcoef(x, y)[0, 1] for x, y in zip(emstdp, stdp)]
    assert min(every) > 0.4
    facts = run.summary["facts"]
    assert facts["correlation"]["mean"] == pytest.approx(np.mean(every))
    assert facts["correlation"]["sd"] == pytest.approx(np.std(every, ddof=1))
    np.testing.assert_allclose(run.activity["pairing_exponential_all"][0], every)
    np.testing.assert_allclose(run.activity["pairing_bias"], [every])
    assert facts["by_rule_and_window_ms"]["exponential-all"]["10"] == facts["correlation"]
    assert facts["by_drive_percent"]["external"]["30"] != facts["correlation"]


def test_a_seed_gives_the_same_numbers(measured, tmp_path):
    """The config.toml of a run is enough to repeat it; another seed draws other pairs."""
    main(MEASUREMENT, ["--config", str(measured / "config.toml"), "--no-figures", "--out",
                       str(tmp_path / "same")])
    one = Run(measured).activity
    same = Run(tmp_path / "same").activity
    for name in one.names:
        assert np.array_equal(one[name], same[name]), name
    pairs, others = (drawn(PairingSettings(pairs=5, seed=seed), "bias", 20) for seed in (0, 1))
    for name in ("weight", "rate", "bias", "pre_key", "post_key"):
        assert not np.isin(getattr(pairs, name), getattr(others, name)).any(), name


def test_draws_do_not_depend_on_their_number_or_the_drive():
    """Drives are compared with the same weights and presynaptic spikes."""
    settings = PairingSettings(pairs=5, draws=4)
    pairs = drawn(settings, "bias", 20)
    fewer = drawn(replace(settings, draws=2), "external", 40)
    for name in ("weight", "rate", "pre_key", "post_key"):
        assert np.array_equal(getattr(pairs, name)[:10], getattr(fewer, name)), name
        assert len(set(getattr(pairs, name))) == 20, name
    np.testing.assert_allclose(fewer.pulses, 2 * pairs.bias[:10])
    assert not pairs.pulses.any() and not fewer.bias.any()


def test_figure(measured):
    """Each dot is a pair of the first draw; the lines are the means over the draws."""
    run = Run(measured)
    scatter, by_window, by_drive = figures.stdp_correlation(run).axes
    positive, negative, fit = (line.get_xydata() for line in scatter.lines[:3])
    emstdp, stdp, weight = (run.activity[f"pairing_{name}"][0]
                            for name in ("emstdp", "stdp", "weight"))
    dots = np.column_stack([emstdp, stdp])
    np.testing.assert_array_equal(positive, dots[weight > 0])
    np.testing.assert_array_equal(negative, dots[weight < 0])
    slope, start = np.polyfit(emstdp, stdp, 1)
    np.testing.assert_allclose(fit[:, 1], start + slope * fit[:, 0])
    mean = run.summary["facts"]["correlation"]["mean"]
    assert f"{mean:.3f}" in scatter.get_title()
    assert by_window.get_legend_handles_labels()[1][0] == "exponential, all pairs"
    for axes, name in ((by_window, "pairing_exponential_all"), (by_drive, "pairing_bias")):
        drawn_means = axes.containers[0].lines[0].get_ydata()
        # The windows are given as 10 and 4 ms, and drawn by size.
        np.testing.assert_allclose(drawn_means, run.activity[name].mean(1)[::-1])


# ---- bad input ----------------------------------------------------------------------------


def refused(capsys, *words):
    """The one line with which the command is refused."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(MEASUREMENT, [str(word) for word in words])
    assert stopped.value.code == 2
    return one_line(capsys.readouterr().err, "emstdp_pairing")


@pytest.mark.parametrize("words, cause", [
    ("--windows", "--windows names none"), ("--drives 20 5 20", "--drives names 20 % twice"),
    ("--windows 0", "--windows must be 1 or more"),
    ("--drives 101", "--drives must be 100 at most"),
    ("--rate 1.5", "--rate must be 1 at most"), ("--strength 0", "--strength must be more than 0"),
    ("--pairs 2", "--pairs must be 3 or more"), ("--draws 1", "--draws must be 2 or more"),
    ("--rule nearest", "exponential-nearest"), ("--steps many", "many"),
    ("--config absent.toml", "there is no file absent.toml"), ("--preset mnist", "--preset"),
    # Nobody fires in two steps.
    ("--pairs 3 --draws 2 --steps 2 --drives 1", "give more --pairs or --steps")])
def test_bad_input(tmp_path, monkeypatch, capsys, words, cause):
    monkeypatch.chdir(tmp_path)
    assert cause in refused(capsys, *words.split(), "--out", "run")
    assert not list(tmp_path.iterdir())


def test_a_directory_with_a_run_stays_as_it_is(measured, capsys):
    before = (measured / "summary.json").read_bytes()
    assert "already holds a run" in refused(capsys, *SMALL, "--out", measured)
    assert (measured / "summary.json").read_bytes() == before


def test_config_of_another_protocol(tmp_path, capsys):
    path = tmp_path / "config.toml"
    path.write_text('[run]\nprotocol = "stbp"\n')
    assert "protocols.stbp" in refused(capsys, "--config", path)


def test_settings_are_written_and_printed(measured, capsys):
    """config.toml is what --print-config prints, with versions; the command is kept."""
    main(MEASUREMENT, [*SMALL, "--print-config"])
    printed = tomllib.loads(capsys.readouterr().out)
    written = tomllib.loads((measured / "config.toml").read_text())
    assert written.pop("versions")["brian2"]
    assert written == printed
    command = json.loads((measured / "summary.json").read_text())["command"]
    assert command.startswith("python -m protocols.emstdp_pairing --pairs 25")
