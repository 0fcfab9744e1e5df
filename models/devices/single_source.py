"""One translation unit for a generated cpp_standalone project.

Brian2 writes a source file per code object, some seventy for a network of four layers, each
of which includes the same headers: compiling them takes about a minute of CPU time. Here
they become one file, each in a namespace of its own since their support code shares
names. That compiles in a sixth of the time and lets the compiler inline the steps.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

NAME = "all.cpp"
INCLUDE = re.compile(r"^#include.*$", re.M)
FUNCTION = re.compile(r"^(?:inline )?void (\w+)\((.*)\)(?= ?\n? *\{)", re.M)

# Reading and writing of arrays: it is executed once a call, but its optimisation takes a third
# of the compiler's time.
UNOPTIMISED = """
#pragma GCC push_options
#pragma GCC optimize ("O0")
{body}
#pragma GCC pop_options
"""


def join_sources(directory: Path, headers: Collection[str] = ()) -> str:
    """Write ``all.cpp`` from the sources of a generated project.

    Parameters
    ----------
    directory : Path
        Project directory.
    headers : collection of str
        Lines with which to begin.

    Returns
    -------
    str
        Name of the file.
    """
    includes = []
    bodies = []
    for k, name in enumerate(_in_order(directory)):
        path = directory / name
        text = path.read_text()
        includes += [_from_the_root(line, path, directory) for line in INCLUDE.findall(text)]
        body = INCLUDE.sub("", text)
        if path.parent.name == "code_objects":
            body = _apart(body, k)
        elif name == "objects.cpp":
            body = UNOPTIMISED.format(body=body)
        bodies.append(body)
    (directory / NAME).write_text("\n".join([*headers, *dict.fromkeys(includes), *bodies]))
    return NAME


def _in_order(directory):
    """Names of the sources; run.cpp and main.cpp use all others."""
    listed = re.search(r"^SRCS = (.*)$", (directory / "makefile").read_text(), re.M)[1].split()
    last = [name for name in ("run.cpp", "main.cpp") if name in listed]
    return [name for name in listed if name not in last] + last


def _from_the_root(line, path, directory):
    """An include line, relative to the project and no longer to the source's own folder."""
    local = re.search(r'"(\w+\.h)"', line)
    if local and not (directory / local[1]).exists():
        return f'#include "{path.parent.name}/{local[1]}"'
    return line


def _apart(body, k):
    """A code object in its own namespace, and its functions where others look for them."""
    functions = "".join(
        f"void {name}({given}) {{ unit_{k}::{name}"
        f"({', '.join(word.split()[-1] for word in given.split(',') if word)}); }}\n"
        for name, given in FUNCTION.findall(body))
    return f"namespace unit_{k} {{\n{body}\n}}\n" + functions
