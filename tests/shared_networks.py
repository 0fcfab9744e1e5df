"""Compiled networks that all trainings of one test process share.

A compiled network keeps nothing between calls, so a training cannot tell. The program is kept on
disk anyway (`models.devices.program_cache`); what is saved is Brian2's writing of its source.
"""

from dataclasses import fields, is_dataclass

from brian2 import Quantity

from models.devices import compile_network


class SharedNetworks:
    """Stands for `models.devices.compile_network` in a learner that calls it with a partial."""

    def __init__(self):
        self._made = {}

    def __call__(self, build, device="cpp_standalone", label="network", precision="float64",
                 threads=1, announce=None):
        if device != "cpp_standalone":
            return compile_network(build, device, label, precision, threads, announce)
        key = (build.func, exact(build.args), precision, threads)
        if key not in self._made:
            self._made[key] = compile_network(build, device, label, precision, threads, announce)
        return self._made[key]


def exact(value):
    """What tells a value from every other one; for a dictionary's key."""
    if is_dataclass(value):
        return type(value), *(exact(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Quantity):
        return float(value), repr(value.dim)
    if isinstance(value, (tuple, list)):
        return tuple(exact(each) for each in value)
    return value
