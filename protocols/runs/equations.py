"""equations.txt: what a run computes, as text, and the hash by which it is known."""

import hashlib
from pathlib import Path

from equations.parameters import namespace, sources
from models.errors import SuiteError
from protocols.cli import import_brian2
from protocols.files import regular_file
from protocols.runs.learner import Learner

EQUATIONS = "equations.txt"


def equations_of(learner: Learner) -> str:
    """Text of a run's networks, and parameters of what learns without Brian2.

    Parameters
    ----------
    learner : Learner

    Returns
    -------
    str

    Raises
    ------
    SuiteError
        If memory is exhausted, or Brian2 cannot be imported in this thread.
    """
    import_brian2()
    from models.devices.equations_text import text_of
    from models.devices.values_text import parameters_text

    try:
        parts = [f"== {title} ==\n\n{text_of(build)}"
                 for title, build in learner.networks().items()]
    except MemoryError:
        raise SuiteError("no memory is left for building the network; end other programs, raise "
                         "the limit (ulimit -v), or choose smaller layers") from None
    parts += [f"== {title} ==\n\n{parameters_text(namespace(numbers), sources(numbers))}"
              for title, numbers in learner.parameters().items()]
    return "\n".join(parts)


def outside_of(learner: Learner) -> list[str]:
    """What a run's networks compute by the C library (`models.devices.outside`), sorted."""
    from models.devices.outside import outside
    return sorted(set().union(*map(outside, learner.networks().values())))


def digest(text: str) -> str:
    """SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_other_equations(directory: Path, text: str) -> None:
    """Refuse to continue a run with other equations than those it began with.

    Parameters
    ----------
    directory : Path
        Of the run; runs of earlier versions have no equations.txt and are continued.
    text : str
        Of the networks that would continue it.

    Raises
    ------
    SuiteError
        With the first line that differs.
    """
    path = directory / EQUATIONS
    if not path.exists():
        return
    before = regular_file(path).read_text(encoding="utf-8", errors="replace").splitlines()
    now = text.splitlines()
    for old, new in zip([*before, ""], [*now, ""]):
        if old != new:
            raise SuiteError(f"the equations have changed since the run in {directory} began: "
                             f"{new.strip()!r} was {old.strip()!r}; choose another --out")
    if len(before) != len(now):
        raise SuiteError(f"the equations have changed since the run in {directory} began; choose "
                         "another --out")
