"""Continuing a run: whether what lies in its directory is the run that is asked for."""

import json

from models.errors import SuiteError
from protocols.rundir import RunDirectory


def config_to_resume(out, protocol):
    """Tables of config.toml of the interrupted run in a directory.

    Parameters
    ----------
    out : Path
    protocol : str

    Raises
    ------
    SuiteError
        If it is none, or one of another protocol.
    """
    if not out.is_dir():
        raise SuiteError(f"there is no run directory {out}; leave out --resume to start")
    run = RunDirectory(out)
    if not (out / "config.toml").exists() and (out / "checkpoint.npz").exists():
        config = run.read_checkpoint()[1].get("plan")
        if not isinstance(config, dict):
            raise SuiteError(f"{out / 'checkpoint.npz'} is no checkpoint of a training")
    else:
        config = run.read_config()
    run = config.get("run")
    of = run.get("protocol", protocol) if isinstance(run, dict) else protocol
    if of != protocol:
        raise SuiteError(f"{out} holds a run of protocols.{of}, not of protocols.{protocol}")
    return config


def refuse_other(facts, plan, free, description):
    """Refuse a checkpoint that is not of the run to be continued.

    Parameters
    ----------
    facts : dict
        Of the checkpoint: ``plan``, the tables of its configuration, and ``data``.
    plan : dict
        The run's tables.
    free : collection of str
        Settings that may differ.
    description : dict
        Of the run's data.

    Raises
    ------
    SuiteError
        With the names of what differs.
    """
    same = lambda a, b: json.loads(json.dumps(a)) == json.loads(json.dumps(b))
    if not isinstance(facts.get("plan"), dict):
        raise SuiteError("the checkpoint is none of this protocol: it lacks 'plan'")
    settings = [_flat(tables) for tables in (facts["plan"], plan)]
    differing = [name for name in settings[0].keys() & settings[1].keys()
                 if name not in free and not same(*(each[name] for each in settings))]
    if differing:
        raise SuiteError(f"the checkpoint is of a run with another {', '.join(sorted(differing))}; "
                         "config.toml and checkpoint.npz do not belong together")
    # Older checkpoints say less of their data.
    known = facts.get("data") or {}
    differing = [n for n in known.keys() & description.keys() if not same(known[n], description[n])]
    if differing:
        raise SuiteError(f"the data have changed since the run began (another "
                         f"{', '.join(sorted(differing)).replace('_', ' ')}); put the old ones "
                         "back, or choose another --out")


def take(progress, facts, names):
    """Set attributes from a checkpoint's facts.

    Parameters
    ----------
    progress : object
        Whose attributes have the right types.
    facts : dict
    names : sequence of str

    Raises
    ------
    SuiteError
        If one is missing, of another type, or a negative number.
    """
    for name in names:
        if name not in facts:
            raise SuiteError(f"the checkpoint is none of this protocol: it lacks {name!r}")
        value, kind = facts[name], type(getattr(progress, name))
        if (not isinstance(value, (int, float) if kind is float else kind)
                or kind in (int, float) and value < 0):
            raise SuiteError(f"the checkpoint is damaged: {name} = {value!r}; start the run anew")
        setattr(progress, name, value)


def _flat(tables):
    """Settings of all tables but the published value; the changed parameters stay together."""
    found = {"parameters": tables.get("parameters", {})}
    for table, values in tables.items():
        if table not in ("parameters", "published", "versions"):
            found |= values
    return found


def refuse_changes(out, plan, asked, parameters, asked_parameters):
    """Refuse to resume a run as another one.

    Parameters
    ----------
    out : Path
    plan : object
        Of the run.
    asked : dict
        Attributes of the plan that the command line names.
    parameters, asked_parameters : dict
        The run's, and the command line's.

    Raises
    ------
    SuiteError
        If one differs.
    """
    differing = [name for name, value in asked.items() if getattr(plan, name) != value]
    differing += [n for n, value in asked_parameters.items() if parameters.get(n) != value]
    if differing:
        raise SuiteError(f"{out} was started with another {', '.join(differing)}; leave that out "
                         "to continue it, or choose another --out")
