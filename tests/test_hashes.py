"""What is hashed, what is promised and what is published."""

import hashlib
import json

import numpy as np
import pytest

from models.devices.outside import outside
from protocols.api import from_preset
from protocols.datasets import load
from protocols.hashes import __main__ as command, page, published
from protocols.runs import checkpoint, weights_hash as hashing
from protocols.runs.asked import preset_settings
from protocols.runs.command import hash_lines, main
from protocols.runs.equations import outside_of
from protocols.runs.learner import Learner
from protocols.runs.protocol import find
from protocols.runs.summary import weights_of
from protocols.runs.weights_hash import weights_hash
from tests.conftest import needs_compiler

TEXT = ("diehl_cook_sl", "emstdp")
"""Protocols whose networks learn as text."""

# ---- what is hashed -----------------------------------------------------------------------


def test_the_hash_is_that_of_its_description():
    """Name, type and shape, then the numbers, by the alphabet."""
    w = np.arange(6, dtype=np.float32).reshape(2, 3)
    b = np.array([0.1])
    expected = hashlib.sha256(b"b <f8 1\n" + np.float64(0.1).tobytes()
                              + b"w <f8 2x3\n" + w.astype("<f8").tobytes())
    assert weights_hash({"w": w, "b": b}) == expected.hexdigest()
    assert weights_hash({"b": b, "w": np.asfortranarray(w)}) == expected.hexdigest()


def test_what_programs_may_flush_is_not_hashed():
    """Signs of zeros and denormal numbers: some programs keep them. All else counts."""
    assert weights_hash({"w": np.array([-0.0, 1e-310])}) == weights_hash({"w": np.zeros(2)})
    shapes = [np.zeros(4), np.zeros((2, 2)), np.array([0, 0, 0, 2.0**-1022])]
    found = {weights_hash({"w": each}) for each in shapes} | {weights_hash({"v": shapes[0]})}
    assert len(found) == 4


def test_a_run_tells_its_hash(tiny_run):
    """That of its last checkpoint."""
    told = json.loads((tiny_run.path / "summary.json").read_text())["weights"]
    state = checkpoint.part(checkpoint.read_checkpoint(tiny_run.path / "checkpoint.npz").arrays,
                            "state")
    learned = {name: state[name] for name in told["arrays"]}
    assert told == {"sha256": weights_hash(learned), "outside": [],
                    "arrays": ["hidden1.theta", "hidden1_readout.w", "input_hidden1.w"]}
    assert hash_lines(told) == [f"SHA-256 of weights and thresholds: {told['sha256']}"]


def test_runs_on_arrays_say_nothing():
    """Their sums are those of a BLAS."""
    for name in ("stbp", "glsnn", "emstdp_mlp"):
        assert find(name).learner.exact is Learner.exact
    assert hash_lines(None) == []


def test_devices_of_other_bits_have_no_hash():
    """GeNN, and NumPy in single precision."""
    for device, precision in (("genn-cpu", "float64"), ("runtime", "float32")):
        learner = from_preset("emstdp", "digits", device=device, precision=precision)._learner
        learner.begin()
        assert weights_of(learner) is None
    learner = from_preset("emstdp", "digits", device="runtime", precision="float64")._learner
    learner.begin()
    assert weights_of(learner)["outside"] == []


@needs_compiler
def test_a_run_that_was_elsewhere_before_has_no_hash(tmp_path, monkeypatch):
    """What another device has learned stays in the weights."""
    words = ["--train-samples", "40", "--network", "20-classes", "--epochs", "1", "--no-figures"]
    begun, whole = (str(tmp_path / name) for name in ("begun", "whole"))
    with monkeypatch.context() as patch:
        patch.setattr(hashing, "UNPROMISED", {("cpp_standalone", "float32")})
        main(find("emstdp"), [*words, "--out", begun])
    main(find("emstdp"), ["--out", begun, "--resume"])
    main(find("emstdp"), [*words, "--out", whole])
    begun, whole = (json.loads((tmp_path / name / "summary.json").read_text())
                    for name in ("begun", "whole"))
    assert begun["accuracy"] == whole["accuracy"]
    assert begun["weights"] is None
    assert len(whole["weights"]["sha256"]) == 64


# ---- what is promised ---------------------------------------------------------------------


@pytest.mark.parametrize("protocol, preset", [
    ("diehl_cook_sl", "mnist-100-layer-by-layer"), ("diehl_cook_sl", "mnist-6400"),
    ("diehl_cook_sl", "digits"), ("emstdp", "digits"), ("emstdp", "mnist-500-500-dfa")])
