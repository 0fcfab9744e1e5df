"""What the fields of summary.json and config.toml must hold.

A check is a function ``check(value, name)`` that returns what is wrong in words, None if nothing
is.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.files import damaged
from analysis.rules import RULES

Check = Callable[[Any, str], str | None]

FORMAT = 2
# Tables of config.toml are flat; more than a list of lists in one is no setting.
DEEPEST = 4


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a number that a float can hold."""
    if not (is_whole(value) or isinstance(value, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _kind(words: str, fits: Callable[[Any], bool]) -> Check:
    """A check that `fits` is true of the value; `words` say what it should be."""
    def check(value: Any, name: str) -> str | None:
        return None if fits(value) else f"{name} is not {words}"
    return check


def _or_none(check: Check) -> Check:
    """A check that also lets None pass."""
    def check_or_none(value: Any, name: str) -> str | None:
        return None if value is None else check(value, name)
    return check_or_none


def _list_of(check: Check) -> Check:
    """A check of a list and of each of its entries."""
    def check_list(value: Any, name: str) -> str | None:
        if not isinstance(value, list):
            return f"{name} is not a list"
        found = (check(entry, f"{name}[{place}]") for place, entry in enumerate(value))
        return next(filter(None, found), None)
    return check_list


def _table(fields: dict[str, Check], required: tuple[str, ...] = (), others: Check | None = None
           ) -> Check:
    """A check of a table's fields; those not in `required` may be absent.

    Fields that are not named have to pass `others`, if it is given.
    """
    def check_table(value: Any, name: str) -> str | None:
        if not isinstance(value, dict):
            return f"{name} is not a table of values"
        for field in required:
            if field not in value:
                return f"{name} has no {field}"
        for field, entry in value.items():
            check = fields.get(field, others)
            problem = check(entry, f"{name}.{field}") if check else None
            if problem:
                return problem
        return None
    return check_table


def _no_other(value: Any, name: str) -> str:
    return f"{name} is none of the rules {', '.join(RULES)}"


def _flat(value: Any, name: str, left: int = DEEPEST) -> str | None:
    """A check that lists and tables do not lie in each other without end."""
    if not isinstance(value, (list, dict)):
        return None
    if not left:
        return f"{name} is nested too deeply"
    entries = value.values() if isinstance(value, dict) else value
    return next(filter(None, (_flat(entry, name, left - 1) for entry in entries)), None)


TEXT = _kind("a text", lambda value: isinstance(value, str))
WHOLE = _kind("a whole number", is_whole)
COUNT = _kind("a whole number above 0", lambda value: is_whole(value) and value > 0)
NUMBER = _kind("a finite number", is_number)
MAYBE_NUMBER = _or_none(NUMBER)

PUBLISHED = _or_none(_table({"mean": MAYBE_NUMBER, "sd": MAYBE_NUMBER}))
BY_READOUT = _table({}, others=MAYBE_NUMBER)
SWAPPED = _table({"sl": NUMBER, "labels": NUMBER}, required=("sl", "labels"))
ENTRY = _table(
    {"name": TEXT, "row": TEXT, "order": NUMBER, "readout": TEXT, "variant": TEXT, "note": TEXT,
     "columns": _table({rule: MAYBE_NUMBER for rule in RULES}, others=_no_other),
     "published": PUBLISHED},
    required=("name", "row", "columns"))
SUMMARY = _table({
    "protocol": TEXT, "preset": TEXT, "dataset": TEXT, "seed": WHOLE, "samples": NUMBER,
    "test_samples": COUNT,
    "class_names": _or_none(_list_of(TEXT)), "readout": TEXT, "accuracy": NUMBER,
    "accuracies": _table({rule: BY_READOUT for rule in RULES}, others=_no_other),
    "published": PUBLISHED, "warnings": _list_of(TEXT), "cpu_seconds": NUMBER,
    "wall_seconds": NUMBER, "command": TEXT,
    "facts": _or_none(_table({"theta_swap": _or_none(_table({}, others=SWAPPED))})),
    "table": _or_none(_list_of(ENTRY)),
})
CONFIG = _table({
    "run": _table({"protocol": TEXT, "preset": TEXT, "dataset": TEXT, "seed": WHOLE},
                  others=_flat),
    "settings": _table({"repetition": _list_of(TEXT)}),
}, others=_table({}, others=_flat))


def checked(content: Any, check: Check, path: Path, table: str | None = None) -> dict[str, Any]:
    """The contents of a file, if they are of this format and of the right kinds.

    Parameters
    ----------
    content : object
        As JSON or TOML gives it.
    check : callable
        `SUMMARY` or `CONFIG`.
    path : pathlib.Path
        Named in messages.
    table : str, optional
        The table that states the format; default: the contents do themselves.

    Returns
    -------
    dict

    Raises
    ------
    AnalysisError
        Another format, or a value of the wrong kind.
    """
    if not isinstance(content, dict):
        raise damaged(path, "holds no table of values")
    states = content if table is None else content.get(table)
    number = states.get("format", 1) if isinstance(states, dict) else 1
    if not is_whole(number) or number != FORMAT:
        older = is_whole(number) and number < FORMAT
        raise AnalysisError(f"{path}: is of {'an older' if older else 'another'} format, this "
                            f"version reads format {FORMAT}; run the protocol again, or use the "
                            "version of the suite that wrote it")
    problem = check(content, path.stem)
    if problem:
        raise damaged(path, problem.removeprefix(f"{path.stem}."))
    return content
