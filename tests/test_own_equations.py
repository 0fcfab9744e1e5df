"""Equations of one's own: the examples learn, and text takes the place of the paper's."""

import tomllib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from brian2 import mV, ms

from equations.parameters import namespace
from models.devices.equations_text import text_of
from models.devices.shared_networks import exact
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.diehl_cook.stdp_window import has_window, stdp_window
from models.emstdp.architecture import initial_state as emstdp_state
from models.emstdp.network import build as build_emstdp
from models.own_equations import OwnEquations
from protocols.api import from_preset, load_run
from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.emstdp.settings import EMSTDPSettings
from protocols.examples.change_an_equation import change
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.command import main
from protocols.runs.equations_file import read_all, read_equations
from protocols.runs.prediction import predict
from tests.commands import asked, refused
from tests.conftest import needs_compiler, small_architecture
from tests.test_plasticity_exact import raster
from tests.tiny import images, write_data

FOLDER = Path(__file__).parents[1] / "protocols/examples/equations"
EXAMPLES = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
TOGETHER = [str(EXAMPLES[name])
            for name in ("triplet_stdp", "exponential_if", "inhibited_sl_layer")]


def example(name):
    return read_equations(EXAMPLES[name])


# ---- learning rules -------------------------------------------------------------------------


def pairs(architecture):
    """Window of the rule of input -> hidden1, and the values that its text uses."""
    values = architecture.rule_values("input_hidden1")
    delta, change = stdp_window(architecture.projections()["input_hidden1"].rule, values)
    return delta, change, values


def test_window_of_weight_dependent_stdp(digits):
    """From half of the largest weight, both sides are in proportion to w and to w_max - w."""
    delta, change, v = pairs(small_architecture(
        digits, rule="weight_dependent", own=example("weight_dependent_stdp")))
    half = v["w_max"] / 2
    size = v["lambda_"] * half
    expected = np.where(delta < 0, -v["ratio"] * size * np.exp(delta / (v["tau_minus"] / ms)),
                        size * np.exp(-delta / (v["tau_plus"] / ms)))
    np.testing.assert_allclose(change, expected, rtol=1e-9)


def test_window_of_triplet_stdp(digits):
    """A single pair has no triplet term: Eq. 1-2 of Pfister & Gerstner with A2 alone."""
    delta, change, v = pairs(small_architecture(digits, own=example("triplet_stdp")))
    down = v["w_max"] * v["depression"] * v["A2_minus"]
    expected = np.where(delta < 0, -down * np.exp(delta / (v["tau_minus"] / ms)),
                        v["w_max"] * v["A2_plus"] * np.exp(-delta / (v["tau_plus"] / ms)))
    np.testing.assert_allclose(change, expected, rtol=1e-9)


def triplets(w, pre, post, v, dt, slot_steps, total):
    """Eq. 3-4 of Pfister & Gerstner and Eq. 7 of Hao et al., from spikes.

    A spike reads the slow trace of its own neuron as it was before it.
    """
    w = w.copy()
    r1 = np.zeros(w.shape[0])
    o1 = np.zeros(w.shape[1])
    o2 = np.zeros(w.shape[1])
    arriving = np.vstack([np.zeros(len(r1), bool), pre[:-1]])
    answering = np.vstack([np.zeros(len(o1), bool), post[:-1]])
    for step, (fired, answered) in enumerate(zip(arriving, answering)):
        if step % slot_steps == 0:
            w *= total / w.sum(0)
        w[fired] = np.clip(w[fired] - v["w_max"] * v["depression"] * v["A2_minus"] * o1, 0,
                           v["w_max"])
        r1[fired] += 1
        rise = v["w_max"] * r1[:, None] * (v["A2_plus"] + v["A3_plus"] * o2)
        w[:, answered] = np.clip(w + rise, 0, v["w_max"])[:, answered]
        o1[answered] += 1
        o2[answered] += 1
        for trace, tau in ((r1, "tau_plus"), (o1, "tau_minus"), (o2, "tau_y")):
            trace *= np.exp(-dt / float(v[tau]))
    return w


