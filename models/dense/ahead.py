"""Spikes of a whole slot at once, where a neuron alone decides when it fires.

A neuron whose threshold is a time step, ``t_in_timesteps == next_spike``, and whose reset sets the
next one, fires without regard to what else goes on, until something is written to it. In a network
that is shown in slots, the input is written to at the beginning of a slot only. So all its spikes
of a slot are found then, neuron by neuron: what stays the same from spike to spike is computed
once, and the processor works on several spikes at a time. A step takes its spikes from a list.

The rest of the reset, such as raising a trace, is executed at the time of the spike as ever.
"""

import ast
import re
from dataclasses import dataclass, field

from brian2.core.clocks import Clock
from brian2.core.variables import ArrayVariable, Variable
from brian2.utils.stringtools import get_identifiers

from models.dense.expressions import BranchFreeRenderer
from models.dense.fusion import KNOWN
from models.dense.touched import resets

DUE = re.compile(r"\(*t_in_timesteps == (\w+)\)*")
"""A threshold that is a time step."""

NOW = "t_in_timesteps"


@dataclass
class Part:
    """The part of a reset that tells when a neuron fires again, as lines of C++.

    Attributes
    ----------
    due : str
        The variable that holds the time step.
    own : set of Variable
        Variables that the part writes.
    given : set of Variable
        Variables that it reads beside them.
    scalar : list of str
        Before all neurons.
    load, store : list of str
        Before a neuron's spikes and after them.
    each : list of str
        At each spike, where ``t_in_timesteps`` is its time step.
    rest_scalar, rest : list of str
        The rest of the reset, before the loop over spikes and in it.
    """

    due: str
    own: set
    given: set
    scalar: list = field(default_factory=list)
    load: list = field(default_factory=list)
    each: list = field(default_factory=list)
    store: list = field(default_factory=list)
    rest_scalar: list = field(default_factory=list)
    rest: list = field(default_factory=list)


class Kept(ast.NodeTransformer):
    """Calls of functions whose value is the same for all spikes of a neuron get a name.

    Parameters
    ----------
    varying : collection of str
        Names whose values change from spike to spike.

    Attributes
    ----------
    named : dict of str to str
        What the new names stand for, in C++.
    """

    def __init__(self, varying):
        self.named = {}
        self._varying = varying
        self._renderer = None

    def shortened(self, expression: str, renderer: BranchFreeRenderer) -> str:
        """An expression with names in place of such calls.

        Parameters
        ----------
        expression : str
        renderer : models.dense.expressions.BranchFreeRenderer
            It makes C++ of an expression.
        """
        self._renderer = renderer
        return ast.unparse(self.visit(ast.parse(expression.strip(), mode="eval")))

    def visit_Call(self, node):
        """Name a call, or what stands in it. How a quotient is computed depends on whether its parts
        are integers, which a name would not tell."""
        if get_identifiers(ast.unparse(node)) & self._varying or self._renderer.integral(node):
            return self.generic_visit(node)
        name = f"_kept_{len(self.named)}"
        self.named[name] = self._renderer.render_expr(ast.unparse(node)).strip()
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def part(generator, scalar_statements: list, statements: list) -> Part | None:
    """The part of a reset that can be executed in advance, if there is one.

    Parameters
    ----------
    generator : models.dense.codegen.VectorGenerator
        Of the reset.
    scalar_statements, statements : list of Statement

    Returns
    -------
    Part or None
    """
    due = _due(generator)
    if due is None:
        return None
    slice_ = _slice(due, statements)
    ahead = [s for s in statements if s.var in slice_]
    rest = [s for s in statements if s.var not in slice_]
    if not _alone(generator, scalar_statements, ahead, rest, slice_):
        return None
    read, write, indices = generator.array_read_write(ahead)
    variables = generator.variables
    found = Part(due, {variables[name] for name in write},
                 {variables[name] for name in read - write})
    _translate(generator, found, scalar_statements, ahead, (read | {due}, write, indices))
    before, inside, _ = generator.lines({None: scalar_statements}, {None: rest})
    found.rest_scalar = before[None]
    found.rest = inside[None]
    return found


