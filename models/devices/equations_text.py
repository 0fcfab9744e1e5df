"""A network as text: what each group and each projection computes, and with which numbers.

The text is taken from the Brian2 objects themselves, so it tells of the network that runs. It is
the same for every precision and number of samples. Functions stand in it by their names.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable

from brian2 import EventMonitor, NeuronGroup, StateMonitor, get_device, second
from brian2.equations.equations import INTEGER, Equations
from brian2.groups.group import CodeRunner
from brian2.groups.neurongroup import Resetter, StateUpdater, Thresholder
from brian2.synapses.synapses import SynapticPathway

from models.dense.pathway import Pathway
from models.devices.inspection import inspected
from models.devices.network_description import NetworkDescription
from models.devices.values_text import block, counted, number, values_of

MONITORS = (EventMonitor, StateMonitor)


def text_of(build: Callable[[], NetworkDescription]) -> str:
    """Text of a network that is built for this purpose and never compiled.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription.

    Returns
    -------
    str
    """
    return inspected(build, equations_text)


def equations_text(description: NetworkDescription) -> str:
    """Groups, projections and the order of a time step.

    Parameters
    ----------
    description : NetworkDescription
        Not yet run.

    Returns
    -------
    str
        Groups and projections by name, each with its equations, its code and the values of the
        names that they use.
    """
    owners = [each for each in description.network.objects if not isinstance(each, MONITORS)]
    parts = []
    for group in _by_name(each for each in owners if isinstance(each, NeuronGroup)):
        parts += [f"group {group.name}: {counted(len(group), 'neuron')}",
                  *_group(group, description, []), ""]
    for projection in _by_name(each for each in owners if hasattr(each, "target")):
        parts += [f"projection {projection.name}: {projection.source.name} -> "
                  f"{projection.target.name}, {_connected(projection)}",
                  *_projection(projection, description, []), ""]
    return "\n".join([*parts, *_course(description)]) + "\n"


def codes_of(description: NetworkDescription) -> list[str]:
    """The code of a network: expressions of its equations and statements.

    Parameters
    ----------
    description : NetworkDescription
        Not yet run.
    """
    codes = []
    for each in description.network.objects:
        if isinstance(each, NeuronGroup):
            _group(each, description, codes)
        elif hasattr(each, "target") and not isinstance(each, MONITORS):
            _projection(each, description, codes)
    return codes


def _by_name(owners: Iterable) -> list:
    """Objects in the order of their names, numbers in these by their size."""
    return sorted(owners, key=lambda each: [
        int(word) if word.isdigit() else word for word in re.split(r"(\d+)", each.name)])


def _connected(projection):
    """Which neurons are connected, in words."""
    pattern = getattr(projection, "pattern", None)
    return "listed synapses" if pattern is None else pattern.words


# -- groups ---------------------------------------------------------------------------------


def _group(group, description, codes):
    """Equations, events and regular changes of a group, and the numbers that they use; all code is
    added to `codes`."""
    lines = _equations(group.equations, codes)
    if group.equations.diff_eq_names:
        method, = (each.method_choice for each in group.contained_objects
                   if isinstance(each, StateUpdater))
        lines += block("integrated by", _lines(str(method), codes))
    if group._refractory is not False:
        lines += block("refractory", [str(group._refractory)])
        codes.append(str(group._refractory))
    for event in sorted(group.events, key=lambda name: name != "spike"):
        lines += block(f"{event} where", _lines(group.events[event], codes))
        if group.event_codes.get(event):
            lines += block(f"after {event}", _lines(group.event_codes[event], codes))
    lines += _regular(group, codes)
    return lines + values_of(group, codes, description)


def _equations(equations: Equations, codes):
    """The lines of model equations; their text is added to `codes`."""
    found = []
    for name in sorted(equations):
        equation = equations[name]
        if equation.expr is not None:
            codes.append(str(equation.expr))
        text = " ".join(str(equation).split())
        # Brian2 prints whole numbers as it does others.
        found.append(text.replace(" : 1", " : integer") if equation.var_type == INTEGER else text)
    return block("equations", found) if found else []


def _regular(owner, codes):
    """What a group or projection does at times of its own."""
    lines = []
    own = [each for each in owner.contained_objects if isinstance(each, CodeRunner)
           and not isinstance(each, (StateUpdater, Thresholder, Resetter))
           and not isinstance(each, (Pathway, SynapticPathway))]
    for runner in own:
        lines += block(_heading(runner), _lines(runner.abstract_code, codes))
    return lines


# -- projections ----------------------------------------------------------------------------


def _projection(projection, description, codes):
    """Equations of the synapses, and what spikes do to them; all code is added to `codes`."""
    lines = _equations(projection.equations, codes)
    for pathway in _pathways(projection):
        head = f"on_{_side(pathway)}" + ("" if pathway.event == "spike" else
                                         f", at {pathway.event}")
        head += f"{_delayed(pathway)} (order {pathway.order})"
        lines += block(head, _lines(pathway.code, codes))
    lines += _regular(projection, codes)
    return lines + values_of(projection, codes, description)


def _pathways(projection):
    """What spikes of either side do, that of the presynaptic side first."""
    found = [each for each in projection.contained_objects
             if isinstance(each, (Pathway, SynapticPathway))]
    return sorted(found, key=lambda each: (_side(each) != "pre", each.name))


def _delayed(pathway):
    """When the code of a pathway is executed, if not at once."""
    if isinstance(pathway, Pathway):
        delay = float(pathway.delay)
    elif pathway.variables["delay"].scalar:
        delay = _single_value(pathway.variables["delay"])
    else:
        return ", each synapse after a delay of its own"
    return f", after {number(delay*second)}" if delay else ""


def _single_value(variable):
    """The value that a network gives a variable of one element.

    Before the program has run, Brian2 has it only in the list of what `main` is to do.
    """
    device = get_device()
    name = device.get_array_name(variable, access_data=False)
    values = [arguments[2] for what, arguments in device.main_queue
              if what == "set_by_single_value" and arguments[0] == name]
    return float(values[-1])


def _side(pathway):
    """'pre' or 'post'."""
    return pathway.side if isinstance(pathway, Pathway) else pathway.prepost


# -- the course of a sample -------------------------------------------------------------------


def _course(description):
    """Time step, slot, and the order in which a step is computed."""
    lines = [f"time step {number(description.clock.dt)}",
             f"slot {number(description.slot)}, {counted(description.slot_steps, 'step')}",
             f"{counted(description.max_attempts, 'attempt')} a sample at most"]
    runners = [each for each in description.network.sorted_objects if isinstance(each, CodeRunner)
               and not isinstance(each, MONITORS) and each.abstract_code is not None]
    # Brian2's own names have numbers that depend on what else the process has built.
    slots = description.network.schedule
    order = sorted((_place(each.when, slots), each.order, _does(each)) for each in runners)
    return ["course", *block("times", lines), *block("order of a step", [
        f"{owner}: {what}" for _, _, (owner, what) in order])]


def _place(when, slots):
    """Place of a slot in a time step; Brian2 knows one before and one after each, too."""
    side, _, slot = when.rpartition("_")
    if side in ("before", "after"):
        return slots.index(slot) + (0.25 if side == "after" else -0.25)
    return slots.index(when)


def _does(runner):
    """Whose code an object runs, and which."""
    if isinstance(runner, StateUpdater):
        what = "equations"
    elif isinstance(runner, Thresholder):
        what = f"{runner.event} where"
    elif isinstance(runner, Resetter):
        what = f"after {runner.event}"
    elif isinstance(runner, (Pathway, SynapticPathway)):
        what = f"on_{_side(runner)}"
    else:
        what = _heading(runner)
    owner = runner.projection if isinstance(runner, Pathway) else (
        runner.synapses if isinstance(runner, SynapticPathway) else runner.group)
    return owner.name, what


def _heading(runner):
    """When a group or projection does something at times of its own."""
    return f"every {number(runner.clock.dt)} ('{runner.when}', {runner.order})"


def _lines(code, codes):
    """Code without its indentation; it is added to `codes`."""
    codes.append(code)
    return [line.rstrip() for line in textwrap.dedent(code).strip().splitlines() if line.strip()]