@needs_compiler
def test_triplets_follow_from_spikes(compiled, stimuli):
    """Every weight of the compiled network; without the triplet term they would be others."""
    architecture, network = compiled(observe=True, own=example("triplet_stdp"))
    state = initial_state(architecture, 1)
    assert {"input.r1", "hidden1.o1", "hidden1.o2"} <= state.keys()
    assert not {"input.x", "hidden1.y"} & state.keys()
    after, records = network(state, stimuli(4))
    timing = architecture.settings.presentation
    slot = timing.slot_steps
    n_steps = len(records.slots["input.cursor"]) * slot
    pre, post = (raster(records.spikes[layer], architecture.sizes[layer], n_steps,
                        float(timing.dt)) for layer in ("input", "hidden1"))
    stdp = architecture.projections()["input_hidden1"].stdp
    values = architecture.rule_values("input_hidden1")
    arguments = (pre, post, values, float(timing.dt), slot, stdp.beta * stdp.w_max * 64)
    expected = triplets(state["input_hidden1.w"], *arguments)
    np.testing.assert_allclose(after["input_hidden1.w"], expected, rtol=1e-12, atol=1e-15)
    values["A3_plus"] = 0
    pairs_alone = triplets(state["input_hidden1.w"], *arguments)
    assert abs(pairs_alone - expected).max() > 1e-4


def test_own_trace_that_on_pre_reads(digits):
    """It is raised after on_pre has read it, and no window is measured of what reads more."""
    tables = {"rules": {"both": {
        "traces_pre": "dq/dt = -q/(20*ms) : 1", "spike_pre": "q += 1",
        "on_pre": "w = clip(w + 0.01*q_pre, 0, w_max)"}}}
    network = small_architecture(digits, rule="both", own=OwnEquations.of(tables))
    text = text_of(partial(build, network))
    assert "input_hidden1_pre_trace: input -> input, one to one\n  on_pre (order 1)\n" in text
    assert "q_post += 1" in text
    rule = network.projections()["input_hidden1"].rule
    assert has_window(rule)
    assert not has_window(replace(rule, on_pre="w += 0.1*(V_post/mV)"))


def test_rule_without_scaling(digits):
    """Weights of a rule that says so are not scaled."""
    tables = example("triplet_stdp").tables
    tables["rules"]["triplet"]["scaled"] = False
    text = text_of(partial(build, small_architecture(digits, own=OwnEquations.of(tables))))
    _, _, input_hidden = text.partition("projection input_hidden1")
    assert "w *= w_scale_post" not in input_hidden.partition("course")[0]
    assert "w *= w_scale_post" in text


# ---- neurons --------------------------------------------------------------------------------


def test_only_what_is_named_changes(digits):
    """The rest of the network keeps its text, line for line."""
    before = text_of(partial(build, small_architecture(digits))).splitlines()
    after = text_of(partial(build, small_architecture(
        digits, own=example("exponential_if")))).splitlines()
    gone = [line.strip() for line in before if line not in after]
    new = [line.strip() for line in after if line not in before]
    assert len(gone) == 3 and gone[0].startswith("dV/dt = int(hold <= 0*ms)*((E_rest")
    assert "Delta_T*exp(" in new[0] and new[0].startswith("dV/dt = int(hold <= 0*ms)*(")
    assert new[1] == "V is cut to E_floor .. V_const + theta + 2*V_peak"
    assert new[2] == "V > V_const + theta + V_peak and hold <= 0*ms"


def test_refractory_of_ones_own(digits):
    """Of neurons that have none: they neither integrate nor fire, and the rest is state."""
    own = OwnEquations.of({"groups": {"readout": {
        "equations": "dV/dt = (E_rest - V + g_E*(E_exc - V))/tau_m : volt (unless refractory)",
        "refractory": "3*ms", "reset": "V = E_reset - 1*mV", "initial": {"V": "-70*mV"}}}})
    network = small_architecture(digits, learn=frozenset(), own=own)
    _, _, text = text_of(partial(build, network)).partition("group readout")
    for line in ("dV/dt = int(hold <= 0*ms)*(", "dhold/dt = -int(hold > 0*ms) : s",
                 "hold is cut to 0*ms .. 3*ms", "V > V_threshold and hold <= 0*ms",
                 "V = E_reset - 1*mV\n    hold = 3*ms\n    count += "):
        assert line in text
    state = initial_state(network, 0)
    assert (state["readout.hold"] == 0).all() and (state["readout.V"] == -0.07).all()


