"""Dataclass fields that hold a Brian2 quantity, and parameters as a namespace."""

from dataclasses import field, fields
from typing import Any

from brian2.units import Quantity


def parameter(value: Quantity) -> Any:
    """Field with a quantity as default.

    A plain default will not do: quantities are arrays, hence not hashable, and a dataclass
    refuses such defaults.

    Parameters
    ----------
    value : Quantity

    Returns
    -------
    dataclasses.Field
    """

    def same():
        return value

    return field(default_factory=same)


def namespace(*groups: Any) -> dict[str, Any]:
    """Names and values of parameter dataclasses, for Brian2's ``namespace`` argument."""
    return {f.name: getattr(group, f.name) for group in groups for f in fields(group)}
