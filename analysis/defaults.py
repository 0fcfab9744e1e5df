"""Numbers of settings that a run leaves at their default, from its equations.txt."""

import re

from analysis.errors import MissingData
from analysis.files import read_text
from analysis.run import Run

EQUATIONS = "equations.txt"
# SI prefixes of the units in which equations.txt writes numbers.
PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6,
            "G": 1e9}
QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*\*?\s*"
                      r"(?:([fpnumkMG]?)(?:V|s|Hz|A|S|F|ohm)\b)?\s*$")


def as_number(text: str) -> float | None:
    """The number that a text such as "0.5", "6 kV" or "1*ms" states, in SI units; else None."""
    found = QUANTITY.match(text)
    return float(found[1]) * PREFIXES[found[2] or ""] if found else None


def default_number(runs: list[Run], setting: str) -> float | None:
    """The number of a setting in runs that do not name it.

    Parameters
    ----------
    runs : list of analysis.run.Run
        That leave the setting at its default.
    setting : str
        "table.name" of config.toml.

    Returns
    -------
    float or None
        From the line "name = value" of equations.txt; None where no run has such a line, or its
        networks differ in it.
    """
    name = setting.partition(".")[2]
    line = re.compile(rf"^\s*{re.escape(name)} = ([^#\n]*)", re.MULTILINE)
    for run in runs:
        try:
            values = {value.strip() for value in line.findall(
                read_text(run.directory / EQUATIONS))}
        except MissingData:
            continue
        if len(values) == 1:
            return as_number(values.pop())
    return None
