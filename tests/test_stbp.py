"""The protocol of STBP: training, resume, presets, bad options."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from models.errors import SuiteError
from protocols import datasets, preset_files
from protocols.predict import predict
from protocols.rundir import RunDirectory, read_checkpoint
from protocols.stbp.__main__ import arguments, main, plan_of, run_plan
from protocols.stbp.evaluation import Evaluation
from protocols.stbp.plan import PROTOCOL, Plan, preset
from protocols.stbp.training import Trainer
from tests.conftest import needs_compiler

TINY = {"network": "20-10", "epochs": 3, "steps": 8, "train_samples": 300, "batch": 40, "rate": 0.01,
        "kernels": "numpy"}


def checkpoint(directory):
    """Arrays, and facts but for the times."""
    arrays, facts = read_checkpoint(directory / "checkpoint.npz")
    for row in [facts, *facts["rows"]]:
        row.pop("cpu_seconds"), row.pop("wall_seconds")
    return arrays, facts


def assert_same(one, other):
    (a, facts_a), (b, facts_b) = checkpoint(one), checkpoint(other)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    facts_a.pop("plan"), facts_b.pop("plan")
    assert facts_a == facts_b


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished run."""
    out = tmp_path_factory.mktemp("stbp") / "whole"
    return out, run_plan(Plan(**TINY), out, "test", quiet=True)


def test_a_run_learns_and_leaves_every_file(whole):
    out, summary = whole
    assert {p.name for p in out.iterdir()} == {
        "config.toml", "metrics.csv", "predictions.csv", "summary.json", "checkpoint.npz",
        "checkpoint.json", "activity.npz"}
    assert summary["accuracy"] > 45
    rows = (out / "metrics.csv").read_text().splitlines()
    assert len(rows) == 1 + TINY["epochs"]
    predictions = np.genfromtxt(out / "predictions.csv", delimiter=",", names=True)
    right = 100 * np.mean(predictions["label"] == predictions["predicted"])
    assert abs(right - summary["accuracy"]) < 1e-9


def test_the_same_seed_gives_the_same_bits_another_seed_does_not(whole, tmp_path):
    out, _ = whole
    run_plan(Plan(**TINY), tmp_path / "again", "test", quiet=True)
    assert_same(out, tmp_path / "again")
    run_plan(Plan(**TINY, seed=1), tmp_path / "other", "test", quiet=True)
    a, b = checkpoint(out)[0], checkpoint(tmp_path / "other")[0]
    assert not np.array_equal(a["weights:output.w"], b["weights:output.w"])


class Killed(Exception):
    pass


def test_stopped_in_any_batch_and_resumed_is_uninterrupted(whole, tmp_path):
    """Checkpoints within an epoch, and at its end."""
    out, _ = whole
    for stop in (1, 8, 11):
        run = RunDirectory(tmp_path / str(stop))
        trainer = Trainer(Plan(**TINY), datasets.load("digits"), run)
        run.write_config(Plan(**TINY).config())
        left = iter(range(stop))

        def report(*_):
            if next(left, None) is None:
                trainer.save()
                raise Killed

        trainer.report = report
        with pytest.raises(Killed):
            trainer.fit()
        options = arguments(["--resume", "--out", str(run.path)])
        run_plan(plan_of(options), run.path, "test", resume=True, quiet=True)
        assert_same(out, run.path)


def test_killed_and_resumed_by_the_command_line(tmp_path):
    """kill -9 at a random moment."""
    command = [sys.executable, "-m", "protocols.stbp", "--network", "60-10", "--epochs", "20",
               "--kernels", "numpy", "--steps", "10", "--no-figures", "--out"]
    process = subprocess.Popen([*command, str(tmp_path / "killed")], start_new_session=True,
                               stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not (tmp_path / "killed" / "checkpoint.npz").exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(np.random.default_rng().uniform(0, 0.3))
    assert process.poll() is None, "the run ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    subprocess.run([*command, str(tmp_path / "killed"), "--resume"], check=True,
                   capture_output=True)
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    assert_same(tmp_path / "whole", tmp_path / "killed")
    assert ((tmp_path / "whole" / "predictions.csv").read_bytes()
            == (tmp_path / "killed" / "predictions.csv").read_bytes())


def test_a_prolonged_run_is_the_longer_run(whole, tmp_path):
    run_plan(Plan(**TINY | {"epochs": 2}), tmp_path, "test", quiet=True)
    options = arguments(["--resume", "--out", str(tmp_path), "--epochs", "3"])
    run_plan(plan_of(options), tmp_path, "test", resume=True, quiet=True)
    assert_same(whole[0], tmp_path)