def test_networks_of_the_papers_call_no_library(protocol, preset):
    """In whatever form a preset has them."""
    settings = preset_settings(find(protocol), preset)
    digits = load("digits")
    learner = find(protocol).learner(settings, digits, np.arange(1437).repeat(8))
    assert learner.networks()
    assert outside_of(learner) == []


def test_equations_of_ones_own_may_call_it():
    """It is said at the end of the run."""
    model = from_preset("diehl_cook_sl", "digits", equations={"groups": {"hidden1": {
        "equations": "dg_a/dt = -g_a/(5*ms) + sin(g_a)**3/(5*ms) : 1",
        "reset": "V = E_reset; g_a += exp(-abs(g_a)**2)"}}})
    build_one, *_ = model._learner.networks().values()
    assert outside(build_one) == ["**", "sin"]
    line = hash_lines({"sha256": "ab", "outside": ["**", "sin"]})[1]
    assert "C library (**, sin)" in line


# ---- what is published --------------------------------------------------------------------


TABLE = published.read()


def test_the_page_has_the_table():
    """Of the file: `python -m protocols.hashes --write` renews both."""
    text = page.PAGE.read_text()
    assert page.renewed(text) == text


def ids(run):
    return run.command.removeprefix("python -m protocols.")


def test_the_table_is_of_the_runs_it_names():
    """Each of seed 0 with digits is there, and nothing that no command of the table makes."""
    assert {run.command for run in published.runs("digits --seed 0")} <= set(TABLE)
    assert set(TABLE) <= {run.command for run in published.runs()}


@pytest.mark.parametrize("run", published.runs("digits"), ids=ids)
def test_initial_weights_are_pinned(run):
    """NumPy does not promise its random streams; here is where a change would show."""
    if run.command not in TABLE:
        pytest.skip("not published")
    assert run.initial() == TABLE[run.command]["initial"]


def test_orders_are_pinned():
    """So does the order of the samples."""
    found = []
    for protocol in TEXT:
        for seed in published.SEEDS:
            learner = from_preset(protocol, "digits", seed=seed)._learner
            if protocol == "emstdp":
                order = learner.course.samples(0, learner.total)
            else:
                phase, = learner.course.phases
                order = learner.course.samples(learner.train, phase, 0, learner.total)
            found.append(hashlib.sha256(order.astype("<i8").tobytes()).hexdigest()[:16])
    assert found == ORDERS


ORDERS = ["c861c394651631c3", "4ee8047ef8970a96", "8880e42e755fa640",
          "900b990386b27113", "315997335d696815", "fedc17f9c4693293"]
"""First digits of the hashes, by protocol and seed."""

FIRST = ("diehl_cook_sl --preset digits --seed 0", "emstdp --preset digits --seed 0")


@needs_compiler
@pytest.mark.parametrize("run", [
    pytest.param(run, id=ids(run), marks=[] if ids(run) in FIRST else pytest.mark.slow)
    for run in published.runs()])
def test_published_hashes(run):
    """A whole training of each, whatever compiler and processor are here."""
    if run.command not in TABLE:
        pytest.skip("not published")
    assert run.hashes() == TABLE[run.command]


def test_the_command_shows_checks_and_extends(monkeypatch, tmp_path, capsys):
    """With trainings that take no time."""
    monkeypatch.setattr(published, "FILE", tmp_path / "published.toml")
    monkeypatch.setattr(page, "PAGE", tmp_path / "README.md")
    page.PAGE.write_text(f"Above.\n{page.BEGIN}old\n{page.END}\nBelow.\n")
    monkeypatch.setattr(published.PublishedRun, "hashes",
                        lambda self: {"initial": "1", "weights": ids(self)})
    published.FILE.write_text("run = []\n")
    words = "emstdp digits --seed 1"
    command.main(["--write", words])
    table = published.read()
    assert len(table) == 6
    text = page.PAGE.read_text()
    assert text.startswith(f"Above.\n{page.BEGIN}| run |")
    assert text.endswith(f"{page.END}\nBelow.\n")
    assert "| `emstdp --preset digits --feedback dfa` | float64 |  | `emstdp --pre` |  |" in text
    assert capsys.readouterr().out.count("\n") == 6
    published.write({**table, next(iter(table)): {"initial": "1", "weights": "2"}})
    with pytest.raises(SystemExit) as left:
        command.main(["--check", words])
    assert left.value.code == 1
    assert capsys.readouterr().out.count("DIFFERENT") == 1
    command.main(["digits --seed 1"])
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 12
    assert sum(line.startswith("-" * 64) for line in shown) == 6
    with pytest.raises(SystemExit) as left:
        command.main(["nothing"])
    assert left.value.code == 2
