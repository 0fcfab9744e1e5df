"""Single images classified with a trained run, and bad input to that command line."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from models.diehl_cook.architecture import initial_state
from protocols import datasets
from protocols.diehl_cook_sl.plan import Plan
from protocols.predict import FEW, classify, main, predict, trained
from protocols.rundir import RunDirectory, read_checkpoint
from tests.conftest import needs_compiler
from tests.test_bad_input import one_line
from tests.tiny import CLASSES, SIDE, images, write_data


@pytest.fixture
def files(tmp_path):
    """Three image files, one a class, as PNG and as array."""
    found = []
    for image, label in zip(*images(1, seed=2)):
        Image.fromarray(image).save(tmp_path / f"{label}.png")
        np.save(tmp_path / f"{label}.npy", image)
        found.append(tmp_path / (f"{label}.npy" if label == 8 else f"{label}.png"))
    return found


def untrained(folder, plan, image_shape, name="own", statistics=True):
    """A run directory with a network that has its initial weights."""
    data = datasets.Description(name, image_shape, CLASSES, drive=5000.0)
    arrays = {f"state:{k}": v for k, v in initial_state(plan.architecture(data), 0).items()}
    if statistics:
        classes = np.arange(plan.hidden[-1]) % len(CLASSES)
        sums = (classes == np.arange(len(CLASSES))[:, None])[None].astype(np.float32)
        arrays |= {"statistics:labels.sums": sums,
                   "statistics:labels.samples": np.ones((1, len(CLASSES)), int)}
    RunDirectory(folder).write_checkpoint(
        arrays, {"plan": plan.config(), "data": dataclasses.asdict(data), "best": {}})
    return folder


@needs_compiler
def test_answers(tiny_run, files, monkeypatch):
    """The class' name by both readouts, without the data set; each file stands alone."""
    monkeypatch.setattr(datasets, "load", None)
    result = predict(tiny_run.path, files)
    assert result["device"] == "runtime" and result["readout"] == "sl" and result["seed"] == 0
    for found, file, name in zip(result["predictions"], files, CLASSES, strict=True):
        assert found["file"] == str(file)
        assert found["label"] == name == CLASSES[found["class"]]
        for votes in found["votes"].values():
            assert votes.keys() == set(CLASSES) and votes[name] == max(votes.values()) > 0
        assert found["hidden_spikes"] >= 5 and found["attempts"] == 1 and found["cpu_ms"] > 0

    alone = predict(tiny_run.path, files[-1:], readout="labels")["predictions"][0]
    assert alone["label"] == CLASSES[-1]
    assert alone["votes"]["labels"][CLASSES[-1]] == max(alone["votes"]["labels"].values()) > 0


@needs_compiler
def test_seed(tiny_run, files):
    """The same image always gets the same votes, with another seed others."""
    network = tiny_run.networks["testing (Diehl & Cook)"]
    run, image = trained(tiny_run.path), np.load(files[-1])
    answers = [classify(network, run, image, seed, "sl")["votes"]["sl"] for seed in (0, 0, 1, 2, 3)]
    assert answers[0] == answers[1]
    assert any(answer != answers[0] for answer in answers[2:])


@needs_compiler
def test_devices_agree(tiny_run, files, capsys):
    """Compiled for many files, not compiled for few, and the same answers."""
    main([str(tiny_run.path), *map(str, [*files, *files, *files]), "--json"])
    compiled = json.loads(capsys.readouterr().out)
    assert len(files) * 3 > FEW and compiled["device"] == "cpp_standalone"
    assert compiled["compile_seconds"] > 0 and compiled["readout"] == "sl"
    main([str(tiny_run.path), *map(str, files), "--json"])
    built = json.loads(capsys.readouterr().out)
    assert built["device"] == "runtime"
    for a, b in zip(compiled["predictions"], built["predictions"] * 3, strict=True):
        assert a | {"cpu_ms": 0} == b | {"cpu_ms": 0}


@needs_compiler
def test_weights_chosen_by_held_out_images(tiny_run, tmp_path):
    """The chosen weights of each readout, else the latest."""
    arrays, facts = read_checkpoint(tiny_run.path / "checkpoint.npz")
    for readout in ("sl", "labels"):
        run = trained(tiny_run.path, readout)
        for name in ("input_hidden1.w", "hidden1.theta", "hidden1_readout.w"):
            np.testing.assert_array_equal(run.weights[name], arrays[f"best:{readout}:{name}"])
        np.testing.assert_array_equal(run.classes, arrays[f"best:{readout}:classes"])
    facts["plan"]["training"]["held_out"] = 0
    RunDirectory(tmp_path).write_checkpoint(arrays, facts)
    weights = trained(tmp_path).weights
    np.testing.assert_array_equal(weights["input_hidden1.w"], arrays["state:input_hidden1.w"])


@needs_compiler
def test_checkpoint_without_a_description(tiny_run, tmp_path):
    """Older checkpoints: the data set itself says its shape and classes."""
    arrays, facts = read_checkpoint(tiny_run.path / "checkpoint.npz")
    description = facts.pop("data")
    RunDirectory(tmp_path).write_checkpoint(arrays, facts)
    assert trained(tmp_path).data == trained(tiny_run.path).data
    assert description["class_names"] == list(CLASSES)


