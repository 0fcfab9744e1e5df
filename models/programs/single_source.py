"""One translation unit for a generated cpp_standalone project.

Brian2 writes a source file per code object, some seventy for a network of four layers, each
of which includes the same headers: compiling them takes about a minute of CPU time. Here
they become one file, each in a namespace of its own since their support code shares
names. That compiles in a sixth of the time and lets the compiler inline the steps.

What all code objects have in common is written once, and arrays are written by one function. Both
together save a tenth of the compiler's time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

NAME = "all.cpp"
INCLUDE = re.compile(r"^#include.*$", re.M)
FUNCTION = re.compile(r"^(?:inline )?void (\w+)\((.*)\)(?= ?\n? *\{)", re.M)

SUPPORT = re.compile(r" *template < typename T1, typename T2 > struct _higher_type;.*?#endif\n",
                     re.S)
"""Brian2's functions for arithmetic, which are in the support code of every code object."""

WRITING = re.compile(r"""    ofstream outfile_(?P<name>\w+);
    outfile_(?P=name)\.open\(results_dir \+ "(?P<file>\w+)", ios::binary \| ios::out\);
    if\(outfile_(?P=name)\.is_open\(\)\)
    \{
(?:        if \(! (?P=name)\.empty\(\) \)
        \{
)?\ +outfile_(?P=name)\.write\(reinterpret_cast<char\*>\((?P<first>.*)\), (?P<bytes>.*)\);
\ +outfile_(?P=name)\.close\(\);
(?:        \}
)?    \} else
    \{
        std::cout << "Error writing output file for (?P=name)\." << endl;
    \}
""")
"""How Brian2 writes an array or a vector of any size to its file."""

WRITE = """static void _write_array(const char* name, const char* file, const void* first,
                         size_t bytes)
{
    std::ofstream out(brian::results_dir + file, std::ios::binary);
    if (out.is_open())
        out.write(static_cast<const char*>(first), bytes);
    else
        std::cout << "Error writing output file for " << name << "." << std::endl;
}

"""

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
    shared = []
    bodies = []
    for k, name in enumerate(_in_order(directory)):
        path = directory / name
        text = path.read_text()
        includes += [_from_the_root(line, path, directory) for line in INCLUDE.findall(text)]
        body = INCLUDE.sub("", text)
        if path.parent.name == "code_objects":
            shared += SUPPORT.findall(body)[:1]
            body = _apart(SUPPORT.sub("", body, count=1), k)
        elif name == "objects.cpp":
            body = UNOPTIMISED.format(body=_written_by_one(body))
        bodies.append(body)
    shared = ["namespace {", *dict.fromkeys(shared), "}"]
    parts = [*headers, *dict.fromkeys(includes), *shared, *bodies]
    (directory / NAME).write_text("\n".join(parts))
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


def _written_by_one(body):
    """objects.cpp with a function that writes any array."""
    body = WRITING.sub(
        lambda found: '    _write_array("{name}", "{file}", {first}, {bytes});\n'.format(
            **found.groupdict()), body)
    return body.replace("void _write_arrays()", WRITE + "void _write_arrays()")
