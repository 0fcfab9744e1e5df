"""Section 4.1 of Shrestha et al. (2019): Eq. 12 and pair STDP on the spikes of two neurons.

Each pair of neurons is an experiment of its own; many of them run side by side in one network.
"""

from dataclasses import dataclass, field

import numpy as np
from brian2 import Clock, Network, NeuronGroup, SpikeMonitor, Synapses, ms
from numpy.typing import NDArray

from equations.shrestha2019 import neurons, plasticity, presentation, stdp
from models.devices.brian2_turns import brian2_turn
from models.devices.runtime import PREFERENCES
from models.emstdp.network import SCHEDULE
from models.emstdp.network_objects import DT
from models.shared.counter_bits import brian_functions

# Which of the things that happen in the `synapses` slot of a step comes first. STDP sees the traces
# before the spikes of the step change them.
CHANGE, LEAVE, EXPIRE, LEARN = range(4)


@dataclass(frozen=True)
class Pairs:
    """Pairs of neurons.

    Attributes
    ----------
    weight : ndarray, shape (n,)
        From the presynaptic to the postsynaptic neuron, in thresholds.
    rate : ndarray, shape (n,)
        Probability of a presynaptic spike in a step.
    bias : ndarray, shape (n,)
        Intrinsic drive of the postsynaptic neuron in a step, in thresholds.
    pulses : ndarray, shape (n,)
        Probability of a pulse of external drive in a step.
    pre_key, post_key : ndarray of int, shape (n,)
        Of presynaptic spikes and of pulses (`models.shared.counter_bits.counter_key`).
    """

    weight: NDArray[np.float64]
    rate: NDArray[np.float64]
    bias: NDArray[np.float64]
    pulses: NDArray[np.float64]
    pre_key: NDArray[np.int32]
    post_key: NDArray[np.int32]

    def __len__(self):
        return len(self.weight)


@dataclass(frozen=True)
class Changes:
    """What the two rules make of pairs.

    Attributes
    ----------
    emstdp : ndarray, shape (n,)
        Eq. 12 at a learning rate of 1.
    stdp : dict of str to ndarray, shape (n, windows)
        By the rule's name in `equations.shrestha2019.stdp.RULES`.
    h, h_hat, h_pre : ndarray, shape (n,)
        Spike counts.
    spikes : dict of str to tuple of ndarray
        Neuron and step of each spike of "pre" and "post" in both phases, if asked for.
    """

    emstdp: NDArray[np.float64]
    stdp: dict[str, NDArray[np.float64]]
    h: NDArray[np.float64]
    h_hat: NDArray[np.float64]
    h_pre: NDArray[np.float64]
    spikes: dict[str, tuple[NDArray[np.int_], NDArray[np.int_]]] = field(default_factory=dict)


def weight_changes(pairs: Pairs, steps: int, windows: tuple[int, ...], rules: tuple[str, ...],
                   reset: str = "zero", observe: bool = False) -> Changes:
    """Run pairs of neurons in both phases.

    Runs on Brian2's runtime device and needs no compiler.

    Parameters
    ----------
    pairs : Pairs
    steps : int
        Time steps of each phase.
    windows : tuple of int
        Of STDP, in steps.
    rules : tuple of str
        Names in `equations.shrestha2019.stdp.RULES`.
    reset : {'zero', 'subtraction'}
        What a spike leaves of the potential.
    observe : bool
        Return the spikes, too.
    """
    with brian2_turn("runtime", PREFERENCES):
        clock = Clock(DT)
        names = {"T": 2 * steps, "half": steps, "skip": 0, "theta": 1.0, **brian_functions()}
        pre = _pre(pairs, names, clock)
        post = _post(pairs, names, clock, reset)
        synapse = _synapse(pre, post, pairs, names, clock)
        plastic = {name: _stdp(stdp.RULES[name], pre, post, windows, clock) for name in rules}
        monitors = {"pre": SpikeMonitor(pre), "post": SpikeMonitor(post)} if observe else {}
        network = Network(pre, post, synapse, *plastic.values(), *monitors.values())
        network.schedule = SCHEDULE
        network.run(2 * steps * DT, namespace={})
        return Changes(
            emstdp=np.array(synapse.dw),
            stdp={name: np.array(each.change).reshape(len(pairs), len(windows))
                  for name, each in plastic.items()},
            h=np.array(post.h), h_hat=np.array(post.h_hat), h_pre=np.array(pre.h_hat),
            spikes={name: (np.array(each.i), np.rint(each.t / DT).astype(int))
                    for name, each in monitors.items()})


def _pre(pairs, names, clock):
    """Presynaptic neurons; the end of the window is the event of Eq. 12."""
    group = NeuronGroup(len(pairs), stdp.PRE, threshold=stdp.PRE_THRESHOLD, reset=stdp.PRE_COUNT,
                        events={"learn": presentation.LAST_STEP}, namespace=names, clock=clock)
    group.level = _levels(pairs.rate)
    group.key = pairs.pre_key
    return group


def _post(pairs, names, clock, reset):
    """Postsynaptic neurons with their drive."""
    group = NeuronGroup(
        len(pairs), stdp.POST, threshold=neurons.FORWARD_THRESHOLD,
        reset=neurons.FORWARD_RESETS[reset] + presentation.COUNT, events={"paired": stdp.PAIRED},
        namespace=names, clock=clock)
    group.b = pairs.bias
    group.level = _levels(pairs.pulses)
    group.key = pairs.post_key
    group.run_regularly(stdp.POST_EACH_STEP, clock=clock, when="start")
    return group


def _levels(probability):
    """Probabilities as the integers that random ones are compared with."""
    return (presentation.FULL * probability).astype(np.int32)


def _synapse(pre, post, pairs, names, clock):
    """The synapse of each pair: it carries the spikes, and Eq. 12 changes it at the end."""
    learn = plasticity.ADD_UP.format(presynaptic=plasticity.PRESYNAPTIC["all"])
    made = Synapses(pre, post, plasticity.WEIGHT + plasticity.SUM,
                    on_pre={"pre": plasticity.TRANSMIT, "learn": learn},
                    on_event={"learn": "learn"}, namespace=names, clock=clock)
    made.connect(j="i")
    made.w = pairs.weight
    made.learn.order = LEARN
    return made


def _stdp(rule, pre, post, windows, clock):
    """What STDP makes of each pair: a synapse for each window, which carries nothing."""
    on_pre = {"change_pre": rule.on_pre, "leave_x": rule.leave.format(trace="x")}
    on_post = {"change_post": rule.on_post, "leave_y": rule.leave.format(trace="y")}
    orders = {"change": CHANGE, "leave": LEAVE, "expire": EXPIRE}
    if rule.expire:
        on_pre["expire_x"] = rule.expire.format(trace="x")
        on_post["expire_y"] = rule.expire.format(trace="y")
    made = Synapses(pre, post, rule.model, on_pre=on_pre, on_post=on_post,
                    on_event=dict.fromkeys(on_pre, "spike") | dict.fromkeys(on_post, "paired"),
                    clock=clock, method="exact")
    each = np.repeat(np.arange(len(pre)), len(windows))
    made.connect(i=each, j=each)
    made.window = np.tile(windows, len(pre)) * ms
    for name in (*on_pre, *on_post):
        pathway = getattr(made, name)
        pathway.order = orders[name.partition("_")[0]]
        if name.startswith("expire"):
            pathway.delay = made.window
    return made