def test_text(tmp_path, files, capsys):
    """Label, votes of both readouts, hidden spikes, attempts and time."""
    run = untrained(tmp_path / "run", Plan(hidden=(10,)), (SIDE, SIDE))
    main([str(run), str(files[0])])
    first, sl, labels, cost, building = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{files[0]}: ") and first.split()[-1] in CLASSES
    assert all(f"{name}: " in line for name in CLASSES for line in (sl, labels))
    assert "hidden spikes, 1 presentation, " in cost and cost.endswith(" ms CPU")
    assert building.startswith("network built in ") and building.endswith(" s (runtime)")


def test_black_image(tmp_path, capsys):
    """Nothing fires: the answer is marked as one without votes."""
    run = untrained(tmp_path / "run", Plan(hidden=(), dataset="own"), (2, 2), statistics=False)
    np.save(tmp_path / "black.npy", np.zeros((2, 2), np.uint8))
    main([str(run), str(tmp_path / "black.npy")])
    assert "3  (no votes" in capsys.readouterr().out


def test_preprocessing_is_that_of_training(tmp_path):
    """Fashion-MNIST's images are brought to one mean: half the light, the same answer."""
    run = untrained(tmp_path / "run", Plan(hidden=(10,)), (SIDE, SIDE), name="fashion-mnist")
    image = images(1, seed=2)[0][0] // 4 * 2
    files = [tmp_path / "dark.npy", tmp_path / "bright.npy"]
    np.save(files[0], image // 2)
    np.save(files[1], image)
    dark, bright = predict(run, files)["predictions"]
    assert dark["votes"] == bright["votes"] and dark["hidden_spikes"] == bright["hidden_spikes"]


def test_colours(tmp_path, files):
    """A network for colours reads grey files as RGB; one for grey images makes colours grey."""
    colour = untrained(tmp_path / "colour", Plan(hidden=(10,)), (SIDE, SIDE, 3))
    assert predict(colour, files[:1])["predictions"][0]["hidden_spikes"] >= 5
    grey = untrained(tmp_path / "grey", Plan(hidden=(10,)), (SIDE, SIDE))
    Image.open(files[0]).convert("RGB").save(tmp_path / "rgb.png")
    a, b = predict(grey, [files[0], tmp_path / "rgb.png"])["predictions"]
    assert a["votes"] == b["votes"]


# ---- bad input ----------------------------------------------------------------------------


def refuse(capsys, *arguments):
    """The one line with which the command line refuses the arguments."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    assert stop.value.code == 2
    return one_line(capsys.readouterr().err, "predict")


def test_wrong_images(tmp_path, files, capsys):
    """Both shapes are named, before anything is compiled."""
    run = untrained(tmp_path / "run", Plan(hidden=(10,)), (SIDE, SIDE))
    np.save(tmp_path / "rgb.npy", np.zeros((SIDE, SIDE, 3), np.uint8))
    Image.new("L", (28, 28)).save(tmp_path / "large.png")
    for name, shape in (("rgb.npy", "(8, 8, 3)"), ("large.png", "(28, 28)")):
        line = refuse(capsys, run, files[0], tmp_path / name)
        assert name in line and shape in line and "(8, 8)" in line
    np.save(tmp_path / "nan.npy", np.full((SIDE, SIDE), np.nan))
    (tmp_path / "cut.png").write_bytes(files[0].read_bytes()[:50])
    for name, cause in (("nan.npy", "NaN"), ("cut.png", "damaged"), ("absent.png", "no file"),
                        ("run", "folder")):
        line = refuse(capsys, run, tmp_path / name)
        assert name in line and cause in line


def test_wrong_options(tmp_path, files, capsys):
    run = untrained(tmp_path / "run", Plan(hidden=(10,), method="unsupervised"), (SIDE, SIDE))
    assert "FILE" in refuse(capsys, run)
    assert "--readout labels" in refuse(capsys, run, files[0], "--readout", "sl")
    assert "--seed" in refuse(capsys, run, files[0], "--seed", "-1")
    assert "choose from" in refuse(capsys, run, files[0], "--device", "gpu")


def test_wrong_run(tmp_path, files, capsys):
    assert "no checkpoint" in refuse(capsys, tmp_path / "absent", files[0])
    (tmp_path / "checkpoint.npz").write_bytes(b"PK")
    assert "damaged" in refuse(capsys, tmp_path, files[0])
    RunDirectory(tmp_path).write_checkpoint({"x": np.ones(3)}, {"samples": 3})
    assert "no usable 'plan'" in refuse(capsys, tmp_path, files[0])
    plan = Plan(hidden=(10,), method="unsupervised").config()
    for facts in ({"plan": 3}, {"plan": plan, "data": 3}, {"plan": plan, "data": {"size": 3}},
                  {"plan": {"run": {"protocol": "stbp"}}}):
        RunDirectory(tmp_path).write_checkpoint({"x": np.ones(3)}, facts)
        assert "choose another run" in refuse(capsys, tmp_path, files[0])
    data = write_data(tmp_path / "tiny.npz")
    assert "no checkpoint" in refuse(capsys, data, files[0])
