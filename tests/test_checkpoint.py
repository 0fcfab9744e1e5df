"""Checkpoint files are read whole and checked, or refused in one line."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from models.errors import SuiteError
from protocols.runs.checkpoint import Checkpoint, Progress, read_checkpoint, write_checkpoint
from protocols.runs.directory import RunDirectory
from protocols.stbp.learner import STBPLearner
from protocols.stbp.protocol import PROTOCOL
from tests.commands import refused
from tests.test_stbp import whole  # noqa: F401  (a fixture)

ROW = {"samples": 24, "split": "test", "accuracy_sl": 50.0, "accuracy_labels": None}


@pytest.fixture
def path(tmp_path):
    """A checkpoint file with arrays as those of a run."""
    rng = np.random.default_rng(0)
    progress = Progress(48, [ROW, ROW | {"samples": 48}], {"sl": {"value": 50.0, "samples": 24}},
                        ["a warning"], 1.5, 2.5)
    arrays = {"statistics:labels.sums": rng.integers(0, 9, (12, 3, 4)).astype(np.float32),
              "statistics:labels.samples": rng.integers(0, 9, (12, 3)),
              "spikes": rng.integers(0, 9, 12).astype(np.int32),
              "theta": rng.uniform(size=(2, 2))}
    checkpoint = Checkpoint(
        tmp_path, "diehl_cook_sl", {"run": {"seed": 0}}, {"training_samples": 24},
        {"name": "own", "drive": 3.5}, progress, {"training_samples": 24}, arrays)
    with RunDirectory(tmp_path) as directory:
        write_checkpoint(directory, checkpoint)
    return tmp_path / "checkpoint.npz"


def content(checkpoint):
    """All that a checkpoint says, for comparison."""
    arrays = {name: (value.dtype.str, value.shape, value.tobytes())
              for name, value in checkpoint.arrays.items()}
    return vars(checkpoint) | {"arrays": arrays}


def test_what_is_written_is_read(path):
    found = read_checkpoint(path)
    assert found.progress.rows == [ROW, ROW | {"samples": 48}]
    assert found.arrays["statistics:labels.sums"].shape == (12, 3, 4)
    assert found.data == {"name": "own", "drive": 3.5} and found.tables == {"run": {"seed": 0}}


def test_flipped_bits(path):
    """One bit of each byte: what is read is what was written, or nothing is."""
    whole = path.read_bytes()
    expected = content(read_checkpoint(path))
    bits = np.random.default_rng(0).integers(0, 8, len(whole))
    refusals = 0
    for position, bit in enumerate(bits):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << bit
        path.write_bytes(damaged)
        try:
            found = content(read_checkpoint(path))
        except SuiteError as error:
            refusals += 1
            assert "checkpoint.npz" in str(error) and "\n" not in str(error)
            continue
        assert found == expected, f"bit {bit} of byte {position}"
    # The rest is dates, versions and the like.
    assert refusals > 0.85 * len(whole)


def test_a_shape_that_leaves_bytes_over(path):
    """Twelve blocks of label statistics become ten: NumPy would read on without a word."""
    content = path.read_bytes()
    start = content.index(b"statistics:labels.sums.npy")
    at = content.index(b"(12, 3, 4)", start)
    path.write_bytes(content[:at] + b"(10, 3, 4)" + content[at + 10:])
    with pytest.raises(SuiteError, match="checkpoint.npz .*damaged"):
        read_checkpoint(path)


@pytest.mark.parametrize("size", [0, 1, 100, 1000, -100, -1])
def test_truncated(path, size):
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(SuiteError, match="checkpoint.npz .*damaged"):
        read_checkpoint(path)


def rewrite(path, change, target=None):
    """Replace facts of a checkpoint; the file itself is whole."""
    with np.load(path) as file:
        arrays = dict(file)
    facts = change(json.loads(arrays.pop("facts").tobytes()))
    text = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    np.savez(target or path, facts=np.frombuffer(text, np.uint8), **arrays)


NOTHING = object()


def changed(facts, name, value):
    """Facts with another value of an entry, of ``progress`` if its name has a dot."""
    table, _, inner = name.rpartition(".")
    target = facts[table] if table else facts
    if value is NOTHING:
        del target[inner]
    else:
        target[inner] = value
    return facts


@pytest.mark.parametrize("name, values", [
    ("progress.samples", [None, -1, 1.5, True, "48", [48], NOTHING]),
    ("progress.rows", [None, "none", [1], [None], [{}], [[]], [ROW, ROW | {"more": 1}],
                       [ROW | {"split": []}], [ROW | {"split": "train"}],
                       [ROW | {"samples": "24"}], [ROW | {"accuracy_sl": []}],
                       [ROW | {"accuracy_sl": float("nan")}], NOTHING]),
    ("progress.best", [None, [], {"sl": 3}, {"sl": {}}, {"sl": {"value": "x", "samples": 1}},
                       {"sl": {"value": 1, "samples": None}}, NOTHING]),
    ("progress.warnings", [None, "x", [1], NOTHING]),
    ("progress.cpu_seconds", [None, -1, "x", True, float("inf"), 10**400, NOTHING]),
    ("progress.wall_seconds", [None, -1, "x", float("nan"), NOTHING]),
    ("progress", [None, [], 3, NOTHING]), ("tables", [None, [], NOTHING]),
    ("fingerprint", [None, 3, NOTHING]), ("data", [None, "x", NOTHING]),
    ("facts", [None, [1], NOTHING]), ("protocol", [None, 3, [], NOTHING]),
    ("arrays", [None, [], ["theta"], 3, NOTHING]), ("format", [None, 1, 3, "2", [], NOTHING]),
])
def test_facts_of_the_wrong_kind(path, tmp_path, name, values):
    for value in values:
        target = tmp_path / "changed.npz"
        rewrite(path, lambda facts: changed(facts, name, value), target)
        with pytest.raises(SuiteError, match="changed.npz is (damaged|no checkpoint)"):
            read_checkpoint(target)


@pytest.mark.parametrize("text", [b"", b"\xff", b"[3]", b"3", b"null", b"[" * 5000,
                                  b'{"a":' * 5000])
def test_facts_that_are_no_table(path, text):
    rewrite(path, lambda _: text)
    with pytest.raises(SuiteError, match="is no checkpoint of this suite"):
        read_checkpoint(path)


def test_older_format(path):
    """Format 1 kept its settings as "plan"."""
    rewrite(path, lambda facts: {"plan": {"run": {}}, "samples": 48, "rows": []})
    with pytest.raises(SuiteError, match="older version of the suite .*: start the run anew"):
        read_checkpoint(path)


def test_arrays_that_vanish(path):
    """Fewer members than the facts tell of."""
    with np.load(path) as file:
        arrays = dict(file)
    del arrays["spikes"]
    np.savez(path, **arrays)
    with pytest.raises(SuiteError, match="damaged: arrays are missing"):
        read_checkpoint(path)


def test_nothing_infinite_is_written(path, tmp_path):
    """The checkpoint of before stays."""
    before = path.read_bytes()
    checkpoint = read_checkpoint(path)
    arrays = checkpoint.arrays | {"theta": np.array([[1.0, np.nan]])}
    with RunDirectory(tmp_path) as directory, pytest.raises(SuiteError, match="theta is not fin"):
        write_checkpoint(directory, replace(checkpoint, arrays=arrays))
    assert path.read_bytes() == before


@pytest.mark.parametrize("name, value, cause", [
    ("facts.loss", "x", "its loss makes no sense"),
    ("facts.loss", float("nan"), "its loss makes no sense"),
    ("facts.correct", 10**400, "its correct makes no sense"),
    ("facts.correct", None, "its correct makes no sense"),
    ("facts.correct", -1, "its correct makes no sense"),
    ("facts.shown", True, "its shown makes no sense"),
    ("facts.shown", NOTHING, "its shown makes no sense"),
    ("progress.samples", None, "its samples makes no sense"),
    ("progress.rows", [1], "its rows makes no sense"),
    ("tables", {"network": {"hidden": [True]}}, "unknown settings network.hidden"),
    ("tables", {"run": {"seed": [1]}}, "seed = [1]"),
    ("tables", {"published": {"mean": "x"}}, "published.mean = 'x'"),
    ("tables", {"run": 3}, "run is no table"),
    ("protocol", "diehl_cook_sl", "of protocols.diehl_cook_sl"),
])
def test_refused_before_anything_runs(whole, tmp_path, monkeypatch, capsys, name, value, cause):
    """One line, and the run directory stays as it is."""
    monkeypatch.setattr(STBPLearner, "advance", None)
    monkeypatch.setattr(STBPLearner, "test", None)
    for file in ("config.toml", "checkpoint.npz", "summary.json"):
        shutil.copy(whole[0] / file, tmp_path)
    rewrite(tmp_path / "checkpoint.npz", lambda facts: changed(facts, name, value))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert cause in refused(capsys, PROTOCOL, "--resume", "--out", tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
