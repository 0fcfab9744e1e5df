"""Training: phases, label statistics, evaluation that disturbs nothing, resume after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from unittest import mock

import numpy as np
import pytest
from brian2.units import ms

from equations.hao2020.settings import settings
from protocols import datasets
from protocols.diehl_cook_sl.__main__ import arguments, plan_of, run_plan
from protocols.diehl_cook_sl.finish import table_entries
from protocols.diehl_cook_sl.plan import Plan, preset, preset_names
from protocols.diehl_cook_sl.readout import LabelStatistics, label_answer, sl_answer
from protocols.rundir import read_checkpoint
from tests.conftest import needs_compiler

TINY = {"hidden": (20,), "epochs": 0.2, "test_every": 96, "dataset": "digits"}


def weights(directory, name="checkpoint"):
    """State arrays of a run's checkpoint."""
    arrays, facts = read_checkpoint(directory / f"{name}.npz")
    return {k: v for k, v in arrays.items() if k.startswith("state:")}, facts


def run(out, plan, whole=False):
    """Run a plan quietly; without what only figures need, which takes seconds, unless whole."""
    if whole:
        return run_plan(plan, out, "test", quiet=True)
    with mock.patch("protocols.diehl_cook_sl.finish.activity", return_value={}):
        return run_plan(plan, out, "test", quiet=True)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A short run, and its summary."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    return out, run(out, Plan(**TINY, seed=3), whole=True)


@needs_compiler
def test_a_prolonged_run_is_the_longer_run(uninterrupted, tmp_path):
    """Finished after fewer epochs and other tests, then resumed with more."""
    whole, _ = uninterrupted
    run(tmp_path, Plan(**TINY | {"epochs": 0.1, "test_every": 40}, seed=3))
    options = arguments(["--resume", "--out", str(tmp_path), "--epochs", "0.2",
                         "--test-every", "96"])
    plan = plan_of(options)
    assert plan.epochs == 0.2 and plan.test_every == 96
    with mock.patch("protocols.diehl_cook_sl.finish.activity", return_value={}):
        run_plan(plan, tmp_path, "test", resume=True, quiet=True)
    assert "epochs = 0.2" in (tmp_path / "config.toml").read_text()
    (a, facts_a), (b, facts_b) = weights(whole), weights(tmp_path)
    assert facts_a["samples"] == facts_b["samples"]
    for name in a:
        assert np.array_equal(a[name], b[name]), name


