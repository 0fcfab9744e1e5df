"""One run from its settings to its summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.shared.cpu_time import cpu_seconds
from protocols.runs.checkpoint import read_checkpoint
from protocols.runs.console import Console
from protocols.runs.directory import CHECKPOINT, RunDirectory, versions
from protocols.runs.equations import EQUATIONS, digest, equations_of, refuse_other_equations
from protocols.runs.protocol import Protocol
from protocols.runs.resume import refuse_other
from protocols.runs.settings import RunSettings, checked, to_tables
from protocols.runs.summary import finish
from protocols.runs.training import Training, choose_samples

if TYPE_CHECKING:
    from protocols.runs.replicas import Member


def run(protocol: Protocol, settings: RunSettings, out, command: str = "", resume: bool = False,
        quiet: bool = False, member: Member | None = None) -> dict:
    """Train, test and write a run directory.

    Parameters
    ----------
    protocol : Protocol
    settings : RunSettings
        Of the protocol.
    out : path-like
        Run directory; made if it does not exist.
    command : str
        Kept in summary.json.
    resume : bool
        Continue from the directory's checkpoint, if there is one.
    quiet : bool
        Say nothing but warnings.
    member : protocols.runs.replicas.Member, optional
        Of a run beside others.

    Returns
    -------
    dict
        The summary (`protocols.runs.summary`).

    Raises
    ------
    SuiteError
        If the run cannot be made. What is wrong with settings or data is told before anything is
        written; a checkpoint that was there is still there.
    """
    checked(settings)
    title = f"{member.title}: " if member else ""
    console = Console(protocol.name, quiet, title)
    dataset = settings.load()
    for remark in dataset.remarks:
        console.say(remark)
    train, validation = choose_samples(settings, dataset)
    learner = protocol.learner(settings, dataset, train, console.say)
    if member is not None:
        learner.compile_network = member.compile_network
    equations = equations_of(learner)
    with RunDirectory(Path(out)) as directory:
        training = Training(protocol.name, learner, validation, directory, console,
                            member.cpu_seconds if member else cpu_seconds)
        if directory.begun(resume):
            checkpoint = read_checkpoint(directory.path / CHECKPOINT)
            refuse_other(checkpoint, protocol, settings, training.fingerprint)
            refuse_other_equations(directory.path, equations)
            training.resume(checkpoint)
        else:
            training.refuse_keep()
            learner.begin()
        directory.write_config({**to_tables(settings, protocol.name), "versions": versions()})
        directory.write(EQUATIONS, equations.encode())
        training.fit()
        return finish(protocol, training, command, digest(equations))
