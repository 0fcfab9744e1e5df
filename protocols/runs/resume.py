"""Continuing a run: whether what lies in its directory is the run that is asked for."""

from pathlib import Path

from models.errors import SuiteError
from protocols.runs.checkpoint import Checkpoint, read_checkpoint
from protocols.runs.directory import CHECKPOINT, CONFIG, read_config
from protocols.runs.protocol import Protocol
from protocols.runs.settings import RunSettings, declarations, from_tables, may_change


def settings_to_resume(protocol: Protocol, out: Path) -> RunSettings | None:
    """Settings of the interrupted run in a directory.

    Returns
    -------
    RunSettings or None
        None where no run has begun: it was killed before it wrote its settings, or there is no
        such directory.

    Raises
    ------
    SuiteError
        If they are damaged or of another protocol.
    """
    if (out / CONFIG).exists():
        tables = read_config(out / CONFIG)
    elif (out / CHECKPOINT).exists():
        tables = read_checkpoint(out / CHECKPOINT).tables
    else:
        if out.exists() and any(path.name[0] != "." for path in out.iterdir()):
            raise SuiteError(f"{out} is no run directory: it has no {CONFIG}")
        return None
    try:
        return from_tables(protocol.settings, tables, protocol.name)
    except SuiteError as error:
        raise SuiteError(f"{out}: {error}") from None


def refuse_changes(out: Path, settings: RunSettings, asked: dict) -> None:
    """Refuse to resume a run as another one.

    Parameters
    ----------
    out : Path
    settings : RunSettings
        Of the run.
    asked : dict
        Settings that the command line names, without those that may change.

    Raises
    ------
    SuiteError
        If one differs.
    """
    differing = []
    for name, value in asked.items():
        own = getattr(settings, name)
        if isinstance(value, dict):
            differing += [key for key in value if own.get(key) != value[key]]
        elif own != value:
            differing.append(name.replace("_", "-"))
    if differing:
        raise SuiteError(f"{out} was started with another {', '.join(differing)}; leave that out "
                         "to continue it, or choose another --out")


def refuse_other(checkpoint: Checkpoint, protocol: Protocol, settings: RunSettings,
                 fingerprint: dict) -> None:
    """Refuse a checkpoint that is not of the run to be continued, or of other data.

    Parameters
    ----------
    checkpoint : Checkpoint
    protocol : Protocol
    settings : RunSettings
        Of config.toml and the command line.
    fingerprint : dict
        Of the data, `protocols.datasets.Dataset.fingerprint`.

    Raises
    ------
    SuiteError
        With the names of what differs.
    """
    if checkpoint.protocol != protocol.name:
        raise SuiteError(f"{checkpoint.path} is of protocols.{checkpoint.protocol}; choose another "
                         "--out")
    own = from_tables(protocol.settings, checkpoint.tables, protocol.name)
    # The path of a data set may change; its content may not.
    differing = [name.replace("_", "-") for name in declarations(settings)
                 if not may_change(own, name) and name != "dataset"
                 and getattr(own, name) != getattr(settings, name)]
    if differing:
        raise SuiteError(f"the checkpoint is of a run with another {', '.join(differing)}; give it "
                         f"as it was, in {CONFIG} too, or choose another --out")
    differing = checkpoint.other_data(fingerprint)
    if differing:
        raise SuiteError(f"the data have changed since the run began (another "
                         f"{', '.join(differing).replace('_', ' ')}); put the old ones "
                         "back, or choose another --out")
