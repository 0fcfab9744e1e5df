"""Settings on a command line: an option for each, made from its declaration."""

import argparse
from pathlib import Path

from models.errors import SuiteError
from protocols.runs.declaration import EXECUTION, Declaration
from protocols.runs.directory import read_config
from protocols.runs.equations_file import read_all
from protocols.runs.settings import declarations, from_tables

METAVARS = {int: "N", float: "X", str: "TEXT"}


def add_settings(parser: argparse.ArgumentParser, base: object) -> None:
    """Add the options of all settings, a group for each table; the help shows the values of `base`.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    base : dataclass of settings
    """
    groups = {}
    for name, declared in declarations(base).items():
        if declared.table not in groups:
            title = declared.table
            if title == EXECUTION:
                title = "execution (the results are the same)"
            groups[declared.table] = parser.add_argument_group(title)
        _add_option(groups[declared.table], declared, getattr(base, name))


def _add_option(group, declared: Declaration, default: object) -> None:
    """Add the option of a setting."""
    keywords = {"dest": declared.name, "default": None}
    text = declared.help
    if declared.mapping:
        keywords |= {"action": "append", "metavar": "NAME=VALUE"}
        shown = " ".join(f"{name}={value if isinstance(value, str) else format(value, 'g')}"
                         for name, value in default.items())
        text += f": {', '.join(declared.keys)}"
    elif declared.document:
        keywords |= {"action": "append", "metavar": declared.metavar}
        shown = default.origin if default else ""
    elif declared.kind is bool:
        keywords |= {"action": argparse.BooleanOptionalAction}
        shown = "yes" if default else "no"
    else:
        keywords |= {"type": declared.element}
        if declared.several:
            keywords |= {"nargs": "*"}
            shown = " ".join(map(str, default))
        else:
            shown = f"{default:g}" if declared.kind is float else str(default)
        if declared.choices:
            keywords |= {"choices": declared.choices}
        else:
            keywords |= {"metavar": declared.metavar or METAVARS[declared.element]}
    help_text = f"{text} ({shown})" if shown else text
    group.add_argument(declared.option, help=help_text.replace("%", "%%"), **keywords)


def given_settings(kind: type, options: argparse.Namespace) -> dict:
    """Settings that the command line names.

    Parameters
    ----------
    kind : type
        Dataclass of the settings.
    options : argparse.Namespace

    Raises
    ------
    SuiteError
        If a value makes no sense, or a parameter is no NAME=NUMBER.
    """
    given = {}
    for name, declared in declarations(kind).items():
        value = getattr(options, name)
        if value is None:
            continue
        if declared.document:
            value = read_all(value)
        elif declared.mapping:
            value = _numbers(value, declared.quantities)
        given[name] = declared.check(value)
    return given


def _numbers(texts: list[str], quantities: bool) -> dict[str, float | str]:
    """Parameters of NAME=NUMBER, or NAME=NUMBER*UNIT."""
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            if not quantities or not value.strip():
                form = "NAME=NUMBER, or NAME=NUMBER*UNIT such as tau_gI=1*ms" if quantities else \
                    "NAME=NUMBER"
                raise SuiteError(f"--parameter {text!r}: write {form}") from None
            found[name] = value.strip()
    return found


def read_settings(kind: type, protocol: str, path: Path):
    """Settings of the config.toml of a run.

    Parameters
    ----------
    kind : type
        Dataclass of the settings.
    protocol : str
        Whose they are to be.
    path : pathlib.Path

    Raises
    ------
    SuiteError
        If it cannot be read or holds none.
    """
    tables = read_config(path)
    try:
        return from_tables(kind, tables, protocol)
    except SuiteError as error:
        raise SuiteError(f"{path}: {error}") from None
