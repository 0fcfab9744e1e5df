"""STDP windows (Hao et al. 2020, Fig. 1), measured on synapses with the text of the rule itself."""

from typing import Any

import numpy as np
from brian2 import Clock, Network, NeuronGroup, Quantity, SpikeGeneratorGroup, Synapses, ms, prefs
from numpy.typing import NDArray

from equations.forms import Rule
from equations.hao2020 import plasticity
from models.diehl_cook.network import SCHEDULE
from models.own_equations.syntax import equations, identifiers
from models.own_equations.traces import raised
from models.shared.euler_exact_decay import EulerExactDecay


def has_window(rule: Rule) -> bool:
    """Whether a rule changes weights by its traces alone, so that a pair of spikes shows it."""
    read = identifiers(rule.on_pre + rule.on_post)
    known = {f"{each.name}_{side}" for side in ("pre", "post")
             for each in equations(getattr(rule, f"traces_{side}"))}
    return all(name in known for name in read if name.endswith(("_pre", "_post")))


def stdp_window(rule: Rule, names: dict[str, Any], dt: Quantity = 0.5 * ms, span: int = 60
                ) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """Weight change by one pair of spikes, from half of the largest weight on.

    Each distance of the two spikes has a pair of neurons and a synapse of its own.

    Parameters
    ----------
    rule : equations.forms.Rule
        One that `has_window`.
    names : dict of str to Quantity or float
        Values of its parameters, with ``w_max``.
    dt : Quantity
    span : int
        Largest distance in ms.

    Returns
    -------
    delta : ndarray
        t_post - t_pre in ms.
    change : ndarray
        Weight change, in units of the weight.
    """
    prefs.codegen.target = "numpy"  # no compiler needed
    delta = np.arange(-span, span + 1, 2)
    clock = Clock(dt)
    pre = _neurons(len(delta), names, clock, rule.traces_pre)
    post = _neurons(len(delta), names, clock, rule.traces_post)
    start = span + 5
    drives = [*_driven(pre, np.full(len(delta), start), clock),
              *_driven(post, start + delta, clock)]
    start_weight = names["w_max"] / 2
    plastic = Synapses(pre, post, plasticity.WEIGHT, on_pre=rule.on_pre or None,
                       on_post=rule.on_post or None, namespace=names, clock=clock)
    plastic.connect(j="i")
    plastic.w = start_weight
    if rule.on_pre:
        plastic.pre.order = 0
    if rule.on_post:
        plastic.post.order = 2
    traces = [_raised(group, spike, text, order, names, clock) for group, spike, text, order in (
        (pre, rule.spike_pre, rule.traces_pre, 1), (post, rule.spike_post, rule.traces_post, 3))
        if spike]
    network = Network(pre, post, *drives, plastic, *traces)
    network.schedule = SCHEDULE
    network.run((2 * span + 20) * ms, namespace={})
    return delta, np.array(plastic.w) - start_weight


def _neurons(n, names, clock, traces):
    """Neurons that fire when they are driven."""
    return NeuronGroup(n, plasticity.PAIRED + traces, threshold=plasticity.PAIRED_THRESHOLD,
                       reset=plasticity.PAIRED_RESET, method=EulerExactDecay(),
                       namespace=names, clock=clock)


def _raised(group, spike, traces, order, names, clock):
    """What a spike does to the traces of its own neuron."""
    own = Synapses(group, group, on_pre=raised(spike, traces), namespace=names, clock=clock)
    own.connect(j="i")
    own.pre.order = order
    return own


def _driven(group, times_ms, clock):
    """What makes each neuron of a group fire once, at its time."""
    index = np.arange(len(group))
    spikes = SpikeGeneratorGroup(len(group), index, times_ms * ms, clock=clock)
    drive = Synapses(spikes, group, on_pre=plasticity.PAIRED_DRIVE, order=-2, clock=clock)
    drive.connect(j="i")
    return spikes, drive
