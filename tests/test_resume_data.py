"""A run goes on with the data it began with, or not at all: one guarantee for all protocols."""

import shutil

import numpy as np
import pytest

from protocols.diehl_cook_sl.protocol import PROTOCOL as DIEHL_COOK
from protocols.runs.command import main
from protocols.stbp.protocol import PROTOCOL as STBP
from tests.commands import refused
from tests.conftest import needs_compiler
from tests.tiny import HALF, arrays, write_data


@pytest.fixture
def diehl_cook_sl(tiny_run, tmp_path):
    """Half of the tiny run, with data of its own."""
    out = tmp_path / "run"
    out.mkdir()
    shutil.copy(tiny_run.path / f"checkpoint-{HALF}.npz", out / "checkpoint.npz")
    config = (tiny_run.path / "config.toml").read_text()
    data = write_data(tmp_path / "own.npz")
    (out / "config.toml").write_text(config.replace(str(tiny_run.data), str(data)))
    return DIEHL_COOK, out, data


@pytest.fixture
def stbp(tmp_path):
    """A finished run, to be prolonged."""
    data = write_data(tmp_path / "own.npz")
    main(STBP, ["--dataset", str(data), "--network", "5-3", "--epochs", "1", "--steps", "3",
                "--kernels", "numpy", "--no-figures", "--out", str(tmp_path / "run")])
    return STBP, tmp_path / "run", data


def permuted(part):
    """The same classes as often, of other images."""
    return {f"y_{part}": np.roll(arrays()[f"y_{part}"], 1)}


def reversed_order(part):
    """The same images with the same labels, from the last to the first."""
    return {f"{name}_{part}": arrays()[f"{name}_{part}"][::-1] for name in "xy"}


def one_pixel(part):
    """A single pixel is a little brighter."""
    images = arrays()[f"x_{part}"]
    images[3, 4, 5] ^= 1
    return {f"x_{part}": images}


@pytest.mark.parametrize("protocol", [
    pytest.param("diehl_cook_sl", marks=needs_compiler), "stbp"])
@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("change", [permuted, reversed_order, one_pixel])
def test_other_data(request, capsys, protocol, part, change):
    protocol, out, data = request.getfixturevalue(protocol)
    before = (out / "checkpoint.npz").read_bytes()
    write_data(data, **change(part))
    line = refused(capsys, protocol, "--resume", "--out", out, "--epochs", "3", "--no-figures")
    assert "the data have changed since the run began (another contents)" in line
    assert "put the old ones back, or choose another --out" in line
    assert (out / "checkpoint.npz").read_bytes() == before


def test_moved_data(stbp, tmp_path):
    """The same content at another place is the same data."""
    protocol, out, data = stbp
    data.rename(tmp_path / "moved.npz")
    config = (out / "config.toml").read_text()
    (out / "config.toml").write_text(config.replace("own.npz", "moved.npz"))
    main(protocol, ["--resume", "--out", str(out), "--epochs", "2", "--no-figures"])
    assert len((out / "metrics.csv").read_text().splitlines()) == 1 + 2
