"""The benchmark of Wu et al. (2018): its rows, and that its peers are the same network."""

import numpy as np
import pytest

pytest.importorskip("psutil", reason="the extra 'benchmarks' is not installed")

from models.errors import SuiteError
from protocols.benchmarks import Options, stbp, stbp_peers
from protocols.benchmarks.images import load_images

INSTALLED = [form for form in stbp_peers.FORMS if stbp_peers.missing(form) is None]


@pytest.fixture
def case(monkeypatch):
    monkeypatch.setattr(stbp, "WARM_UP", 2)
    images, labels, _ = load_images(400)
    return stbp.Case("mlp", 12, images, labels)


def test_rows(case):
    notes = []
    made = stbp.contenders(case, notes)
    rows = stbp.measure(case, made, Options(samples=1, repeats=1), lambda line: None)
    assert [row.name for row in rows] == [
        f"{name} mlp-{mode}" for mode in ("train", "test")
        for name in ("numba", "numpy", *INSTALLED)]
    assert all(row.ms > 0 and row.n == 12 for row in rows)
    assert len(notes) == len(stbp_peers.FORMS) - len(INSTALLED)


def test_both_kernels_learn_the_same(case):
    """From the same weights with the same generator."""
    after = []
    for kernels in ("numpy", "numba"):
        suite = case.suite(kernels)
        before = [p.copy() for layer in suite.network.parameters for p in layer.values()]
        suite.train(*case.batch(0), stbp.STEPS)
        after.append([p for layer in suite.network.parameters for p in layer.values()])
        assert any((a != b).any() for a, b in zip(before, after[-1]))
    for a, b in zip(*after):
        # Adam's first step is the gradient's sign, which rounding decides where it is nearly 0.
        assert (np.abs(a - b) > 1e-5).mean() < 0.01


@pytest.mark.skipif(not INSTALLED, reason="the extra 'peers' is not installed")
def test_another_network_is_refused(case, monkeypatch):
    monkeypatch.setattr(stbp_peers, "_spike_function", lambda torch, width: (
        lambda x: (x >= 0).to(x) + 0 * x))
    with pytest.raises(SuiteError, match="another network"):
        case.peer(INSTALLED[0])
