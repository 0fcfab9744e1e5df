"""What has no dense form, in words."""

from brian2.core.variables import ArrayVariable, DynamicArrayVariable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION

from models.errors import SuiteError

RESERVED = ("i", "j", "delay", "N_incoming", "N_outgoing")


def refuse_model(projection, equations, on_pre: str | None, on_post: str | None) -> None:
    """Refuse equations and pathways that have no dense form.

    Parameters
    ----------
    projection : models.dense.projection.DenseSynapses
        Its name, groups and pattern are known.
    equations : brian2.Equations
    on_pre, on_post : str or None

    Raises
    ------
    SuiteError
        It names the cause and what to do instead.
    """
    for code in (on_pre, on_post):
        if not isinstance(code, str | None):
            raise SuiteError(f"{projection.name}: one pathway per side (a string); make two "
                             "projections or use brian2.Synapses")
    for equation in equations.values():
        _refuse_equation(projection, equation)
        _refuse_name(projection, equation.varname)
    equations.check_flags({SUBEXPRESSION: ["shared"], PARAMETER: ["constant", "shared"]})


def refuse_values(projection, values: dict) -> None:
    """Refuse variables of other groups that the pattern has no place for.

    Parameters
    ----------
    projection : DenseSynapses or ListedSynapses
    values : dict of str to Group

    Raises
    ------
    SuiteError
        It names the cause and what to do instead.
    """
    if values and not projection.pattern.shares:
        raise SuiteError(f"{projection.name}: synapses of {projection.pattern.name} share no "
                         "values; declare variables of their own in the model")
    for name, group in values.items():
        if name not in group.variables:
            raise SuiteError(f"{projection.name}: {group.name} has no variable {name}")
        _refuse_name(projection, name)
        _refuse_size(projection, name, group)


def _refuse_size(projection, name, group):
    """Refuse a variable that has not the elements that the pattern names."""
    pattern = projection.pattern
    variable = group.variables[name]
    if group is not getattr(pattern, "holder", group):
        raise SuiteError(f"{projection.name}: {name} is to come from {group.name}, but the pattern "
                         f"is {pattern.name}")
    if not isinstance(variable, ArrayVariable):
        raise SuiteError(f"{projection.name}: {group.name} stores no {name}; name what it is "
                         "computed from")
    # Brian2's Synapses have as many elements as their pattern has, but do not know it before a run.
    if not isinstance(variable, DynamicArrayVariable) and variable.size < pattern.n_elements:
        raise SuiteError(f"{projection.name}: {pattern.name} has {pattern.n_elements} elements, "
                         f"but {group.name}.{name} has {variable.size}")


def _refuse_equation(projection, equation):
    """Refuse a kind of equation."""
    name = equation.varname
    if not projection.pattern.stored and "shared" not in equation.flags:
        raise SuiteError(f"{projection.name}: synapses of {projection.pattern.name} are not stored "
                         f"and cannot have {name}; make it shared, a constant, or use "
                         "brian2.Synapses")
    if equation.type == DIFFERENTIAL_EQUATION:
        raise SuiteError(f"{projection.name}: d{name}/dt has no dense form; make it a trace of the "
                         "neurons (a variable of the group) or use brian2.Synapses")
    if {"summed", "linked", "constant over dt"} & set(equation.flags):
        raise SuiteError(f"{projection.name}: {name} ({', '.join(equation.flags)}) has no dense "
                         "form; use brian2.Synapses")


def _refuse_name(projection, name):
    """Refuse a name that means something else."""
    neurons = name.removesuffix("_pre").removesuffix("_post")
    if name in RESERVED or neurons != name:
        raise SuiteError(f"{projection.name}: {name} is not free for a variable of synapses: "
                         f"{', '.join(RESERVED)} are reserved, _pre and _post mark the neurons' "
                         "variables")
    groups = (projection.source, projection.target)
    if name != "lastupdate" and any(name in getattr(group, "variables", ()) for group in groups):
        raise SuiteError(f"{projection.name}: {name} is a variable of the synapses and of the "
                         f"neurons; rename one, for example to {name}_syn")
