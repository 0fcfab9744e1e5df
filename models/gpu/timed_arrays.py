"""TimedArrays in a kernel: the lookup of Brian2, with values that each replica has of its own."""

from brian2.codegen.generators.cpp_generator import c_data_type
from brian2.core.clocks import Clock
from brian2.input.timedarray import TimedArray, _find_K

PLACE = "VALUES_{name}"
"""Name of the array of a TimedArray's values."""


def timed_name(timed: TimedArray, clock: Clock) -> str:
    """Name in C of the lookup by an object with a clock.

    Brian2 divides the array's time step by a whole number that depends on the clock.
    """
    return f"_{timed.name}_{_find_K(clock.dt_, timed.dt)}"


def timed_text(timed: TimedArray, clock: Clock) -> str:
    """C text of the lookup.

    Parameters
    ----------
    timed : TimedArray
    clock : Clock
        Of the object that looks it up.

    Returns
    -------
    str
        A function of the values, and a macro that gives them to it.
    """
    kind = c_data_type(timed.values.dtype)
    name = timed_name(timed, clock)
    parts = _find_K(clock.dt_, timed.dt)
    rows = len(timed.values)
    flat = timed.values.ndim == 1
    columns = 1 if flat else timed.values.shape[1]
    place = PLACE.format(name=timed.name)
    lines = [
        f"DEVICE double {name}_of(GLOBAL const {kind} *values, double t, int32_t i)",
        "{",
        *([] if flat else [f"    if (i < 0 || i >= {columns}) return NAN;"]),
        f"    const double epsilon = {timed.dt:.18f}/{parts};",
        f"    int32_t row = (int32_t)((t/epsilon + 0.5)/{parts});",
        f"    row = row < 0 ? 0 : row >= {rows} ? {rows - 1} : row;",
        f"    return values[row*{columns} + i];",
        "}",
        f"#define {name}({'t' if flat else 't, i'}) {name}_of({place}, t, {'0' if flat else 'i'})",
    ]
    return "\n".join(lines)
