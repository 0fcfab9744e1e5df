"""Blocks of neurons sleep while their state update changes no bit.

A neuron at rest stays at rest until something is written to it: its update is a function of its own
variables alone, and gives back what it was given. So a block of such neurons need not be updated,
nor its threshold be tested, until a spike or a reset writes to one of them. Every so many steps
the variables of a block are compared, bit by bit, with those before the update.
"""

from dataclasses import dataclass

from brian2 import Subgroup

from models.dense.fusion import PART

BLOCK = 16
"""Neurons that sleep and wake together."""

SMALLEST = 48
"""Neurons of the smallest group of which parts sleep."""

EVERY = 16
"""Steps after which blocks are looked at: comparing costs as much as an update."""

LEAST = 2
"""Variables that an update writes, and thresholds that it is tested for. To let one variable alone
decay costs less than to look which blocks are awake: input traces that slept took 7 % of the time
at N = 100, 1 % at 400, none at 1600 (Hao et al., training in float32)."""

FEW = 16
"""Neurons of a group whose spikes may wake all neurons of another one. The spikes of more would
hardly let them sleep."""

READS_ONLY = ("statemonitor", "spikemonitor", "ratemonitor")
KNOWN = ("stateupdate", "threshold", "dense_pathway", "dense_update", "reset")


