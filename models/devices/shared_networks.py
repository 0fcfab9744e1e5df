"""Compiled networks that several trainings of one process share.

A compiled network keeps nothing between calls, so a training cannot tell. Programs are kept on
disk anyway (`models.programs.program_cache`); what is saved is Brian2's writing of their source.
And runs that call the same object can be shown together (`CompiledNetwork.replicas`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from models.devices import compile_network

if TYPE_CHECKING:
    from models.devices.compiled_network import CompiledNetwork


class SharedNetworks:
    """Stands for `models.devices.compile_network`, for builders of the same arguments once.

    It may be called from several threads.
    """

    def __init__(self):
        self._made = {}
        self._compiling = threading.Lock()

    def __call__(self, build: partial, device: str = "cpp_standalone", label: str = "compiled",
                 precision: str = "float64", threads: int = 1,
                 announce: Callable[[str], None] | None = None) -> CompiledNetwork:
        """As `compile_network`.

        Parameters
        ----------
        build : functools.partial
            Of a function that makes the network of its arguments and of nothing else.
        device, label, precision, threads, announce
            As there.
        """
        key = (build.func, exact(build.args), device, precision, threads)
        with self._compiling:
            if key not in self._made:
                self._made[key] = compile_network(build, device, label, precision, threads,
                                                  announce)
            return self._made[key]


def exact(value: Any) -> Any:
    """What tells a value from every other one; for a dictionary's key.

    Parameters
    ----------
    value : dataclass, Quantity, sequence or hashable
        Of dataclasses and sequences all parts.
    """
    if is_dataclass(value):
        return type(value), *(exact(getattr(value, field.name)) for field in fields(value))
    if hasattr(value, "dim"):  # a Quantity; Brian2 takes a second to import
        return float(value), repr(value.dim)
    if isinstance(value, (tuple, list)):
        return tuple(exact(each) for each in value)
    return value
