"""Published numbers of Wu et al. (2018) within bands: whole trainings (``pytest -m slow``)."""

from dataclasses import replace

import pytest

from protocols.runs.asked import preset_settings
from protocols.runs.run import run
from protocols.stbp.protocol import PROTOCOL

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name, changes, least", [
    ("digits", {}, 97.0),
    # Published: 98.89 after 200 epochs.
    ("mlp-mnist", {"epochs": 15, "rate_drop_every": 12}, 98.3),
    # Published: 99.42 after 200 epochs.
    ("cnn-mnist", {"epochs": 8, "rate_drop_every": 5}, 98.8),
    # Of other images 98.32 was published; the nearest neighbour has 75.9 here.
    ("object-detection-mlp", {"epochs": 50}, 77.0),
])
def test_accuracy(tmp_path, name, changes, least):
    """At the end of training, not the best of the tests."""
    settings = replace(preset_settings(PROTOCOL, name), **changes)
    summary = run(PROTOCOL, settings, tmp_path, "test", quiet=True)
    assert summary["accuracies"]["end"]["output"] >= least
