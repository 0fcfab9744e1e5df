"""State update and threshold of a group in one pass over its neurons.

Brian2 updates all groups, then tests all thresholds: the variables of a large group leave the
first-level cache in between. Where nothing else comes between the two, both are executed
part by part.
"""

from collections.abc import Collection

PART = 512
"""Neurons whose variables stay in the first-level cache, in double precision, too."""

# Whose reads and writes are all in their statements.
KNOWN = ("stateupdate", "threshold", "dense_pathway", "dense_update", "reset")


def fusable(codes: list, reads: dict, writes: dict, alone: Collection[str] = ()) -> dict:
    """Thresholds that can follow their group's state update part by part.

    Parameters
    ----------
    codes : list of (Clock, CodeObject)
        In the order of execution.
    reads, writes : dict
        ``{name of a code object: {Variable: set of its indices}}``.
    alone : collection of str
        Thresholds that do not look at all neurons, and what draws random numbers.

    Returns
    -------
    dict
        ``{name of the threshold: state update}``. The state update then comes later than
        it would: at the threshold.
    """
    found = {}
    for at, (clock, code) in enumerate(codes):
        if code.template_name != "threshold" or code.name in alone:
            continue
        earlier = [k for k in range(at) if codes[k][1].template_name == "stateupdate"
                   and codes[k][1].owner is code.owner and codes[k][0] is clock]
        if len(earlier) != 1:
            continue
        update = codes[earlier[0]][1]
        if update.name in alone or any(update.name == other.name for other in found.values()):
            continue
        between = [c for _, c in codes[earlier[0] + 1:at]]
        if (all(_independent(update.name, c, reads, writes) for c in between)
                and _by_neuron(update.name, code, reads, writes)):
            found[code.name] = update
    return found


def _independent(update, code, reads, writes):
    """Whether a code object may as well come before the state update."""
    if code.template_name not in KNOWN or code.name not in writes:
        return False
    touched = reads[update].keys() | writes[update].keys()
    if code.template_name == "threshold" and touched & _kept(code):
        return False
    return not (writes[code.name].keys() & touched
                or reads[code.name].keys() & writes[update].keys())


def _kept(threshold):
    """What a threshold's template writes beside the list of spikes."""
    names = ("lastspike", "not_refractory")
    return {threshold.variables[name] for name in names if name in threshold.variables}


def _by_neuron(update, code, reads, writes):
    """Whether neither a neuron's threshold nor its update touches what another neuron's writes.

    The update writes nothing but its neurons' own: what is written to a shared variable would
    be written again by every part.
    """
    threshold = code.name
    shared = reads[threshold].keys() & writes[update].keys()
    return (all(used == {"_idx"} for used in writes[update].values())
            and all(reads[threshold][v] == {"_idx"} for v in shared)
            and all(reads[update].get(v, set()) <= {"_idx"} for v in _kept(code))
            and not (writes[threshold].keys() & (reads[update].keys() | writes[update].keys())))


def lines(update, threshold, low: int | str, high: int | str) -> list[str]:
    """C++ lines that execute both; spikes are appended to ``_spikes`` and counted in ``_count``.

    Parameters
    ----------
    update, threshold : CodeObject
    low, high : int or str
        From which neuron to which.

    Returns
    -------
    list of str
    """
    return [
        f"for (int32_t _from = {low}; _from < {high}; _from += {PART}) {{",
        f"const int32_t _to = _from + {PART} < {high} ? _from + {PART} : {high};",
        f"_part_{update.name}(_from, _to); _part_{threshold.name}(_from, _to, _spikes, _count);",
        "}",
    ]
