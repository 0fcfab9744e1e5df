"""Parameters that a run names: of the paper's tables, or of any equation of its network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from brian2.units import mV, ms

from equations.hao2020.presentation import Presentation
from equations.hao2020.settings import Settings
from models.errors import SuiteError
from models.own_equations import OwnEquations
from models.own_equations.owners import known_values, named_values, refuse_unused
from models.own_equations.syntax import NotUnderstood
from models.own_equations.values import fitted

NAMED = ("nu_input", "nu_hidden", "nu_readout", "tau_theta_ms", "theta_step_mV",
         "theta_init_mV", "beta_input", "beta_hidden", "beta_readout", "w_max_hidden",
         "w_max_readout", "V_const_mV")
"""Of all hidden layers; theta_step_mV is alpha*dt/tau_theta."""
UNITS = {"tau_theta_ms": ms, "theta_init_mV": mV, "V_const_mV": mV}
OF_LATERAL = {"hidden": "w_EI", "lateral": "w_IE"}


def changed(base: Settings, layers: list[str], parameters: Mapping[str, float | str],
            own: OwnEquations, rules: Mapping[str, str]) -> tuple[Settings, OwnEquations]:
    """Parameters of the paper and equations of one's own, with the values that a run names.

    Parameters
    ----------
    base : equations.hao2020.settings.Settings
    layers : list of str
        Names of the layers in order.
    parameters : mapping of str to (float or str)
        Names of `NAMED`, of `Presentation`, or of any equation: ``'tau_m'`` where all that have
        one have the same, else ``'hidden1.tau_m'``.
    own : OwnEquations
    rules : mapping of str to str
        Which rule each projection learns by.

    Returns
    -------
    Settings, OwnEquations

    Raises
    ------
    SuiteError
        If a name is unknown or of several groups, or a value has another unit.
    """
    of_paper = {name: value for name, value in parameters.items()
                if name in NAMED and name != "theta_step_mV"}
    base = _with_named(base, of_paper)
    timing = {each.name for each in fields(Presentation)}
    shown = {name: value for name, value in parameters.items() if name in timing}
    base = replace(base, presentation=_with_timing(base.presentation, shown))
    if "theta_step_mV" in parameters:
        base = _with_theta_step(base, parameters)
    owners = owners_of(base, layers)
    known = known_values(own, owners, rules)
    others = {name: value for name, value in parameters.items()
              if name not in {*NAMED, *timing}}
    values = named_values(others, known, (*NAMED, *timing))
    refuse_unused(own, owners)
    return base, own.with_values(values) if values else own


def owners_of(base: Settings, layers: list[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Groups and projections that have parameters, and those with their values.

    Returns
    -------
    dict of (str, str) to dict
        By ``('groups', NAME)`` and ``('projections', NAME)``.
    """
    found = {}
    for layer in layers:
        if layer == "readout":
            found["groups", layer] = _values(base.readout)
        elif layer != "input":
            inhibitory = layer.replace("hidden", "inhibitory")
            lateral = layer.replace("hidden", "lateral")
            found["groups", layer] = _values(base.excitatory) | _values(base.threshold)
            found["groups", inhibitory] = _values(base.inhibitory)
            found["projections", f"{layer}_{inhibitory}"] = {"w_EI": base.lateral.w_EI}
            found["projections", lateral] = {"w_IE": base.lateral.w_IE}
    for source, target in zip(layers, layers[1:]):
        stdp = (base.input_stdp if source == "input" else
                base.readout_stdp if target == "readout" else base.hidden_stdp)
        found["projections", f"{source}_{target}"] = _values(stdp)
    return found


def _values(group):
    return {each.name: getattr(group, each.name) for each in fields(group)}


def _with_timing(presentation, changes):
    """How samples are shown, with changes."""
    try:
        found = replace(presentation, **{
            name: fitted(name, value, getattr(presentation, name))
            for name, value in changes.items()})
    except NotUnderstood as error:
        raise SuiteError(f"parameter {error}") from None
    for name in ("dt", "presentation", "rest"):
        value = getattr(found, name)
        steps = float(value / found.dt)
        if not value > 0 * ms or abs(steps - round(steps)) > 1e-9 * steps:
            raise SuiteError(f"parameter {name} = {value}: give a positive multiple of the time "
                             f"step dt = {found.dt}")
    return found


def _with_theta_step(base: Settings, parameters: Mapping[str, float | str]) -> Settings:
    """The jump of the thresholds, alpha*dt/tau_theta, by alpha."""
    for name in parameters:
        if name.rpartition(".")[2] in ("alpha", "tau_theta"):
            raise SuiteError("parameter theta_step_mV is alpha*dt/tau_theta: change it and "
                             f"tau_theta_ms instead of {name}")
    step = parameters["theta_step_mV"] * mV
    slots = float(base.threshold.tau_theta / ms) / float(base.presentation.dt / ms)
    return replace(base, threshold=replace(base.threshold, alpha=step * slots))


def _with_named(base: Settings, changes: Mapping[str, float]) -> Settings:
    """Parameters of the paper with changes by the names of its tables."""
    left = {name: value * UNITS.get(name, 1) for name, value in changes.items()}

    def take(target, **names):
        found = {own: left.pop(name) for own, name in names.items() if name in left}
        return replace(target, **found) if found else target

    threshold = take(base.threshold, tau_theta="tau_theta_ms", theta_init="theta_init_mV")
    return replace(
        base, threshold=threshold,
        excitatory=take(base.excitatory, V_const="V_const_mV"),
        input_stdp=take(base.input_stdp, nu="nu_input", beta="beta_input"),
        hidden_stdp=take(base.hidden_stdp, nu="nu_hidden", beta="beta_hidden",
                         w_max="w_max_hidden"),
        readout_stdp=take(base.readout_stdp, nu="nu_readout", beta="beta_readout",
                          w_max="w_max_readout"))
