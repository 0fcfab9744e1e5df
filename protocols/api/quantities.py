"""Units of what has been learned, and constants of thresholds, read from the Brian2 objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import NeuronGroup, Quantity
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension
from brian2.utils.stringtools import get_identifiers
from numpy.typing import NDArray

from models.devices.inspection import inspected
from models.devices.network_description import NetworkDescription
from protocols.runs.showing import Showing


def array_units(showing: Showing) -> dict[str, Dimension]:
    """Dimension of each state variable of a network by name."""
    return inspected(showing.build, _dimensions)


def threshold_constants(showing: Showing) -> dict[str, float | Quantity]:
    """Numbers that stand in the spike conditions of a network, as ``{'GROUP.NAME': value}``.

    The input is left out: it fires as its stimuli say.
    """
    return inspected(showing.build, _thresholds)


def with_unit(value: NDArray, dimension: Dimension | None) -> NDArray | Quantity:
    """An array in SI units as a quantity, if it has a dimension."""
    if dimension is None or dimension is DIMENSIONLESS:
        return value
    return Quantity(value, dim=dimension)


def unit_text(value: Any) -> str:
    """SI unit of a number or quantity, such as ``'V'``; ``'1'`` without one."""
    if not isinstance(value, Quantity) or value.is_dimensionless:
        return "1"
    return str(Quantity(1, dim=value.dim).get_best_unit())


def _dimensions(description: NetworkDescription):
    return {name: owner.variables[variable].dim
            for name, (owner, variable) in description.state.items()}


def _thresholds(description: NetworkDescription):
    found = {}
    for group in sorted(description.network.objects, key=_name):
        if not isinstance(group, NeuronGroup) or group is description.follower:
            continue
        for name in sorted(get_identifiers(group.events.get("spike", ""))):
            value = group.namespace.get(name)
            if isinstance(value, (int, float, np.number, Quantity)):
                found[f"{group.name}.{name}"] = value
    return found


def _name(thing):
    return thing.name
