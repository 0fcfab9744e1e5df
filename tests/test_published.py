"""Published numbers within bands: whole trainings, hours (``pytest -m slow``)."""

from dataclasses import replace

import pytest

from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.runs.asked import preset_settings
from protocols.runs.run import run as run_protocol
from tests.conftest import needs_compiler

pytestmark = [pytest.mark.slow, needs_compiler, pytest.mark.usefixtures("as_shipped")]


def run(name, out, **changes):
    """Accuracies of a preset's run by the SL layer, by rule."""
    settings = replace(preset_settings(PROTOCOL, name), **changes)
    accuracies = run_protocol(PROTOCOL, settings, out, "test", quiet=True)["accuracies"]
    return {rule: values["sl"] for rule, values in accuracies.items()}


def test_digits_reach_88_percent(tmp_path):
    """The main job: embedded digits, held-out images."""
    assert run("digits", tmp_path / "run")["end"] >= 88


@pytest.mark.parametrize("name, precision, target, band", [
    ("mnist-100", "float64", 83.67, 1.0),
    ("mnist-100", "float32", 83.67, 1.0),
    ("mnist-400", "float64", 91.13, 0.6),
    ("fashion-400", "float32", 77.61, 1.0),
])
def test_published_rule(tmp_path, name, precision, target, band):
    """Best of the tests made in training, in file order."""
    best = run(name, tmp_path / "run", precision=precision)["best_test"]
    assert best == pytest.approx(target, abs=band)


def test_held_out_choice_reaches_the_published_figure(tmp_path):
    """N = 100, shuffled, checkpoint chosen on held-out training images."""
    accuracies = run("mnist-100", tmp_path / "run", shuffle=True, held_out=5000)
    assert accuracies["held_out"] == pytest.approx(83.67, abs=1.0)
