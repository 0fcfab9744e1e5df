"""Pages in which a network learns: the same bits as the compiled program's."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from brian2 import NeuronGroup

from models.dense.flushing import FLUSHED
from models.devices.standalone import StandaloneNetwork
from models.errors import SuiteError
from models.wasm import compilation
from models.wasm.program import WasmProgram
from protocols.api.preset import preset_with
from protocols.cli import BAD_INPUT
from protocols.datasets import load
from protocols.export import tables
from protocols.export.__main__ import main
from protocols.export.chosen import chosen
from protocols.export.drawing import brush_of, size_of
from protocols.export.native import latest_checkpoint
from protocols.export.page import export_page
from protocols.export.tables import positions_of_tests, positions_that_fit
from protocols.runs.asked import command_of
from protocols.runs.directory import RunDirectory
from protocols.runs.protocol import find
from protocols.runs.run import run
from protocols.runs.settings import to_tables
from protocols.runs.training import choose_samples, evaluation
from protocols.runs.weights_hash import weights_hash
from tests.chromium import OpenPage, browser

PHONE = 360
SMALL = {
    "diehl_cook_sl": {"hidden": [20], "train_samples": 100, "epochs": 1},
    # The whole set once, for which a second is enough.
    "emstdp": {"epochs": 1},
}

needs_emcc = pytest.mark.skipif(shutil.which("emcc") is None, reason="emscripten is missing")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is missing")


def settings_of(name, **changes):
    protocol = find(name)
    return protocol, preset_with(protocol, "digits", SMALL[name] | changes)


def learner_of(protocol, settings):
    dataset = settings.load()
    return protocol.learner(settings, dataset, choose_samples(settings, dataset)[0], print)


def small_page(protocol, settings, path, *others, **more):
    """A page with few tests, whose programs are compiled in half the time, to the same bits."""
    with pytest.MonkeyPatch.context() as patch:
        flags = [flag for flag in compilation.FLAGS if flag != "-O3"]
        patch.setattr(compilation, "FLAGS", [*flags, "-O1"])
        # Two whole chunks and a part of one.
        patch.setattr(tables, "TEST_PIXELS", 64 * 60)
        patch.setattr(tables, "EARLY", 1)
        return export_page(protocol, settings, path, *others, **more)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """``pages(name)``: path, what was told of it, protocol and settings."""
    made = {}

    def get(name):
        if name not in made:
            path = tmp_path_factory.mktemp("pages") / f"{name}.html"
            protocol, settings = settings_of(name)
            made[name] = path, small_page(protocol, settings, path), protocol, settings
        return made[name]

    return get


def shown_by_node(path):
    script = Path(__file__).with_name("export_node.js")
    done = subprocess.run(["node", script, path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_emcc
@needs_node
@pytest.mark.parametrize("name", [
    # The other one is compared in a browser.
    pytest.param(name, marks=pytest.mark.slow if name == "emstdp" else []) for name in SMALL])
def test_node_learns_the_same_bits(pages, name):
    """Weights, thresholds and every test, of double and of single precision."""
    path, made, protocol, settings = pages(name)
    found = shown_by_node(path)
    assert found["hash"] == made["hash"]
    assert found["denormals"] == 0
    learner = learner_of(protocol, settings)
    learner.begin()
    position = 0
    shown = np.arange(made["test_images"])
    for at, accuracy in found["tests"]:
        while position < at:
            position = learner.advance(position, at)
        answers = learner.test("test", shown, evaluation(at))
        accuracies = answers.accuracies(learner.dataset.y_test[shown])
        assert accuracy == pytest.approx(accuracies[learner.readout], abs=1e-9)
    assert position == made["samples"] == learner.total
    # Something was learned, in other bits than before.
    before = learner.lesson().state
    assert weights_hash({name: before[name] for name in learner.lesson().learned}) != made["hash"]


@needs_emcc
def test_a_page_is_whole(pages):
    """Everything is in the file, nothing is loaded from elsewhere, and the same run gives the same
    page."""
    path, made, protocol, settings = pages("diehl_cook_sl")
    text = path.read_text()
    assert not re.search(r"https?://(?!www\.w3\.org)|@import|url\(|\bsrc=|\bhref=", text)
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert "dV/dt" in text and made["hash"] in text and settings.preset in text
    assert made["images"] == 100 and made["test_images"] == 60
    again = path.with_name("again.html")
    small_page(protocol, settings, again)
    assert again.read_bytes() == path.read_bytes()


@needs_emcc
def test_a_run_directory(pages, tmp_path, without_figures):
    """The page of a run has its hash, without learning anything again."""
    _, made, protocol, settings = pages("diehl_cook_sl")
    run(protocol, settings, tmp_path / "run", quiet=True)
    found, read, directory = chosen(str(tmp_path / "run"))
    said = []
    again = small_page(found, read, tmp_path / "page.html", directory, say=said.append)
    assert again["hash"] == made["hash"]
    assert not any("learning" in line for line in said)
    # A page of fewer samples cannot go on from a state that has seen more.
    assert latest_checkpoint(directory, 100).progress.samples == 100
    assert latest_checkpoint(directory, 50) is None


@needs_emcc
def test_in_a_browser(pages, tmp_path):
    """EMSTDP learns the digits at a telephone's width, ends with the command line's bits, and
    answers to what is drawn as the command line does."""
    browser()
    path, made, protocol, settings = pages("emstdp")
    with OpenPage(path, tmp_path / "profile", PHONE) as page:
        assert page.wait("document.body.dataset.done", 60) == made["hash"], page.errors
        assert page.text("hash") == made["hash"]
        assert page.value("document.getElementById('verdict').className") == "same"
        assert float(page.text("right").split()[0]) >= 90
        assert page.value("document.documentElement.scrollWidth") <= PHONE
        page.draw("draw", [(0.42, 0.28), (0.54, 0.15), (0.54, 0.85)])
        page.wait("document.getElementById('votes').textContent", 10)
        shown = page.value("Array.from(drawnImage())")
        votes = dict(word.split(": ") for word in page.text("votes").split(", "))
        learned = page.text("position")
        # Pausing holds a new beginning, going on ends it as the first one.
        page.value("document.getElementById('pause').click()")
        page.value("document.getElementById('restart').click()")
        assert page.value("document.body.dataset.done") is None
        page.value("document.getElementById('pause').click()")
        assert page.wait("document.body.dataset.done", 60) == made["hash"]
        assert page.text("position") == learned
        assert not page.errors
    learner = learner_of(protocol, settings)
    learner.begin()
    position = 0
    while position < learner.total:
        position = learner.advance(position, learner.total)
    learner.patterns["test"][0] = np.array(shown, np.float32) / 255
    answers = learner.test("test", np.arange(1), "predict")
    counted = {str(k): count for k, count in enumerate(answers.votes["output"][0]) if count}
    assert {name: float(count) for name, count in votes.items()} == counted


@needs_emcc
@pytest.mark.slow
def test_the_digits_in_a_browser(tmp_path):
    """The preset of Hao et al.: 90 %, and the bits of the command line."""
    browser()
    protocol, settings, _ = chosen("diehl_cook_sl/digits")
    made = export_page(protocol, settings, tmp_path / "page.html")
    with OpenPage(tmp_path / "page.html", tmp_path / "profile", 1200) as page:
        assert page.wait("document.body.dataset.done", 600) == made["hash"]
        assert float(page.text("right").split()[0]) >= 90


def test_the_precision_of_a_preset(tmp_path):
    """It is the preset's own unless one is asked for; a run has the one that it has."""
    assert chosen("diehl_cook_sl/digits")[1].precision == "float64"
    protocol, settings, directory = chosen("diehl_cook_sl/digits", "float32")
    assert settings.precision == "float32" and directory is None
    assert "--precision float32" in command_of(protocol, settings)
    with RunDirectory(tmp_path / "run") as run:
        run.write_config(to_tables(settings, protocol.name))
    assert chosen(str(run.path), "float32")[2] == run.path
    with pytest.raises(SuiteError, match="is a run in float32"):
        chosen(str(run.path), "float64")


