"""The STDP window of Hao et al. (2020), Fig. 1, measured on the network's own synapse."""

import numpy as np
from brian2 import Clock, Network, NeuronGroup, Quantity, SpikeGeneratorGroup, Synapses, ms, prefs
from numpy.typing import NDArray

from equations.hao2020 import plasticity
from equations.parameters import namespace
from models.diehl_cook.network import SCHEDULE
from models.shared.euler_exact_decay import EulerExactDecay


def stdp_window(rule: str, stdp: plasticity.STDP, dt: Quantity = 0.5 * ms, span: int = 60
                ) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """Weight change by one pair of spikes.

    Each distance of the two spikes has a pair of neurons and a synapse of its own.

    Parameters
    ----------
    rule : {'symmetric', 'asymmetric'}
    stdp : equations.hao2020.plasticity.STDP
    dt : Quantity
    span : int
        Largest distance in ms.

    Returns
    -------
    delta : ndarray
        t_post - t_pre in ms.
    change : ndarray
        Weight change divided by the learning rate.
    """
    prefs.codegen.target = "numpy"  # no compiler needed
    delta = np.arange(-span, span + 1, 2)
    clock = Clock(dt)
    names = namespace(stdp)
    pre = _neurons(len(delta), names, clock, plasticity.TRACE_PRE_SPIKE)
    post = _neurons(len(delta), names, clock)
    start = span + 5
    drives = [*_driven(pre, np.full(len(delta), start), clock),
              *_driven(post, start + delta, clock)]
    plastic = Synapses(pre, post, plasticity.WEIGHT, on_pre=plasticity.RULES[rule]["pre"],
                       on_post=plasticity.RULES[rule]["post"], namespace=names, clock=clock)
    plastic.connect(j="i")
    plastic.w = stdp.w_max / 2
    plastic.post.order = 1
    raise_y = Synapses(post, post, on_pre=plasticity.TRACE_POST_SPIKE, namespace=names, order=10,
                       clock=clock)
    raise_y.connect(j="i")
    network = Network(pre, post, *drives, plastic, raise_y)
    network.schedule = SCHEDULE
    network.run((2 * span + 20) * ms, namespace={})
    return delta, (np.array(plastic.w) - stdp.w_max / 2) / stdp.nu


def _neurons(n, names, clock, trace_spike=""):
    """Neurons that fire when they are driven."""
    return NeuronGroup(n, plasticity.PAIRED, threshold=plasticity.PAIRED_THRESHOLD,
                       reset=plasticity.PAIRED_RESET + trace_spike, method=EulerExactDecay(),
                       namespace=names, clock=clock)


def _driven(group, times_ms, clock):
    """What makes each neuron of a group fire once, at its time."""
    index = np.arange(len(group))
    spikes = SpikeGeneratorGroup(len(group), index, times_ms * ms, clock=clock)
    drive = Synapses(spikes, group, on_pre=plasticity.PAIRED_DRIVE, order=-2, clock=clock)
    drive.connect(j="i")
    return spikes, drive
