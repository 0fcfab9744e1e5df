"""What several threads can share in a time step, and where they have to wait for each other.

Neurons are divided among the threads, and so are synapses, by their postsynaptic neuron. Groups
of the same size are divided alike, so a neuron's inputs, its weights and its state are written
by one thread, in the order in which a single thread would do it: results are the same bits.
Small groups, resets and whatever reaches other neurons' variables are left to the first thread.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from brian2 import Subgroup
from brian2.core.variables import ArrayVariable

from models.dense.fusion import KNOWN
from models.dense.projection import DenseSynapses

SMALLEST = 512
"""Neurons of the smallest group that is divided."""


@dataclass
class Task:
    """A part of a step that is executed as a whole: by all threads, or by the first.

    Parameters
    ----------
    shared : bool
        Each thread does it for its own neurons.
    reads, writes : dict
        ``{Variable: whether each thread keeps to its own neurons}``
    opaque : bool
        What it reads and writes is not known.
    """

    shared: bool
    reads: dict = field(default_factory=dict)
    writes: dict = field(default_factory=dict)
    opaque: bool = False

    def conflicts(self, other: "Task") -> bool:
        """Whether one thread's part of this may see another's part of the other task.

        Parameters
        ----------
        other : Task

        Returns
        -------
        bool
        """
        if not (self.shared or other.shared):
            return False
        if self.opaque or other.opaque:
            return True
        mine = self.reads | self.writes
        others = other.reads | other.writes
        touched = (self.writes.keys() & others.keys()) | (mine.keys() & other.writes.keys())
        return not all(self.shared and other.shared and self._own(variable)
                       and other._own(variable) for variable in touched)

    def _own(self, variable):
        return self.reads.get(variable, True) and self.writes.get(variable, True)


def task_of(codes: tuple, reads: dict, writes: dict, single: Collection[str],
            event_space: Callable) -> Task:
    """The task of a code object, or of a state update with its threshold.

    Parameters
    ----------
    codes : tuple of CodeObject
    reads, writes : dict
        ``{name of a code object: {Variable: set of its indices}}``.
    single : collection of str
        Code objects that must be executed as they are: they draw random numbers, or keep a
        calendar.
    event_space : callable
        Names of a code object's lists of spikes.

    Returns
    -------
    Task
    """
    own = [_own_indices(code, reads, writes, single) for code in codes]
    shared = None not in own
    task = Task(shared, opaque=any(code.template_name not in KNOWN or code.name not in reads
                                   for code in codes))
    for code, indices in zip(codes, own):
        for found, into in ((reads, task.reads), (writes, task.writes)):
            for variable, used in found.get(code.name, {}).items():
                into[variable] = into.get(variable, True) and shared and used <= indices
        # What the templates touch beside the code.
        for name in event_space(code):
            into = task.writes if code.template_name == "threshold" else task.reads
            into[code.variables[name]] = code.template_name == "threshold"
        if code.template_name == "threshold":
            task.writes |= {code.variables[name]: shared for name in ("lastspike", "not_refractory")
                            if name in code.variables}
    return task


def collection(variables: Iterable) -> Task:
    """The task of joining the threads' lists of spikes (`models.dense.threads`)."""
    return Task(False, writes=dict.fromkeys(variables, False))


def _own_indices(code, reads, writes, single):
    """Indices by which a thread reaches its own neurons only; None if the code is not shared."""
    if code.name in single or code.name not in writes:
        return None
    if code.template_name in ("stateupdate", "threshold"):
        indices = {"_idx"} if len(code.owner) >= SMALLEST else None
    elif code.template_name in ("dense_update", "dense_pathway"):
        indices = _own_synapses(code.owner, code)
    else:
        return None
    if indices is None:
        return None
    used = reads[code.name]
    written = writes[code.name]
    alone = all(used.get(v, set()) | written[v] <= indices for v in written
                if isinstance(v, ArrayVariable))
    return indices if alone else None


def _own_synapses(projection, code):
    """The same for synapses, divided by their postsynaptic neuron."""
    if not isinstance(projection, DenseSynapses) or not projection.pattern.divisible:
        return None
    if projection.n_post < SMALLEST or isinstance(projection.target, Subgroup):
        return None
    if code.template_name == "dense_pathway":
        sides = [getattr(projection, side, None) for side in ("pre", "post")]
        if any(p is not None and p.codeobj.name == code.name and p.delay_steps for p in sides):
            # The ring of its spike lists moves on once per step.
            return None
    one_to_one = projection.pattern.one_to_one and not isinstance(projection.source, Subgroup)
    return {"_idx", "_postsynaptic_idx"} | ({"_presynaptic_idx"} if one_to_one else set())
