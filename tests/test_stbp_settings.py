"""Steps of STBP's optimisers, votes of its non-spiking twin, and counts that a checkpoint keeps."""

from dataclasses import replace

import numpy as np
import tomli_w

from models.errors import SuiteError
from protocols.runs.asked import command_of
from protocols.runs.checkpoint import Checkpoint, Progress
from protocols.runs.settings import to_tables
from protocols.stbp.learner import STBPLearner
from protocols.stbp.protocol import PROTOCOL
from protocols.stbp.settings import STBPSettings
from tests.commands import asked, refused
from tests.test_stbp import TINY


def test_the_command_of_a_run_is_taken(tmp_path):
    """The step of another optimiser is named, though it is that of Adam."""
    settings = asked(PROTOCOL, "--optimiser", "sgd", "--rate", "0.001")
    command = command_of(PROTOCOL, settings)
    assert "--rate 0.001" in command
    assert asked(PROTOCOL, *command.split()[3:]) == settings


def test_a_step_of_the_configuration_is_not_another_optimiser_s(tmp_path, capsys):
    settings = asked(PROTOCOL, "--optimiser", "sgd", "--rate", "0.3")
    (tmp_path / "config.toml").write_text(tomli_w.dumps(to_tables(settings, PROTOCOL.name)))
    words = ("--config", tmp_path / "config.toml", "--optimiser", "adam")
    assert "needs another step than sgd" in refused(capsys, PROTOCOL, *words)
    assert asked(PROTOCOL, *map(str, words), "--rate", "0.002").rate == 0.002


def test_votes_of_the_twin_are_its_activity(tmp_path):
    """One step is shown to rectified units, whatever the steps of spiking ones."""
    settings = replace(TINY, units="rectified", steps=STBPSettings.steps)
    learner = STBPLearner(settings, settings.load(), np.arange(100))
    learner.begin()
    answers = learner.test("test", np.arange(20), "final")
    np.testing.assert_array_equal(answers.votes["output"],
                                  answers.details.rates[:, :10])


def given_up(digits, resumed_at=None):
    """Where a dead network ends its training, resumed at one position."""
    settings = replace(TINY, initial="normalised", V_th=50.0, batch=10, train_samples=200, epochs=1)
    learner = STBPLearner(settings, digits, np.arange(200))
    learner.begin()
    position = 0
    while position < learner.total:
        if position == resumed_at:
            kept = Checkpoint(None, "stbp", {}, {}, {}, Progress(position), learner.facts(),
                              learner.arrays())
            learner = STBPLearner(settings, digits, np.arange(200))
            learner.restore(kept)
        try:
            position = learner.advance(position, learner.total)
        except SuiteError:
            return position
    return None


def test_a_dead_network_is_found_by_a_resumed_run_too(digits):
    """Samples without a gradient are counted on."""
    assert given_up(digits) == given_up(digits, resumed_at=60) == 90
