"""A network that shows images: compiled, or as live Brian2 groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from brian2 import BrianObject, Network, Quantity, SpikeMonitor, StateMonitor, second
from numpy.typing import NDArray

from models.devices import compile_network
from models.devices.compiled_network import Records
from models.devices.network_description import NetworkDescription
from models.errors import SuiteError
from protocols.api.quantities import with_unit
from protocols.runs.prediction import PURPOSE, say

if TYPE_CHECKING:
    from protocols.api.model import Model

TOGETHER = 16
"""Images for which a device is asked at once."""


@dataclass(frozen=True)
class Shown:
    """What a network did with an image.

    Attributes
    ----------
    counts : dict of str to ndarray, shape (neurons,)
        What is recorded at the end of the sample: ``'hidden1.count'`` (spikes) of diehl_cook_sl,
        ``'output.count'`` of stbp, ``'LAYER.h'`` of emstdp, ``'LAYER.n'``, ``'LAYER.V_end'`` and
        ``'LAYER.S_read'`` of glsnn.
    spikes : dict of str to (ndarray of int, Quantity)
        By group: neurons, and times in seconds since the beginning, each of shape (spikes,).
    traces : dict of str to ndarray or Quantity, shape (steps, neurons)
        By ``'GROUP.VARIABLE'``, after every step.
    t : Quantity, shape (steps,)
        Beginnings of the steps of the traces.
    attempts : int
        Times that the image was shown: more than once where too few neurons had fired.
    """

    counts: dict[str, NDArray]
    spikes: dict[str, tuple[NDArray, Quantity]]
    traces: dict[str, NDArray | Quantity]
    t: Quantity
    attempts: int


class ShownNetwork:
    """The network of testing of a model; made by `protocols.api.Model.network`.

    Each image is shown alone to the network at rest, with the input spikes that
    `protocols.api.Model.predict` gives it.

    Parameters
    ----------
    model : protocols.api.Model
    device : str
    spikes, traces : sequence of str
        Of `protocols.api.Model.network`.
    learned : dict of str to ndarray or None
        What is shown.

    Attributes
    ----------
    device : str
    """

    def __init__(self, model: Model, device: str, spikes: Sequence[str], traces: Sequence[str],
                 learned: dict[str, NDArray] | None):
        self.device = device
        self._model = model
        self._learned = learned
        showing = model.showing(learned, device)

        def build():
            description = with_monitors(showing.build(), spikes, traces)
            # Compiled networks forget the values of their clocks.
            self._dt = description.clock.dt
            self._slot_steps = description.slot_steps
            return description

        self._compiled = compile_network(build, device, model.protocol, model.settings.precision,
                                         announce=say)

    def show(self, images: NDArray | Sequence) -> list[Shown]:
        """Show images.

        Parameters
        ----------
        images : ndarray or sequence of path-like
            An image of ``model.data.image_shape`` or several, shape (n, ...): uint8, or numbers
            from 0 to 1; or image files.

        Returns
        -------
        list of Shown
            One an image.

        Raises
        ------
        SuiteError
            If the images do not fit, or the device fails.
        """
        learner = self._model.learner_of(images)
        showing = learner.showing(PURPOSE, self._learned, self.device)
        n = len(learner.dataset.y_test)
        found = []
        for first in range(0, n, TOGETHER):
            stimuli = [showing.stimuli(k) for k in range(first, min(first + TOGETHER, n))]
            replicas = self._compiled.replicas([showing.state] * len(stimuli), stimuli)
            found += [self._shown(records) for _, records in replicas]
        return found

    # -- live groups ------------------------------------------------------------------------

    @property
    def brian2(self) -> Network:
        """The Brian2 network, on the runtime device.

        Raises
        ------
        SuiteError
            On another device.
        """
        self._refuse_compiled()
        return self._compiled.description.network

    def __getitem__(self, name: str) -> BrianObject:
        """A group or projection by its name in the equations, on the runtime device.

        Raises
        ------
        SuiteError
            On another device, or if there is none.
        """
        return _named(self.brian2.objects, name)

    def add(self, *objects: BrianObject) -> None:
        """Add Brian2 objects of one's own, such as monitors, on the runtime device.

        Constants of their equations are given by ``namespace=``. Each image finds them as they
        are now; afterwards monitors hold what they recorded of the last image.

        Raises
        ------
        SuiteError
            On another device.
        """
        self._refuse_compiled()
        self._compiled.add(*objects)

    def prepare(self, image: NDArray) -> None:
        """Set the network to the beginning of an image, on the runtime device.

        ``network.brian2.run(duration)`` then runs it in the script itself. Brian2's preference
        ``codegen.target`` must be 'numpy' for that.

        Raises
        ------
        SuiteError
            On another device, or if the image does not fit.
        """
        self._refuse_compiled()
        showing = self._model.learner_of(image).showing(PURPOSE, self._learned, self.device)
        self._compiled.prepare(showing.state, showing.stimuli(0))

    def _refuse_compiled(self):
        if self.device != "runtime":
            raise SuiteError(f"groups are live on the device 'runtime' alone, this network is "
                             f"compiled for {self.device!r}: choose spikes= and traces= when it is "
                             "made, or device='runtime'")

    # -- what was recorded --------------------------------------------------------------------

    def _shown(self, records: Records):
        description = self._compiled.description
        counts = {name: records.per_sample(name)[0] for name in records.slots
                  if not name.endswith((".cursor", ".attempt"))}
        spikes = {name: (i, t * second) for name, (i, t) in records.spikes.items()}
        traces = {}
        for name, values in records.traces.items():
            monitor, variable = description.traces[name]
            traces[name] = with_unit(values, monitor.source.variables[variable].dim)
        steps = len(records.samples) * self._slot_steps
        return Shown(counts, spikes, traces, np.arange(steps) * self._dt, len(records.samples))


def with_monitors(description: NetworkDescription, spikes: Sequence[str],
                  traces: Sequence[str]) -> NetworkDescription:
    """A network with monitors, which are added to it.

    Parameters
    ----------
    description : NetworkDescription
        Just built.
    spikes, traces : sequence of str
        Of `protocols.api.Model.network`.

    Raises
    ------
    SuiteError
        If a name is unknown.
    """
    objects = list(description.network.objects)
    for name in dict.fromkeys(spikes):
        group = _named(objects, name)
        if not hasattr(group, "events") or "spike" not in group.events:
            raise SuiteError(f"{name} does not spike")
        monitor = SpikeMonitor(group, when="end", name=f"probe_{name}")
        description.network.add(monitor)
        description.spikes[name] = monitor
    for name in dict.fromkeys(traces):
        owner, _, variable = name.partition(".")
        group = _named(objects, owner)
        if variable not in getattr(group, "equations", {}) or hasattr(group, "target"):
            raise SuiteError(f"traces: {name} is no variable of a group; {owner} has "
                             f"{', '.join(sorted(getattr(group, 'equations', {})))}")
        monitor = StateMonitor(group, variable, record=True, when="end",
                               name=f"probe_{owner}_{variable}")
        description.network.add(monitor)
        description.traces[name] = (monitor, variable)
    return description


def _named(objects, name):
    """An object of a network by its name."""
    known = {each.name: each for each in objects}
    if name not in known:
        own = [each for each in known if not each.startswith(("slots_", "samples_", "probe_"))]
        raise SuiteError(f"the network has no {name!r}: choose of {', '.join(sorted(own))}")
    return known[name]
