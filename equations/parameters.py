"""Dataclass fields that hold a Brian2 quantity, and parameters as a namespace."""

from dataclasses import field, fields


def parameter(value):
    """Field with a quantity as default (quantities are arrays, hence not hashable)."""
    return field(default_factory=lambda: value)


def namespace(*groups):
    """Names and values of parameter dataclasses, for Brian2's ``namespace`` argument."""
    return {f.name: getattr(g, f.name) for g in groups for f in fields(g)}