@dataclass(frozen=True)
class Sleeper:
    """A state update, with its threshold or without, that leaves out sleeping blocks.

    Attributes
    ----------
    codes : tuple of CodeObject
        They stand together in a step (`models.dense.step.Step.together`).
    saved : list of Variable
        What the state update writes.
    wakers : dict of str to str
        How what other code objects do wakes neurons, by their names: ``'spikes'`` those that fire,
        ``'any'`` all if any neuron fires, ``'all'`` all.
    """

    codes: tuple
    saved: list
    wakers: dict

    @property
    def flags(self) -> str:
        """Name in C++ of the array that tells which blocks sleep."""
        return f"_asleep_{self.codes[0].name}"

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return -(-len(self.codes[0].owner) // BLOCK)

    def declaration(self) -> str:
        """C++ line that stands before all others of a step."""
        return f"static bool {self.flags}[{self.n_blocks}];"

    def woken(self, code, space: str | None) -> list[str]:
        """C++ lines to run after a code object.

        Parameters
        ----------
        code : CodeObject
        space : str or None
            Name in C++ of the list of spikes that it goes through.
        """
        how = self.wakers.get(code.name)
        if how is None:
            return []
        wake_all = f"std::fill({self.flags}, {self.flags} + {self.n_blocks}, false);"
        if how == "all":
            return [wake_all]
        n = f"{space}[{_spiking(code)}]"
        if how == "any":
            return [f"if ({n}) {wake_all}"]
        return [f"for (int32_t _k = 0; _k < {n}; _k++) {self.flags}[{space}[_k]/{BLOCK}] = false;"]

    def lines(self, space: str | None, arrays: list[tuple[str, str]]) -> list[str]:
        """C++ lines that execute the code objects for the blocks that are awake.

        Parameters
        ----------
        space : str or None
            Name in C++ of the threshold's list of spikes.
        arrays : list of (str, str)
            Type and name in C++ of what the state update writes.
        """
        update, *threshold = self.codes
        n = len(update.owner)
        test = [f"_part_{each.name}(_from, _to, _spikes, _count);" for each in threshold]
        return [
            "{ int32_t _count = 0; static int32_t _turn = 0;",
            *([f"int32_t *_spikes = {space};"] if threshold else []),
            f"const bool _look = ++_turn % {EVERY} == 0;",
            f"for (int32_t _block = 0; _block < {self.n_blocks};) {{",
            f"if ({self.flags}[_block]) {{ _block++; continue; }}",
            "int32_t _end = _block + 1;",
            f"while (_end < {self.n_blocks} && _end - _block < {PART // BLOCK}",
            f"&& !{self.flags}[_end]) _end++;",
            f"const int32_t _from = {BLOCK}*_block,",
            f"_to = {BLOCK}*_end < {n} ? {BLOCK}*_end : {n};",
            "if (!_look) {",
            f"_part_{update.name}(_from, _to);", *test,
            "} else {",
            "const int32_t _before = _count;",
            *(f"static {kind} _old{k}[{PART}]; std::copy({name} + _from, {name} + _to, _old{k});"
              for k, (kind, name) in enumerate(arrays)),
            f"_part_{update.name}(_from, _to);", *test,
            # Neurons that fire without being set back would do so again.
            "for (int32_t _b = _block; _b < _end && _count == _before; _b++) {",
            f"const int32_t _at = {BLOCK}*_b, _size = _at + {BLOCK} < _to ? {BLOCK} : _to - _at;",
            f"{self.flags}[_b] = " + " && ".join(
                f"!memcmp({name} + _at, _old{k} + _at - _from, _size*sizeof({kind}))"
                for k, (kind, name) in enumerate(arrays)) + ";",
            "}", "}", "_block = _end;", "}",
            *([f"{space}[{n}] = _count;"] if threshold else []), "}",
        ]


def sleepers(together: list, reads: dict, writes: dict, alone) -> dict[str, Sleeper]:
    """State updates of which parts may be left out.

    Parameters
    ----------
    together : list of (Clock, tuple of CodeObject)
        A step (`models.dense.step.Step.together`).
    reads, writes : dict
        ``{name of a code object: {Variable: set of its indices}}``.
    alone : collection of str
        Names of code objects that draw random numbers, or keep a calendar.

    Returns
    -------
    dict of str to Sleeper
        By the name of the state update.
    """
    codes = [(clock, code) for clock, pair in together for code in pair
             if code.template_name not in READS_ONLY]
    if any(code.template_name not in KNOWN or code.name not in writes for _, code in codes):
        return {}
    found = {}
    fastest = min(_dt(clock) for clock, _ in together)
    for clock, pair in together:
        if _dt(clock) > fastest or not _by_themselves(pair, reads, writes, alone):
            continue
        touched = {v for code in pair for v in (*reads[code.name], *writes[code.name])}
        wakers = {code.name: _wakes(clock, pair[0], other, code) for other, code in codes
                  if code not in pair and touched & writes[code.name].keys()}
        if None not in wakers.values():
            found[pair[0].name] = Sleeper(pair, sorted(writes[pair[0].name], key=_name), wakers)
    return found


def _name(variable):
    return variable.name


def _dt(clock):
    return float(clock.dt)


def _by_themselves(pair, reads, writes, alone):
    """Whether each neuron's update is a function of its own variables, and so its threshold."""
    update = pair[0]
    if (update.template_name != "stateupdate" or len(update.owner) < SMALLEST
            or any(code.name in alone for code in pair)
            or not writes[update.name] or len(writes[update.name]) + len(pair) - 1 < LEAST):
        return False
    own = all(used == {"_idx"} for used in writes[update.name].values())
    return own and all(used == {"_idx"} or v.scalar and v.constant
                       for code in pair for v, used in reads[code.name].items())


def _wakes(clock, update, other, code):
    """How a code object that writes to the neurons wakes them; None if it never lets them sleep."""
    if code.template_name == "reset":
        return "spikes" if code.owner is update.owner else None
    if code.template_name == "dense_pathway":
        pathway = _pathway(code)
        if pathway.delay_steps or pathway.partial:
            return None
        projection = pathway.projection
        parts = isinstance(projection.source, Subgroup) or isinstance(projection.target, Subgroup)
        if projection.pattern.one_to_one and not parts:
            return "spikes"
        return "any" if pathway.n_spiking <= FEW else None
    # What is executed in every step lets nobody sleep.
    return "all" if _dt(other) > _dt(clock) else None


def _pathway(code):
    projection = code.owner
    sides = (getattr(projection, side, None) for side in ("pre", "post"))
    return next(p for p in sides if p is not None and p.codeobj.name == code.name)


def _spiking(code):
    """Number of neurons of the group whose spikes a code object goes through."""
    return _pathway(code).n_parent if code.template_name == "dense_pathway" else len(code.owner)
