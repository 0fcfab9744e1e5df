"""Code generation: loops that the compiler vectorises (the passes: `models.dense.passes`)."""

import ast
import copy
import re

import numpy as np
from brian2 import StateMonitor, get_device, prefs
from brian2.core.functions import DEFAULT_FUNCTIONS, Function
from brian2.core.variables import ArrayVariable
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.utils.stringtools import get_identifiers, word_substitute

from models.dense import ahead
from models.dense.exact import ExactGenerator
from models.dense.expressions import CLIP, BranchFreeRenderer, always_finite, fits
from models.dense.loops import INDEPENDENT, independent_iterations, loop_pragma, scan_type
from models.dense.passes import active
from models.dense.projection import DenseSynapses
from models.dense.registers import kept_in_registers
from models.errors import SuiteError
from models.shared import elementary


def _conjuncts(node):
    """The parts of a condition that must all hold."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return [part for value in node.values for part in _conjuncts(value)]
    return [node]


class VectorGenerator(ExactGenerator):
    """C++ statements without branches, unknown constants or needless wide types.

    Attributes
    ----------
    renderer_class : type
        What makes text of expressions.
    clip : str
        The C++ of ``clip``.
    kept : models.dense.ahead.Kept or None
        What gives names to parts of expressions that are computed elsewhere.
    """

    renderer_class = BranchFreeRenderer
    clip = CLIP
    kept = None

    def __init__(self, *args, **keywords):
        super().__init__(*args, **keywords)
        self._real = None
        self._wide = None
        self._short = False
        self._plain = False
        self._invariants = set()
        self._loop_constants = set()
        self._integers = set()

    def stateful(self, statement) -> bool:
        """Whether a statement draws random numbers, or the like."""
        used = (self.variables.get(name) for name in get_identifiers(statement.expr))
        return any(isinstance(v, Function) and not v.stateless for v in used)

    def translate_expression(self, expression):
        """`BranchFreeRenderer` in place of Brian2's."""
        renderer = self.renderer_class(auto_vectorise=self.auto_vectorise)
        renderer.real = self._real
        renderer.wide = self._wide
        renderer.plain = self._plain
        renderer.integers = self._integers
        expression = word_substitute(expression, self.func_name_replacements)
        if self.kept is not None:
            expression = self.kept.shortened(expression, renderer)
        return renderer.render_expr(expression).strip()

    def translate_statement(self, statement):
        """No if/else for boolean variables, which Brian2 makes to save arithmetic."""
        statement = copy.copy(statement)
        # What is drawn only under a condition must not be drawn without it.
        self._plain = not active("branch_free") or self.stateful(statement)
        if not self._plain and always_finite(statement.expr):
            statement.used_boolean_variables = None
        real = np.issubdtype(statement.dtype, np.floating)
        if real and statement.scalar and statement.op == ":=":
            statement.dtype = np.float64
        self._real = self.c_data_type(statement.dtype) if real else None
        self._wide = self._rounded(statement)
        try:
            line = super().translate_statement(statement)
        finally:
            self._real = self._wide = None
        # A condition in a char would be packed into bytes and unpacked again.
        return line if self._plain else re.sub(r"^const char ", "const bool ", line)

    def _rounded(self, statement):
        """What a statement of a float32 network rounds, or None if it is one of doubles.

        Constants, loop invariants and the time are computed in double and rounded once. A
        statement that itself reads or writes a float64 array stays double.
        """
        if (prefs.core.default_float_dtype != np.float32 or statement.scalar
                or statement.dtype == np.float64):
            return None
        names = {statement.var} | get_identifiers(statement.expr)
        if "timestep" in names:
            # It counts the steps of a time: a rounded one may be a step away.
            return None
        used = {n: self.variables[n] for n in names if n in self.variables}
        for variable in used.values():
            double_function = (isinstance(variable, Function) and variable._return_type == "float"
                               and variable not in DEFAULT_FUNCTIONS.values())
            array = isinstance(variable, ArrayVariable) and not variable.scalar
            if double_function or array and variable.dtype == np.float64:
                return None
        return names & self._invariants | {
            n for n, v in used.items() if not isinstance(v, Function) and v.scalar
            and np.issubdtype(v.dtype, np.floating)}

    def translate_to_read_arrays(self, read, write, indices):
        """Constants as numbers, so that the compiler computes exp(-dt/tau) itself.

        The count of time steps, 64 bits in Brian2, is read as 32 where that makes no difference
        (`fits`): comparisons with it fit the 32-bit integers of the neurons. The device refuses
        runs that would overflow it.
        """
        lines = super().translate_to_read_arrays(read, write, indices)
        for k, line in enumerate(lines):
            name = line.split(" = ")[0].split()[-1]
            variable = self.variables.get(name)
            if (name == "dt" and variable.scalar and variable.constant
                    and active("known_step")):
                lines[k] = f"const double dt = {float(variable.get_value()[0])!r};"
            elif name == "t_in_timesteps" and self._short:
                lines[k] = line.replace("int64_t", "int32_t", 1)
        return lines

    def translate_statement_sequence(self, scalar_statements, vector_statements):
        """As in Brian2; the template and the device are told what the code touches."""
        blocks = [*scalar_statements.values(), *vector_statements.values()]
        statements = [statement for block in blocks for statement in block]
        self._refuse_written_numbers(statements)
        self._classify(scalar_statements, statements)
        scalar, vector, keywords = self.lines(scalar_statements, vector_statements)
        counters = self._counters()
        vector = {block: counters + lines for block, lines in vector.items()}
        reads, writes = self._touched(blocks)
        due = self._event_time(vector_statements)
        stateful = any(self.stateful(statement) for statement in statements)
        keywords["written_variables"] = writes
        keywords["stateful"] = stateful
        keywords["event_time"] = due
        keywords["necessary"] = self._necessary(vector_statements)
        keywords["ahead"] = self._ahead(scalar_statements, vector_statements)
        keywords["kept"] = {
            index: kept_in_registers(self, vector_statements.get(None, ()), index)
            for index in ("_postsynaptic_idx", "_presynaptic_idx")}
        get_device().touched.note(self.name, self._by_variable(reads), self._by_variable(writes),
                                  due and self.variables[due], stateful)
        if get_device().threads > 1:
            # A function finds its arrays through pointers that every part of a loop sets again.
            keywords["support_code_lines"] = [
                re.sub(r"^static (?=[\w ]+\* _namespace)", "static thread_local ", line)
                for line in keywords["support_code_lines"]]
        keywords["support_code_lines"] += self.clip.splitlines()
        return scalar, vector, keywords

    def lines(self, scalar_statements, vector_statements) -> tuple:
        """Lines of statements as Brian2 writes them, and keywords of the template."""
        return super().translate_statement_sequence(scalar_statements, vector_statements)

    def _ahead(self, scalar_statements, vector_statements):
        """The part of a reset that can be executed in advance (`models.dense.ahead`), if any."""
        # Statements with a condition have named blocks instead.
        if self.template_name != "reset" or None not in vector_statements or not active("ahead"):
            return None
        found = ahead.part(self, scalar_statements[None], vector_statements[None])
        if found is not None:
            get_device().touched.ahead[self.name] = found
        return found

    def _refuse_written_numbers(self, statements):
        """The loops of a projection set i and j."""
        for statement in statements:
            if statement.var in ("i", "j") and isinstance(self.owner, DenseSynapses):
                raise SuiteError(f"{self.owner.name}: {statement.var} is the number of a neuron "
                                 "and cannot be written")

    def _classify(self, scalar_statements, statements):
        """Find loop invariants and integers, and whether 32 bits can count the steps."""
        self._short = active("short_counter") and all(
            fits(statement, "t_in_timesteps") for statement in statements)
        self._invariants = {
            statement.var for block in scalar_statements.values() for statement in block
            if statement.op == ":=" and np.issubdtype(statement.dtype, np.floating)}
        self._loop_constants = {statement.var for block in scalar_statements.values()
                                for statement in block if statement.op == ":="}
        self._integers = {name for name, variable in self.variables.items()
                          if not isinstance(variable, Function)
                          and np.dtype(variable.dtype).kind in "biu"}
        self._integers |= {statement.var for statement in statements
                           if statement.op == ":=" and np.dtype(statement.dtype).kind in "biu"}

    def _touched(self, blocks):
        """Names that the statements read, and those that they write."""
        reads = set()
        writes = set()
        for block in blocks:
            more = self.array_read_write(block)
            reads |= more[0]
            writes |= more[1]
        # Where "(unless refractory)" decides whether something is written, that is read, too.
        condition = self.get_conditional_write_vars()
        reads |= {condition[name] for name in writes if name in condition}
        return reads, writes

    def _counters(self):
        """Lines that find the neurons of a recorded synapse, for Brian2's StateMonitor."""
        projection = getattr(self.owner, "source", None)
        if not isinstance(self.owner, StateMonitor) or not isinstance(projection, DenseSynapses):
            return []
        return [f"const int32_t {name} = {number};"
                for name, number in projection.pattern.neurons_of("_idx").items()] + [
            f"const size_t _presynaptic_idx = i + {projection.pre_start};",
            f"const size_t _postsynaptic_idx = j + {projection.post_start};"]

    def _by_variable(self, names):
        """``{Variable: indices by which the code reaches it}``."""
        found = {}
        for name in names:
            found.setdefault(self.variables[name], set()).add(self.variable_indices[name])
        return found

    def _necessary(self, vector_statements):
        """C++ text of what a threshold needs that is the same for all neurons, if there is any.

        Such as the phase of a presentation in which alone a group can fire.
        """
        if not active("idle"):
            return None
        for statement in vector_statements.get(None, ()):
            if statement.var == "_cond" and not self.stateful(statement):
                root = ast.parse(str(statement.expr).strip(), mode="eval").body
                common = [ast.unparse(part) for part in _conjuncts(root) if self._common(part)]
                if common:
                    return self.translate_expression(" and ".join(common))
        return None

    def _common(self, node):
        """Whether an expression is the same for all neurons."""
        names = get_identifiers(ast.unparse(node)) - {"and", "or", "not"}
        return all(name in self._loop_constants or name in self.variables
                   and not isinstance(self.variables[name], Function)
                   and self.variables[name].scalar for name in names)

    def _event_time(self, vector_statements):
        """Variable that holds the time step of a neuron's next event, if the threshold is that.

        A neuron whose threshold reads ``t_in_timesteps == next_spike`` tells in advance when it
        fires: the template enters neurons in a calendar and looks at no other one.
        """
        if not active("calendar"):
            return None
        # Statements with a condition have named blocks instead.
        for statement in vector_statements.get(None, ()):
            found = ahead.DUE.fullmatch(str(statement.expr).strip())
            if statement.var == "_cond" and found:
                variable = self.variables.get(found[1])
                if (isinstance(variable, ArrayVariable) and variable.dtype == np.int32
                        and self.variable_indices[found[1]] == "_idx"):
                    return found[1]
        return None


class DenseCodeObject(CPPStandaloneCodeObject):
    """Code object of the dense device: this package's templates before Brian2's."""

    templater = CPPStandaloneCodeObject.templater.derive("models.dense", env_globals={
        "openmp_pragma": loop_pragma,
        "independent": independent_iterations,
        "independent_pragma": INDEPENDENT,
        "scan_type": scan_type,
        "active": active,
        "threads": lambda: get_device().threads,
    })
    generator_class = VectorGenerator


elementary.use(DenseCodeObject)
