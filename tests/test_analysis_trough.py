"""Figures of protocols.theta_trough: what a block of images and theta itself do."""

import numpy as np
import pytest

from analysis import figures
from analysis.__main__ import main
from analysis.errors import MissingData
from analysis.run import Run
from analysis.trough import theta_trough_compared
from tests.analysis_runs import THETA_SWAP, make_run


def test_variants_share_one_axis_of_samples(tmp_path):
    """Each variant's curves begin where its run went on from the checkpoint."""
    runs = [make_run(tmp_path / name, preset=f"mnist-100, {name}", train_first=600)
            for name in ("file order", "block replaced")]
    ink, spiking, theta, accuracy = theta_trough_compared(runs).axes
    assert {"file order", "block replaced"} <= {line.get_label() for line in ink.lines}
    for axes in (ink, spiking):
        assert axes.lines[0].get_xdata()[0] == 601
    np.testing.assert_array_equal(theta.lines[0].get_ydata(), runs[0].activity["theta_mean_mV"])
    shown = accuracy.lines[0].get_ydata()
    np.testing.assert_array_equal(shown, runs[0].metrics["accuracy_sl"])


def test_a_run_of_another_protocol_is_refused(tmp_path):
    """The comparison needs to know where the run went on."""
    with pytest.raises(MissingData, match="theta_trough"):
        theta_trough_compared([make_run(tmp_path / "run")])


def test_theta_swap_shows_change_and_accuracies(tmp_path):
    """Dots are end minus start by class; bars are the accuracies of summary.json."""
    run = make_run(tmp_path / "run")
    left, right = figures.theta_swap(run).axes
    assert left.get_ylabel() == r"change of $\theta$ (mV)"
    dots = next(line for line in left.lines if line.get_marker() == "o")
    labelled = run.activity["neuron_class"] >= 0
    np.testing.assert_allclose(dots.get_ydata(), np.arange(len(labelled))[labelled])
    widths = sorted(bar.get_width() for bar in right.patches)
    assert widths == sorted(v for a in THETA_SWAP.values() for v in a.values())


def test_command_line_compares_several_runs(tmp_path):
    """`python -m analysis A B` writes the comparison into the first."""
    for name in ("a", "b"):
        make_run(tmp_path / name, preset=f"mnist-100, {name}", train_first=0)
    assert main([str(tmp_path / "a"), str(tmp_path / "b"), "--only", "theta_trough",
                 "--formats", "png"]) == 0
    assert (Run(tmp_path / "a").directory / "figures" / "theta_trough_compared.png").exists()