def test_without_emscripten(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(compilation.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        main(["diehl_cook_sl/digits", "--html", str(tmp_path / "page.html")])
    said = capsys.readouterr().err
    assert ended.value.code == BAD_INPUT
    assert said.count("\n") == 1 and "apt install emscripten" in said
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("words, said", [
    (["stbp/digits"], "learns on arrays"),
    (["glsnn/digits"], "learns on arrays"),
    (["digits"], "diehl_cook_sl/digits or emstdp/digits"),
    (["diehl_cook_sl/digit"], "did you mean digits"),
    (["nowhere"], "neither a run directory nor a preset"),
    (["."], "no run directory"),
    (["emstdp/digits", "--samples", "0"], "from 1 on"),
    (["emstdp/digits", "--html", "nowhere/page.html"], "no folder nowhere"),
])
def test_what_has_no_page(words, said, tmp_path, monkeypatch, capsys):
    """A line that says why."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["--html", "page.html", *words])
    line = capsys.readouterr().err
    assert ended.value.code == BAD_INPUT and line.count("\n") == 1 and said in line


@pytest.mark.parametrize("name, changes, said", [
    ("diehl_cook_sl", {"method": "layer-by-layer"}, "several phases"),
    ("diehl_cook_sl", {"method": "unsupervised"}, "SL layer"),
    ("emstdp", {"noise": 0.1}, "--noise 0"),
])
def test_runs_without_a_page(name, changes, said):
    with pytest.raises(SuiteError, match=said):
        learner_of(*settings_of(name, **changes)).lesson()


@needs_emcc
def test_numbers_of_brian2s_generator_are_refused():
    """They would be others in every program."""
    protocol, settings = settings_of("diehl_cook_sl")
    build = learner_of(protocol, settings).lesson().training

    def with_noise():
        description = build()
        group = NeuronGroup(1, "v : 1", name="noisy", clock=description.clock)
        group.run_regularly("v = rand()", clock=description.clock)
        description.network.add(group)
        return description

    with pytest.raises(SuiteError, match="noisy draws random numbers"):
        WasmProgram(with_noise)


def test_images_that_fit(monkeypatch):
    """As many samples as have no more than so many images; tests at halves of the first one."""
    protocol, settings = settings_of("diehl_cook_sl", epochs=2)
    learner = learner_of(protocol, settings)
    lesson = learner.lesson()
    assert positions_that_fit(learner, lesson, None) == 200
    assert positions_that_fit(learner, lesson, 150) == 150
    monkeypatch.setattr(tables, "TRAINING_PIXELS", 64 * 30)
    assert positions_that_fit(learner, lesson, None) == 30
    # A test of the run is at its end.
    assert positions_of_tests(learner, 200) == [0, 6, 12, 25, 50, 100, 200]


def test_a_drawing_is_as_large_as_the_images():
    images = np.zeros((3, 10, 10), np.uint8)
    images[:, 2:8, 4:6] = 255
    assert size_of(images) == 0.6
    assert brush_of(images) == pytest.approx(0.12 / (2.2 * 0.6))
    digits = load("digits")
    assert size_of(digits.x_train) == 1


def test_native_programs_say_nothing_of_denormals():
    """The text that flushes them is for WebAssembly alone."""
    protocol, settings = settings_of("diehl_cook_sl")
    network = StandaloneNetwork(learner_of(protocol, settings).lesson().training)
    assert "_flushed" not in (network.directory / "all.cpp").read_text()
    assert "_flushed" in FLUSHED
