"""Which thread touches which element, and where threads have to wait for each other.

A code object is done by all threads, each for its own elements, or by the first thread alone where
its loop writes what other iterations see. Between two code objects stands a barrier only where one
thread's part of the second may see another thread's part of the first.
"""

from dataclasses import dataclass, field

from brian2.core.variables import ArrayVariable

from models.dense.pathway import Pathway
from models.dense.shared_matrix import MatrixOf
from models.dense.touched import event_variable
from models.gpu.codegen import KernelCodeObject

NEURONS = "neurons"
"""Elements are divided by their numbers (`models.gpu.loops`)."""

FIRED = "bits of the neurons that fired"


@dataclass
class Task:
    """A part of a step that is executed as a whole.

    Attributes
    ----------
    shared : bool
        All threads do it together, else the first one does it alone.
    touched : dict
        ``{Variable: how its elements are divided}``; None if any thread may touch any element.
    writes : set
        Those of them that are written.
    """

    shared: bool
    touched: dict = field(default_factory=dict)
    writes: set = field(default_factory=set)

    def conflicts(self, other: "Task") -> bool:
        """Whether one thread's part of this may see another's part of the other task.

        Parameters
        ----------
        other : Task
        """
        if not (self.shared or other.shared):
            return False
        both = self.touched.keys() & other.touched.keys() & (self.writes | other.writes)
        return not all(self.shared and other.shared and self.touched[variable] is not None
                       and self.touched[variable] == other.touched[variable]
                       for variable in both)

    def _add(self, variable, written):
        self.touched[variable] = None
        if written:
            self.writes.add(variable)


def pathway_of(code: KernelCodeObject) -> Pathway:
    """The pathway whose code it is."""
    sides = (getattr(code.owner, side, None) for side in ("pre", "post"))
    return next(p for p in sides if p is not None and p.codeobj.name == code.name)


def task_of(code: KernelCodeObject, reads: dict, writes: dict) -> Task:
    """The task of a code object.

    Parameters
    ----------
    code : KernelCodeObject
    reads, writes : dict
        ``{Variable: set of its indices}`` of its statements (`models.dense.touched`).
    """
    divided = _divided(code)
    touched = {}
    for variable in reads.keys() | writes.keys():
        used = reads.get(variable, set()) | writes.get(variable, set())
        kinds = {divided.get(index) for index in used}
        touched[variable] = kinds.pop() if len(kinds) == 1 else None
    written = {variable for variable in writes if isinstance(variable, ArrayVariable)}
    alone = code.template_name == "spikemonitor" or any(
        touched[variable] is None for variable in written)
    task = Task(not alone, touched, written)
    _add_of_template(code, task)
    return task


def listing(threshold: KernelCodeObject) -> Task:
    """The task of writing a list of spikes from the bits that a threshold has set."""
    task = Task(True)
    task._add((FIRED, threshold.name), False)
    task._add(event_variable(threshold), True)
    return task


def _add_of_template(code, task):
    """What a template touches beside the statements."""
    kind = code.template_name
    if kind == "threshold":
        task._add((FIRED, code.name), True)
        for name in ("lastspike", "not_refractory"):
            if name in code.variables:
                task.touched[code.variables[name]] = NEURONS
                task.writes.add(code.variables[name])
    elif event_variable(code) is not None:
        task._add(event_variable(code), False)
    if kind == "dense_pathway" and "_ring" in code.variables:
        task._add(code.variables["_ring"], True)
    if kind in ("statemonitor", "spikemonitor"):
        for variable in code.owner.variables.values():
            if isinstance(variable, ArrayVariable) and not variable.constant:
                if variable.owner is not None and variable.owner.name == code.owner.name:
                    task._add(variable, True)


def _divided(code):
    """How each index divides elements among the threads."""
    kind = code.template_name
    if kind in ("stateupdate", "threshold", "reset"):
        return {"_idx": NEURONS}
    if kind == "dense_pathway":
        return _synapses(code.owner, pathway_of(code).side == "pre")
    if kind == "dense_update":
        return _synapses(code.owner, True)
    return {}


def _synapses(projection, by_column):
    """The same for synapses that are divided by their postsynaptic or their presynaptic neuron."""
    pattern = projection.pattern
    start = projection.post_start if by_column else projection.pre_start
    found = {"_postsynaptic_idx" if by_column else "_presynaptic_idx": NEURONS}
    if pattern.one_to_one and projection.pre_start == projection.post_start:
        found |= {"_postsynaptic_idx": NEURONS, "_presynaptic_idx": NEURONS}
    if pattern.stored:
        found["_idx"] = ("column" if by_column else "row", start)
    if pattern.distinct and isinstance(pattern, MatrixOf):
        # A row of the matrix of another projection that is read transposed is a column here.
        as_column = by_column != pattern.transposed
        found["_element"] = ("column" if as_column else "row", start)
    elif pattern.distinct:
        found["_element"] = (by_column, start, id(pattern))
    return found
