"""The benchmark of Zhao et al. (2020): its rows, and that its peers are the same network."""

import json

import numpy as np
import pytest

pytest.importorskip("psutil", reason="the extra 'benchmarks' is not installed")

from equations.zhao2020.baselines import METHODS
from equations.zhao2020.settings import FORMS
from models.errors import SuiteError
from protocols import benchmark
from protocols.benchmarks import glsnn, glsnn_peers
from protocols.benchmarks.images import load_images
from tests.conftest import needs_compiler

HIDDEN = 17
"""No multiple of a vector or of a block."""


@needs_compiler
def test_rows(monkeypatch, tmp_path):
    monkeypatch.setattr(glsnn, "WARM_UP", 2)
    monkeypatch.setattr(glsnn, "DEPTHS", (1, 2))
    monkeypatch.setattr(glsnn, "DEPTH_NEURONS", 9)
    path = tmp_path / "speed.json"
    benchmark.main(["glsnn", "--sizes", str(HIDDEN), "--samples", "40", "--repeats", "1",
                    "--json", str(path)])
    content = json.loads(path.read_text())
    rows = {row["name"]: row for row in content["rows"]}
    torch = [] if glsnn_peers.missing_torch else ["torch bp"]
    assert sorted(rows) == sorted([
        *(f"{kernels} {name}" for name in FORMS for kernels in ("numba", "numpy")),
        *(f"numba {name}" for name in METHODS), "plain conductance", "plain bp", *torch,
        "numba test", "brian2 test", "numba depth-1", "numba depth-2"])
    assert min(row["ms"] for row in rows.values()) > 0
    assert {row["n"] for row in rows.values()} == {HIDDEN, 9}
    assert all(row["ratio"] == 1 for name, row in rows.items() if name.startswith("numba"))
    assert "conductance" in content["notes"][0] and "(batch 100)" in content["notes"][0]
    assert content["notes"][1].endswith("differ in 0 of 40 images")


@pytest.fixture
def images():
    return glsnn.Images(*load_images(400)[:2])


@pytest.mark.parametrize("mode, peer", [("conductance", "plain"), ("bp", "plain")])
def test_peers_learn_as_the_suite_does(images, mode, peer):
    """Some batches from the same weights."""
    made = glsnn.contenders(HIDDEN, mode, images)
    start = made["numba"].weights
    for k in range(5):
        for network in (made["numba"], made[peer]):
            network.train(*images.batch(k, made["numba"].method.batch))
    for mine, its, old in zip(made["numba"].weights, made[peer].weights, start):
        assert np.linalg.norm(mine[0] - old[0]) > 1e-3
        np.testing.assert_allclose(its[0], mine[0], atol=1e-4)


def test_another_network_is_refused(images, monkeypatch):
    """A peer that forgets the gate."""
    monkeypatch.setattr(glsnn_peers.PlainGLSNN, "_counts", lambda self, I: np.ones_like(I))
    with pytest.raises(SuiteError, match="plain conductance: .* another network"):
        glsnn.contenders(HIDDEN, "conductance", images)
