"""Whether protocols take what the jobs of a sweep give them; found out before any of them runs."""

from models.errors import SuiteError
from protocols.runs import protocol as protocols
from protocols.runs.asked import chosen_base, parser_of, settings_of
from protocols.sweeps.jobs import Sweep


def refuse_unusable(sweep: Sweep) -> None:
    """Refuse options that a protocol does not have, and values that it does not take.

    Of the jobs that differ in the seed alone one is looked at.

    Raises
    ------
    SuiteError
        With the first job that cannot be run.
    SystemExit
        If an option is unknown; a line has been printed.
    """
    seen = set()
    for job in sweep.jobs:
        place = job.runs[0].parent
        if place in seen:
            continue
        seen.add(place)
        protocol = protocols.find(job.protocol)
        try:
            base = chosen_base(protocol, list(job.words))
            settings_of(protocol, base, parser_of(protocol, base).parse_args(job.words))
        except SuiteError as error:
            raise SuiteError(f"{job.name}: {error}") from None