def _due(generator):
    """Name of the variable that tells when a neuron of the reset's group fires."""
    spaces = [name for name in generator.variables if re.fullmatch(r"_\w+space", name)]
    if len(spaces) != 1:
        return None
    threshold = getattr(generator.owner, "events", {}).get(spaces[0][1:-len("space")], "")
    found = DUE.fullmatch(threshold.strip())
    return found and found[1]


def _slice(due, statements):
    """Names of what the next time step is computed from, as far as the reset changes it."""
    written = {statement.var for statement in statements}
    found = {due}
    while True:
        more = {name for statement in statements if statement.var in found
                for name in get_identifiers(statement.expr)} & written
        if more <= found:
            return found
        found |= more


def _alone(generator, scalar_statements, ahead, rest, slice_):
    """Whether these statements are a matter of a neuron and its time alone."""
    variables = generator.variables
    names = {name for s in ahead for name in (s.var, *get_identifiers(s.expr))}
    arrays = {name: variables[name] for name in names
              if isinstance(variables.get(name), ArrayVariable)}
    read_by_rest = {name for s in rest for name in get_identifiers(s.expr)}
    invariants = {s.var for s in scalar_statements}
    times = {name for s in (*scalar_statements, *ahead) for name in get_identifiers(s.expr)
             if isinstance(getattr(variables.get(name), "owner", None), Clock)
             and not variables[name].constant}
    return (bool(ahead)
            and all(s.op == ":=" for s in scalar_statements)
            and not (invariants | read_by_rest) & slice_
            and times <= {NOW}
            and not any(generator.stateful(s) for s in ahead)
            and not names & generator.get_conditional_write_vars().keys()
            and all(generator.variable_indices[name] == "_idx" or v.scalar
                    for name, v in arrays.items())
            and not any(arrays[s.var].scalar for s in ahead if s.var in arrays))


def _translate(generator, found, scalar_statements, ahead, touched):
    """Write the lines of a part."""
    read, write, indices = touched
    scalars = {name for name in read if generator.variables[name].scalar}
    of_scalars, _, _ = generator.array_read_write(scalar_statements)
    found.scalar = generator.translate_to_read_arrays((scalars | of_scalars) - {NOW}, set(), set())
    varying = {s.var for s in (*scalar_statements, *ahead)} | {NOW}
    generator.kept = Kept(varying)
    found.each = generator.translate_to_statements([*scalar_statements, *ahead], {})
    kept = generator.kept.named
    generator.kept = None
    found.load = [
        *generator.translate_to_read_arrays(read - scalars, write, indices),
        *generator.translate_to_declarations(read, write, indices),
        *(f"const auto {name} = {text};" for name, text in kept.items())]
    found.store = generator.translate_to_write_arrays(write)


def found_ahead(codes: list, touched) -> dict[str, str]:
    """Thresholds whose spikes can be found in advance, and their resets.

    Parameters
    ----------
    codes : list of (Clock, CodeObject)
        In the order of execution. What is not of the fastest clock is executed in the first step
        of a slot only.
    touched : models.dense.touched.Touched

    Returns
    -------
    dict of str to str
        ``{name of the threshold: name of the reset}``
    """
    fastest = min(float(clock.dt) for clock, _ in codes)
    found = {}
    for at, (clock, threshold) in enumerate(codes):
        if threshold.name not in touched.due or float(clock.dt) > fastest:
            continue
        own = [code for _, code in codes if resets(code, threshold)]
        after = [code for other, code in codes[at:] if other is clock]
        if len(own) != 1 or own[0] not in after or own[0].name not in touched.ahead:
            continue
        reset = own[0]
        # Whether each is executed before these neurons can fire in a slot, and not again in it.
        others = [(k < at and float(other.dt) > fastest, code)
                  for k, (other, code) in enumerate(codes) if code not in (threshold, reset)]
        ahead = touched.ahead[reset.name]
        if all(early or not _disturbs(code, ahead, touched) for early, code in others):
            found[threshold.name] = reset.name
    return found


def _disturbs(code, ahead, touched):
    """Whether a code object reads what is ahead of its time, or changes what that depends on."""
    everything = {v for v in code.variables.values() if isinstance(v, Variable)}
    known = code.template_name in KNOWN and code.name in touched.writes
    monitor = code.template_name.endswith("monitor")
    written = (touched.writes[code.name].keys() if known else set() if monitor else everything)
    read = touched.reads[code.name].keys() if known else everything
    return bool(ahead.own & (read | written) or ahead.given & written)
