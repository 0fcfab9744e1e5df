"""The networks of a run as equations.txt describes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.errors import MissingData
from analysis.files import damaged, read_text
from analysis.run import Run

FILE = "equations.txt"
NETWORK = re.compile(r"== .* ==")
GROUP = re.compile(r"group (\S+): ([\d,]+) neurons?")
PROJECTION = re.compile(r"projection (\S+): (\S+) -> (\S+), (.+)")
HEADING = re.compile(r"  (\S.*)")
LINE = re.compile(r"    (.*)")


@dataclass
class Described:
    """A group or projection.

    Attributes
    ----------
    name : str
    paragraphs : dict of str to list of str
        Lines of text by their headings, such as "equations" and "on_pre (order 0)".
    """

    name: str
    paragraphs: dict[str, list[str]] = field(default_factory=dict)

    def lines(self, heading: str) -> list[str]:
        """Lines of the paragraphs whose heading begins so."""
        return [line for name, lines in self.paragraphs.items() if name.startswith(heading)
                for line in lines]


@dataclass
class Group(Described):
    """A group of `size` neurons."""

    size: int = 0


@dataclass
class Projection(Described):
    """Synapses from a group to another; `pattern` says which, in words."""

    source: str = ""
    target: str = ""
    pattern: str = ""

    @property
    def learns(self) -> bool:
        """Whether a spike changes weights."""
        code = [*self.lines("on_pre"), *self.lines("on_post")]
        return any(re.match(r"w\w*\s*[-+*/]?=", line) for line in code)


@dataclass
class Network:
    """The first network of a run, which is the one that learns where any does.

    Attributes
    ----------
    groups : dict of str to Group
    projections : list of Projection
    """

    groups: dict[str, Group]
    projections: list[Projection]


def network_of(run: Run) -> Network:
    """The first network that a run describes.

    Parameters
    ----------
    run : analysis.run.Run

    Raises
    ------
    MissingData
        The run has no equations.txt, or no group of neurons stands in it.
    AnalysisError
        A projection is between groups that are not described.
    """
    path = run.directory / FILE
    groups = {}
    projections = []
    for part in _parts(read_text(path)):
        if isinstance(part, Group):
            groups[part.name] = part
        else:
            projections.append(part)
    if not groups:
        raise MissingData(f"{FILE} describes no group of neurons")
    for projection in projections:
        for end in (projection.source, projection.target):
            if end not in groups:
                raise damaged(path, f"projection {projection.name} is of {end}, which it lacks")
    return Network(groups, projections)


def _parts(text: str) -> list[Described]:
    """Groups and projections of the first network."""
    found = []
    lines = None
    networks = 0
    for line in text.splitlines():
        if NETWORK.fullmatch(line):
            networks += 1
            if networks > 1:
                break
        part = _part(line)
        if part is not None:
            found.append(part)
        elif line and not line.startswith(" "):
            # Another kind of part, such as the course of a step.
            found.append(Described(line))
        elif found and (heading := HEADING.fullmatch(line)) and not LINE.fullmatch(line):
            lines = found[-1].paragraphs.setdefault(heading[1], [])
        elif found and lines is not None and (written := LINE.fullmatch(line)):
            lines.append(written[1])
    return [part for part in found if isinstance(part, Group | Projection)]


def _part(line: str) -> Described | None:
    """The group or projection that a line begins."""
    if group := GROUP.fullmatch(line):
        return Group(group[1], size=int(group[2].replace(",", "")))
    if projection := PROJECTION.fullmatch(line):
        name, source, target, pattern = projection.groups()
        return Projection(name, source=source, target=target, pattern=pattern)
    return None


def ranks(network: Network) -> Mapping[str, int]:
    """In which column of a drawing each group stands: its distance from the input.

    A group that no spike reaches from there stands before what it projects to.

    Parameters
    ----------
    network : Network
    """
    targets = {}
    for projection in network.projections:
        targets.setdefault(projection.source, []).append(projection.target)
    reached = {projection.target for projection in network.projections
               if projection.target != projection.source}
    first = "input" if "input" in network.groups else next(
        (name for name in network.groups if name not in reached), next(iter(network.groups)))
    found = {first: 0}
    waiting = [first]
    while waiting:
        name = waiting.pop(0)
        for target in targets.get(name, ()):
            if target not in found:
                found[target] = found[name] + 1
                waiting.append(target)
    for name in network.groups:
        if name not in found:
            behind = [found[target] for target in targets.get(name, ()) if target in found]
            found[name] = max(min(behind, default=1) - 1, 0)
    return found
