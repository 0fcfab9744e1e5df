"""Files of equations: TOML, read as text, of which nothing is executed."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from models.errors import SuiteError
from models.own_equations import OwnEquations
from protocols.files import regular_file


def read_equations(path: str | Path) -> OwnEquations:
    """Equations of a TOML file.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    SuiteError
        If it cannot be read, is no TOML, or holds what no network could have; with the key.
    """
    try:
        tables = tomllib.loads(regular_file(Path(path)).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        cause = " ".join(str(error).split())[:100]
        raise SuiteError(f"{path} is no TOML file of equations ({cause}); protocols/README.md "
                         "shows one") from None
    return OwnEquations.of(tables, str(path))


def read_all(paths: Iterable[str | Path]) -> OwnEquations:
    """Equations of several files together.

    Raises
    ------
    SuiteError
        Likewise, or if two files say something of one group, projection or rule.
    """
    found = OwnEquations()
    for path in paths:
        read = read_equations(path)
        found = found.joined(read) if found else read
    return found
