"""Units without spikes, what is observed at the end of a run, and the angles between updates.

Networks are the reference in NumPy, so that nothing is compiled.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from analysis.run import Run
from equations.shrestha2019.settings import rules
from models.emstdp import piecewise
from models.emstdp.architecture import Architecture, initial_state
from models.emstdp.network import build
from protocols.emstdp import approximation, learner
from protocols.emstdp.observe import instructive
from protocols.emstdp.one_sample import show
from protocols.emstdp.protocol import PROTOCOL
from protocols.emstdp_angles import angles, measure
from protocols.emstdp_angles.__main__ import main as measure_angles
from protocols.runs.command import main
from tests.commands import one_line
from tests.emstdp_runs import OnReference
from tests.tiny import write_data

SIZES = (30, 12, 8, 3)


def architecture(feedback="sw", **changes):
    """A small network of two hidden layers, adapted."""
    return Architecture(SIZES, replace(rules("adapted", feedback), **changes), feedback,
                        capacity=4)


def samples(n, seed=0):
    """Intensities and labels."""
    rng = np.random.default_rng(seed)
    return rng.random((n, SIZES[0])), rng.integers(0, SIZES[-1], n)


# -- units without spikes ------------------------------------------------------------------


def test_descent_is_the_derivative_of_the_loss():
    """By finite differences, where all outputs are active and nothing saturates."""
    network = architecture(steps=1000, beta_hidden=1.0)
    state = initial_state(network, 0)
    state["hidden2_output.w"] = 0.2 * np.abs(state["hidden2_output.w"])
    patterns, labels = samples(1)
    patterns = 0.3 * patterns

    def loss():
        activities = piecewise.forward(network, state, patterns, 1000)
        assert (activities["output"] > 0).all()
        assert all((activities[layer] < 1).all() for layer in network.layers)
        return 0.5 * (piecewise.output_error(network, activities, labels) ** 2).sum()

    activities = piecewise.forward(network, state, patterns, 1000)
    for name, (below, above) in piecewise.descent(network, state, activities, labels).items():
        update = below.T @ above
        for index in zip(*np.unravel_index(np.argsort(-abs(update).ravel())[:5], update.shape)):
            weights = state[f"{name}.w"]
            before = weights[index]
            weights[index] = before + 1e-6
            more = loss()
            weights[index] = before - 1e-6
            less = loss()
            weights[index] = before
            assert update[index] == pytest.approx(-(more - less) / 2e-6, rel=1e-4)


@pytest.mark.parametrize("feedback", ["sw", "fa", "dfa"])
def test_units_are_what_counts_tend_to(feedback):
    """With subtraction and noiseless input, forward and backward, at large T.

    Hidden neurons are hardly corrected: then the loss neurons see no effect but their own.
    """
    network = architecture(feedback, steps=1000, coding="regular", reset_forward="subtraction",
                           bounded=False, skip=0, beta_error=40.0)
    state = initial_state(network, 0)
    # No output is driven beyond a spike per step, where corrections would have no effect.
    state["hidden2_output.w"] = 0.2 * state["hidden2_output.w"]
    (pattern,), labels = samples(1)
    counts, _ = show(network, "float64", state, pattern, labels[0], 0)
    units = piecewise.forward(network, state, pattern[None], 500)
    errors = piecewise.backward(network, state, units, labels)
    assert errors["output"].any() and errors["hidden1"].any() and errors["hidden2"].any()
    for layer in network.layers[1:]:
        difference = counts[f"{layer}_plus.count"] - counts[f"{layer}_minus.count"]
        np.testing.assert_allclose(counts[f"{layer}.h"] / 500, units[layer][0], atol=0.02)
        np.testing.assert_allclose(difference / 500, errors[layer][0], atol=0.02)


def test_staircases_are_the_floor_of_the_input():
    """Eq. 4 and 9, with subtraction; the last bit may hold a spike back."""
    network = architecture(reset_forward="subtraction", coding="shared", bias=True, windows=3)
    found = approximation.staircases(network, "float64")
    for way, rounded in (("", np.floor), ("_error", np.trunc)):
        drive = found[f"staircase{way}_drive"]
        clear = abs(drive - np.round(drive)) > 1e-6
        np.testing.assert_array_equal(found[f"staircase{way}_count"][clear], rounded(drive[clear]))
        assert clear.sum() > 380


@pytest.mark.parametrize("left_out", [{"skip": 20}, {"wait": 20}])
def test_a_window_that_counts_no_step_is_left_out(left_out):
    """Nor one whose loss circuit never runs."""
    network = architecture(**left_out)
    found = approximation.against_units(network, "float32", [initial_state(network, 0)],
                                        samples(1)[0][0], 0, 0)
    assert list(found["compared_steps"]) == [100, 400]
    assert found["backward_spikes_hidden2"].shape == (1, 2, SIZES[2])


def test_the_sample_that_is_observed_is_answered_wrongly():
    assert instructive(np.array([1, 2, 0, 0]), np.array([1, 2, 3, 4])) == 2
    assert instructive(np.array([1, 2]), np.array([1, 2])) == 0


# -- angles --------------------------------------------------------------------------------


def test_between_is_the_angle_of_the_products():
    rng = np.random.default_rng(0)
    one, other = ({"a_b": (rng.normal(size=(6, 5)), rng.normal(size=(6, 4)))} for _ in range(2))
    # One of them changes nothing for the first sample.
    one["a_b"][1][0] = 0
    expected = []
    for sample in range(1, 6):
        x, y = (np.outer(pre[sample], change[sample]).ravel()
                for pre, change in (one["a_b"], other["a_b"]))
        expected.append(np.degrees(np.arccos(x @ y / np.linalg.norm(x) / np.linalg.norm(y))))
    assert angles.between(one, other) == pytest.approx([np.mean(expected)])
    one["a_b"][1][:] = 0
    assert np.isnan(angles.between(one, other)).all()


@pytest.mark.parametrize("presynaptic", ["phase-1", "all"])
def test_factors_are_those_of_the_update(presynaptic):
    """What a network learns from a sample is their product."""
    network = architecture("dfa", steps=40, presynaptic=presynaptic, w_max=np.inf)
    state = initial_state(network, 0)
    patterns, labels = samples(6)
    compiled = OnReference(partial(build, network), "runtime")
    found = angles.factors(network, "float64", compiled, state, angles.Batch(patterns, labels, 7))
    for sample in range(6):
        learned, _ = compiled(state, {
            "pattern": patterns[[sample]], "label": labels[[sample]], "rate": [0.01], "stream": 7,
            "first": sample})
        for name, (pre, change) in found.items():
            np.testing.assert_allclose(
                learned[f"{name}.w"] - state[f"{name}.w"],
                0.01 / 20**2 * np.outer(pre[sample], change[sample]), atol=1e-12)


# -- runs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_reference():
    """No network is compiled."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (learner, measure):
            patch.setattr(module, "compile_network", OnReference)
        yield


