"""Processor time, to the microsecond: the clock of `os.times` ticks a hundred times a second."""

import resource


def cpu_seconds(children_only: bool = False) -> float:
    """Processor seconds of this process and of the programs that it has run to their end.

    Parameters
    ----------
    children_only : bool
        Of the programs alone.
    """
    both = [resource.getrusage(resource.RUSAGE_CHILDREN)]
    if not children_only:
        both.append(resource.getrusage(resource.RUSAGE_SELF))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