def test_held_out_samples_choose_the_weights(tmp_path):
    """The test set is used once, at the end."""
    summary = run_plan(Plan(**TINY | {"epochs": 2}, held_out=60), tmp_path, "test", quiet=True)
    assert summary["accuracies"].keys() == {"final", "held_out"}
    assert summary["accuracy"] == summary["accuracies"]["held_out"]
    rows = (tmp_path / "metrics.csv").read_text()
    assert rows.count("validation") == 2 and ",test," not in rows
    trainer = Trainer(Plan(**TINY, held_out=60), datasets.load("digits"), RunDirectory(tmp_path))
    assert len(trainer.validation) == 60 and not set(trainer.train) & set(trainer.validation)


@needs_compiler
def test_the_brian2_groups_give_the_same_answers(whole, tmp_path):
    """--engine brian2, resumed from a finished run: nothing is trained again."""
    for name in ("config.toml", "checkpoint.npz"):
        (tmp_path / name).write_bytes((whole[0] / name).read_bytes())
    options = arguments(["--resume", "--out", str(tmp_path), "--engine", "brian2"])
    summary = run_plan(plan_of(options), tmp_path, "test", resume=True, quiet=True)
    # In float32 sums in another order can carry a potential over the threshold by a hair.
    assert summary["engine"]["samples_with_other_counts"] <= 2
    assert abs(summary["engine"]["brian2"] - summary["accuracy"]) < 1
    assert summary["accuracy"] == whole[1]["accuracy"]


def test_single_images_are_classified(whole, tmp_path):
    """By the companion and by the Brian2 groups alike; the label where the network is right."""
    images, labels = datasets.load("digits").x_test[:6], datasets.load("digits").y_test[:6]
    files = [tmp_path / f"{k}.npy" for k in range(6)]
    for file, image in zip(files, images):
        np.save(file, image)
    found, groups = (predict(whole[0], files, device)["predictions"]
                     for device in (None, "runtime"))
    assert [f["votes"] for f in found] == [g["votes"] for g in groups]
    assert np.mean([f["class"] == label for f, label in zip(found, labels)]) > 0.3
    for f in found:
        assert f["label"] == max(f["votes"]["output"], key=f["votes"]["output"].get)


@pytest.mark.parametrize("changes", [
    {"units": "rectified", "epochs": 10, "rate": 0.003}, {"network": "4C3-P2-20-10"}, {"optimiser": "sgd", "rate": 0.3},
    {"gradient": "spatial"}, {"gate": "exponential", "tau": 0.5}, {"precision": "float64"},
    {"distortion_alpha": 5.0}, {"contrast": "image"}])
def test_variants_learn(tmp_path, changes):
    summary = run_plan(Plan(**TINY | changes), tmp_path, "test", quiet=True)
    assert summary["accuracy"] > 40


def test_the_published_start_is_dead_at_the_published_threshold(tmp_path, capsys):
    """Eq. 29-30 with V_th = 1.5 (facts): no gradient, and the error says what to change."""
    with pytest.raises(SystemExit) as stopped:
        main(["--initial", "normalised", "--V-th", "3", "--out", str(tmp_path)])
    line = capsys.readouterr().err
    assert stopped.value.code == 2 and line.count("\n") == 1
    assert "all gradients are exactly zero" in line and "widen the surrogate" in line


@pytest.mark.parametrize("name", preset_files.names(PROTOCOL))
def test_presets(name):
    plan = preset(name)
    assert plan.preset == name
    if name not in ("digits", "own"):
        assert plan.published["row"] and plan.epochs >= 100


def test_one_run_stands_for_all_presets_of_its_experiment(tmp_path):
    """784-400-10 is in Table 7 and both parts of Fig. 6; a change takes it out."""
    from protocols.stbp.finish import table_entries

    plan = preset("table7-mnist-stbp")
    rows = {e["row"]: e["published"]["mean"] for e in
            table_entries(plan, {"final": 98.0}, 60000)}
    assert rows == {"MNIST, 784-400-10, STBP": 98.48, "Fig. 6A, h1 (rectangular)": None,
                    "Fig. 6B, a1 = 1": None}
    options = arguments(["--preset", "table7-mnist-stbp", "--tau", "0.3"])
    assert table_entries(plan_of(options), {"final": 98.0}, 60000) == []
    assert plan_of(options).published == {}
    options = arguments(["--preset", "n-mnist", "--epochs", "3"])
    notes = [e["note"] for e in table_entries(plan_of(options), {"final": 80.0}, 1000)]
    assert notes == ["1,000 of 60,000 training samples, 3 of 200 epochs"]


