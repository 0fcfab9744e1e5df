"""What a model hands to the devices: a Brian2 network and the names of its arrays."""

from dataclasses import dataclass, field


@dataclass
class NetworkDescription:
    """A network that shows patterns in slots, and where its inputs and outputs are.

    Attributes
    ----------
    network : brian2.Network
        All objects, with the schedule set.
    clock, slot_clock : Clock
        Time step, and the clock that ticks once per presentation.
    follower : brian2.NeuronGroup
        Group with the variables ``cursor``, ``attempt``, ``accepted`` and ``n_samples``
        (`equations.hao2020.presentation.FOLLOWER`); it tells when all samples were shown.
    max_attempts : int
        A sample is given up after that many presentations.
    capacity : int
        Samples that fit into one call.
    state : dict
        ``{'group.variable': (object, variable)}``: what a checkpoint holds.
    arrays : dict
        ``{stimulus name: TimedArray}`` of ``capacity`` rows, or as many times `rows`.
    rows : dict
        ``{stimulus name: rows of one sample}`` where there are several: an element of the
        stimulus is then of shape (rows, ...).
    scalars : dict
        ``{stimulus name: [(object, shared variable), ...]}``.
    records : dict
        ``{record name: (StateMonitor, variable)}``, sampled at the start of each slot;
        the row of a slot is the value at the start of the next.
    spikes : dict
        ``{record name: SpikeMonitor}``; only in networks made for looking at.
    traces : dict
        ``{record name: (StateMonitor, variable)}`` sampled every step, likewise.
    """

    network: object
    clock: object
    slot_clock: object
    follower: object
    max_attempts: int
    capacity: int
    state: dict = field(default_factory=dict)
    arrays: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    scalars: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)
    spikes: dict = field(default_factory=dict)
    traces: dict = field(default_factory=dict)

    @property
    def slot(self):
        """Duration of one presentation."""
        return self.slot_clock.dt

    @property
    def slot_steps(self):
        """Time steps of one presentation."""
        return round(float(self.slot_clock.dt / self.clock.dt))

    def sample_shape(self, name):
        """Shape of one sample of a stimulus."""
        shape = self.arrays[name].values.shape[1:]
        return (self.rows[name], *shape) if name in self.rows else shape

    def shapes(self):
        """Shape of every state variable, synaptic ones as (presynaptic, postsynaptic)."""
        shapes = {}
        for name, (owner, variable) in self.state.items():
            if hasattr(owner, "target"):
                shapes[name] = (len(owner.source), len(owner.target))
            else:
                shapes[name] = (len(owner),)
        return shapes
