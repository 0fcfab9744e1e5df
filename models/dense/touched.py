"""What the code objects of a network read and write, noted while they are generated."""

import re

from brian2.core.variables import Variable


def event_names(code) -> set[str]:
    """Names of the lists of neurons that a threshold fills or a reset goes through."""
    return {name for name in code.variables if re.fullmatch(r"_\w+space", name)}


def event_variable(code) -> Variable | None:
    """The list of spikes that a code object fills or goes through, their number last."""
    return next((code.variables[name] for name in sorted(event_names(code))), None)


def resets(code, threshold) -> bool:
    """Whether a code object is the reset of the neurons for which a threshold is met.

    The reset of another event is executed for other neurons.

    Parameters
    ----------
    code, threshold : CodeObject
    """
    return (code.template_name == "reset" and code.owner.name == threshold.owner.name
            and event_names(code) == event_names(threshold))


class Touched:
    """What each code object touches.

    Attributes
    ----------
    reads, writes : dict
        ``{name of a code object: {Variable: set of its indices}}``
    due : dict
        ``{name of a threshold: Variable}`` where the threshold reads times of events.
    stateful : set of str
        Names of code objects that draw random numbers: their place in the order matters.
    ahead : dict
        ``{name of a reset: models.dense.ahead.Part}`` where a part can be executed in advance.
    """

    def __init__(self):
        self.reads = {}
        self.writes = {}
        self.due = {}
        self.stateful = set()
        self.ahead = {}

    def note(self, name: str, reads: dict, writes: dict, due: Variable | None, stateful: bool):
        """Remember what a code object touches.

        Parameters
        ----------
        name : str
        reads, writes : dict
            ``{Variable: set of its indices}``
        due : Variable or None
            The event times that its threshold reads.
        stateful : bool
            It draws random numbers.
        """
        self.reads[name] = reads
        self.writes[name] = writes
        if stateful:
            self.stateful.add(name)
        if due is not None:
            self.due[name] = due

    @property
    def alone(self) -> set[str]:
        """Code objects that must be executed as they are, as a whole and in their place."""
        return self.due.keys() | self.stateful

    def moved(self, code, threshold) -> bool:
        """Whether a code object writes the event times that a threshold reads.

        The reset of the neurons that fired is known to the threshold anyway.

        Parameters
        ----------
        code, threshold : CodeObject
        """
        # A sum over synapses is written by its template.
        written = (code.variables.values() if code.template_name == "summed_variable"
                   else self.writes.get(code.name, ()))
        return self.due[threshold.name] in written and not resets(code, threshold)