@pytest.mark.parametrize("words, cause", [
    (["--steps", "0"], "steps must be 1 or more"),
    (["--surrogate", "tanh"], "rectangular"),
    (["--preset", "mlp-mnst"], "did you mean mlp-mnist"),
    (["--network", "100-5"], "5 outputs"),
    (["--network", "12C9-10"], "does not fit"),
    (["--network", "3C3-P4-10"], "do not fill"),
    (["--network", "10-3C3"], "must end"),
    (["--network", "10-x-10"], "'x'"),
    (["--network", "50-P2-10"], "needs an image"),
    (["--network", "0-10"], "'0'"),
    (["--network", "10000000000000000000-10"], "fully connected"),
    (["--network", "9999999-9999999-10"], "choose smaller layers"),
    (["--network", "１0-10"], "'１0'"),
    (["--steps", "1000000000000000000"], "1000000 at most"),
    (["--rate", "nan"], "rate must be finite"),
    (["--held-out", "2000"], "leaves nothing"),
    (["--units", "rectified", "--engine", "brian2"], "do not spike"),
    (["--resume", "--seed", "77"], "no run directory runs/stbp-digits-seed77"),
    (["--units", "rectified", "--steps", "7"], "--steps does nothing"),
])
def test_bad_options(tmp_path, capsys, words, cause):
    out = [] if "--resume" in words else ["--out", str(tmp_path)]
    with pytest.raises(SystemExit) as stopped:
        main([*words, *out])
    said = capsys.readouterr().err
    assert stopped.value.code == 2 and said.count("\n") == 1 and cause in said


def test_batches_whose_gradient_vanishes(tmp_path, monkeypatch):
    """Of one sample they are nothing unusual; an error is what lasts."""
    plan = Plan(**TINY | {"network": "20-10", "width": 0.1, "batch": 1, "train_samples": 60,
                          "epochs": 1, "rate": 0.001})
    run_plan(plan, tmp_path / "run", "test", quiet=True)
    monkeypatch.setattr("protocols.stbp.training.LEARNING", 1)
    with pytest.raises(SuiteError, match="comes near the threshold"):
        run_plan(plan, tmp_path / "strict", "test", quiet=True)


def made(path, **changes):
    """A set of two classes: left and right half lit."""
    labels = np.arange(60) % 2
    images = np.zeros((60, 6, 6), np.uint8)
    images[labels == 0, :, :3], images[labels == 1, :, 3:] = 200, 200
    arrays = {"x_train": images[:40], "y_train": labels[:40], "x_test": images[40:],
              "y_test": labels[40:]} | changes
    np.savez(path, **arrays)
    return str(path)


def test_more_outputs_than_classes(tmp_path):
    """Those of no class give no answer, however active; the figures can be drawn."""
    rates = np.array([[0.1, 0.2, 0.9], [0.3, 0.2, 0.9]])
    assert Evaluation(rates, 2).answers.tolist() == [1, 0]
    data = made(tmp_path / "two.npz")
    out = tmp_path / "run"
    run_plan(Plan(**TINY | {"dataset": data, "network": "12-9", "train_samples": 0, "epochs": 1}),
             out, "test", quiet=True)
    predictions = np.genfromtxt(out / "predictions.csv", delimiter=",", names=True)
    assert set(predictions["predicted"]) <= {0, 1}


def test_dark_images(tmp_path):
    data = made(tmp_path / "dark.npz", x_train=np.zeros((40, 6, 6), np.uint8))
    with pytest.raises(SuiteError, match="the input is silent"):
        run_plan(Plan(**TINY | {"dataset": data, "network": "5-2", "train_samples": 0,
                                "epochs": 1}), tmp_path / "run", "test", quiet=True)


def test_weights_that_blow_up(tmp_path, recwarn):
    plan = Plan(**TINY | {"units": "rectified", "rate": 1e30})
    with pytest.raises(SuiteError, match="learning rate"):
        run_plan(plan, tmp_path, "test", quiet=True)
    assert not recwarn.list


def test_weights_that_blow_up_in_the_last_batch(tmp_path):
    """Nothing is tested or saved with them."""
    plan = Plan(**TINY | {"rate": 1e39, "batch": TINY["train_samples"], "epochs": 1})
    with pytest.raises(SuiteError, match="not finite.*learning rate"):
        run_plan(plan, tmp_path, "test", quiet=True)
    assert not (tmp_path / "checkpoint.npz").exists()