@needs_compiler
def test_resume_after_kill_9_is_exact(tmp_path):
    """Killed at a random moment, resumed: the same weights, evaluations and answers."""
    out = tmp_path / "killed"
    # Twenty evaluations, two programs started for each: far from done when it is killed.
    command = [sys.executable, "-m", "protocols.diehl_cook_sl", "--dataset", "digits", "--preset",
               "digits", "--hidden", "20", "--epochs", "2", "--test-every", "144", "--seed", "3",
               "--no-shuffle", "--no-figures", "--out", str(out)]
    longer = TINY | {"epochs": 2, "test_every": 144}
    plan = Plan(**longer, seed=3, preset="digits", parameters=preset("digits").parameters)
    reference = tmp_path / "reference"
    run(reference, plan)
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    while not (out / "checkpoint.npz").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(np.random.default_rng().uniform(0, 0.5))
    assert process.poll() is None, "the run ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _, facts = weights(out)
    assert 0 < facts["samples"] < 2 * 1437, "it was killed after its training"
    subprocess.run([*command, "--resume"], check=True, stderr=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    a, facts_a = weights(reference)
    b, facts_b = weights(out)
    assert a.keys() == b.keys()
    for name in a:
        assert np.array_equal(a[name], b[name]), name
    seconds = ("cpu_seconds", "wall_seconds")
    rows = [[{k: v for k, v in r.items() if k not in seconds} for r in f["rows"]]
            for f in (facts_a, facts_b)]
    assert rows[0] == rows[1]
    for name in ("predictions.csv",):
        assert (reference / name).read_bytes() == (out / name).read_bytes()
    accuracies = [json.loads((d / "summary.json").read_text())["accuracies"] for d in (reference, out)]
    assert accuracies[0] == accuracies[1]


@needs_compiler
def test_seeds(uninterrupted, tmp_path):
    """The same seed gives the same bits, another seed another network."""
    out, _ = uninterrupted
    run(tmp_path / "same", Plan(**TINY, seed=3))
    run(tmp_path / "other", Plan(**TINY, seed=4))
    a, b, c = (weights(d)[0]["state:input_hidden1.w"]
               for d in (out, tmp_path / "same", tmp_path / "other"))
    assert np.array_equal(a, b) and not np.allclose(a, c)


@needs_compiler
def test_evaluation_leaves_training_untouched(uninterrupted, tmp_path):
    """With and without evaluations on the way: the same weights and theta at the end."""
    out, _ = uninterrupted
    run(tmp_path / "rare", Plan(**{**TINY, "test_every": 10**6}, seed=3))
    a, b = weights(out)[0], weights(tmp_path / "rare")[0]
    for name in a:
        assert np.array_equal(a[name], b[name]), name


@needs_compiler
def test_run_directory_has_every_file(uninterrupted):
    """config.toml, metrics.csv, predictions.csv, summary.json, checkpoint, activity.npz."""
    out, summary = uninterrupted
    for name in ("config.toml", "metrics.csv", "predictions.csv", "summary.json",
                 "checkpoint.npz", "checkpoint.json", "activity.npz"):
        assert (out / name).stat().st_size > 0, name
    lines = (out / "metrics.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 and lines[1].startswith("96,")
    predictions = (out / "predictions.csv").read_text().splitlines()
    assert len(predictions) == 361
    assert summary["samples"] == 287 and summary["seed"] == 3


@needs_compiler
def test_layer_by_layer_trains_the_hidden_layer_first(tmp_path):
    """The hidden layer equals that of an unsupervised run and is frozen in the second phase."""
    run(tmp_path / "hidden", Plan(**TINY, method="unsupervised"))
    run(tmp_path / "both", Plan(**TINY, method="layer-by-layer", readout_epochs=0.1))
    run(tmp_path / "taken", Plan(**TINY, method="layer-by-layer", readout_epochs=0.1,
                                 hidden_from=str(tmp_path / "hidden" / "checkpoint.npz")))
    a, b, c = (weights(tmp_path / n)[0] for n in ("hidden", "both", "taken"))
    for name in ("state:input_hidden1.w", "state:hidden1.theta"):
        assert np.array_equal(a[name], b[name]) and np.array_equal(a[name], c[name])
    assert np.array_equal(b["state:hidden1_readout.w"], c["state:hidden1_readout.w"])
    assert "state:hidden1_readout.w" not in a


@needs_compiler
def test_simultaneous_training_does_not_change_the_hidden_layer(uninterrupted, tmp_path):
    """No feedback from the SL layer: the hidden layer is that of the unsupervised run."""
    out, _ = uninterrupted
    run(tmp_path / "hidden", Plan(**TINY, seed=3, method="unsupervised"))
    a, b = weights(out)[0], weights(tmp_path / "hidden")[0]
    assert np.array_equal(a["state:input_hidden1.w"], b["state:input_hidden1.w"])


@needs_compiler
@pytest.mark.parametrize("hidden", [(), (20, 15)])
def test_depth(tmp_path, hidden):
    """No hidden layer, and two: every plastic projection changes."""
    plan = Plan(**{**TINY, "hidden": hidden, "test_every": 10**6})
    summary = run(tmp_path / "run", plan)
    state, _ = weights(tmp_path / "run")
    names = [n for n in state if n.endswith(".w")]
    assert len(names) == len(hidden) + 1
    for name in names:
        w = state[name]
        assert w.std() > 0 and w.min() >= 0
    assert ("final_labels" in summary["accuracies"]) == bool(hidden)


@needs_compiler
def test_held_out_images_choose_the_checkpoint(tmp_path):
    """Validation on training images; the test set is used at the end only."""
    summary = run(tmp_path / "run", Plan(**{**TINY, "epochs": 0.3}, held_out=100, shuffle=True))
    rows = (tmp_path / "run" / "metrics.csv").read_text().splitlines()[1:]
    assert len(rows) == 5 and all(",validation," in row for row in rows)
    accuracies = summary["accuracies"]
    assert {"final_sl", "final_labels", "held_out_sl", "held_out_labels"} == set(accuracies)
    assert summary["accuracy"] == accuracies["held_out_sl"]


def test_label_statistics_by_hand():
    """Mean count per class, silent neurons unlabelled, only the window counts."""
    statistics = LabelStatistics(n_neurons=3, n_classes=2, window=4, n_blocks=2)
    statistics.add(np.array([0, 0]), np.array([[9, 9, 0], [9, 9, 0]]))
    statistics.add(np.array([0, 1]), np.array([[4, 0, 0], [0, 2, 0]]))
    statistics.add(np.array([1, 1]), np.array([[1, 5, 0], [1, 1, 0]]))
    # The first block has left the window: class 0 saw one sample, class 1 three.
    assert statistics.classes().tolist() == [0, 1, -1]
    answer, votes = label_answer(np.array([[3, 1, 8], [0, 0, 0]]), np.array([0, 1, -1]), 3)
    assert answer.tolist() == [0, 0]
    np.testing.assert_allclose(votes[0], [3, 1, 0])


def test_sl_answer_breaks_ties_by_the_lowest_class():
    """Silence and ties."""
    assert sl_answer(np.array([[0, 0, 0], [0, 2, 2], [1, 0, 3]])).tolist() == [0, 1, 2]


def test_order_of_samples():
    """File order repeats; a shuffled order is a new permutation in every epoch."""
    from protocols.diehl_cook_sl.training import Trainer

    class Nowhere:
        path = None

    digits = datasets.load("digits")
    train = np.arange(len(digits.x_train))
    plan = Plan(epochs=2)
    straight = Trainer(plan, digits, train, train[:0], Nowhere())
    phase = straight.phases[0]
    assert straight.order(phase, 1430, 1440).tolist() == [*range(1430, 1437), 0, 1, 2]
    mixed = Trainer(Plan(epochs=2, shuffle=True), digits, train, train[:0], Nowhere())
    phase = mixed.phases[0]
    first, second = mixed.order(phase, 0, 1437), mixed.order(phase, 1437, 2874)
    assert sorted(first) == sorted(second) == train.tolist()
    assert not np.array_equal(first, second)
    pieces = [mixed.order(phase, a, a + 100) for a in range(1300, 1600, 100)]
    assert np.array_equal(np.concatenate(pieces), mixed.order(phase, 1300, 1600))


@pytest.mark.parametrize("name", preset_names())
def test_presets_load(name):
    """Every preset is valid and, if of the paper, carries its published value."""
    plan = preset(name)
    assert plan.dataset in datasets.NAMES
    if name.startswith(("mnist", "fashion")):
        assert 50 < plan.published["mean"] < 100 and plan.published["row"]


def test_every_published_cell_has_a_preset():
    """Table 1: 5 sizes x 3 methods; Table 3: 2 x 3; the depth study: 3."""
    names = preset_names()
    assert sum(n.startswith("mnist-") and "depth" not in n for n in names) == 15
    assert sum(n.startswith("fashion-") for n in names) == 6
    assert sum("depth" in n for n in names) == 3


@pytest.mark.parametrize("name", [n for n in preset_names() if n.startswith("mnist-")])
def test_thresholds_that_float32_would_keep_do_not_decay(name):
    """Where a step's decay is lost in the authors' float32 theta, the preset loses it too."""
    plan = preset(name)
    size = plan.hidden[-1] if plan.hidden else 100
    tau = np.float32(settings("mnist", size).threshold.tau_theta / ms)
    theta = np.linspace(20, 60, 1000, dtype=np.float32)
    lost = (theta - theta / tau * np.float32(0.5) == theta).all()
    assert plan.theta_decay == ("single-precision" if lost else "exact")
    assert lost == (size >= 6400)


@pytest.mark.parametrize("options, kept", [
    ("", True), ("--seed 3 --shuffle --held-out 5000", True), ("--hidden 50", False),
    ("--epochs 1", True), ("--parameter nu_input=0.01", False)])
def test_published_value_is_of_the_same_experiment(options, kept):
    """Another network has no published value; fewer epochs are noted in the table."""
    plan = plan_of(arguments(f"--preset mnist-100 {options}".split()))
    assert ("mean" in plan.published) == kept
    rows = table_entries(plan, {"best_test_sl": 80.0, "best_test_labels": 79.0})
    assert [row["row"] for row in rows] == [
        "MNIST, N = 100, simultaneous SL", "MNIST, N = 100, label statistics"] * kept


def test_label_statistics_do_not_depend_on_the_calls():
    """Tests on the way divide the samples otherwise; the blocks stay the same."""
    rng = np.random.default_rng(0)
    labels, counts = rng.integers(0, 2, 50), rng.integers(0, 9, (50, 3))
    found = []
    for size in (50, 7, 1):
        statistics = LabelStatistics(n_neurons=3, n_classes=2, window=20, n_blocks=4)
        for k in range(0, 50, size):
            statistics.add(labels[k:k + size], counts[k:k + size])
        found.append(statistics.arrays())
    for other in found[1:]:
        for name, values in found[0].items():
            assert np.array_equal(other[name], values), name
    # The last 20 samples: three whole blocks and the one that has just been filled.
    assert found[0]["labels.samples"].sum() == 20


@needs_compiler
def test_kept_checkpoints_and_an_end_between_tests(tmp_path):
    """A chunk ends where a checkpoint is to be kept, and a run ended there is evaluated."""
    plan = Plan(**TINY | {"test_every": 10**6, "held_out": 37}, seed=3)
    with mock.patch("protocols.diehl_cook_sl.finish.activity", return_value={}):
        run_plan(plan, tmp_path, "test", keep=(101,), quiet=True)
    kept = tmp_path / "checkpoint-101.npz"
    assert weights(tmp_path, "checkpoint-101")[1]["samples"] == 101
    (tmp_path / "checkpoint.npz").write_bytes(kept.read_bytes())
    epochs = repr(101 / (1437 - 37))
    options = arguments(["--resume", "--out", str(tmp_path), "--epochs", epochs])
    with mock.patch("protocols.diehl_cook_sl.finish.activity", return_value={}):
        summary = run_plan(plan_of(options), tmp_path, "test", resume=True, quiet=True)
    assert "held_out_sl" in summary["accuracies"] and summary["samples"] == 101
