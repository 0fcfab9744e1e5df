"""What a model hands to the devices: a Brian2 network and the names of its arrays.

The devices know nothing else of a network. It is to follow this protocol.

Samples and slots
    A call shows samples, one after the other, each of the same number of time steps. Such a
    presentation is a *slot*. A sample may be shown in several slots in a row: each of them is
    an *attempt*. The network itself moves on to the next sample; it does so at the start of a
    slot, in code on the slot's clock. It reads the stimuli from TimedArrays.
The follower
    One group of the network tells how far it has come, by variables whose first element is read:

    ==============  =================================================================
    ``cursor``      The sample on show, counted from the first of the call; -1 before it.
    ``attempt``     How often this sample was shown before.
    ``accepted``    More than 0 once the sample has been shown well enough.
    ``n_samples``   Samples of the call: a shared variable that the device sets.
    ==============  =================================================================

    At the start of a slot the network takes the next sample if the last one was accepted, or
    if it was shown `max_attempts` times. A network that shows every sample once keeps
    ``accepted`` at 1 and `max_attempts` at 1.
The end of a call
    The device shows slots until the last sample was accepted or given up, by the same condition.
    So a call ends exactly at the end of a slot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import brian2


@dataclass
class NetworkDescription:
    """A network that shows samples in slots, and where its inputs and outputs are.

    Attributes
    ----------
    network : brian2.Network
        All objects, with the schedule set. With a name of its own, a network that is built
        twice in one process has the same source and is compiled once.
    clock, slot_clock : Clock
        Time step, and the clock that ticks once a slot.
    follower : brian2.NeuronGroup
        The group that tells how far the network has come.
    sample_record : str
        The record that holds the follower's ``cursor`` of every slot.
    max_attempts : int
        A sample is given up after that many slots.
    capacity : int
        Samples that fit into one call.
    state : dict
        ``{'group.variable': (object, variable)}``: what a checkpoint holds.
    arrays : dict
        ``{stimulus name: TimedArray}`` of ``capacity`` rows, or as many times `rows`; at least one.
    rows : dict
        ``{stimulus name: rows of one sample}`` where there are several: an element of the
        stimulus is then of shape (rows, ...).
    scalars : dict
        ``{stimulus name: [(object, shared variable), ...]}``: whole numbers.
    first_sample : str, optional
        The scalar that is the number of the call's first sample, in a network that counts its
        samples over all calls. First sample and samples of a call together fit in 32 bits.
    records : dict
        ``{record name: (StateMonitor, variable)}``, sampled at the start of each slot;
        the row of a slot is the value at the start of the next.
    spikes : dict
        ``{record name: SpikeMonitor}``; only in networks made for looking at.
    traces : dict
        ``{record name: (StateMonitor, variable)}`` sampled every step, likewise.
    sources : dict
        ``{group or projection: {parameter: where its value is from}}``, for the text of the
        network (`models.devices.equations_text`).
    """

    network: brian2.Network
    clock: brian2.Clock
    slot_clock: brian2.Clock
    follower: brian2.NeuronGroup
    sample_record: str
    max_attempts: int
    capacity: int
    state: dict = field(default_factory=dict)
    arrays: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    scalars: dict = field(default_factory=dict)
    first_sample: str | None = None
    records: dict = field(default_factory=dict)
    spikes: dict = field(default_factory=dict)
    traces: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)

    @property
    def slot(self) -> brian2.Quantity:
        """Duration of a slot."""
        return self.slot_clock.dt

    @property
    def slot_steps(self) -> int:
        """Time steps of a slot."""
        return round(float(self.slot_clock.dt / self.clock.dt))

    def sample_shape(self, name: str) -> tuple[int, ...]:
        """Shape of one sample of a stimulus."""
        shape = self.arrays[name].values.shape[1:]
        return (self.rows[name], *shape) if name in self.rows else shape

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every state variable, synaptic ones as (presynaptic, postsynaptic)."""
        shapes = {}
        for name, (owner, variable) in self.state.items():
            if hasattr(owner, "target"):
                shapes[name] = (len(owner.source), len(owner.target))
            else:
                shapes[name] = (len(owner),)
        return shapes
