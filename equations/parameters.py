"""Parameter dataclasses: fields with a source, and their values as a namespace."""

from dataclasses import MISSING, field, fields
from typing import Any


def parameter(value: Any = MISSING, source: str = "") -> Any:
    """Field of a parameter dataclass, with its default and where this is from.

    A plain default will not do for quantities: these are arrays, hence not hashable, and a
    dataclass refuses such defaults.

    Parameters
    ----------
    value : Quantity or number or str, optional
        The default; without one the field has to be given.
    source : str
        Section, table or equation of the paper, or whatever else the value was taken from.

    Returns
    -------
    dataclasses.Field
    """
    metadata = {"source": source}
    # Asked so that Brian2, which takes a second to import, need not be known here.
    if type(value).__hash__ is not None:
        return field(default=value, metadata=metadata)

    def same():
        return value

    return field(default_factory=same, metadata=metadata)


def sources(*groups: Any) -> dict[str, str]:
    """Names of parameter dataclasses, and where their values come from.

    Where a value is not the default, this stands before its source: "default 0.1: section 3".
    Parameters whose source is not said are left out.
    """
    found = {}
    for group in groups:
        for f in fields(group):
            source = f.metadata.get("source")
            if source:
                default = f.default if f.default_factory is MISSING else f.default_factory()
                changed = default is not MISSING and getattr(group, f.name) != default
                found[f.name] = f"default {default}: {source}" if changed else source
    return found


def namespace(*groups: Any) -> dict[str, Any]:
    """Names and values of parameter dataclasses, for Brian2's ``namespace`` argument."""
    return {f.name: getattr(group, f.name) for group in groups for f in fields(group)}