# ---- the examples, from the command line to the API -----------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with three of the examples at once, on three easy classes."""
    folder = tmp_path_factory.mktemp("own")
    data = write_data(folder / "tiny.npz")
    words = ["--dataset", str(data), "--hidden", "10", "--epochs", "2", "--test-every", "30",
             "--workers", "1", "--no-figures"]
    files = [word for path in TOGETHER for word in ("--equations", path)]
    main(PROTOCOL, [*words, *files, "--parameter", "readout.tau_m=12*ms", "--keep", "30",
                    "--out", str(folder / "run")])
    return folder / "run", words


@needs_compiler
def test_examples_learn(run):
    """Nine images of ten in the last test."""
    out, _ = run
    rows = (out / "metrics.csv").read_text().splitlines()
    accuracy = dict(zip(rows[0].split(","), rows[-1].split(",")))
    assert float(accuracy["accuracy_labels"]) > 90


@needs_compiler
def test_a_run_directory_alone_rebuilds_it(run, tmp_path, capsys):
    """config.toml holds the text; --config, the API and predict make the same equations of it."""
    out, _ = run
    config = tomllib.loads((out / "config.toml").read_text())
    assert config["equations"] == read_all(TOGETHER).tables
    text = (out / "equations.txt").read_text()
    for line in ("g_I_post += w_SL", "Delta_T*exp(", "o2_post += 1", "tau_m = 12 ms"):
        assert line in text
    capsys.readouterr()
    main(PROTOCOL, ["--config", str(out / "config.toml"), "--describe"])
    assert capsys.readouterr().out == text
    assert load_run(out).describe() == text
    shown, labels = images(1, seed=2)
    np.save(tmp_path / "one.npy", shown[0])
    found = predict(out, [tmp_path / "one.npy"], "runtime", "labels")["predictions"]
    assert found[0]["label"] == str(labels[0])


@needs_compiler
def test_resume_keeps_the_equations(run, tmp_path, capsys, without_figures):
    """The same with the same; others are refused, and the checkpoint stays."""
    out, words = run
    again = tmp_path / "again"
    again.mkdir()
    for name in ("config.toml", "equations.txt"):
        (again / name).write_bytes((out / name).read_bytes())
    (again / "checkpoint.npz").write_bytes((out / "checkpoint-30.npz").read_bytes())
    said = refused(capsys, PROTOCOL, *words, "--equations", TOGETHER[0], "--resume", "--out", again)
    assert "another equations" in said
    main(PROTOCOL, ["--dataset", words[1], "--resume", "--no-figures", "--out", str(again)])
    mine = read_checkpoint(again / "checkpoint.npz").arrays
    theirs = read_checkpoint(out / "checkpoint.npz").arrays
    assert mine.keys() == theirs.keys() and "state:hidden1.o2" in mine
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


@needs_compiler
def test_figures_show_the_rule(run):
    """Windows are those of the rules of the run."""
    with np.load(run[0] / "activity.npz") as arrays:
        own = sorted(name for name in arrays if name.startswith("stdp_"))
        assert own == ["stdp_dt_ms", "stdp_of_hidden1_readout:symmetric",
                       "stdp_of_input_hidden1:triplet"]
        level = arrays["voltage_threshold_mV"]
        assert level.shape == arrays["voltage_mV"].shape and level.min() > -60


def test_from_python():
    """A dictionary, a file, and what has been read."""
    for equations in (str(EXAMPLES["inhibited_sl_layer"]),
                      example("inhibited_sl_layer").tables, example("inhibited_sl_layer")):
        model = from_preset("diehl_cook_sl", hidden=[5], train_samples=30, equations=equations,
                            parameters={"hidden1.tau_gI": "1*ms", "tau_trace": "10*ms"})
        text = model.describe()
        assert "dg_I/dt = -g_I/tau_gI" in text.partition("group readout: 10")[2]
        assert "tau_gI = 1 ms" in text and "tau_trace = 10 ms" in text


