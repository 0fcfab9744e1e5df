"""What a spike does to its row or column of a dense projection, and after which delay."""

import numpy as np
from brian2 import Quantity, Subgroup, second
from brian2.core.variables import Variables
from brian2.equations.equations import SUBEXPRESSION
from brian2.groups.group import CodeRunner
from brian2.units.fundamentalunits import fail_for_dimension_mismatch

from models.errors import SuiteError


class Pathway(CodeRunner):
    """Executes ``on_pre`` or ``on_post`` for the spikes of a time step.

    Parameters
    ----------
    projection : DenseSynapses
    side : {'pre', 'post'}
    code : str
    delay : Quantity, optional
    event : str
        What stands for a spike.

    Attributes
    ----------
    delay_steps : int
        Known when the network is run: the clock may change until then.
    """

    # The order of Brian2's pathways: presynaptic before postsynaptic.
    ORDER = {"pre": -1, "post": 1}

    def __init__(self, projection, side, code, delay=None, event="spike"):
        group = projection.source if side == "pre" else projection.target
        self.side = side
        self.event = event
        self.projection = projection
        self.start = group.start if isinstance(group, Subgroup) else 0
        self.n_spiking = len(group)
        self.delay_steps = None
        self._delay = 0 * second
        parent = group.source if isinstance(group, Subgroup) else group
        space = f"_{event}space"
        if space not in parent.variables:
            missing = ("emits no spikes (it has no threshold)" if event == "spike"
                       else f"has no event {event!r}")
            raise SuiteError(f"{projection.name}: {parent.name} {missing}, so on_{side} would "
                             "never be executed")
        self.n_parent = len(parent)
        self.partial = self.n_spiking != self.n_parent
        self.variables = Variables(projection)
        self.variables.add_reference("_spikespace", parent, space)
        # Brian2's pathways refer to the synapses' subexpressions from outside: whatever the code
        # writes, these are computed from the values before it.
        for equation in projection.equations.values():
            if equation.type == SUBEXPRESSION:
                self.variables.add_reference(equation.varname, projection)
        super().__init__(projection, "dense_pathway", code=code, clock=group.clock,
                         when="synapses", order=self.ORDER[side], name=f"{projection.name}_{side}",
                         needed_variables=["_spikespace"], template_kwds={
                             "projection": projection, "pathway": self})
        if delay is not None:
            self.delay = delay

    @property
    def code(self) -> str:
        """The statements; they may be changed until the network is run."""
        return self.abstract_code

    @code.setter
    def code(self, code: str):
        self.abstract_code = code

    @property
    def delay(self) -> Quantity:
        """Time from the spike to the execution of the code, the same for all synapses.

        Raises
        ------
        SuiteError
            If it is not one time, is negative, or is changed after the first run.
        """
        return CommonDelay(self, self._delay)

    @delay.setter
    def delay(self, delay: Quantity):
        if not isinstance(delay, Quantity) or delay.size != 1:
            raise SuiteError(f"{self.name}: the delay of a dense projection is one time for all "
                             "synapses; use brian2.Synapses for different ones")
        fail_for_dimension_mismatch(delay, second, "a delay is a time, not {value}", value=delay)
        if not float(delay) >= 0:
            raise SuiteError(f"{self.name}: a delay of {delay} is not a time from 0 s on")
        if self.delay_steps is not None:
            raise SuiteError(f"{self.name}: the delay of a dense projection is part of its code "
                             "and cannot change after the first run")
        self._delay = Quantity(delay.item(), dim=second.dim)

    def before_run(self, run_namespace):
        """Count the delay in steps of the clock, rounded as Brian2 does."""
        steps = int(float(self._delay) / float(self.clock.dt) + 0.5)
        if self.delay_steps is None:
            self.delay_steps = steps
            if steps:
                self._keep_spikes(steps + 1)
        elif steps != self.delay_steps:
            raise SuiteError(f"{self.name}: the time step changed between two runs; a delay of "
                             f"{self._delay} was {self.delay_steps} steps and would be {steps}")
        super().before_run(run_namespace)

    def _keep_spikes(self, rows):
        """A ring of rows like a spike list, for the last time steps."""
        self.variables.add_array("_ring", size=rows * (self.n_parent + 1), dtype=np.int32)
        self.variables.add_array("_ring_row", size=1, dtype=np.int32, scalar=True)
        self.needed_variables += ["_ring", "_ring_row"]


class CommonDelay(Quantity):
    """One time that stands for those of all synapses, as in ``synapses.delay[:] = 2*ms``."""

    def __new__(cls, pathway: Pathway, time: Quantity):
        made = super().__new__(cls, float(time), dim=second.dim)
        made.pathway = pathway
        return made

    def __getitem__(self, item):
        self._refuse_part(item)
        return Quantity(float(self), dim=second.dim)

    def __setitem__(self, item, value):
        self._refuse_part(item)
        self.pathway.delay = value

    def _refuse_part(self, item):
        if not isinstance(item, slice) or item != slice(None):
            raise SuiteError(f"{self.pathway.name}: the delay of a dense projection is one time "
                             "for all synapses and has no parts; use brian2.Synapses")
