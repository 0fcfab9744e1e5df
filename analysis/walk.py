"""Experiments that keep each other's changes, and the labels of experiments in a figure."""

import textwrap
from collections.abc import Sequence

from analysis.groups import ABSENT, PRESET, group_seeds, settings_of
from analysis.run import Run

# Letters of a line of a label.
LABEL_WIDTH = 44


def walk(runs: Sequence[Run]) -> list[tuple[dict[str, str], list[Run]]] | None:
    """Experiments each of which keeps the changes of those before it and adds its own.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    list of tuple of (dict of str to str, list of analysis.run.Run), or None
        In the order of the runs: the settings that change, with their new values, and the seeds.
        None if a setting changes twice, or there are fewer than two changes.
    """
    found = []
    last = {}
    changed = set()
    for members in group_seeds(runs).values():
        own = settings_of(members[0])
        own.pop(PRESET, None)
        new = {name: own.get(name, ABSENT) for name in sorted({*last, *own})
               if found and last.get(name, ABSENT) != own.get(name, ABSENT)}
        if changed & set(new):
            return None
        changed |= set(new)
        found.append((new, members))
        last = own
    return found if len(found) > 2 else None


def change_words(new: dict[str, str]) -> str:
    """Settings and their values as `walk` gives them, in words."""
    return ", ".join(f"{name.partition('.')[2]} {value}" for name, value in new.items())


def labelled(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Experiments under labels for a figure, in lines of at most `LABEL_WIDTH` letters.

    Parameters
    ----------
    runs : sequence of analysis.run.Run

    Returns
    -------
    dict of str to list of analysis.run.Run
        As `group_seeds` has them; but where each experiment keeps the changes of those before it,
        its label is the change that it adds.
    """
    groups = group_seeds(runs)
    steps = walk(runs) or []
    if steps and all(new for new, _ in steps[1:]):
        names = [f"+ {change_words(new)}" if new else next(iter(groups)).partition(",")[0]
                 for new, _ in steps]
        groups = dict(zip(names, groups.values()))
    return {textwrap.fill(name, LABEL_WIDTH): members for name, members in groups.items()}