@pytest.fixture(scope="module")
def trained(on_reference, tmp_path_factory):
    """``trained(feedback)``: a small run that kept its checkpoint after 20 of 30 samples."""
    folder = tmp_path_factory.mktemp("runs")
    data = write_data(folder / "easy.npz")
    made = {}

    def run(feedback):
        if feedback not in made:
            made[feedback] = folder / feedback
            main(PROTOCOL, ["--dataset", str(data), "--out", str(made[feedback]), "--feedback",
                            feedback, "--network", "12-8-classes", "--steps", "20", "--keep", "20",
                            "--epochs", "1", "--no-figures", "--parameter", "wait=0"])
        return made[feedback]

    return run


def test_what_is_observed_fits_what_the_figures_read(trained):
    activity = Run(trained("dfa")).activity
    unknown = [name for name in activity.names if activity.axes(name) is None]
    assert unknown == []
    for name in activity.names:
        activity[name]
    activity.take("labels", "images", "rates_hidden1", "rates_hidden2", "rates_output")
    assert int(activity["window_steps"]) == 20
    assert activity["window_target_i"].tolist() == [int(activity["window_label"])] * 10


def test_angles_are_added_to_the_run(trained, capsys):
    run = trained("dfa")
    before = Run(run).activity.names
    measure_angles([str(run), "--samples", "12"])
    activity = Run(run).activity
    names = ["angle_samples", "angle_own_gradient", "angle_symmetric_gradient",
             "angle_own_symmetric"]
    assert activity.names == (*before, *names)
    assert activity["angle_samples"].tolist() == [0, 20, 30]
    for name in names[1:]:
        values = activity[name]
        assert values.shape == (3, 3) and (values > 0).all() and (values < 180).all()
    # The loss circuit is the same: only what it does to the output in between differs.
    assert (activity["angle_own_symmetric"][:, 2] < 45).all()
    assert (activity["angle_own_symmetric"][0, :2] > 30).all()
    assert "own symmetric, degrees" in capsys.readouterr().out
    again = {name: activity[name] for name in names}
    measure_angles([str(run), "--samples", "12"])
    for name, values in again.items():
        np.testing.assert_array_equal(Run(run).activity[name], values)


def test_symmetric_weights_have_their_angle_to_the_gradient_alone(trained):
    run = trained("sw")
    measure_angles([str(run), "--samples", "12"])
    names = [name for name in Run(run).activity.names if name.startswith("angle")]
    assert names == ["angle_samples", "angle_symmetric_gradient"]
    assert (Run(run).activity["angle_symmetric_gradient"] < 90).all()


@pytest.mark.parametrize("words, cause", [
    (["--samples", "31"], "give a number from 1 to 30"),
    (["--samples", "0"], "give a number from 1 to 30"),
])
def test_samples_that_are_not_there(trained, capsys, words, cause):
    assert cause in refused(capsys, trained("dfa"), *words)


def test_runs_that_cannot_be_measured(trained, tmp_path, capsys):
    assert "there is no checkpoint" in refused(capsys, tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    content = (trained("dfa") / "checkpoint.npz").read_bytes()
    (unfinished / "checkpoint.npz").write_bytes(content)
    assert "is not finished" in refused(capsys, unfinished)


def refused(capsys, *words):
    """The one line with which the command is refused."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        measure_angles([str(word) for word in words])
    assert stopped.value.code == 2
    return one_line(capsys.readouterr().err, "emstdp_angles")
