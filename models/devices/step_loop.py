"""One plain loop over time steps and slots, in place of Brian2's.

Brian2's ``Network::run`` looks every object's clock up in a set and asks for the
processor time in every step; together these cost more than the neurons of a small network.
Here the same sequence of calls stands in a loop over two clocks, whose ticks coincide by
construction.
"""

from __future__ import annotations

from models.dense.step_count import LENGTH_CHECK


def two_clocks(codes: list, base, slow) -> None:
    """Refuse objects of another clock.

    Parameters
    ----------
    codes : list of (Clock, CodeObject)
    base, slow : Clock

    Raises
    ------
    ValueError
        If an object uses a third clock.
    """
    for clock, code in codes:
        if clock not in (base, slow):
            raise ValueError(f"{code.name} uses the clock {clock.name}")


def step_loop(calls: list, base, slow, n_steps: int, condition: str,
              check: str = LENGTH_CHECK) -> list[str]:
    """C++ lines that show slots while a condition holds.

    Parameters
    ----------
    calls : list of (Clock, list of str)
        C++ lines in the order of execution (`models.dense.device.DenseDevice.calls`).
    base, slow : Clock
        Time step, and the clock that ticks once every ``n_steps``.
    n_steps : int
        Steps of a slot.
    condition : str
        C++ expression.
    check : str
        C++ lines at the beginning of a slot, with ``{count}`` of the steps so far and ``{steps}``.

    Returns
    -------
    list of str
    """
    lines = [
        f"while ({condition}) {{",
        *check.format(count=f"{base.name}.timestep[0]", steps=n_steps).splitlines(),
        f"for (int _step = 0; _step < {n_steps}; _step++) {{",
    ]
    for clock, own in calls:
        call = " ".join(own)
        lines.append(f"if (_step == 0) {{ {call} }}" if clock is slow else call)
    return [*lines, f"{base.name}.tick();", "}", f"{slow.name}.tick();", "}"]
