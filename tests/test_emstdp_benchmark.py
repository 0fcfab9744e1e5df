"""The benchmark of Shrestha et al. (2019): its rows, and that its forms are the same network."""

import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("psutil", reason="the extra 'benchmarks' is not installed")

from equations.shrestha2019.settings import rules
from models.devices.standalone import StandaloneNetwork
from models.emstdp.architecture import Architecture, initial_state
from models.emstdp.network import build
from models.errors import SuiteError
from protocols import benchmark
from protocols.benchmarks import emstdp
from protocols.benchmarks.bare_emstdp import BareNetwork
from protocols.benchmarks.images import load_images
from tests.conftest import needs_compiler

SAMPLES = 12
HIDDEN = 37
"""No multiple of a vector or of a block."""


def measure(path):
    """Hidden spikes by row of a benchmark, whose numbers are looked at."""
    benchmark.main(["emstdp", "--sizes", str(HIDDEN), "--samples", "400", "--repeats", "1",
                    "--json", str(path)])
    content = json.loads(path.read_text())
    assert [row["name"] for row in content["rows"]] == [
        f"{form} {mode}" for mode in emstdp.MODES for form in (*emstdp.FORMS, "bare32")]
    assert min(row["ms"] for row in content["rows"]) > 0
    assert all(row["ratio"] == 1 for row in content["rows"] if row["name"].startswith("bare"))
    items = content["notes"][0].split(": ", 1)[1].split(", ")
    return {item.rsplit(" ", 1)[0]: float(item.rsplit(" ", 1)[1]) for item in items}


@needs_compiler
def test_rows_and_equal_activity(monkeypatch, tmp_path):
    monkeypatch.setattr(emstdp, "MODES", {"sw": ("sw", True)})
    monkeypatch.setattr(emstdp, "FORMS", {"dense32": False})
    spikes = measure(tmp_path / "speed.json")
    assert spikes["dense32 sw"] == spikes["bare32 sw"] > 10


@needs_compiler
@pytest.mark.slow
def test_all_rows(tmp_path):
    spikes = measure(tmp_path / "speed.json")
    for mode in emstdp.MODES:
        assert spikes[f"dense32 {mode}"] == spikes[f"bare32 {mode}"]
        assert spikes[f"plain32 {mode}"] == pytest.approx(spikes[f"dense32 {mode}"], rel=0.05)


@needs_compiler
@pytest.mark.parametrize("mode", emstdp.MODES)
def test_hand_written_loop_is_the_same_network(mode, tmp_path):
    """Same images and random numbers: the same spikes, error spikes and weights, bit for bit."""
    feedback, learns = emstdp.MODES[mode]
    images, labels, _ = load_images(SAMPLES)
    training = Architecture((784, HIDDEN, 10), rules("adapted", feedback), feedback,
                            capacity=SAMPLES)
    architecture = training if learns else training.for_testing()
    state = initial_state(training, 0)
    shown = {"pattern": images, "label": labels, "rate": np.full(SAMPLES, 0.1), "stream": 5,
             "first": 3}
    _, counts, found = BareNetwork(architecture, tmp_path)(state, shown)
    network = StandaloneNetwork(lambda: build(architecture), precision="float32")
    taken = {*network.description.arrays, *network.description.scalars}
    after, records = network({name: state[name] for name in network.shapes},
                             {name: value for name, value in shown.items() if name in taken})
    for name, values in found.items():
        assert np.array_equal(values, after[name]), name
        assert (values != state[name].astype(np.float32)).any() == learns
    spikes = {layer: sum(records.per_sample(f"{layer}.{count}") for count in
                         (["h", "h_hat"] if learns else ["h"])) for layer in ("hidden1", "output")}
    assert np.array_equal(counts[:, 0], spikes["hidden1"].sum(1))
    assert np.array_equal(counts[:, 2:], spikes["output"])
    assert counts[:, 0].all()
    if learns:
        errors = sum(records.per_sample(f"hidden1_{sign}.count") for sign in ("plus", "minus"))
        assert np.array_equal(counts[:, 1], errors.sum(1))
        assert counts[:, 1].any()


@pytest.mark.parametrize("change", [
    {"feedback": "fa"}, {"sizes": (784, 20, 20, 10)}, {"rules": rules("literal", "sw")},
    {"rules": replace(rules("adapted", "sw"), reset_forward="subtraction")}])
def test_other_networks_are_refused(change, tmp_path):
    """What is not written out in the loop."""
    known = Architecture((784, 20, 10), rules("adapted", "sw"), "sw")
    with pytest.raises(SuiteError, match="one hidden layer"):
        BareNetwork(replace(known, **change), tmp_path)