def test_runs_side_by_side_share_equal_networks(digits):
    """A program is shared by what the text says, wherever it is from."""
    one, other, changed = (
        small_architecture(digits, own=OwnEquations.of(tables))
        for tables in (example("triplet_stdp").tables, example("triplet_stdp").tables,
                       example("exponential_if").tables))
    assert hash(exact(one)) == hash(exact(other)) and exact(one) == exact(other)
    assert exact(one) != exact(changed)


@needs_compiler
def test_before_and_after(tmp_path, without_figures):
    """The script changes one group, and the rest stays."""
    data = write_data(tmp_path / "tiny.npz")
    right = change(tmp_path, tmp_path / "both.png", preset="own", dataset=str(data), hidden=[10],
                   held_out=6, workers=1)
    assert right.keys() == {"before", "after"} and min(right.values()) > 50
    assert (tmp_path / "both.png").stat().st_size > 10000
    texts = [(tmp_path / case / "equations.txt").read_text() for case in right]
    assert ["dg_a/dt = -g_a/tau_a : 1" in text for text in texts] == [False, True]


# ---- parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize("words, owner, name, value", [
    ("tau_gI=1*ms", "hidden1", "tau_gI", "1*ms"),
    ("w_IE=20", "lateral1", "w_IE", 20.0),
    ("inhibitory1.tau_m=0.02*second", "inhibitory1", "tau_m", "0.02*second"),
    ("hidden1_readout.tau_trace=5*ms", "hidden1_readout", "tau_trace", "5*ms")])
def test_every_parameter_can_be_set(digits, words, owner, name, value):
    settings = asked(PROTOCOL, "--parameter", words)
    network = settings.architecture(digits)
    kind = "projections" if owner in ("lateral1", "hidden1_readout") else "groups"
    assert network.own.parameters(kind, owner)[name].value == value


def test_parameters_change_what_follows_from_them(digits):
    """The sum of the weights, the initial state and the clock, not the text alone."""
    settings = asked(PROTOCOL, "--parameter", "input_hidden1.beta=0.2", "--parameter",
                     "theta_init=10*mV", "--parameter", "presentation=200*ms", "--hidden", "5")
    network = settings.architecture(digits)
    assert network.projections()["input_hidden1"].stdp.beta == 0.2
    assert np.allclose(initial_state(network, 0)["hidden1.theta"], 0.01)
    assert network.settings.presentation.presentation_steps == 400
    assert namespace(*network.cell("hidden1"))["theta_init"] == 10 * mV


def test_emstdp_takes_text_and_values():
    """Neurons with a leak and an adaptive threshold, and another update."""
    own = OwnEquations.of({
        "groups": {"hidden1": {
            "equations": "dU/dt = -U/tau : 1\na : 1\nb2 : 1", "threshold": "U >= theta + a",
            "reset": "U -= theta\na += 0.1*theta", "parameters": {"tau": "20*ms"},
            "learned": ["b2"], "initial": {"b2": 0.5}}},
        "projections": {"learn_input_hidden1": {
            "on_pre": "w = clip((1 - decay)*w + eta_post*h_pre*(h_hat_post - h_post), "
                      "-w_max, w_max)", "parameters": {"decay": 1e-4}}}})
    settings = EMSTDPSettings(network="5-classes", equations=own,
                              parameters={"output.theta": 2, "w_L": 3})
    network = settings.architecture(64, 10)
    text = text_of(partial(build_emstdp, network))
    for line in ("U >= theta + a", "dU/dt = -U/tau : 1", "(1 - decay)*w", "theta = 2 ", "w_L = 3",
                 "U = 0\n    a = 0\n"):
        assert line in text
    assert (emstdp_state(network.for_testing(), 0)["hidden1.b2"] == 0.5).all()
