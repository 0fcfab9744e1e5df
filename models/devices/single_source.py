"""One translation unit and one plain loop for a generated cpp_standalone project.

Brian2 writes a source file per code object, some seventy for a Diehl & Cook network, each
of which includes the same headers: compiling them takes about a minute of CPU time. Here
they become one file, each in a namespace of its own since their support code shares
names. That compiles in a sixth of the time and lets the compiler inline the steps.

Brian2's ``Network::run`` looks every object's clock up in a set and asks for the
processor time in every step; together these cost more than the neurons of a small network.
`step_loop` writes the same sequence of calls as a plain loop over two clocks, whose
ticks coincide by construction.
"""

import re

from models.dense.step_count import LENGTH_CHECK


def two_clocks(codes, base, slow):
    """Refuse objects of another clock.

    Parameters
    ----------
    codes : list of (Clock, CodeObject)
    base, slow : Clock

    Raises
    ------
    ValueError
        If an object uses a third clock.
    """
    for clock, code in codes:
        if clock not in (base, slow):
            raise ValueError(f"{code.name} uses the clock {clock.name}")


def step_loop(calls, base, slow, n_steps, condition):
    """C++ lines that show slots while a condition holds.

    Parameters
    ----------
    calls : list of (Clock, list of str)
        C++ lines in the order of execution (`models.dense.device.DenseDevice.calls`).
    base, slow : Clock
        Time step, and the clock that ticks once every ``n_steps``.
    n_steps : int
        Steps of a slot.
    condition : str
        C++ expression.

    Returns
    -------
    list of str
    """
    lines = [
        f"while ({condition}) {{",
        *LENGTH_CHECK.format(clock=base.name, steps=n_steps).splitlines(),
        f"for (int _step = 0; _step < {n_steps}; _step++) {{",
    ]
    for clock, own in calls:
        call = " ".join(own)
        lines.append(f"if (_step == 0) {{ {call} }}" if clock is slow else call)
    return [*lines, f"{base.name}.tick();", "}", f"{slow.name}.tick();", "}"]


def join_sources(directory, headers=()):
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
    listed = re.search(r"^SRCS = (.*)$", (directory / "makefile").read_text(), re.M)[1].split()
    # run.cpp and main.cpp use all others.
    last = [name for name in ("run.cpp", "main.cpp") if name in listed]
    includes, bodies = [], []
    for k, name in enumerate([n for n in listed if n not in last] + last):
        path = directory / name
        text = path.read_text()
        for line in re.findall(r"^#include.*$", text, re.M):
            # Relative to the source's own folder, which is no longer the including one.
            local = re.search(r'"(\w+\.h)"', line)
            if local and not (directory / local[1]).exists():
                line = f'#include "{path.parent.name}/{local[1]}"'
            includes.append(line)
        body = re.sub(r"^#include.*$", "", text, flags=re.M)
        if path.parent.name == "code_objects":
            functions = re.findall(r"^(?:inline )?void (\w+)\((.*)\)(?= ?\n? *\{)", body, re.M)
            body = f"namespace unit_{k} {{\n{body}\n}}\n" + "".join(
                f"void {name}({given}) {{ unit_{k}::{name}"
                f"({', '.join(word.split()[-1] for word in given.split(',') if word)}); }}\n"
                for name, given in functions)
        bodies.append(body)
    (directory / "all.cpp").write_text("\n".join([*headers, *dict.fromkeys(includes), *bodies]))
    return "all.cpp"
