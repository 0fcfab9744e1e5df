"""What a newcomer meets first: versions, the list of presets, images of one's own."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import analysis.__main__
from analysis import overview, tables
from analysis.command_line import exit_code
from analysis.run import Run
from models.errors import SuiteError
from protocols import benchmark, datasets, predict
from protocols.glsnn.protocol import PROTOCOL as GLSNN
from protocols.runs import prediction, presets
from protocols.runs.command import main
from protocols.stbp.protocol import PROTOCOL as STBP

ROOT = Path(__file__).parents[1]
SHORT = ["--network", "5-classes", "--epochs", "1", "--steps", "3", "--kernels", "numpy",
         "--no-figures"]


# ---- versions and pages -----------------------------------------------------------------------


def test_one_version():
    """Whoever cites the suite names the version that is installed."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.M)[1] == declared
    assert f"## [{declared}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("command", [
    lambda words: main(STBP, words), predict.main, benchmark.main,
    lambda words: exit_code(analysis.__main__.main, words),
    lambda words: exit_code(tables.main, words), lambda words: exit_code(overview.main, words),
])
def test_every_command_line_tells_its_version(command, capsys):
    with pytest.raises(SystemExit) as left:
        command(["--version"])
    assert left.value.code == 0
    installed = importlib.metadata.version("brian2-learning-suite")
    assert capsys.readouterr().out == f"brian2-learning-suite {installed}\n"


def test_the_front_page_is_short():
    """It has a door to each part, and its pictures and links lead somewhere."""
    text = (ROOT / "README.md").read_text()
    assert len(text.encode()) <= 8 * 1024
    places = re.findall(r"\]\(([^)#]+)|src=\"([^\"]+)\"", text)
    assert len(places) > 15
    for link, picture in places:
        assert (ROOT / (link or picture)).exists(), link or picture


def test_links_of_the_pages():
    """Each leads somewhere, pictures included."""
    pages = [page for pattern in ("*.md", "*/*.md", "*/*/*.md") for page in ROOT.glob(pattern)]
    assert len(pages) > 12
    for page in pages:
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            assert link.startswith("https://") or (page.parent / link).exists(), (page, link)


# ---- presets ----------------------------------------------------------------------------------


def test_list_of_presets(capsys):
    """Those for a beginning, then by size; what was published and what a run takes."""
    main(STBP, ["--list"])
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["preset", "published", "CPU", "minutes"]
    assert "scikit-learn's digits" in lines[0] and "images" in lines[1]
    names = [line.split()[0] for line in lines]
    assert names[:2] == ["digits", "own"]
    assert [name for name in names if name.startswith("fig6b")] == [
        f"fig6b-a{width}" for width in ("0.1", "1", "2.5", "5", "7.5", "10")]
    shown, = (line for line in lines if line.startswith("mlp-mnist"))
    assert re.fullmatch(r"mlp-mnist +98.89 % +\d+\.\d  MNIST, 784-800-10", shown)
    shorter, = (line for line in lines if line.startswith("cifar-10 "))
    assert "(9 of 100 epochs)" in shorter
    main(GLSNN, ["--list"])
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names.index("mnist-800") < names.index("mnist-1000")


def test_times_are_those_of_recorded_runs(tmp_path, monkeypatch):
    """Runs in a table before others, and the preset's own course before a variant."""
    assert presets.recorded_minutes("stbp")["mlp-mnist"][0] == pytest.approx(62.7, abs=0.1)
    minutes, how = presets.recorded_minutes("diehl_cook_sl")["mnist-6400"]
    assert minutes > 200 and how == "--precision float32"
    monkeypatch.setattr(presets, "RECORDED", tmp_path)
    assert presets.recorded_minutes("stbp") == {}


# ---- images of one's own ----------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of two classes of images of several sizes, one of them in colours."""
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "my pets" / name).mkdir(parents=True)
        for k in range(6):
            pixels = rng.integers(0, 256, (6 + k, 9 - k), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "my pets" / name / f"{k}.png")
    colours = np.zeros((6, 9, 3), np.uint8)
    colours[..., 0] = 200
    Image.fromarray(colours).save(tmp_path / "my pets/cat/0.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my pets"


def test_images_of_mixed_sizes(folder, capsys, monkeypatch):
    """Refused with advice, resized on request; the run has the folder's name, says that colours
    are lost, and takes images of any size."""
    with pytest.raises(SystemExit):
        main(STBP, ["--dataset", str(folder), *SHORT])
    assert "for example with --resize 28" in capsys.readouterr().err
    main(STBP, ["--dataset", str(folder), "--resize", "8", *SHORT])
    out = capsys.readouterr().out
    assert "holds images with colours: they become grey" in out.splitlines()[0]
    run = Path("runs/stbp-my_pets-seed0")
    assert run.is_dir() and "run directory: runs/stbp-my_pets-seed0" in out
    assert Run(run).title == "my pets, seed 0" and Run(run).config["run"]["resize"] == 8
    said = []
    monkeypatch.setattr(prediction, "say", said.append)
    found = prediction.predict(run, [folder / "cat/0.png", folder / "dog/3.png"])
    assert len(found["predictions"]) == 2
    assert said == [f"{folder / 'cat/0.png'}: colours become grey"]


def test_resized_pixels(folder):
    """Each image by itself, all to a square; an .npz file likewise; no events."""
    found = datasets.load(str(folder), 5)
    assert found.x_train.shape[1:] == found.x_test.shape[1:] == (5, 5)
    flat = np.full((12, 4, 4), 70, np.uint8)
    labels = np.arange(12) % 2
    np.savez("flat.npz", x_train=flat, y_train=labels, x_test=flat, y_test=labels)
    assert (datasets.load("flat.npz", 9).x_test == np.full((12, 9, 9), 70)).all()
    assert datasets.load("digits", 8).x_train.tolist() == datasets.load("digits").x_train.tolist()
    assert datasets.load("digits").remarks == ()


def test_an_image_of_another_size(folder):
    """It is refused unless asked for."""
    file = folder / "dog/2.png"
    with pytest.raises(SuiteError, match="give --resize"):
        datasets.image_file(file, (4, 4))
    assert datasets.image_file(file, (4, 4), resize=True).shape == (4, 4)
    assert datasets.image_file(file, (4, 4, 3), resize=True).shape == (4, 4, 3)


def test_a_setting_that_came_later(capsys):
    """It stands in config.toml where it is used: runs of before are repetitions of today's."""
    main(STBP, ["--print-config"])
    assert "resize" not in capsys.readouterr().out
    main(STBP, ["--print-config", "--resize", "12"])
    assert "resize = 12" in capsys.readouterr().out
