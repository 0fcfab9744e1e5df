"""The network as Brian2 groups, which tests it beside the companion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from protocols.cli import import_brian2
from protocols.runs.showing import Showing
from protocols.stbp.evaluation import Evaluation, chunks

if TYPE_CHECKING:
    from models.devices.network_description import NetworkDescription
    from models.stbp.groups import BrianNetwork
    from protocols.stbp.learner import STBPLearner


def groups(learner: STBPLearner, device: str, capacity: int) -> BrianNetwork:
    """The groups of a learner's network, compiled once and run with any weights.

    Parameters
    ----------
    learner : protocols.stbp.learner.STBPLearner
        Of units that spike.
    device : str
        One of `models.devices.DEVICES`; GeNN takes no layered network.
    capacity : int
        Samples of one call.
    """
    import_brian2()
    from models.stbp.groups import BrianNetwork

    return BrianNetwork(learner.layers, learner.settings.neurons, learner.settings.steps,
                        device=device, precision=learner.settings.precision, capacity=capacity,
                        announce=learner.say)


def described(learner: STBPLearner) -> NetworkDescription:
    """The groups of a learner's network for one sample, not compiled."""
    from models.stbp.groups import stbp_network

    return stbp_network(learner.layers, learner.settings.neurons, learner.settings.steps, 1)


def shown_by_groups(learner: STBPLearner, weights: dict) -> Showing:
    """How one's own script shows test samples to the groups.

    Parameters
    ----------
    learner : protocols.stbp.learner.STBPLearner
    weights : dict of str to ndarray
    """
    from models.stbp.groups import state_of

    def stimuli(k):
        shown = next(chunks(learner.inputs["test"], np.array([k]), learner.test_seed))
        return {"spikes": shown.astype(bool).reshape(1, learner.settings.steps, -1)}

    return Showing(lambda: described(learner), state_of(weights, learner.layers), stimuli)


def answered(learner: STBPLearner, network: BrianNetwork, index: np.ndarray, weights: dict
             ) -> Evaluation:
    """Answers of the groups to test samples, to the spikes that the companion gets.

    Parameters
    ----------
    learner : protocols.stbp.learner.STBPLearner
    network : models.stbp.groups.BrianNetwork
        From `groups`.
    index : ndarray of int
    weights : dict of str to ndarray
    """
    counts = [network.counts(weights, shown.swapaxes(0, 1))
              for shown in chunks(learner.inputs["test"], index, learner.test_seed)]
    return Evaluation(np.concatenate(counts) / learner.settings.steps, learner.dataset.n_classes)
